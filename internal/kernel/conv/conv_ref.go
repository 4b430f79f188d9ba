package conv

import (
	"github.com/onnxrun/onnxrun/internal/kernel/gemm"
	"github.com/onnxrun/onnxrun/internal/kernel/window"
)

// Reference is the plain loop that Run equals but for rounding: every output
// is its bias plus the sum over the channels of its group and the elements of
// the kernel that are inside of the image.
func Reference[T gemm.Number](p *Params, x, w, bias, y []T) {
	in, out := window.Volume(p.Dims, window.In), window.Volume(p.Dims, window.Out)
	kvol := window.Volume(p.Dims, window.Kernel)
	channels, features := p.Channels/p.Group, p.Features/p.Group
	pos := make([]int, len(p.Dims))
	for n := range p.Batch {
		for m := range p.Features {
			for o := range out {
				rest := o
				for i := len(pos) - 1; i >= 0; i-- {
					pos[i] = rest % p.Dims[i].Out
					rest /= p.Dims[i].Out
				}
				var sum T
				if bias != nil {
					sum = bias[m]
				}
				for c := range channels {
					image := x[(n*p.Channels+m/features*channels+c)*in:]
					for e := range kvol {
						if at, ok := place(p.Dims, pos, e); ok {
							sum += image[at] * w[(m*channels+c)*kvol+e]
						}
					}
				}
				if p.Clamp {
					sum = min(max(sum, T(p.Lo)), T(p.Hi))
				}
				y[(n*p.Features+m)*out+o] = sum
			}
		}
	}
}
