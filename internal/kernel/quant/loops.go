package quant

import "unsafe"

// AddSums writes s + add + col; col may be nil. dst may be s.
func AddSums(dst, s []int32, add int32, col []int32) {
	n := addSums(dst, s, add, col)
	dst, s = dst[n:], s[n:][:len(dst)-n]
	if col == nil {
		for i, v := range s {
			dst[i] = v + add
		}
		return
	}
	col = col[n:][:len(s)]
	for i, v := range s {
		dst[i] = v + add + col[i]
	}
}

// RequantizeSums writes saturate(round((s + add + col)·multiplier) + zero);
// col may be nil, multipliers has one element, or one for each. lo and hi are
// the bounds of the type.
func RequantizeSums(dst []byte, s []int32, add int32, col []int32, multipliers []float32, zero, lo, hi int32) {
	low, high := float32(lo-zero), float32(hi-zero)
	n := requantize(dst, s, add, col, multipliers, zero, low, high)
	for i := n; i < len(dst); i++ {
		v := s[i] + add
		if col != nil {
			v += col[i]
		}
		m := multipliers[0]
		if len(multipliers) > 1 {
			m = multipliers[i]
		}
		f := float32(v) * m
		if !(f > low) {
			f = low
		}
		if f > high {
			f = high
		}
		dst[i] = byte(Round(f) + zero)
	}
}

// ScaleSums writes what sums of products stand for: (s + add + col)·multiplier
// + bias; col and bias may be nil, multipliers has one element, or one for each.
func ScaleSums(dst []float32, s []int32, add int32, col []int32, multipliers, bias []float32) {
	n := scaleSums(dst, s, add, col, multipliers, bias)
	for i := n; i < len(dst); i++ {
		v := s[i] + add
		if col != nil {
			v += col[i]
		}
		m := multipliers[0]
		if len(multipliers) > 1 {
			m = multipliers[i]
		}
		f := float32(v) * m
		if bias != nil {
			f += bias[i]
		}
		dst[i] = f
	}
}

// asBytes returns elements of one byte as bytes, nil for others.
func asBytes[T Integer](s []T) []byte {
	if len(s) == 0 || unsafe.Sizeof(s[0]) != 1 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&s[0])), len(s))
}
