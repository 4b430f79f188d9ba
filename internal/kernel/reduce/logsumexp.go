package reduce

import (
	"math"

	"github.com/onnxrun/onnxrun/internal/kernel/vec"
)

// LogSumExpCols writes log Σ e^x[i*stride+j], i from 0 to n-1, to lse[j]: the
// logarithm of what a softmax over n classes divides by.
func LogSumExpCols[T vec.Float](lse []float64, x []T, n, stride int) {
	var acc [colBlock]scaled
	for len(lse) > 0 {
		cols := min(len(lse), colBlock)
		for j := range cols {
			acc[j] = scaled{top: math.Inf(-1)}
		}
		for i := range n {
			for j, v := range x[i*stride : i*stride+cols] {
				acc[j].add(float64(v))
			}
		}
		for j := range cols {
			lse[j] = acc[j].value()
		}
		if lse = lse[cols:]; len(lse) > 0 {
			x = x[cols:]
		}
	}
}
