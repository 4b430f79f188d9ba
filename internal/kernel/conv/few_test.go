package conv

import (
	"math/rand/v2"
	"testing"

	"github.com/onnxrun/onnxrun/internal/cpu"
	"github.com/onnxrun/onnxrun/internal/kernel/window"
	"github.com/onnxrun/onnxrun/internal/par"
)

// Convolutions of few outputs and many features equal the plain loop.
func TestFewOutputsEqualReference(t *testing.T) {
	for _, l := range cpu.Levels() {
		t.Run(l.String(), func(t *testing.T) {
			defer cpu.Limit(l)()
			r := rand.New(rand.NewPCG(7, 7))
			turned := 0
			for i := range 16 {
				k := []int{1, 1, 2, 3}[i%4]
				a := window.Attrs{}
				if k > 1 {
					a.Strides = []int{2, 1 + r.IntN(3)}
					a.Pads = []int{r.IntN(2), r.IntN(2), r.IntN(2), r.IntN(2)}
				}
				dims, err := a.Resolve([]int{k + r.IntN(8), k + r.IntN(8)}, []int{k, k})
				if err != nil {
					t.Fatal(err)
				}
				p := &Params{Batch: 1 + r.IntN(2), Channels: 16 + r.IntN(300), Features: 17 + r.IntN(80), Group: 1, Dims: dims}
				if r.IntN(2) == 0 {
					p.Clamp, p.Lo, p.Hi = true, -0.25, 1
				}
				out := window.Volume(dims, window.Out)
				if suitsFew(p, out) {
					turned++
				}
				x, w := noise(r, p.Batch*p.Channels*window.Volume(dims, window.In)), noise(r, p.Features*p.inner())
				bias := noise(r, p.Features)
				if r.IntN(2) == 0 {
					bias = nil
				}
				want := make([]float32, p.Batch*p.Features*out)
				Reference(p, x, w, bias, want)
				got, some := noise(r, len(want)), noise(r, len(want))
				packed := Pack(w, p.Features, p.inner(), p.Group, p.Channels)
				Run(nil, p, x, packed, bias, got)
				wantClose(t, p, "few", got, want, 2e-4)
				Run(par.New(3), p, x, packed, bias, some)
				wantClose(t, p, "3 threads", some, got, 0)
				wantFinish(t, r, p, x, packed, bias)
			}
			if turned < 5 {
				t.Errorf("%d of 16 went the way that is tested", turned)
			}
		})
	}
}
