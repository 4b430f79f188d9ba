package reduce

import (
	"sync"

	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/tensor"
)

var blocks = sync.Pool{New: func() any { return new([colBlock]float32) }}

// Half makes an operation over 16-bit floats of one over float32; the result
// is rounded once.
func Half[H tensor.Half, A any](o Op[float32, A, float32]) Op[H, A, H] {
	return Op[H, A, H]{
		Init:  o.Init,
		Merge: o.Merge,
		Run: func(acc A, x []H) A {
			buf := blocks.Get().(*[colBlock]float32)
			for len(x) > 0 {
				n := min(len(x), colBlock)
				tensor.WidenSlice(buf[:n], x[:n])
				acc = o.Run(acc, buf[:n])
				x = x[n:]
			}
			blocks.Put(buf)
			return acc
		},
		Cols: func(acc []A, x []H) {
			buf := blocks.Get().(*[colBlock]float32)
			tensor.WidenSlice(buf[:], x) // a block at most
			o.Cols(acc, buf[:len(x)])
			blocks.Put(buf)
		},
		Finish: func(dst []H, acc []A, n int) {
			buf := blocks.Get().(*[colBlock]float32)
			for len(dst) > 0 {
				m := min(len(dst), colBlock)
				o.Finish(buf[:m], acc[:m], n)
				vec.Narrow(dst[:m], buf[:m])
				dst, acc = dst[m:], acc[m:]
			}
			blocks.Put(buf)
		},
	}
}
