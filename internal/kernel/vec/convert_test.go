package vec

import (
	"math"
	"testing"
)

func TestConvertSaturates(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	if g := Convert[int8](300); g != 127 {
		t.Errorf("int8 of 300: %d", g)
	}
	if g := Convert[int8](-129.5); g != -128 {
		t.Errorf("int8 of -129.5: %d", g)
	}
	if g := Convert[uint8](-1); g != 0 {
		t.Errorf("uint8 of -1: %d", g)
	}
	if g := Convert[int64](inf); g != math.MaxInt64 {
		t.Errorf("int64 of inf: %d", g)
	}
	if g := Convert[uint64](1e30); g != math.MaxUint64 {
		t.Errorf("uint64 of 1e30: %d", g)
	}
	if g := Convert[int32](nan); g != 0 {
		t.Errorf("int32 of NaN: %d", g)
	}
	if g := Convert[int32](-2.9); g != -2 {
		t.Errorf("int32 of -2.9: %d", g)
	}
	if g := Convert[float32](0.1); g != 0.1 {
		t.Errorf("float32 of 0.1: %v", g)
	}
}
