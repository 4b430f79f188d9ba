package math

import (
	stdmath "math"
	"slices"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
)

// The expectation is the definition in float64 over every element.
func TestQLinearMatMulScalesRowsAndColumns(t *testing.T) {
	const stack, m, k, n = 3, 4, 9, 5
	a, b := make([]uint8, stack*m*k), make([]int8, k*n)
	for i := range a {
		a[i] = uint8(i * 57)
	}
	for i := range b {
		b[i] = int8(i * 91)
	}
	rows, cols := tensor.Shape{m}, tensor.Shape{1, n}
	for _, per := range []struct{ a, b tensor.Shape }{{nil, nil}, {rows, cols}, {tensor.Shape{stack, m, 1}, tensor.Shape{n}}, {nil, cols}, {rows, nil}} {
		aScale, aZero := make([]float32, per.a.Len()), make([]uint8, per.a.Len())
		for i := range aScale {
			aScale[i], aZero[i] = 0.25+float32(i)/8, uint8(100+i)
		}
		bScale, bZero := make([]float32, per.b.Len()), make([]int8, per.b.Len())
		for i := range bScale {
			bScale[i], bZero[i] = 0.5+float32(i)/16, int8(i-3)
		}
		want := make([]int8, stack*m*n)
		for i := range want {
			r, j := i/n, i%n
			ia, ib := r%len(aScale), j%len(bScale)
			sum := 0
			for x := range k {
				sum += (int(a[r*k+x]) - int(aZero[ia])) * (int(b[x*n+j]) - int(bZero[ib]))
			}
			v := stdmath.RoundToEven(float64(sum)*float64(aScale[ia])*float64(bScale[ib])/64) - 7
			want[i] = int8(min(max(v, -128), 127))
		}
		for _, constants := range []bool{false, true} {
			y := optest.MustRun(t, Defs, optest.Node{Op: "QLinearMatMul", Opset: 21, Constants: constants, Threads: 2},
				tensor.Of(tensor.Shape{stack, m, k}, a...), tensor.Of(per.a, aScale...), tensor.Of(per.a, aZero...),
				tensor.Of(tensor.Shape{k, n}, b...), tensor.Of(per.b, bScale...), tensor.Of(per.b, bZero...),
				tensor.Scalar[float32](64), tensor.Scalar[int8](-7))[0]
			if got := tensor.Data[int8](y); !slices.Equal(got, want) {
				t.Errorf("scales %v and %v: got %v, want %v", per.a, per.b, got, want)
			}
		}
	}
}

func TestQLinearMatMulOfFloat8(t *testing.T) {
	e := func(v float32) tensor.Float8E4M3FN { return tensor.ToFloat8E4M3FN(v, true) }
	a := tensor.Of(tensor.Shape{1, 2}, e(1.5), e(-2))
	b := tensor.Of(tensor.Shape{2, 2}, e(4), e(0.5), e(1), e(3))
	s := tensor.Scalar[float32](0.5)
	in := []tensor.Value{a, s, tensor.Scalar(e(0)), b, s, tensor.Scalar(e(0)), tensor.Scalar[float32](0.25), tensor.Scalar(e(0))}
	y := optest.MustRun(t, Defs, optest.Node{Op: "QLinearMatMul", Opset: 21}, in...)[0]
	if got := tensor.Data[tensor.Float8E4M3FN](y); got[0] != e(4) || got[1] != e(-5.25) {
		t.Errorf("got %v %v, want 4 and -5.25, to the nearest", got[0].Float32(), got[1].Float32())
	}
	in[7] = tensor.Scalar[uint8](3)
	y = optest.MustRun(t, Defs, optest.Node{Op: "QLinearMatMul", Opset: 21}, in...)[0]
	if got := tensor.Data[uint8](y); got[0] != 7 || got[1] != 0 {
		t.Errorf("got %v, want 7 and 0", got)
	}
}

func TestQLinearMatMulRefusesWrongShapes(t *testing.T) {
	one, zero := tensor.Scalar[float32](1), tensor.Scalar[uint8](0)
	a := tensor.Of(tensor.Shape{2, 1}, uint8(1), 2)
	b := tensor.Of(tensor.Shape{1, 3}, uint8(1), 2, 3)
	for i, v := range map[int]tensor.Value{
		1: tensor.Of[float32](tensor.Shape{3}, 1, 2, 3), 2: tensor.Of(tensor.Shape{1, 2}, uint8(1), 2),
		4: tensor.Of[float32](tensor.Shape{2}, 1, 2), 5: tensor.Of[uint8](tensor.Shape{0}),
		6: tensor.Of[float32](tensor.Shape{2}, 1, 2), 7: tensor.Of[uint8](tensor.Shape{0}), 0: zero,
	} {
		in := []tensor.Value{a, one, zero, b, one, zero, one, zero}
		in[i] = v
		for _, constants := range []bool{false, true} {
			if _, err := optest.Run(Defs, optest.Node{Op: "QLinearMatMul", Opset: 10, Constants: constants}, in...); err == nil {
				t.Errorf("input %d as %v: got no error", i, v)
			}
		}
	}
}
