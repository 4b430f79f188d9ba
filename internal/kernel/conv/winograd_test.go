package conv

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/onnxrun/onnxrun/internal/cpu"
	"github.com/onnxrun/onnxrun/internal/kernel/window"
	"github.com/onnxrun/onnxrun/internal/par"
)

func wide(s []float32) []float64 {
	w := make([]float64, len(s))
	for i, v := range s {
		w[i] = float64(v)
	}
	return w
}

// Convolutions in tiles keep their bounds on errors, at every CPU level, with
// images and tiles of all sizes, and any number of threads gives the same bits.
func TestWinogradIsNearTheExactSum(t *testing.T) {
	for _, l := range cpu.Levels() {
		t.Run(l.String(), func(t *testing.T) {
			defer cpu.Limit(l)()
			r := rand.New(rand.NewPCG(7, 7))
			for range 12 {
				p := &Params{Batch: 1 + r.IntN(2), Group: 1 + r.IntN(2)}
				channels := 16 + r.IntN(50)
				p.Channels, p.Features = p.Group*channels, p.Group*(8+r.IntN(20))
				a := window.Attrs{Pads: []int{r.IntN(3), r.IntN(3), r.IntN(3), r.IntN(3)}}
				var err error
				if p.Dims, err = a.Resolve([]int{3 + r.IntN(25), 3 + r.IntN(50)}, []int{3, 3}); err != nil {
					t.Fatal(err)
				}
				if r.IntN(4) == 0 {
					p.Clamp, p.Lo, p.Hi = true, -0.25, 1
				}
				out := window.Volume(p.Dims, window.Out)
				x, w := noise(r, p.Batch*p.Channels*window.Volume(p.Dims, window.In)), noise(r, p.Features*p.inner())
				bias := noise(r, p.Features)
				exact := make([]float64, p.Batch*p.Features*out)
				free := *p // errors are relative to the sums before the bounds
				free.Clamp = false
				Reference(&free, wide(x), wide(w), wide(bias), exact)
				var squares float64
				for i, v := range exact {
					squares += v * v
					if p.Clamp {
						exact[i] = min(max(v, float64(p.Lo)), float64(p.Hi))
					}
				}
				rms := math.Sqrt(squares / float64(len(exact)))
				packed := Pack(w, p.Features, p.inner(), p.Group, p.Channels)
				for i, most := range []float64{5e-7, 1.5e-6} {
					one, some := noise(r, len(exact)), noise(r, len(exact))
					wino := packed.wino[i]
					wino.run(nil, p, x, bias, one, noise(r, wino.scratch(nil, p)))
					wino.run(par.New(3), p, x, bias, some, noise(r, wino.scratch(nil, p)))
					wantClose(t, p, "3 threads", some, one, 0)
					wantFinish(t, r, p, x, packed, bias)
					var errors, worst float64
					for j, v := range exact {
						d := math.Abs(float64(one[j]) - v)
						errors, worst = errors+d*d, max(worst, d)
					}
					relative := math.Sqrt(errors/float64(len(exact))) / rms
					if !(relative <= most) || !(worst <= 10*most*rms) {
						t.Errorf("%+v tiles of %d: relative error %.2g, worst %.2g of %.2g", p, wino.m, relative, worst, rms)
					}
				}
			}
		})
	}
}
