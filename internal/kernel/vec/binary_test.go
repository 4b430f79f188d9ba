package vec

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/onnxrun/onnxrun/tensor"
)

// operandIndex returns which element of an operand of shape s stands at
// element i of a result of shape out.
func operandIndex(i int, out, s []int) int {
	at, stride := 0, 1
	for k := len(out) - 1; k >= 0; k-- {
		pos := i % out[k]
		i /= out[k]
		if j := k - (len(out) - len(s)); j >= 0 {
			if s[j] != 1 {
				at += pos * stride
			}
			stride *= s[j]
		}
	}
	return at
}

func size(s []int) int {
	n := 1
	for _, d := range s {
		n *= d
	}
	return n
}

func numbers(r *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(r.IntN(1000))
	}
	return x
}

func TestBinaryBroadcastsAsElementByElement(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	vvOnly := Binary[float32, float32, float32]{VV: subVV[float32]}
	for range 500 {
		rank := r.IntN(6)
		out, a, b := make([]int, rank), make([]int, rank), make([]int, rank)
		for i := range out {
			out[i] = []int{1, 2, 3, 5, 7}[r.IntN(5)]
			a[i], b[i] = out[i], out[i]
			switch r.IntN(4) {
			case 0:
				a[i] = 1
			case 1:
				b[i] = 1
			case 2:
				if r.IntN(3) == 0 { // as operands of an operator with more inputs
					a[i], b[i] = 1, 1
				}
			}
		}
		for len(b) > 0 && b[0] == 1 && r.IntN(2) == 0 {
			b = b[1:]
		}
		x, y := numbers(r, size(a)), numbers(r, size(b))
		want := make([]float32, size(out))
		for i := range want {
			want[i] = x[operandIndex(i, out, a)] - y[operandIndex(i, out, b)]
		}
		cast := NewCast(out, a, b)
		for _, op := range []Binary[float32, float32, float32]{Sub[float32](), vvOnly} {
			got := make([]float32, len(want))
			for lo := 0; lo < len(want); { // in parts, as threads do
				hi := min(lo+1+r.IntN(len(want)), len(want))
				op.Run(got, x, y, cast, lo, hi)
				lo = hi
			}
			if !slices.Equal(got, want) {
				t.Fatalf("%v - %v: got %v, want %v", a, b, got, want)
			}
		}
		acc := make([]float32, len(want))
		for lo := 0; lo < len(want); {
			hi := min(lo+1+r.IntN(len(want)), len(want))
			Fold(Sub[float32](), acc, [][]float32{x, y}, []*Cast{NewCast(out, out, a), NewCast(out, out, b)}, lo, hi)
			lo = hi
		}
		if !slices.Equal(acc, want) {
			t.Fatalf("fold %v - %v: got %v, want %v", a, b, acc, want)
		}
	}
}

func TestShortRowsRepeatedManyTimes(t *testing.T) {
	r := rand.New(rand.NewPCG(23, 24))
	for _, width := range []int{2, 3, 63, 64} {
		out, row := []int{3000, width}, []int{width}
		x, y := numbers(r, 3000*width), numbers(r, width)
		below, above := make([]float32, len(x)), make([]float32, len(x))
		op := Sub[float32]()
		for lo := 0; lo < len(x); {
			hi := min(lo+1+r.IntN(20_000), len(x))
			op.Run(below, x, y, NewCast(out, out, row), lo, hi)
			op.Run(above, y, x, NewCast(out, row, out), lo, hi)
			lo = hi
		}
		for i, v := range x {
			if w := v - y[i%width]; below[i] != w || above[i] != -w {
				t.Fatalf("width %d, element %d: got %v and %v, want %v and %v", width, i, below[i], above[i], w, -w)
			}
		}
	}
}

func TestCastMergesDimensionsThatBroadcastAlike(t *testing.T) {
	c := NewCast([]int{2, 3, 1, 4, 5}, []int{2, 3, 1, 4, 5}, []int{4, 5})
	if !slices.Equal(c.dims, []int{6, 20}) || !slices.Equal(c.b, []int{0, 1}) {
		t.Errorf("got %+v, want dims [6 20], b [0 1]", c)
	}
}

func TestCastOfNothing(t *testing.T) {
	for _, out := range [][]int{{0}, {3, 0}, {0, 3}} {
		c := NewCast(out, out, []int{1})
		add := Add[float32]()
		add.Run(nil, nil, []float32{1}, c, 0, c.Len())
	}
}

func TestHalfLoopsRoundEachResultOnce(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	const n = 2*block + 17
	a, b := make([]tensor.Float16, n), make([]tensor.Float16, n)
	for i := range a {
		a[i], b[i] = tensor.ToFloat16(float32(r.NormFloat64())), tensor.ToFloat16(float32(r.NormFloat64()))
	}
	op := HalfBinary[tensor.Float16](Div[float32]())
	vv, vs, sv := make([]tensor.Float16, n), make([]tensor.Float16, n), make([]tensor.Float16, n)
	op.VV(vv, a, b)
	op.VS(vs, a, b[0])
	op.SV(sv, a[0], b)
	for i := range a {
		x, y := a[i].Float32(), b[i].Float32()
		if want := tensor.ToFloat16(x / y); vv[i] != want {
			t.Fatalf("%v / %v: got %v, want %v", x, y, vv[i].Float32(), want.Float32())
		}
		if want := tensor.ToFloat16(x / b[0].Float32()); vs[i] != want {
			t.Fatalf("%v / scalar: got %v, want %v", x, vs[i].Float32(), want.Float32())
		}
		if want := tensor.ToFloat16(a[0].Float32() / y); sv[i] != want {
			t.Fatalf("scalar / %v: got %v, want %v", y, sv[i].Float32(), want.Float32())
		}
	}
	op.VV(a, a, b)
	if !slices.Equal(a, vv) {
		t.Error("in place differs")
	}
}
