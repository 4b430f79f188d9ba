package vec

import (
	"sync"

	"github.com/onnxrun/onnxrun/tensor"
)

// buffers are three blocks of float32 for the loops that widen.
type buffers struct{ a, b, y [block]float32 }

var pool = sync.Pool{New: func() any { return new(buffers) }}

// Narrow rounds src to dst, which is at least as long.
func Narrow[H tensor.Half](dst []H, src []float32) {
	switch d := any(dst).(type) {
	case []tensor.Float16:
		tensor.NarrowToFloat16(d, src)
	case []tensor.BFloat16:
		tensor.NarrowToBFloat16(d, src)
	}
}

// HalfUnary makes a loop over 16-bit floats of one over float32.
func HalfUnary[H tensor.Half](f func(dst, x []float32)) func(dst, x []H) {
	return func(dst, x []H) {
		buf := pool.Get().(*buffers)
		defer pool.Put(buf)
		for len(dst) > 0 {
			n := min(block, len(dst))
			tensor.WidenSlice(buf.a[:], x[:n])
			f(buf.a[:n], buf.a[:n])
			Narrow(dst[:n], buf.a[:n])
			dst, x = dst[n:], x[n:]
		}
	}
}

// HalfUnaryTo is HalfUnary for results of another type.
func HalfUnaryTo[H tensor.Half, R any](f func(dst []R, x []float32)) func(dst []R, x []H) {
	return func(dst []R, x []H) {
		buf := pool.Get().(*buffers)
		defer pool.Put(buf)
		for len(dst) > 0 {
			n := min(block, len(dst))
			tensor.WidenSlice(buf.a[:], x[:n])
			f(dst[:n], buf.a[:n])
			dst, x = dst[n:], x[n:]
		}
	}
}

// HalfBinary makes loops over 16-bit floats of loops over float32: each result
// is computed in float32 and rounded once.
func HalfBinary[H tensor.Half](f Binary[float32, float32, float32]) Binary[H, H, H] {
	h := Binary[H, H, H]{
		VV: func(dst, a, b []H) {
			buf := pool.Get().(*buffers)
			defer pool.Put(buf)
			for len(dst) > 0 {
				n := min(block, len(dst))
				tensor.WidenSlice(buf.a[:], a[:n])
				tensor.WidenSlice(buf.b[:], b[:n])
				f.VV(buf.y[:n], buf.a[:n], buf.b[:n])
				Narrow(dst[:n], buf.y[:n])
				dst, a, b = dst[n:], a[n:], b[n:]
			}
		},
	}
	if f.VS != nil {
		h.VS = func(dst, a []H, b H) {
			HalfUnary[H](func(y, x []float32) { f.VS(y, x, b.Float32()) })(dst, a)
		}
	}
	if f.SV != nil {
		h.SV = func(dst []H, a H, b []H) {
			HalfUnary[H](func(y, x []float32) { f.SV(y, a.Float32(), x) })(dst, b)
		}
	}
	return h
}

// HalfCompare is HalfBinary for results of another type.
func HalfCompare[H tensor.Half, R any](f Binary[float32, float32, R]) Binary[H, H, R] {
	h := Binary[H, H, R]{
		VV: func(dst []R, a, b []H) {
			buf := pool.Get().(*buffers)
			defer pool.Put(buf)
			for len(dst) > 0 {
				n := min(block, len(dst))
				tensor.WidenSlice(buf.a[:], a[:n])
				tensor.WidenSlice(buf.b[:], b[:n])
				f.VV(dst[:n], buf.a[:n], buf.b[:n])
				dst, a, b = dst[n:], a[n:], b[n:]
			}
		},
	}
	if f.VS != nil {
		h.VS = func(dst []R, a []H, b H) {
			HalfUnaryTo[H](func(y []R, x []float32) { f.VS(y, x, b.Float32()) })(dst, a)
		}
	}
	if f.SV != nil {
		h.SV = func(dst []R, a H, b []H) {
			HalfUnaryTo[H](func(y []R, x []float32) { f.SV(y, a.Float32(), x) })(dst, b)
		}
	}
	return h
}
