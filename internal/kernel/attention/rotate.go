package attention

import "github.com/onnxrun/onnxrun/internal/par"

// Rotation describes a rotation of pairs of elements by angles that depend on
// the position of a row (Su and others, RoFormer, 2021).
type Rotation struct {
	Batch, Heads, Rows, Size int
	X, Y                     Heads[float32] // Y may be X

	// Dim, even and at most Size, is how many elements of a row are rotated;
	// the others are copied. Pair j is elements j and j+Dim/2, or 2j and 2j+1
	// if Interleaved.
	Dim         int
	Interleaved bool

	// Cos and Sin have rows of Dim/2 elements, one for each position.
	Cos, Sin []float32
	// The position of row i of batch entry b is Positions[b*Rows+i], or if that
	// is nil Start[b]+i, Start having one element for each entry or one for all.
	Positions, Start []int64
}

func (r *Rotation) position(b, i int) int {
	switch {
	case r.Positions != nil:
		return int(r.Positions[b*r.Rows+i])
	case len(r.Start) == 1:
		return int(r.Start[0]) + i
	}
	return int(r.Start[b]) + i
}

// Rotate computes for each pair (x, y) of a row
//
//	(cos·x - sin·y, sin·x + cos·y)
func Rotate(pool *par.Pool, r *Rotation) {
	half := r.Dim / 2
	pool.For(r.Batch*r.Heads*r.Rows, 1+minCost/(4*r.Size+4), func(lo, hi int) {
		for n := lo; n < hi; n++ {
			i, h, b := n%r.Rows, n/r.Rows%r.Heads, n/r.Rows/r.Heads
			x, y := r.X.At(b, h, i)[:r.Size], r.Y.At(b, h, i)[:r.Size]
			at := r.position(b, i) * half
			cos, sin := r.Cos[at:at+half], r.Sin[at:at+half]
			if r.Interleaved {
				rotatePairs(y[:2*half], x[:2*half], cos, sin)
			} else {
				rotateHalves(y[:half], y[half:2*half], x[:half], x[half:2*half], cos, sin)
			}
			copy(y[2*half:], x[2*half:])
		}
	})
}

func rotatePairs(dst, x, cos, sin []float32) {
	for j, c := range cos {
		s, u, v := sin[j], x[2*j], x[2*j+1]
		dst[2*j], dst[2*j+1] = c*u-s*v, s*u+c*v
	}
}

func rotateHalves(du, dv, u, v, cos, sin []float32) {
	du, dv, u, v, sin = du[:len(cos)], dv[:len(cos)], u[:len(cos)], v[:len(cos)], sin[:len(cos)]
	for j, c := range cos {
		s, p, q := sin[j], u[j], v[j]
		du[j], dv[j] = c*p-s*q, s*p+c*q
	}
}
