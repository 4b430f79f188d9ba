package conv

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/onnxrun/onnxrun/internal/cpu"
	"github.com/onnxrun/onnxrun/internal/kernel/window"
	"github.com/onnxrun/onnxrun/internal/par"
)

// someConv draws the sizes of a convolution that has outputs.
func someConv(r *rand.Rand, transposed bool) *Params {
	for {
		p := &Params{Batch: 1 + r.IntN(2), Group: 1}
		channels, features := 1+r.IntN(6), 1+r.IntN(9)
		switch r.IntN(3) {
		case 0:
			p.Group = 1 + r.IntN(3)
		case 1:
			p.Group, channels, features = 1+r.IntN(20), 1, 1+r.IntN(3)
		}
		p.Channels, p.Features = p.Group*channels, p.Group*features
		n := 1 + r.IntN(4)
		in, kernel := make([]int, n), make([]int, n)
		a := window.Attrs{}
		most := []int{700, 40, 12, 6}[n-1]
		for i := range in {
			in[i], kernel[i] = 1+r.IntN(most), 1+r.IntN(5)
			a.Strides, a.Dilations = append(a.Strides, 1+r.IntN(3)), append(a.Dilations, 1+r.IntN(2))
			a.Pads = append(a.Pads, r.IntN(4))
		}
		for range in {
			a.Pads = append(a.Pads, r.IntN(4))
		}
		if r.IntN(2) == 0 {
			a.Strides, a.AutoPad = nil, []string{"SAME_UPPER", "SAME_LOWER"}[r.IntN(2)]
		}
		var err error
		if transposed {
			p.Dims, err = a.ResolveTransposed(in, kernel, nil, nil)
		} else {
			p.Dims, err = a.Resolve(in, kernel)
		}
		if r.IntN(4) == 0 {
			p.Clamp, p.Lo, p.Hi = true, -0.25, 1
		}
		if err == nil && window.Volume(p.Dims, window.Out) > 0 && window.Volume(p.Dims, window.In) > 0 {
			return p
		}
	}
}

func noise(r *rand.Rand, n int) []float32 {
	s := make([]float32, n)
	for i := range s {
		s[i] = r.Float32()*2 - 1
	}
	return s
}

func wantClose(t *testing.T, p *Params, what string, got, want []float32, tol float64) {
	t.Helper()
	for i := range want {
		if !(math.Abs(float64(got[i]-want[i])) <= tol) {
			t.Fatalf("%+v %s: element %d is %v, want %v", p, what, i, got[i], want[i])
		}
	}
}

// wantFinish demands that a convolution adds Plus, which lies where the outputs go, and
// applies Then as passes after it would.
func wantFinish(t *testing.T, r *rand.Rand, p *Params, x []float32, w Weights[float32], bias []float32) {
	t.Helper()
	then := *p
	plain, turned := noise(r, p.Batch*p.Features*window.Volume(p.Dims, window.Out)), noise(r, p.Batch*p.Features*window.Volume(p.Dims, window.Out))
	Run(par.New(2), p, x, w, bias, plain)
	then.Then = func(dst, x []float32) {
		for i, v := range x {
			dst[i] = 2*v + 1
		}
	}
	Run(par.New(2), &then, x, w, bias, turned)
	then.Then(plain, plain)
	wantClose(t, p, "then", turned, plain, 0)
	if !w.Adds(p) {
		return
	}
	free, plus := *p, *p
	free.Clamp = false
	want := make([]float32, p.Batch*p.Features*window.Volume(p.Dims, window.Out))
	Run(nil, &free, x, w, bias, want)
	got := noise(r, len(want))
	for i := range want {
		if want[i] += got[i]; p.Clamp {
			want[i] = min(max(want[i], p.Lo), p.Hi)
		}
	}
	plus.Plus = got
	Run(par.New(2), &plus, x, w, bias, got)
	wantClose(t, p, "plus", got, want, 1e-4)
}

// Whatever the sizes, a convolution equals the plain loop at every CPU level,
// and its bits do not depend on the number of threads.
func TestRunEqualsReference(t *testing.T) {
	for _, l := range cpu.Levels() {
		t.Run(l.String(), func(t *testing.T) {
			defer cpu.Limit(l)()
			r := rand.New(rand.NewPCG(7, 7))
			for range 150 {
				p := someConv(r, false)
				x, w := noise(r, p.Batch*p.Channels*window.Volume(p.Dims, window.In)), noise(r, p.Features*p.inner())
				bias := noise(r, p.Features)
				if r.IntN(2) == 0 {
					bias = nil
				}
				want := make([]float32, p.Batch*p.Features*window.Volume(p.Dims, window.Out))
				Reference(p, x, w, bias, want)
				one, some, packed := noise(r, len(want)), noise(r, len(want)), noise(r, len(want))
				Run(nil, p, x, Plain(w), bias, one)
				wantClose(t, p, "plain", one, want, 1e-4)
				Run(par.New(3), p, x, Plain(w), bias, some)
				wantClose(t, p, "3 threads", some, one, 0)
				Run(par.New(2), p, x, Pack(w, p.Features, p.inner(), p.Group, p.Channels), bias, packed)
				wantClose(t, p, "packed", packed, one, 0)
				wantFinish(t, r, p, x, Plain(w), bias)
			}
		})
	}
}

func TestTransposedEqualsReference(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	for range 150 {
		p := someConv(r, true)
		kvol := window.Volume(p.Dims, window.Kernel)
		x, w := noise(r, p.Batch*p.Channels*window.Volume(p.Dims, window.Out)), noise(r, p.Channels*p.Features/p.Group*kvol)
		bias := noise(r, p.Features)
		if r.IntN(2) == 0 {
			bias = nil
		}
		want := make([]float32, p.Batch*p.Features*window.Volume(p.Dims, window.In))
		TransposedReference(p, x, w, bias, want)
		run := func(threads int, w Weights[float32]) []float32 {
			y := noise(r, len(want))
			Transposed(par.New(threads), p, x, w, bias, y, noise(r, p.TransposedScratch(threads)))
			return y
		}
		one := run(1, Plain(w))
		wantClose(t, p, "plain", one, want, 1e-4)
		wantClose(t, p, "3 threads", run(3, Plain(w)), one, 0)
		wantClose(t, p, "packed", run(2, PackTransposed(w, p.Channels, p.Features, kvol, p.Group)), one, 0)
	}
}

// A large plane goes in bands.
func TestDepthwiseInBands(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	for _, s := range [][]int{{300, 301}, {70000}, {30, 40, 50}} {
		a := window.Attrs{AutoPad: "SAME_LOWER", Strides: []int{2, 1, 2}[:len(s)]}
		dims, err := a.Resolve(s, []int{3, 4, 2}[:len(s)])
		if err != nil {
			t.Fatal(err)
		}
		p := &Params{Batch: 1, Channels: 2, Features: 4, Group: 2, Dims: dims}
		x, w := noise(r, p.Channels*window.Volume(p.Dims, window.In)), noise(r, p.Features*p.inner())
		want := make([]float32, p.Features*window.Volume(p.Dims, window.Out))
		got := noise(r, len(want))
		Reference(p, x, w, nil, want)
		Run(nil, p, x, Plain(w), nil, got)
		wantClose(t, p, "bands", got, want, 1e-5)
	}
}

func TestColumnsGoBackToTheirPlaces(t *testing.T) {
	a := window.Attrs{Strides: []int{2, 1}, Pads: []int{1, 0, 0, 1}}
	dims, err := a.Resolve([]int{4, 3}, []int{2, 2})
	if err != nil {
		t.Fatal(err)
	}
	in, out, kvol := window.Volume(dims, window.In), window.Volume(dims, window.Out), window.Volume(dims, window.Kernel)
	columns := make([]float32, 3*out*kvol)
	for i := range columns {
		columns[i] = 1
	}
	y := make([]float32, 3*in)
	FromColumns(par.New(2), 3, dims, columns, y)
	// How many windows read each element.
	want := make([]float32, in)
	for o0 := range dims[0].Out {
		for o1 := range dims[1].Out {
			for k0 := range 2 {
				for k1 := range 2 {
					if i, j := 2*o0-1+k0, o1+k1; i >= 0 && i < 4 && j < 3 {
						want[i*3+j]++
					}
				}
			}
		}
	}
	for p := range 3 {
		wantClose(t, &Params{}, "Col2Im", y[p*in:], want, 0)
	}
}
