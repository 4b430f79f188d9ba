// Package gather moves elements from and to the places that indices name.
// Every such operator comes down to two steps: the indices become offsets
// (Lines, Tuples, Along), negative ones resolved and bad ones found, and then
// rows of elements are taken from these offsets (Rows) or written, added, … to
// them (Scatter and its kin).
package gather

import (
	"github.com/onnxrun/onnxrun/internal/kernel/elem"
	"github.com/onnxrun/onnxrun/internal/kernel/move"
	"github.com/onnxrun/onnxrun/internal/par"
)

// work is the number of bytes or elements that are worth a goroutine.
const work = 1 << 15

// Rows copies rows of inner elements that idx picks. With src seen as
// [outer][n][inner] and dst as [outer][len(idx)][inner],
//
//	dst[o][j] = src[o][idx[j]]
//
// Indices are 0 to n-1.
func Rows[E move.Elem](p *par.Pool, dst, src []E, outer, n, inner int, idx []int64) {
	m := len(idx)
	if outer == 0 || m == 0 || inner == 0 {
		return
	}
	p.For(outer*m, max(1, work/inner), func(lo, hi int) {
		for lo < hi {
			o, j := lo/m, lo%m
			end := min(m, j+hi-lo)
			take(dst[(o*m+j)*inner:(o*m+end)*inner], src[o*n*inner:(o+1)*n*inner], inner, idx[j:end])
			lo += end - j
		}
	})
}

// take copies row idx[j] of src to row j of dst.
func take[E move.Elem](dst, src []E, inner int, idx []int64) {
	if inner == 1 {
		dst = dst[:len(idx)]
		for j, i := range idx {
			dst[j] = src[i]
		}
		return
	}
	for j, i := range idx {
		copy(dst[j*inner:(j+1)*inner], src[int(i)*inner:])
	}
}

// RowsBytes is Rows for elements of size bytes, which may be any number.
func RowsBytes(p *par.Pool, dst, src []byte, size, outer, n, inner int, idx []int64) {
	row := size * inner
	if row > 0 && row&(row-1) == 0 && row <= 16 && elem.Aligned(dst, row) && elem.Aligned(src, row) {
		switch row {
		case 2:
			Rows(p, elem.Words[uint16](dst), elem.Words[uint16](src), outer, n, 1, idx)
			return
		case 4:
			Rows(p, elem.Words[uint32](dst), elem.Words[uint32](src), outer, n, 1, idx)
			return
		case 8:
			Rows(p, elem.Words[uint64](dst), elem.Words[uint64](src), outer, n, 1, idx)
			return
		case 16:
			Rows(p, elem.Words[[2]uint64](dst), elem.Words[[2]uint64](src), outer, n, 1, idx)
			return
		}
	}
	Rows(p, dst, src, outer, n, row, idx)
}
