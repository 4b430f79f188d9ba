package igemm

import (
	"math/rand/v2"
	"testing"

	"github.com/onnxrun/onnxrun/internal/kernel/window"
	"github.com/onnxrun/onnxrun/internal/par"
)

func TestMaximaOfBytes(t *testing.T) {
	pool := par.New(2)
	atLevels(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(5, 6))
		for n, tc := range convCases {
			a := window.Attrs{Strides: tc.strides, Dilations: tc.dilations, Pads: tc.pad}
			dims, err := a.Resolve(tc.in, tc.kernel)
			if err != nil {
				t.Fatal(err)
			}
			in, out, kvol := window.Volume(dims, window.In), window.Volume(dims, window.Out), window.Volume(dims, window.Kernel)
			for _, signed := range []bool{false, true} {
				x, y := randomBytes(r, 3*in), randomBytes(r, 3*out)
				if !MaxPool(pool, 3, dims, x, y, signed) {
					t.Fatalf("case %d: not laid out", n)
				}
				for i, got := range y {
					want := int32(0)
					if signed {
						want = -128
					}
					for e := range kvol {
						at, step, inside := 0, 1, true
						for d, ro, re := len(dims)-1, i%out, e; d >= 0; d-- {
							p := ro%dims[d].Out*dims[d].Stride - dims[d].Head + re%dims[d].Kernel*dims[d].Dilation
							inside = inside && p >= 0 && p < dims[d].In
							at += p * step
							step *= dims[d].In
							ro /= dims[d].Out
							re /= dims[d].Kernel
						}
						if inside {
							want = max(want, elem(x[i/out*in+at], signed))
						}
					}
					if elem(got, signed) != want {
						t.Fatalf("case %d, signed %v: element %d: got %d, want %d", n, signed, i, elem(got, signed), want)
					}
				}
			}
		}
	})
}
