package attention

import "github.com/onnxrun/onnxrun/internal/par"

// Place copies rows of size elements of all heads from src to dst and adds the
// head's part of bias, which has size elements a head, unless it is nil.
func Place[T Float](pool *par.Pool, dst, src Heads[T], batch, heads, rows, size int, bias []T) {
	pool.For(batch*heads*rows, 1+minCost/(size+1), func(lo, hi int) {
		for n := lo; n < hi; n++ {
			i, h, b := n%rows, n/rows%heads, n/rows/heads
			y := dst.At(b, h, i)[:size]
			copy(y, src.At(b, h, i))
			if bias != nil {
				for k, v := range bias[h*size : (h+1)*size] {
					y[k] += v
				}
			}
		}
	})
}
