// Package random makes the random numbers of the operators that want them: the
// generator of Python's and numpy's RandomState, draw for draw, so that a
// model with a seed gives what the standard's reference gives.
package random

import (
	"math"
	"math/rand/v2"
)

const (
	stateSize = 624
	stateGap  = 397
)

// Source is a Mersenne Twister, MT19937 (Matsumoto and Nishimura, 1998), with
// the distributions of numpy's legacy RandomState. It serves one goroutine.
type Source struct {
	state    [stateSize]uint32
	next     int
	gauss    float64 // the second of the last pair of normal numbers
	hasGauss bool
}

// New returns a source that gives what RandomState(seed) gives.
func New(seed uint32) *Source {
	s := &Source{next: stateSize}
	for i := range s.state {
		s.state[i] = seed
		seed = 1812433253*(seed^seed>>30) + uint32(i) + 1
	}
	return s
}

// Unseeded returns a source that differs from call to call.
func Unseeded() *Source { return New(rand.Uint32()) }

// Uint32 returns 32 random bits.
func (s *Source) Uint32() uint32 {
	if s.next == stateSize {
		s.refill()
	}
	y := s.state[s.next]
	s.next++
	y ^= y >> 11
	y ^= y << 7 & 0x9D2C5680
	y ^= y << 15 & 0xEFC60000
	return y ^ y>>18
}

func (s *Source) refill() {
	for i := range s.state {
		y := s.state[i]&0x80000000 | s.state[(i+1)%stateSize]&0x7FFFFFFF
		v := s.state[(i+stateGap)%stateSize] ^ y>>1
		if y&1 != 0 {
			v ^= 0x9908B0DF
		}
		s.state[i] = v
	}
	s.next = 0
}

// Float64 returns a number from [0, 1), a multiple of 2^-53.
func (s *Source) Float64() float64 {
	a, b := s.Uint32()>>5, s.Uint32()>>6
	return (float64(a)*(1<<26) + float64(b)) / (1 << 53)
}

// Normal returns a number of the normal distribution with mean 0 and deviation
// 1, by Marsaglia's polar method.
func (s *Source) Normal() float64 {
	if s.hasGauss {
		s.hasGauss = false
		return s.gauss
	}
	for {
		x := 2*s.Float64() - 1
		y := 2*s.Float64() - 1
		r := float64(x*x) + float64(y*y)
		if r >= 1 || r == 0 {
			continue
		}
		f := math.Sqrt(-2 * math.Log(r) / r)
		s.gauss, s.hasGauss = f*x, true
		return f * y
	}
}

// Bernoulli returns true with probability p: never where p is 0, less or
// NaN, always where it is 1 or more. It draws as RandomState.binomial(1, p).
func (s *Source) Bernoulli(p float64) bool {
	switch {
	case p >= 0 && p <= 0.5:
		return s.rare(p)
	case p > 0.5:
		return !s.rare(max(1-p, 0))
	}
	return false
}

// rare returns true with probability p, at most 0.5, by inversion.
func (s *Source) rare(p float64) bool {
	q := math.Exp(math.Log(1 - p))
	for {
		u := s.Float64()
		if u <= q {
			return false
		}
		if u-q <= float64(p*q)/(1-p) {
			return true
		}
	}
}
