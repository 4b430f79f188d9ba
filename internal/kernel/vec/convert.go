package vec

import "math"

// Convert rounds v to T: integers towards 0, beyond the range of T to its
// nearest end, NaN to 0.
func Convert[T Number](v float64) T {
	lo, hi := Bounds[T]()
	switch {
	case isFloat[T]():
		return T(v)
	case v >= float64(hi):
		return hi
	case v <= float64(lo):
		return lo
	case v != v:
		return 0
	}
	return T(v)
}

func isFloat[T Number]() bool {
	h := 0.5
	return T(h) != 0
}

// Bounds returns the smallest and the largest value of T: infinities for
// floats.
func Bounds[T Number]() (lo, hi T) {
	var l, h any
	switch any(lo).(type) {
	case float32:
		l, h = float32(math.Inf(-1)), float32(math.Inf(1))
	case float64:
		l, h = math.Inf(-1), math.Inf(1)
	case int8:
		l, h = int8(math.MinInt8), int8(math.MaxInt8)
	case int16:
		l, h = int16(math.MinInt16), int16(math.MaxInt16)
	case int32:
		l, h = int32(math.MinInt32), int32(math.MaxInt32)
	case int64:
		l, h = int64(math.MinInt64), int64(math.MaxInt64)
	case uint8:
		l, h = uint8(0), uint8(math.MaxUint8)
	case uint16:
		l, h = uint16(0), uint16(math.MaxUint16)
	case uint32:
		l, h = uint32(0), uint32(math.MaxUint32)
	case uint64:
		l, h = uint64(0), uint64(math.MaxUint64)
	}
	return l.(T), h.(T)
}

// ConvertSlice writes x as Go converts it to R.
func ConvertSlice[R, T Number](dst []R, x []T) {
	x = x[:len(dst)]
	for i := range dst {
		dst[i] = R(x[i])
	}
}
