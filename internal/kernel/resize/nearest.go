package resize

import (
	"slices"

	"github.com/onnxrun/onnxrun/internal/kernel/elem"
	"github.com/onnxrun/onnxrun/internal/kernel/move"
	"github.com/onnxrun/onnxrun/internal/par"
)

// work is the number of elements that are worth a goroutine.
const work = 1 << 15

// Nearest takes elements as l says.
func Nearest[E move.Elem](p *par.Pool, dst, src []E, l *Lookup) {
	if l.empty {
		return
	}
	if x, ok := any(src).([]uint32); ok && l.double {
		n := l.in[len(l.in)-1]
		par.Each(p, len(x)/n, max(1, work/(4*n)), doubling{any(dst).([]uint32), x, n})
		return
	}
	cols := l.cols() * l.inner
	par.Each(p, l.rows, max(1, work/cols), nearest[E]{l, dst, src, cols})
}

type nearest[E move.Elem] struct {
	l        *Lookup
	dst, src []E
	cols     int
}

// Part makes the rows lo to hi-1.
func (b *nearest[E]) Part(lo, hi int) {
	last, cols := -1, b.cols
	for u := lo; u < hi; u++ {
		base := b.l.source(u)
		y := b.dst[u*cols : (u+1)*cols]
		if base == last {
			copy(y, b.dst[(u-1)*cols:u*cols])
		} else {
			pick(y, b.src[base:], b.l)
		}
		last = base
	}
}

// doubling makes two rows of each row of n.
type doubling struct {
	dst, src []uint32
	n        int
}

func (d *doubling) Part(lo, hi int) { double(d.dst[4*lo*d.n:4*hi*d.n], d.src[lo*d.n:hi*d.n], d.n) }

// doubleGo writes each element of rows of n to a square of four.
func doubleGo(dst, src []uint32, n int) {
	for ; len(src) >= n; src, dst = src[n:], dst[4*n:] {
		y := dst[:2*n]
		for i, v := range src[:n] {
			d := y[2*i : 2*i+2 : 2*i+2]
			d[0], d[1] = v, v
		}
		copy(dst[2*n:4*n], y)
	}
}

// NearestBytes is Nearest for elements of the size that l was made for.
func NearestBytes(p *par.Pool, dst, src []byte, l *Lookup) {
	switch l.size {
	case 2:
		Nearest(p, elem.Words[uint16](dst), elem.Words[uint16](src), l)
	case 4:
		Nearest(p, elem.Words[uint32](dst), elem.Words[uint32](src), l)
	case 8:
		Nearest(p, elem.Words[uint64](dst), elem.Words[uint64](src), l)
	default:
		Nearest(p, dst, src, l)
	}
}

// Lookup is the walk of Nearest: rows by the leading tables, of which each is
// a row of the last table's entries of inner contiguous elements.
type Lookup struct {
	size    int       // of an element; 0 for elements that are not bytes
	tables  [][]int32 // nil for all entries
	out, in []int     // dimensions up to that of the last table
	strides []int     // of the source
	rows    int
	inner   int
	factor  int  // how often the last table repeats each entry, 0 where it does something else
	double  bool // the last two tables repeat each entry, the others none
	empty   bool // there are no results
}

// NewLookup returns how Nearest takes elements of size bytes, which may be any
// number, 0 for elements that are not bytes, by one table for each dimension:
// with dims the dimensions of src, len(tables[k]) those of dst,
//
//	dst[i0, i1, …] = src[tables[0][i0], tables[1][i1], …]
//
// A nil table stands for all entries in their order.
func NewLookup(size int, dims []int, tables [][]int32) *Lookup {
	if size == 3 || size > 4 && size != 8 {
		dims = append(slices.Clone(dims), size)
		tables = append(slices.Clone(tables), nil)
	}
	n := len(dims)
	strides := move.Strides(dims)
	l := &Lookup{size: size, rows: 1, inner: 1}
	for n > 0 && tables[n-1] == nil {
		n--
		l.inner *= dims[n]
	}
	total := l.inner
	for k := range n {
		d := dims[k]
		if tables[k] != nil {
			d = len(tables[k])
		}
		l.out = append(l.out, d)
		total *= d
	}
	l.tables, l.in, l.strides = tables[:n], dims[:n], strides[:n]
	l.empty = total == 0
	if n == 0 || l.empty {
		return l
	}
	for _, d := range l.out[:n-1] {
		l.rows *= d
	}
	l.factor = factor(tables[n-1], dims[n-1])
	if n >= 2 && l.inner == 1 {
		l.double = l.factor == 2 && tables[n-2] != nil && factor(tables[n-2], dims[n-2]) == 2
		for k := range n - 2 {
			l.double = l.double && (tables[k] == nil || factor(tables[k], dims[k]) == 1)
		}
	}
	return l
}

// factor returns f where a table is 0 f times, 1 f times, … up to n-1.
func factor(table []int32, n int) int {
	if n == 0 || len(table)%n != 0 {
		return 0
	}
	f := len(table) / n
	for i, v := range table {
		if int(v) != i/f {
			return 0
		}
	}
	return f
}

func (l *Lookup) cols() int {
	if len(l.out) == 0 {
		return 1
	}
	return l.out[len(l.out)-1]
}

// source returns where the elements of row u begin.
func (l *Lookup) source(u int) int {
	at := 0
	for k := len(l.out) - 2; k >= 0; k-- {
		i := u % l.out[k]
		u /= l.out[k]
		if t := l.tables[k]; t != nil {
			i = int(t[i])
		}
		at += i * l.strides[k]
	}
	return at
}

// pick makes one row.
func pick[E move.Elem](y, x []E, l *Lookup) {
	if len(l.tables) == 0 {
		copy(y, x)
		return
	}
	t := l.tables[len(l.tables)-1]
	switch {
	case l.inner > 1:
		n := l.inner
		for j, i := range t {
			copy(y[j*n:(j+1)*n], x[int(i)*n:(int(i)+1)*n])
		}
	case l.factor == 2:
		for i, v := range x[:len(y)/2] {
			d := y[2*i : 2*i+2 : 2*i+2]
			d[0], d[1] = v, v
		}
	case l.factor == 4:
		for i, v := range x[:len(y)/4] {
			d := y[4*i : 4*i+4 : 4*i+4]
			d[0], d[1], d[2], d[3] = v, v, v, v
		}
	default:
		y = y[:len(t)]
		for j, i := range t {
			y[j] = x[i]
		}
	}
}

// Extrapolate sets the elements of an array at coordinates that are marked in
// any dimension to v. A nil mark marks none.
func Extrapolate[E any](p *par.Pool, dst []E, dims []int, marks [][]bool, v E) {
	rank := len(dims)
	inner := 1
	for rank > 0 && marks[rank-1] == nil {
		rank--
		inner *= dims[rank]
	}
	if rank == 0 || len(dst) == 0 {
		return
	}
	last := marks[rank-1]
	cols := len(last) * inner
	p.For(len(dst)/cols, max(1, work/cols), func(lo, hi int) {
		for u := lo; u < hi; u++ {
			row := dst[u*cols : (u+1)*cols]
			if marked(u, dims[:rank-1], marks) {
				move.Fill(row, v)
				continue
			}
			for j, m := range last {
				if m {
					move.Fill(row[j*inner:(j+1)*inner], v)
				}
			}
		}
	})
}

// ExtrapolateBytes is Extrapolate for elements of size bytes; v holds one.
func ExtrapolateBytes(p *par.Pool, dst []byte, size int, dims []int, marks [][]bool, v []byte) {
	switch size {
	case 1:
		Extrapolate(p, dst, dims, marks, v[0])
	case 2:
		Extrapolate(p, elem.Words[uint16](dst), dims, marks, elem.Word[uint16](v))
	case 4:
		Extrapolate(p, elem.Words[uint32](dst), dims, marks, elem.Word[uint32](v))
	case 8:
		Extrapolate(p, elem.Words[uint64](dst), dims, marks, elem.Word[uint64](v))
	case 16:
		Extrapolate(p, elem.Words[[2]uint64](dst), dims, marks, elem.Word[[2]uint64](v))
	}
}

// marked reports whether any coordinate of row u is marked.
func marked(u int, dims []int, marks [][]bool) bool {
	for k := len(dims) - 1; k >= 0; k-- {
		if m := marks[k]; m != nil && m[u%dims[k]] {
			return true
		}
		u /= dims[k]
	}
	return false
}
