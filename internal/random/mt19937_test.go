package random

import (
	"math"
	"testing"
)

// The expected numbers come from numpy.random.RandomState.

func TestUint32EqualsNumpy(t *testing.T) {
	s := New(3)
	for i, want := range []uint32{2365658986, 303761048, 3041471737, 3607553667} {
		if got := s.Uint32(); got != want {
			t.Errorf("number %d: got %d, want %d", i, got, want)
		}
	}
}

func TestFloat64EqualsNumpy(t *testing.T) {
	s := New(0)
	for i, want := range []float64{0x1.18fe1565f12a8p-1, 0x1.6e2d4cf608733p-1, 0x1.349d66b6e894bp-1} {
		if got := s.Float64(); got != want {
			t.Errorf("number %d: got %v, want %v", i, got, want)
		}
	}
	s = New(math.MaxUint32)
	var x [2000]float64
	for i := range x {
		x[i] = s.Float64()
	}
	if x[0] != 0x1.8fe69a3924820p-4 || x[1999] != 0x1.6f8e202307648p-3 {
		t.Errorf("got %x … %x", x[0], x[1999])
	}
}

func TestNormalEqualsNumpy(t *testing.T) {
	s := New(42)
	var x [1001]float64
	for i := range x {
		x[i] = s.Normal()
	}
	for i, want := range map[int]float64{0: 0x1.fca2a28a9307cp-2, 1: -0x1.1b2a505de052ap-3, 2: 0x1.4b9dd50245e68p-1, 1000: 0x1.663c286b9ddedp+0} {
		// The logarithms of two libraries may differ in the last bit.
		if math.Abs(x[i]-want) > 4e-16*math.Abs(want) {
			t.Errorf("number %d: got %x, want %x", i, x[i], want)
		}
	}
}

func TestBernoulliEqualsNumpy(t *testing.T) {
	want := []int{0, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 0, 1, 0, 1, 1, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 1, 1}
	p := []float64{0, 0.1, 0.5, 0.9, 1}
	s := New(7)
	for i, w := range want {
		if got := s.Bernoulli(p[i%len(p)]); got != (w == 1) {
			t.Errorf("draw %d with probability %v: got %v, want %d", i, p[i%len(p)], got, w)
		}
	}
	if got := s.Float64(); got != 0x1.cfb60ec60bccep-2 {
		t.Errorf("the next number is %v: another number of draws", got)
	}
}

func TestBernoulliOutsideOfZeroToOne(t *testing.T) {
	s := New(1)
	if s.Bernoulli(-1) || s.Bernoulli(math.NaN()) || !s.Bernoulli(2) || !s.Bernoulli(math.Inf(1)) {
		t.Error("a probability below 0 or NaN gave true, or one above 1 false")
	}
}

func TestUnseededSourcesDiffer(t *testing.T) {
	a, b := Unseeded(), Unseeded()
	for range 4 {
		if a.Uint32() != b.Uint32() {
			return
		}
	}
	t.Error("two sources gave the same numbers")
}
