package gather

import (
	"sync/atomic"

	"github.com/onnxrun/onnxrun/internal/par"
)

// Index is the type of indices as models hold them. They may be negative, and
// then count from the end.
type Index interface{ int32 | int64 }

// first keeps the lowest position that was reported; -1 is none.
type first struct{ at atomic.Int64 }

func (f *first) report(i int) {
	for {
		old := f.at.Load()
		if old != 0 && old <= int64(i)+1 {
			return
		}
		if f.at.CompareAndSwap(old, int64(i)+1) {
			return
		}
	}
}

func (f *first) position() int { return int(f.at.Load()) - 1 }

// Along resolves indices along a dimension of size n to 0 … n-1. It returns
// the position of the first that lies outside of [-n, n-1], -1 if none does.
func Along[I Index](p *par.Pool, dst []int64, idx []I, n int) int {
	var bad first
	dst = dst[:len(idx)]
	p.For(len(idx), work, func(lo, hi int) {
		d := dst[lo:hi]
		for j, v := range idx[lo:hi] {
			i := int64(v)
			if i < 0 {
				i += int64(n)
			}
			if uint64(i) >= uint64(n) {
				bad.report(lo + j)
				return
			}
			d[j] = i
		}
	})
	return bad.position()
}

// Within reports whether all indices are in 0 … n-1.
func Within(p *par.Pool, idx []int64, n int) bool {
	var bad first
	p.For(len(idx), work, func(lo, hi int) {
		for _, i := range idx[lo:hi] {
			if uint64(i) >= uint64(n) {
				bad.report(lo)
				return
			}
		}
	})
	return bad.position() < 0
}

// Lines turns the indices of GatherElements and ScatterElements into offsets:
// for every position i of an array of dimensions dims, which no dimension of
// the data but that of axis falls short of,
//
//	dst[i] = offset of (i[0], …, idx[i] in place of i[axis], …) in the data
//
// It returns the position of the first index outside of [-n, n-1], n being the
// data's dimension at axis, or -1.
func Lines[I Index](p *par.Pool, dst []int64, idx []I, dims, data []int, axis int) int {
	rank := len(dims)
	strides := make([]int, rank)
	step, size := 1, 1
	for k := rank - 1; k >= 0; k-- {
		strides[k] = step
		step *= data[k]
		size *= dims[k]
	}
	if size == 0 {
		return -1
	}
	along, n := int64(strides[axis]), int64(data[axis])
	strides[axis] = 0
	cols, last := dims[rank-1], int64(strides[rank-1])
	var bad first
	p.For(size/cols, work/cols, func(lo, hi int) {
		for u := lo; u < hi; u++ {
			base := int64(0)
			for k, r := rank-2, u; k >= 0; k-- {
				base += int64(r % dims[k] * strides[k])
				r /= dims[k]
			}
			d := dst[u*cols : (u+1)*cols]
			for j, v := range idx[u*cols : (u+1)*cols] {
				i := int64(v)
				if i < 0 {
					i += n
				}
				if uint64(i) >= uint64(n) {
					bad.report(u*cols + j)
					return
				}
				d[j] = base + i*along
				base += last
			}
		}
	})
	return bad.position()
}

// Tuples turns the index tuples of GatherND and ScatterND into offsets: tuple
// t, the k=len(dims) indices from idx[t*k] on, picks one of the slices of an
// array [batches][dims[0]]…[dims[k-1]], and tuples are in order of batches, as
// many for each:
//
//	dst[t] = number of that slice
//
// It returns the position in idx of the first index outside of its dimension,
// or -1.
func Tuples[I Index](p *par.Pool, dst []int64, idx []I, batches int, dims []int) int {
	k := len(dims)
	if len(dst) == 0 {
		return -1
	}
	each := len(dst) / batches
	var bad first
	p.For(len(dst), max(1, work/max(k, 1)), func(lo, hi int) {
		for t := lo; t < hi; t++ {
			at := int64(t / each)
			for j, v := range idx[t*k : (t+1)*k] {
				i, n := int64(v), int64(dims[j])
				if i < 0 {
					i += n
				}
				if uint64(i) >= uint64(n) {
					bad.report(t*k + j)
					return
				}
				at = at*n + i
			}
			dst[t] = at
		}
	})
	return bad.position()
}
