package math_test

import (
	gomath "math"
	"math/cmplx"
	"math/rand/v2"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/ops/math"
	"github.com/onnxrun/onnxrun/tensor"
)

// fourier is the transform of length n of x, cut or filled up with zeros, as
// it is defined.
func fourier(x []complex128, n int, sign float64) []complex128 {
	y := make([]complex128, n)
	for k := range y {
		for j := range min(n, len(x)) {
			y[k] += x[j] * cmplx.Exp(complex(0, sign*2*gomath.Pi*float64(j*k%n)/float64(n)))
		}
	}
	return y
}

func TestDFTAlongAnyAxis(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	for _, c := range []struct {
		dims              [3]int
		axis, parts, n    int // n 0: by the axis
		onesided, inverse bool
	}{
		{[3]int{2, 5, 3}, 1, 1, 0, false, false},
		{[3]int{2, 5, 3}, 1, 2, 0, false, false},
		{[3]int{2, 5, 3}, 0, 2, 4, false, false},
		{[3]int{2, 5, 3}, 2, 1, 2, false, false},
		{[3]int{2, 6, 3}, 1, 1, 0, true, false},
		{[3]int{2, 5, 3}, 1, 1, 37, true, false},
		{[3]int{2, 5, 3}, 1, 2, 0, false, true},
		{[3]int{2, 5, 3}, 1, 1, 0, false, true},
		{[3]int{2, 5, 3}, 1, 2, 0, true, true},
		{[3]int{2, 5, 3}, 1, 2, 9, true, true},
		{[3]int{2, 5, 3}, 1, 2, 6, true, true},
		{[3]int{2, 5, 3}, 1, 2, 12, true, true},
	} {
		dims := append(c.dims[:], c.parts)
		x := make([]float64, dims[0]*dims[1]*dims[2]*c.parts)
		for i := range x {
			x[i] = r.NormFloat64()
		}
		at := func(i [3]int) complex128 {
			o := ((i[0]*dims[1]+i[1])*dims[2] + i[2]) * c.parts
			if c.parts == 1 {
				return complex(x[o], 0)
			}
			return complex(x[o], x[o+1])
		}
		var length tensor.Value
		n := c.dims[c.axis]
		if c.onesided && c.inverse {
			n = 2 * (n - 1)
		}
		if c.n > 0 {
			n, length = c.n, tensor.Scalar(int64(c.n))
		}
		b := func(v bool) int {
			if v {
				return 1
			}
			return 0
		}
		in := tensor.Of(dims, x...)
		y20 := optest.MustRun(t, math.Defs, optest.Node{Op: "DFT", Opset: 20, Threads: 2, Attrs: attrs{"onesided": b(c.onesided), "inverse": b(c.inverse)}},
			in, length, tensor.Scalar(int64(c.axis-4)))[0]
		y17 := optest.MustRun(t, math.Defs, optest.Node{Op: "DFT", Opset: 17, Attrs: attrs{"onesided": b(c.onesided), "inverse": b(c.inverse), "axis": c.axis}},
			in, length)[0]
		compare(t, y17, y20)

		bins, parts := n, 2
		if c.onesided && !c.inverse {
			bins = n/2 + 1
		}
		if c.onesided && c.inverse {
			parts = 1
		}
		wantShape := shape{c.dims[0], c.dims[1], c.dims[2], parts}
		wantShape[c.axis] = bins
		if !y20.Shape().Equal(wantShape) {
			t.Fatalf("%+v: got %v, want %v", c, y20, wantShape)
		}
		y := tensor.Data[float64](y20)
		others := c.dims
		others[c.axis] = 1
		for i0 := range others[0] {
			for i1 := range others[1] {
				for i2 := range others[2] {
					pos := [3]int{i0, i1, i2}
					line := make([]complex128, c.dims[c.axis])
					for k := range line {
						pos[c.axis] = k
						line[k] = at(pos)
					}
					if c.onesided && c.inverse {
						full := make([]complex128, n)
						for k := range full {
							h := min(k, n-k)
							if h >= len(line) {
								continue
							}
							z := line[h]
							if k == 0 || 2*k == n {
								z = complex(real(z), 0)
							}
							if k > n-k {
								z = cmplx.Conj(z)
							}
							full[k] = z
						}
						line = full
					}
					sign, scale := -1., complex(1, 0)
					if c.inverse {
						sign, scale = 1, complex(1/float64(n), 0)
					}
					for k, want := range fourier(line, n, sign)[:bins] {
						pos[c.axis] = k
						o := ((pos[0]*wantShape[1]+pos[1])*wantShape[2] + pos[2]) * parts
						got := complex(y[o], 0)
						if parts == 2 {
							got = complex(y[o], y[o+1])
						} else {
							want = complex(real(want), 0)
						}
						if cmplx.Abs(got-want*scale) > 1e-12 {
							t.Fatalf("%+v at %v: got %v, want %v", c, pos, got, want*scale)
						}
					}
				}
			}
		}
	}
}

func TestDFTRefuses(t *testing.T) {
	re, cx := tensor.Of[float32](shape{1, 3, 1}, 1, 2, 3), tensor.Of[float32](shape{1, 1, 2}, 1, 2)
	run(t, "DFT", []test{
		{name: "three parts", in: in(tensor.Of[float32](shape{1, 3}, 1, 2, 3)), fails: "last of 1 or 2"},
		{name: "complex onesided", attrs: attrs{"onesided": 1}, in: in(cx), fails: "onesided"},
		{name: "real inverse onesided", attrs: attrs{"onesided": 1, "inverse": 1}, in: in(re), fails: "onesided"},
		{name: "length 0", attrs: attrs{"onesided": 1, "inverse": 1}, in: in(cx), fails: "length of the transform is 0"},
		{name: "negative length", in: in(re, tensor.Scalar[int64](-4)), fails: "length of the transform"},
		{name: "huge length", in: in(re, tensor.Scalar[int64](1<<60)), fails: "output 0"},
		{name: "axis of the parts", in: in(re, nil, tensor.Scalar[int64](-1)), fails: "parts"},
		{name: "no such axis", in: in(re, nil, tensor.Scalar[int64](7)), fails: "axis"},
	})
}

func TestSTFT(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	const batch, length, n, step = 2, 23, 8, 5
	x, w := make([]float32, batch*length), make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	for i := range w {
		w[i] = float32(r.Float64())
	}
	for _, onesided := range []int{0, 1} {
		y := optest.MustRun(t, math.Defs, optest.Node{Op: "STFT", Opset: 17, Threads: 2, Attrs: attrs{"onesided": onesided}},
			tensor.Of(shape{batch, length, 1}, x...), tensor.Scalar[int64](step), vector(w...), tensor.Scalar[int64](n))[0]
		bins := n
		if onesided == 1 {
			bins = n/2 + 1
		}
		frames := (length-n)/step + 1
		if !y.Shape().Equal(shape{batch, frames, bins, 2}) {
			t.Fatalf("got %v", y)
		}
		got := tensor.Data[float32](y)
		for b := range batch {
			for f := range frames {
				frame := make([]complex128, n)
				for i := range frame {
					frame[i] = complex(float64(x[b*length+f*step+i])*float64(w[i]), 0)
				}
				for k, want := range fourier(frame, n, -1)[:bins] {
					o := ((b*frames+f)*bins + k) * 2
					if z := complex(float64(got[o]), float64(got[o+1])); cmplx.Abs(z-want) > 1e-6 {
						t.Fatalf("batch %d frame %d bin %d: got %v, want %v", b, f, k, z, want)
					}
				}
			}
		}
	}
	sig, one := tensor.Of[float32](shape{1, 4, 1}, 1, 2, 3, 4), tensor.Scalar[int64](1)
	run(t, "STFT", []test{
		{name: "frames longer than the signal", in: in(sig, one, nil, tensor.Scalar[int64](5)), fails: "length of 5"},
		{name: "step 0", in: in(sig, tensor.Scalar[int64](0), vector[float32](1)), fails: "frame_step"},
		{name: "window of another length", in: in(sig, one, vector[float32](1), tensor.Scalar[int64](2)), fails: "window"},
		{name: "complex onesided", in: in(tensor.Of[float32](shape{1, 1, 2}, 1, 2), one, vector[float32](1)), fails: "onesided"},
		{name: "one frame without window", attrs: attrs{"onesided": 1}, in: in(tensor.Of[float32](shape{1, 1}, 3), one), want: tensor.Of[float32](shape{1, 1, 1, 2}, 3, 0)},
	})
}

func TestWindows(t *testing.T) {
	size := tensor.Scalar[int64](4)
	run(t, "HannWindow", []test{
		{name: "periodic", in: in(size), want: vector[float32](0, 0.5, 1, 0.5)},
		{name: "symmetric", attrs: attrs{"periodic": 0, "output_datatype": int(tensor.F64)}, in: in(tensor.Scalar[int32](3)), want: vector(0., 1, 0)},
		{name: "integers", attrs: attrs{"output_datatype": int(tensor.I8)}, in: in(size), want: vector[int8](0, 0, 1, 0)},
		{name: "one element", attrs: attrs{"periodic": 0}, in: in(tensor.Scalar[int64](1)), want: vector[float32](1)},
		{name: "nothing", in: in(tensor.Scalar[int64](0)), want: vector[float32]()},
		{name: "negative", in: in(tensor.Scalar[int64](-1)), fails: "input 0 (size)"},
		{name: "huge", in: in(tensor.Scalar[int64](1 << 50)), fails: "output 0"},
		{name: "strings", attrs: attrs{"output_datatype": int(tensor.Str)}, in: in(size), fails: "output_datatype"},
	})
	run(t, "HammingWindow", []test{{in: in(size), want: vector[float32](4./46, 25./46, 1, 25./46)}})
	run(t, "BlackmanWindow", []test{{attrs: attrs{"output_datatype": int(tensor.F16)}, in: in(size),
		want: vector(tensor.ToFloat16(-1e-17), tensor.ToFloat16(0.34), tensor.ToFloat16(1), tensor.ToFloat16(0.34))}})
}

func TestMelWeightMatrix(t *testing.T) {
	i, f := tensor.Scalar[int32], tensor.Scalar[float32]
	run(t, "MelWeightMatrix", []test{
		// mel(4000 Hz) = 2146; its quarters are at 0, 427, 1114 and 2220 Hz: bins 0, 0, 2 and 4.
		{in: in(i(2), i(16), i(8000), f(0), f(4000)),
			want: tensor.Of[float32](shape{9, 2}, 1, 0, 0.5, 0.5, 0, 1, 0, 0.5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)},
		{name: "beyond the spectrum", in: in(i(2), i(16), i(8000), f(0), f(1e6)), fails: "does not reach"},
		{name: "NaN", in: in(i(2), i(16), i(8000), f(0), f(nan)), fails: "does not reach"},
		{name: "no bands", in: in(i(0), i(16), i(8000), f(0), f(4000)), fails: "num_mel_bins"},
	})
}
