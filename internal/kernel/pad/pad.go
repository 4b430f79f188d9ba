// Package pad extends arrays at the edges of each dimension, or cuts them
// there.
package pad

import (
	"github.com/onnxrun/onnxrun/internal/kernel/elem"
	"github.com/onnxrun/onnxrun/internal/kernel/move"
	"github.com/onnxrun/onnxrun/internal/par"
)

// Mode says what the new elements are.
type Mode uint8

// The modes of the operator Pad.
const (
	Constant Mode = iota // a given value
	Reflect              // mirrored at the first and last entry, which are not repeated
	Edge                 // the first or last entry
	Wrap                 // the other end, as on a torus
)

// Shape says how the dimensions of the destination come from those of the
// source: entries are added (or, where negative, cut off) before and after.
// What is cut off is so before anything is extended.
type Shape struct {
	In, Before, After []int
}

// Out returns the dimensions of the destination. They are negative where more
// is cut off than there is.
func (s *Shape) Out() []int {
	out := make([]int, len(s.In))
	for k, n := range s.In {
		out[k] = s.kept(k)
		if out[k] < 0 {
			out[k] = min(n+s.Before[k]+s.After[k], -1)
			continue
		}
		out[k] += max(s.Before[k], 0) + max(s.After[k], 0)
	}
	return out
}

// kept returns how many entries of the source stay along dimension k.
func (s *Shape) kept(k int) int {
	return s.In[k] + min(s.Before[k], 0) + min(s.After[k], 0)
}

// Extends returns a dimension of which nothing is kept and that is to be
// extended, which only Constant can do, or -1.
func (s *Shape) Extends() int {
	for k := range s.In {
		if s.kept(k) == 0 && (s.Before[k] > 0 || s.After[k] > 0) {
			return k
		}
	}
	return -1
}

// Bytes pads elements of size bytes (1, 2, 4, 8 or 16); fill holds one. dst
// and src have the dimensions s.Out() and s.In. Of modes other than Constant,
// s.Extends() is -1.
func Bytes(p *par.Pool, dst, src []byte, size int, s *Shape, m Mode, fill []byte) {
	switch size {
	case 1:
		Elems(p, dst, src, s, m, fill[0])
	case 2:
		Elems(p, elem.Words[uint16](dst), elem.Words[uint16](src), s, m, elem.Word[uint16](fill))
	case 4:
		Elems(p, elem.Words[uint32](dst), elem.Words[uint32](src), s, m, elem.Word[uint32](fill))
	case 8:
		Elems(p, elem.Words[uint64](dst), elem.Words[uint64](src), s, m, elem.Word[uint64](fill))
	case 16:
		Elems(p, elem.Words[[2]uint64](dst), elem.Words[[2]uint64](src), s, m, elem.Word[[2]uint64](fill))
	default:
		panic("pad: no element has this size")
	}
}

// work is the number of elements that are worth a goroutine.
const work = 1 << 15

// Elems is Bytes for elements of type E.
//
// The part that is kept goes to its place first. Then each dimension is
// extended, the innermost first: its new entries are copies of others that are
// in place already, contiguous blocks of all dimensions further in. Dimensions
// further out are yet to come, so that only their kept entries are visited.
func Elems[E move.Elem](p *par.Pool, dst, src []E, s *Shape, m Mode, fill E) {
	rank := len(s.In)
	out := s.Out()
	l := move.Layout{Dims: make([]int, rank), Dst: move.Strides(out), Src: move.Strides(s.In)}
	total, kept := 1, 1
	for k := range rank {
		l.Dims[k] = s.kept(k)
		l.DstAt += max(s.Before[k], 0) * l.Dst[k]
		l.SrcAt += max(-s.Before[k], 0) * l.Src[k]
		total *= out[k]
		kept *= l.Dims[k]
	}
	if total == 0 {
		return
	}
	if kept == 0 {
		p.For(total, work, func(lo, hi int) { move.Fill(dst[lo:hi], fill) })
		return
	}
	if m == Constant && s.Inside() {
		b := surrounding[E]{s: s, out: out, dst: dst, src: src, fill: fill, last: rank - 1, inner: 1}
		for b.last > 0 && out[b.last] == s.In[b.last] {
			b.inner *= out[b.last]
			b.last--
		}
		row := out[b.last] * b.inner
		par.Each(p, total/row, max(1, work/row), b)
		return
	}
	move.Copy(p, dst, src, l)
	outer := kept
	for k := rank - 1; k >= 0; k-- {
		n := l.Dims[k]
		outer /= n
		before, inner := max(s.Before[k], 0), l.Dst[k]
		if out[k] == n {
			continue
		}
		p.For(outer, max(1, work/((out[k]-n)*inner)), func(lo, hi int) {
			for u := lo; u < hi; u++ {
				at := 0
				for j, r := k-1, u; j >= 0; j-- {
					at += (r%l.Dims[j] + max(s.Before[j], 0)) * l.Dst[j]
					r /= l.Dims[j]
				}
				extend(dst[at:at+out[k]*inner], before, n, inner, m, fill)
			}
		})
	}
}

// Inside reports whether all of the source is kept, and not a scalar.
func (s *Shape) Inside() bool {
	for k := range s.In {
		if s.Before[k] < 0 || s.After[k] < 0 {
			return false
		}
	}
	return len(s.In) > 0
}

// surrounding is the loop over the rows of the destination that writes each
// element once: the fill, or a row of the source between fills.
type surrounding[E move.Elem] struct {
	s        *Shape
	out      []int
	dst, src []E
	fill     E
	last     int // the last dimension that is extended; rows go along it
	inner    int // elements of an entry of it
}

// Part writes the rows lo to hi-1.
func (b *surrounding[E]) Part(lo, hi int) {
	width, n, before := b.out[b.last]*b.inner, b.s.In[b.last]*b.inner, b.s.Before[b.last]*b.inner
	for r := lo; r < hi; r++ {
		row := b.dst[r*width : (r+1)*width]
		at, ok := b.source(r)
		if !ok {
			move.Fill(row, b.fill)
			continue
		}
		for i := range row[:before] {
			row[i] = b.fill
		}
		copy(row[before:before+n], b.src[at*n:])
		for i := range row[before+n:] {
			row[before+n+i] = b.fill
		}
	}
}

// source returns which row of the source is part of row r; false if none is.
func (b *surrounding[E]) source(r int) (at int, ok bool) {
	step := 1
	for k := b.last - 1; k >= 0; k-- {
		i := r%b.out[k] - b.s.Before[k]
		if i < 0 || i >= b.s.In[k] {
			return 0, false
		}
		r /= b.out[k]
		at += i * step
		step *= b.s.In[k]
	}
	return at, true
}

// extend fills the entries of inner elements before and after the n that are
// in place.
func extend[E move.Elem](dst []E, before, n, inner int, m Mode, fill E) {
	if m == Constant {
		move.Fill(dst[:before*inner], fill)
		move.Fill(dst[(before+n)*inner:], fill)
		return
	}
	count := len(dst) / inner
	for i := range before {
		j := before + m.source(i-before, n)
		copy(dst[i*inner:(i+1)*inner], dst[j*inner:])
	}
	for i := before + n; i < count; i++ {
		j := before + m.source(i-before, n)
		copy(dst[i*inner:(i+1)*inner], dst[j*inner:])
	}
}

// source returns which of the entries 0 … n-1 stands at place i outside.
func (m Mode) source(i, n int) int {
	switch {
	case n == 1:
		return 0
	case m == Edge:
		return min(max(i, 0), n-1)
	case m == Wrap:
		if i %= n; i < 0 {
			i += n
		}
		return i
	}
	period := 2 * (n - 1)
	if i %= period; i < 0 {
		i += period
	}
	return min(i, period-i)
}
