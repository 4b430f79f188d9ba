package gather

import (
	"github.com/onnxrun/onnxrun/internal/kernel/elem"
	"github.com/onnxrun/onnxrun/internal/kernel/move"
	"github.com/onnxrun/onnxrun/internal/par"
)

// Targets says where rows of inner elements go: row u of the updates to row
// At[u] of the destination. The list consists of Groups equal parts that share
// no row. Within a part rows are written in order, so that of several for one
// row the last one stays, and sums do not depend on the number of threads.
type Targets struct {
	At     []int64
	Inner  int
	Groups int
}

// each calls body for pieces of the work that may run at the same time: rows
// at[lo:hi] of the updates and elements from to from+n-1 of each row.
func (t Targets) each(p *par.Pool, body func(lo, hi, from, n int)) {
	rows, inner := len(t.At), t.Inner
	if rows == 0 || inner == 0 {
		return
	}
	if groups := max(t.Groups, 1); groups > 1 {
		size := rows / groups
		p.For(groups, max(1, work/(size*inner)), func(lo, hi int) {
			body(lo*size, hi*size, 0, inner)
		})
		return
	}
	p.For(inner, max(1024, work/rows), func(lo, hi int) { body(0, rows, lo, hi-lo) })
}

// Put writes the updates to their rows.
func Put[E move.Elem](p *par.Pool, dst, upd []E, t Targets) {
	t.each(p, func(lo, hi, from, n int) {
		if t.Inner == 1 {
			u := upd[lo:hi]
			for i, at := range t.At[lo:hi] {
				dst[at] = u[i]
			}
			return
		}
		for i, at := range t.At[lo:hi] {
			s := (lo+i)*t.Inner + from
			copy(dst[int(at)*t.Inner+from:], upd[s:s+n])
		}
	})
}

// PutBytes is Put for elements of size bytes.
func PutBytes(p *par.Pool, dst, upd []byte, size int, t Targets) {
	row := size * t.Inner
	if row > 0 && row&(row-1) == 0 && row <= 16 && elem.Aligned(dst, row) && elem.Aligned(upd, row) {
		t.Inner = 1
		switch row {
		case 2:
			Put(p, elem.Words[uint16](dst), elem.Words[uint16](upd), t)
			return
		case 4:
			Put(p, elem.Words[uint32](dst), elem.Words[uint32](upd), t)
			return
		case 8:
			Put(p, elem.Words[uint64](dst), elem.Words[uint64](upd), t)
			return
		case 16:
			Put(p, elem.Words[[2]uint64](dst), elem.Words[[2]uint64](upd), t)
			return
		}
	}
	t.Inner = row
	Put(p, dst, upd, t)
}

// Number is any type that has + and *.
type Number interface {
	Ordered | complex64 | complex128
}

// Ordered is any type that has + and * and an order.
type Ordered interface {
	float32 | float64 | int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64
}

// Add adds the updates to their rows.
func Add[T Number](p *par.Pool, dst, upd []T, t Targets) {
	t.each(p, func(lo, hi, from, n int) {
		for i, at := range t.At[lo:hi] {
			s, d := (lo+i)*t.Inner+from, int(at)*t.Inner+from
			y := dst[d : d+n]
			for j, v := range upd[s : s+n] {
				y[j] += v
			}
		}
	})
}

// Mul multiplies the rows by their updates.
func Mul[T Number](p *par.Pool, dst, upd []T, t Targets) {
	t.each(p, func(lo, hi, from, n int) {
		for i, at := range t.At[lo:hi] {
			s, d := (lo+i)*t.Inner+from, int(at)*t.Inner+from
			y := dst[d : d+n]
			for j, v := range upd[s : s+n] {
				y[j] *= v
			}
		}
	})
}

// Max keeps the larger of each element and its update, NaN if one of them is.
func Max[T Ordered](p *par.Pool, dst, upd []T, t Targets) {
	t.each(p, func(lo, hi, from, n int) {
		for i, at := range t.At[lo:hi] {
			s, d := (lo+i)*t.Inner+from, int(at)*t.Inner+from
			y := dst[d : d+n]
			for j, v := range upd[s : s+n] {
				y[j] = max(y[j], v)
			}
		}
	})
}

// Min keeps the smaller of each element and its update, NaN if one of them is.
func Min[T Ordered](p *par.Pool, dst, upd []T, t Targets) {
	t.each(p, func(lo, hi, from, n int) {
		for i, at := range t.At[lo:hi] {
			s, d := (lo+i)*t.Inner+from, int(at)*t.Inner+from
			y := dst[d : d+n]
			for j, v := range upd[s : s+n] {
				y[j] = min(y[j], v)
			}
		}
	})
}
