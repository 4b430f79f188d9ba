package cpu

import "testing"

func TestLimitIsUndone(t *testing.T) {
	restore := Limit(Generic)
	if Active() != Generic {
		t.Errorf("got %v, want generic", Active())
	}
	restore()
	if Active() != Best() {
		t.Errorf("got %v, want %v", Active(), Best())
	}
	defer Limit(AVX512)()
	if Active() != Best() {
		t.Errorf("limited to more than the machine has: got %v, want %v", Active(), Best())
	}
}
