package tensor

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strconv"
	"strings"
)

// Shape is the size of each dimension, outermost first. A scalar's is empty.
type Shape []int

// Rank returns the number of dimensions.
func (s Shape) Rank() int { return len(s) }

// Len returns the number of elements of a shape that has passed Check.
func (s Shape) Len() int { return s.Span(0, len(s)) }

// Span returns the product of the dimensions lo to hi-1.
func (s Shape) Span(lo, hi int) int {
	n := 1
	for _, d := range s[lo:hi] {
		n *= d
	}
	return n
}

// maxBytes is the most that one tensor may take: 64 TiB, or what fits an int
// of 32 bits. Go panics when asked for more.
const maxBytes = math.MaxInt >> (bits.UintSize / 64 * 17)

// Check returns an error when a dimension is negative or the number of bytes
// of such a tensor, or of any part of it, at elemSize bytes an element, is more
// than any machine has: ErrMemory.
func (s Shape) Check(elemSize int) error {
	if i := slices.IndexFunc(s, func(d int) bool { return d < 0 }); i >= 0 {
		return fmt.Errorf("shape %v: dimension %d is negative", s, i)
	}
	n := max(elemSize, 1)
	for _, d := range s {
		d = max(d, 1) // so that the product of any part fits, too
		if n > maxBytes/d {
			return fmt.Errorf("shape %v: too many elements: %w", s, ErrMemory)
		}
		n *= d
	}
	return nil
}

// Equal reports whether both shapes have the same dimensions.
func (s Shape) Equal(o Shape) bool { return slices.Equal(s, o) }

// Clone returns a copy.
func (s Shape) Clone() Shape { return slices.Clone(s) }

// Strides returns the distance in elements between neighbours along each
// dimension of a contiguous row-major tensor.
func (s Shape) Strides() []int {
	st := make([]int, len(s))
	n := 1
	for i := len(s) - 1; i >= 0; i-- {
		st[i] = n
		n *= s[i]
	}
	return st
}

// Axis resolves an axis that may count from the end (-1 is the last) to 0 …
// rank-1, or returns an error that says what the rank allows.
func (s Shape) Axis(axis int) (int, error) {
	r := len(s)
	if axis < -r || axis >= r {
		return 0, fmt.Errorf("axis %d is outside of [%d, %d] for shape %v", axis, -r, r-1, s)
	}
	if axis < 0 {
		axis += r
	}
	return axis, nil
}

// String prints the dimensions as [2 3 4], and [] for a scalar.
func (s Shape) String() string {
	var b strings.Builder
	b.WriteByte('[')
	for i, d := range s {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(strconv.Itoa(d))
	}
	b.WriteByte(']')
	return b.String()
}

// Broadcast returns the shape that a and b have together under numpy's rules
// (multidirectional broadcasting in the ONNX standard).
func Broadcast(a, b Shape) (Shape, error) {
	r := max(len(a), len(b))
	out := make(Shape, r)
	for i := range r {
		da, db := 1, 1
		if j := i - (r - len(a)); j >= 0 {
			da = a[j]
		}
		if j := i - (r - len(b)); j >= 0 {
			db = b[j]
		}
		switch {
		case da == db || db == 1:
			out[i] = da
		case da == 1:
			out[i] = db
		default:
			return nil, fmt.Errorf("shapes %v and %v do not broadcast: %d against %d", a, b, da, db)
		}
	}
	return out, nil
}
