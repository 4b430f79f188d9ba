package pool

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/onnxrun/onnxrun/internal/cpu"
	"github.com/onnxrun/onnxrun/internal/kernel/window"
	"github.com/onnxrun/onnxrun/internal/par"
)

// Plans make what the loop over rows makes, at each level of the processor and
// with any number of threads, NaN included, whatever lies in memory.
func TestPlansEqualThePlainLoops(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 400 {
		a := window.Attrs{Ceil: r.IntN(2) == 0}
		var in []int
		for range 1 + r.IntN(3) {
			in = append(in, 1+r.IntN(24))
			a.Kernel = append(a.Kernel, 1+r.IntN(4))
			a.Strides = append(a.Strides, 1+r.IntN(2))
			a.Dilations = append(a.Dilations, 1+r.IntN(2))
			a.Pads = append(a.Pads, r.IntN(3))
		}
		a.Pads = append(a.Pads, a.Pads...)
		dims, err := a.Resolve(in, nil)
		if err != nil {
			continue
		}
		planes := 1 + r.IntN(4)
		x := make([]float32, planes*window.Volume(dims, window.In))
		for i := range x {
			x[i] = r.Float32()*2 - 1
		}
		if r.IntN(3) == 0 {
			x[r.IntN(len(x))] = float32(math.NaN())
			x[r.IntN(len(x))] = float32(math.Inf(-1))
		}
		n := planes * window.Volume(dims, window.Out)
		for _, isMax := range []bool{true, false} {
			withPadding := r.IntN(2) == 0
			want := make([]float32, n)
			restore := cpu.Limit(cpu.Generic)
			if isMax {
				Max(nil, planes, dims, x, want, nil, false)
			} else {
				Average(nil, planes, dims, withPadding, x, want)
			}
			restore()
			pl := newPlan(dims, isMax, withPadding)
			if pl == nil {
				continue
			}
			for _, level := range []cpu.Level{cpu.Generic, cpu.AVX2, cpu.AVX512} {
				restore := cpu.Limit(level)
				var first []float32
				for threads := 1; threads < 3; threads++ {
					got := make([]float32, n+8)
					for i := range got {
						got[i] = 77
					}
					pl.Run(par.New(threads), planes, x, got[:n:n])
					name := fmt.Sprintf("max %v of %v, %+v, level %v", isMax, in, a, level)
					for i, w := range want {
						if d := math.Abs(float64(got[i] - w)); !(d <= 1e-6) && got[i] != w && (w == w || got[i] == got[i]) {
							t.Fatalf("%s: element %d is %v, want %v", name, i, got[i], w)
						}
					}
					if got[n] != 77 {
						t.Fatalf("%s: wrote beyond the end", name)
					}
					if first == nil {
						first = slices.Clone(got)
					}
					for i := range got {
						if math.Float32bits(got[i]) != math.Float32bits(first[i]) {
							t.Fatalf("%s: element %d depends on threads", name, i)
						}
					}
				}
				restore()
			}
		}
	}
}
