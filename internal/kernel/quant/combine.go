package quant

// Combination is the sum, or the product, of two tensors of bytes, signed or
// not, with scales and zero points, as such a tensor.
type Combination struct {
	Signed, Mul           bool
	ScaleA, ScaleB, Scale float32
	ZeroA, ZeroB, Zero    int32
}

// bounds returns the bounds of the type less the zero point.
func (q *Combination) bounds() (lo, hi float32) {
	least := int32(0)
	if q.Signed {
		least = -128
	}
	return float32(least - q.Zero), float32(least + 255 - q.Zero)
}

// Combine writes, element by element,
//
//	saturate(round(((a - ZeroA)·ScaleA + (b - ZeroB)·ScaleB) / Scale) + Zero)
//
// or the product in place of the sum.
func (q *Combination) Combine(dst, a, b []byte) {
	lo, hi := q.bounds()
	for i := combine(dst, a, b, q); i < len(dst); i++ {
		u, v := int32(a[i]), int32(b[i])
		if q.Signed {
			u, v = int32(int8(a[i])), int32(int8(b[i]))
		}
		x := float32((float32(u) - float32(q.ZeroA)) * q.ScaleA)
		y := float32((float32(v) - float32(q.ZeroB)) * q.ScaleB)
		if q.Mul {
			x *= y
		} else {
			x += y
		}
		if x /= q.Scale; !(x > lo) {
			x = lo
		}
		if x > hi {
			x = hi
		}
		dst[i] = byte(Round(x) + q.Zero)
	}
}
