package tensor

import "math"

// Its values without the sign are 0, 0.5, 1, 1.5, 2, 3, 4 and 6.
var e2m1 = small{mant: 1, bias: 1, max: 7}

var e2m1Values = [8]float32{0, 0.5, 1, 1.5, 2, 3, 4, 6}

// Float32 returns the value of f, exactly.
func (f Float4E2M1) Float32() float32 {
	return math.Float32frombits(math.Float32bits(e2m1Values[f&7]) | uint32(f&8)<<28)
}

// ToFloat4E2M1 returns the value nearest to v, ties to even; beyond 6 it is ±6.
// The format has no NaN: it becomes negative zero.
func ToFloat4E2M1(v float32) Float4E2M1 {
	if v != v {
		return 8
	}
	c := e2m1.encode(v, true)
	return Float4E2M1(c>>4&8 | c&7)
}
