// Package move copies elements from one layout to another without looking at
// them: transposition, slices with steps, concatenation, broadcasting and
// tiling are all one strided copy, which a Layout describes. Elements go by
// their size alone, so that one loop serves every element type of that size.
package move

import (
	"slices"
	"unsafe"

	"github.com/onnxrun/onnxrun/internal/par"
)

// Elem stands for all element types of its size.
type Elem interface {
	uint8 | uint16 | uint32 | uint64 | [2]uint64 | string
}

// Layout says which elements go where: for every index i with 0 ≤ i[k] <
// Dims[k],
//
//	dst[DstAt + Σ i[k]·Dst[k]] = src[SrcAt + Σ i[k]·Src[k]]
//
// Strides and offsets count elements. Strides of the source may be zero or
// negative; two indices must not write one element. The copy is fast where Dst
// descends, as it does for row-major outputs.
type Layout struct {
	Dims, Dst, Src []int
	DstAt, SrcAt   int
}

// Bytes copies elements of size 1, 2, 4, 8 or 16 bytes from src to dst as l
// says. All of them must lie within the slices.
func Bytes(p *par.Pool, dst, src []byte, size int, l Layout) {
	if slices.Contains(l.Dims, 0) {
		return
	}
	l = l.simplify()
	size, l = l.widen(dst, src, size)
	switch size {
	case 1:
		run(p, dst, src, l)
	case 2:
		run(p, View[uint16](dst), View[uint16](src), l)
	case 4:
		run(p, View[uint32](dst), View[uint32](src), l)
	case 8:
		run(p, View[uint64](dst), View[uint64](src), l)
	case 16:
		run(p, View[[2]uint64](dst), View[[2]uint64](src), l)
	default:
		panic("move: no element has this size")
	}
}

// Copy copies elements from src to dst as l says. All of them must lie within
// the slices.
func Copy[E Elem](p *par.Pool, dst, src []E, l Layout) {
	if !slices.Contains(l.Dims, 0) {
		run(p, dst, src, l.simplify())
	}
}

// View reads bytes as elements; bytes beyond the last whole one are left out.
func View[E Elem](b []byte) []E {
	if len(b) == 0 {
		return nil
	}
	var z E
	return unsafe.Slice((*E)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/int(unsafe.Sizeof(z)))
}

// simplify drops dimensions of size 1 and joins neighbours that both sides
// step through as one. At least two dimensions are left, the outer of size 1
// if need be. The slices of l are not changed.
func (l Layout) simplify() Layout {
	n := len(l.Dims)
	buf := make([]int, 0, 3*(n+2))
	out := Layout{Dims: buf[0 : 0 : n+2], Dst: buf[n+2 : n+2 : 2*(n+2)], Src: buf[2*(n+2) : 2*(n+2) : 3*(n+2)], DstAt: l.DstAt, SrcAt: l.SrcAt}
	for i, d := range l.Dims {
		if d == 1 {
			continue
		}
		if k := len(out.Dims) - 1; k >= 0 && out.Dst[k] == l.Dst[i]*d && out.Src[k] == l.Src[i]*d {
			out.Dims[k] *= d
			out.Dst[k], out.Src[k] = l.Dst[i], l.Src[i]
			continue
		}
		out.Dims = append(out.Dims, d)
		out.Dst = append(out.Dst, l.Dst[i])
		out.Src = append(out.Src, l.Src[i])
	}
	for len(out.Dims) < 2 {
		stride := 0
		if len(out.Dims) == 0 {
			stride = 1
		}
		out.Dims = slices.Insert(out.Dims, 0, 1)
		out.Dst = slices.Insert(out.Dst, 0, stride)
		out.Src = slices.Insert(out.Src, 0, stride)
	}
	return out
}

// widen makes one element of a short innermost row where everything else moves
// in multiples of it: two float32 that stay together are an uint64.
func (l Layout) widen(dst, src []byte, size int) (int, Layout) {
	k := len(l.Dims) - 1
	m := l.Dims[k]
	wide := m * size
	if m == 1 || l.Dst[k] != 1 || l.Src[k] != 1 || wide > 16 || wide&(wide-1) != 0 ||
		l.DstAt%m != 0 || l.SrcAt%m != 0 || !aligned(dst, wide) || !aligned(src, wide) {
		return size, l
	}
	for i := range k {
		if l.Dst[i]%m != 0 || l.Src[i]%m != 0 {
			return size, l
		}
	}
	for i := range k {
		l.Dst[i] /= m
		l.Src[i] /= m
	}
	l.Dims[k] = 1
	l.DstAt /= m
	l.SrcAt /= m
	return wide, l.simplify()
}

func aligned(b []byte, size int) bool {
	return uintptr(unsafe.Pointer(unsafe.SliceData(b)))%uintptr(min(size, 8)) == 0
}

// run copies by a simplified layout.
func run[E Elem](p *par.Pool, dst, src []E, l Layout) {
	if k := l.transposed(); k >= 0 {
		transpose(p, dst, src, l, k)
	} else {
		rows(p, dst, src, l)
	}
}

// transposed returns the dimension that lies contiguous in the source when the
// innermost one does so in the destination only, -1 where that is not so.
func (l *Layout) transposed() int {
	k := len(l.Dims) - 1
	if l.Dst[k] != 1 || l.Src[k] == 1 || l.Src[k] == 0 {
		return -1
	}
	for i := k - 1; i >= 0; i-- {
		if l.Src[i] == 1 && l.Dims[i] > 1 {
			return i
		}
	}
	return -1
}

// cursor walks through the leading dimensions of a layout in row-major order.
type cursor struct {
	dims, dst, src []int
	d, s           int
	idx            []int
	buf            [8]int
}

// seek puts c at row u of the first n dimensions of l.
func (c *cursor) seek(l *Layout, n, u int) {
	c.dims, c.dst, c.src = l.Dims[:n], l.Dst[:n], l.Src[:n]
	c.d, c.s = l.DstAt, l.SrcAt
	if n > len(c.buf) {
		c.idx = make([]int, n)
	} else {
		c.idx = c.buf[:n]
	}
	for k := n - 1; k >= 0; k-- {
		i := u % c.dims[k]
		u /= c.dims[k]
		c.idx[k] = i
		c.d += i * c.dst[k]
		c.s += i * c.src[k]
	}
}

// left returns how many rows there are before the last dimension wraps.
func (c *cursor) left() int {
	k := len(c.dims) - 1
	if k < 0 {
		return 1
	}
	return c.dims[k] - c.idx[k]
}

// next advances by m rows, at most what left returned.
func (c *cursor) next(m int) {
	for k := len(c.dims) - 1; k >= 0; k-- {
		c.idx[k] += m
		c.d += m * c.dst[k]
		c.s += m * c.src[k]
		if c.idx[k] < c.dims[k] {
			return
		}
		c.idx[k] = 0
		c.d -= c.dims[k] * c.dst[k]
		c.s -= c.dims[k] * c.src[k]
		m = 1
	}
}

func product(dims []int) int {
	n := 1
	for _, d := range dims {
		n *= d
	}
	return n
}
