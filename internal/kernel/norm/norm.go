// Package norm holds the arithmetic of normalization: means and variances,
// the loops that apply them, softmax and its kin. What comes in is slices and
// sizes, what goes out is written to slices; it knows nothing of tensors'
// shapes and of ONNX.
//
// Statistics are computed in float64 from blocks of at most 1024 elements,
// whose results are merged pairwise along a tree. The tree follows from the
// sizes alone, never from the number of threads: the same input gives the same
// bits on any number of them. See Moments for the error bound.
//
// Functions are generic in T, the element type of the data, and W, the type
// that they compute in: float32 for float16, bfloat16 and float32; float64 for
// float64. 16-bit elements widen in blocks on the stack, so that no copy of the
// data is made.
package norm

import "github.com/onnxrun/onnxrun/tensor"

// Float is a type that the loops compute in.
type Float interface{ float32 | float64 }

// Elem is an element type that data may have.
type Elem interface {
	float32 | float64 | tensor.Float16 | tensor.BFloat16
}

// block is the number of elements in a leaf of the tree of statistics and the
// most that is widened at once: at most 8 KiB, a part of any L1 cache.
const block = 1024

// grain is how many elements a part of a parallel loop should have at least,
// so that starting it is worthwhile.
const grain = 16 * block

// perPart returns the grain for a loop over units of n elements.
func perPart(n int) int { return max(1, grain/max(n, 1)) }

// blocks returns how many blocks n elements take.
func blocks(n int) int { return (n + block - 1) / block }

// wide returns the elements of x, at most block of them, as W: x itself where
// that is its type, otherwise widened into buf.
func wide[T Elem, W Float](x []T, buf *[block]W) []W {
	switch x := any(x).(type) {
	case []W:
		return x
	case []tensor.Float16:
		b := any(buf[:len(x)]).([]float32)
		tensor.WidenSlice(b, x)
	case []tensor.BFloat16:
		b := any(buf[:len(x)]).([]float32)
		tensor.WidenSlice(b, x)
	}
	return buf[:len(x)]
}

// buffer returns what wide and target need: nil where T is W.
func buffer[T Elem, W Float]() *[block]W {
	var none []T
	if _, ok := any(none).([]W); ok {
		return nil
	}
	return new([block]W)
}

// target returns where to write what belongs into y, at most block elements: y
// itself where its type is W, otherwise buf, and narrow must follow.
func target[T Elem, W Float](y []T, buf *[block]W) []W {
	if y, ok := any(y).([]W); ok {
		return y
	}
	return buf[:len(y)]
}

// narrow rounds w, which target returned, to y; nothing where w is y.
func narrow[T Elem, W Float](y []T, w []W) {
	switch y := any(y).(type) {
	case []tensor.Float16:
		tensor.NarrowToFloat16(y, any(w).([]float32))
	case []tensor.BFloat16:
		tensor.NarrowToBFloat16(y, any(w).([]float32))
	}
}
