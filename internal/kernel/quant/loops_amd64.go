//go:build !noasm

package quant

import "github.com/onnxrun/onnxrun/internal/cpu"

//go:generate go -C _gen run . -pkg quant -out ../loops_amd64.s -stubs ../loops_stubs_amd64.go

// Loops return how many elements, from the first on, they have done. The
// assembly does not check bounds; these functions do.

// vectors returns how many vectors of 32-bit elements there are in n elements,
// and how many elements each has.
func vectors(n int) (count, lanes int, level cpu.Level) {
	switch level = cpu.Active(); level {
	case cpu.AVX512:
		return n / 16, 16, level
	case cpu.AVX2:
		return n / 8, 8, level
	}
	return 0, 0, level
}

func addSums(dst, s []int32, add int32, col []int32) int {
	n, lanes, level := vectors(len(dst))
	if n == 0 {
		return 0
	}
	_ = s[n*lanes-1]
	c := first(col, n*lanes)
	if level == cpu.AVX512 {
		addSumsAVX512(n, &dst[0], &s[0], add, c)
	} else {
		addSumsAVX2(n, &dst[0], &s[0], add, c)
	}
	return n * lanes
}

// packed is where packing leaves the columns of four vectors, four at a time.
var packed = [16]int32{0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15}

func requantize(dst []byte, s []int32, add int32, col []int32, multipliers []float32, zero int32, lo, hi float32) int {
	n, lanes, level := vectors(len(dst))
	if level == cpu.AVX512 && len(multipliers) == 1 && len(dst) > 0 {
		_ = s[len(dst)-1]
		zero, least, flip := unsigned(zero, lo)
		requantizeOneAVX512(len(dst), &dst[0], &s[0], add, first(col, len(dst)), multipliers[0], zero, hi, least, flip, &packed[0])
		return len(dst)
	}
	if n == 0 {
		return 0
	}
	_ = s[n*lanes-1]
	c := first(col, n*lanes)
	m, each := scales(multipliers, n*lanes)
	if level == cpu.AVX512 {
		requantizeAVX512(n, &dst[0], &s[0], add, c, m, each, zero, lo, hi)
	} else {
		requantizeAVX2(n, &dst[0], &s[0], add, c, m, each, zero, lo, hi)
	}
	return n * lanes
}

// unsigned returns a zero point and a lower bound, given less it, as those of an
// unsigned byte, and what its bits are XORed with then. Bounds and zero points
// are those of bytes, or tighter.
func unsigned(zero int32, lo float32) (z int32, least, flip byte) {
	z = zero
	if int32(lo)+zero < 0 {
		z, flip = zero+128, 128
	}
	return z, byte(int32(lo) + z), flip
}

// quantize writes saturate(round(v/scale) + zero).
func quantize(dst []byte, v []float32, scale float32, zero int32, lo, hi float32) int {
	if cpu.Active() < cpu.AVX512 || len(dst) == 0 {
		return 0
	}
	_ = v[len(dst)-1]
	zero, least, flip := unsigned(zero, lo)
	quantizeOneAVX512(len(dst), &dst[0], &v[0], scale, zero, hi, least, flip, &packed[0])
	return len(dst)
}

func scaleSums(dst []float32, s []int32, add int32, col []int32, multipliers, bias []float32) int {
	n, lanes, level := vectors(len(dst))
	if n == 0 {
		return 0
	}
	_ = s[n*lanes-1]
	c, b := first(col, n*lanes), first(bias, n*lanes)
	m, each := scales(multipliers, n*lanes)
	if level == cpu.AVX512 {
		scaleSumsAVX512(n, &dst[0], &s[0], add, c, m, each, b)
	} else {
		scaleSumsAVX2(n, &dst[0], &s[0], add, c, m, each, b)
	}
	return n * lanes
}

func divide(dst, src, by []float32) int {
	n, lanes, level := vectors(len(dst))
	if n == 0 {
		return 0
	}
	_ = src[n*lanes-1]
	d, each := scales(by, n*lanes)
	if level == cpu.AVX512 {
		divideAVX512(n, &dst[0], &src[0], d, each)
	} else {
		divideAVX2(n, &dst[0], &src[0], d, each)
	}
	return n * lanes
}

func saturate(dst []byte, v []float32, zero int32, lo, hi float32) int {
	n, lanes, level := vectors(len(dst))
	if n == 0 {
		return 0
	}
	_ = v[n*lanes-1]
	if level == cpu.AVX512 {
		saturateAVX512(n, &dst[0], &v[0], zero, lo, hi)
	} else {
		saturateAVX2(n, &dst[0], &v[0], zero, lo, hi)
	}
	return n * lanes
}

func dequantize(dst []float32, src []byte, signed bool, zero, scale float32) int {
	n, lanes, level := vectors(len(dst))
	if n == 0 {
		return 0
	}
	_ = src[n*lanes-1]
	flag := 0
	if signed {
		flag = 1
	}
	if level == cpu.AVX512 {
		dequantizeAVX512(n, &dst[0], &src[0], flag, zero, scale)
	} else {
		dequantizeAVX2(n, &dst[0], &src[0], flag, zero, scale)
	}
	return n * lanes
}

// extremes returns the least and the largest of 0 and the elements that it has
// looked at.
func extremes(x []float32) (n int, lo, hi float32) {
	n, lanes, level := vectors(len(x))
	if n /= 2; n == 0 {
		return 0, 0, 0
	}
	var l, h [16]float32
	if level == cpu.AVX512 {
		extremesAVX512(n, &x[0], &l[0], &h[0])
	} else {
		extremesAVX2(n, &x[0], &l[0], &h[0])
	}
	for i := range l {
		lo, hi = min(lo, l[i]), max(hi, h[i])
	}
	return 2 * n * lanes, lo, hi
}

// first returns the first of n elements, nil for nil.
func first[T int32 | float32](s []T, n int) *T {
	if s == nil {
		return nil
	}
	return &s[:n][0]
}

// scales returns the first of one or n numbers, and 1 for n.
func scales(s []float32, n int) (*float32, int) {
	if len(s) == 1 {
		return &s[0], 0
	}
	return &s[:n][0], 1
}

func combine(dst, a, b []byte, q *Combination) int {
	n, lanes, level := vectors(len(dst))
	if n == 0 {
		return 0
	}
	_, _ = a[n*lanes-1], b[n*lanes-1]
	signed, mul := 0, 0
	if q.Signed {
		signed = 1
	}
	if q.Mul {
		mul = 1
	}
	lo, hi := q.bounds()
	if level == cpu.AVX512 {
		combineAVX512(n, &dst[0], &a[0], &b[0], signed, mul, float32(q.ZeroA), q.ScaleA, float32(q.ZeroB), q.ScaleB, q.Scale, q.Zero, lo, hi)
	} else {
		combineAVX2(n, &dst[0], &a[0], &b[0], signed, mul, float32(q.ZeroA), q.ScaleA, float32(q.ZeroB), q.ScaleB, q.Scale, q.Zero, lo, hi)
	}
	return n * lanes
}
