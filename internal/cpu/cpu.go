// Package cpu says which vector instructions kernels may use. The build tag
// noasm leaves none.
package cpu

import "sync/atomic"

// Level is a set of vector instructions; a greater one includes the lesser of
// the same architecture.
type Level int32

const (
	// Generic has none: kernels in Go.
	Generic Level = iota
	// NEON is what every arm64 has.
	NEON
	// AVX2 is AVX2 with FMA, on amd64.
	AVX2
	// AVX512 is AVX-512 F, BW, CD, DQ and VL, on amd64.
	AVX512
)

// String returns the level's name.
func (l Level) String() string {
	switch l {
	case NEON:
		return "neon"
	case AVX2:
		return "avx2"
	case AVX512:
		return "avx512"
	}
	return "generic"
}

var (
	best   = detect()
	active atomic.Int32
)

func init() { active.Store(int32(best)) }

// Best returns the highest level that the machine has.
func Best() Level { return best }

// Active returns the level that kernels are to use.
func Active() Level { return Level(active.Load()) }

// Limit makes kernels use no more than l, and returns a function that undoes
// that. It is for tests; what was packed before stays as it is.
func Limit(l Level) (restore func()) {
	old := active.Swap(int32(min(l, best)))
	return func() { active.Store(old) }
}

// Levels returns the levels that the machine has, for tests of each.
func Levels() []Level {
	ls := []Level{Generic}
	for l := first; l <= best; l++ {
		ls = append(ls, l)
	}
	return ls
}
