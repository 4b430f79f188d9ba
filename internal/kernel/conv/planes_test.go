package conv

import (
	"math/rand/v2"
	"testing"

	"github.com/onnxrun/onnxrun/internal/cpu"
	"github.com/onnxrun/onnxrun/internal/kernel/window"
	"github.com/onnxrun/onnxrun/internal/par"
)

// Convolutions of single channels equal the plain loop, whatever the sizes and
// the padding, at every CPU level.
func TestDepthwiseEqualsReference(t *testing.T) {
	for _, l := range cpu.Levels() {
		t.Run(l.String(), func(t *testing.T) {
			defer cpu.Limit(l)()
			r := rand.New(rand.NewPCG(7, 7))
			for i := range 400 {
				k := []int{3, 5, 7}[i%3]
				stride := 1 + i/3%2
				a := window.Attrs{Strides: []int{stride, stride}}
				for range 4 {
					a.Pads = append(a.Pads, r.IntN(k))
				}
				dims, err := a.Resolve([]int{k + r.IntN(30), k + r.IntN(80)}, []int{k, k})
				if err != nil {
					t.Fatal(err)
				}
				each := 1 + r.IntN(2)
				p := &Params{Batch: 1 + r.IntN(2), Channels: 3, Features: 3 * each, Group: 3, Dims: dims}
				if r.IntN(2) == 0 {
					p.Clamp, p.Lo, p.Hi = true, -0.25, 1
				}
				x, w := noise(r, p.Batch*p.Channels*window.Volume(dims, window.In)), noise(r, p.Features*k*k)
				bias := noise(r, p.Features)
				if r.IntN(2) == 0 {
					bias = nil
				}
				want := make([]float32, p.Batch*p.Features*window.Volume(dims, window.Out))
				Reference(p, x, w, bias, want)
				got, some := noise(r, len(want)), noise(r, len(want))
				Run(nil, p, x, Plain(w), bias, got)
				wantClose(t, p, "depthwise", got, want, 2e-5)
				Run(par.New(3), p, x, Plain(w), bias, some)
				wantClose(t, p, "3 threads", some, got, 0)
			}
		})
	}
}
