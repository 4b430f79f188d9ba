package reduce

import (
	"github.com/onnxrun/onnxrun/internal/par"
)

// Op is a way to fold elements T by way of accumulators A into results R.
type Op[T, A, R any] struct {
	Init   A
	Run    func(acc A, x []T) A          // folds a row into one accumulator
	Cols   func(acc []A, x []T)          // folds an element into each accumulator
	Cols4  func(acc []A, a, b, c, d []T) // nil, or folds four elements into each accumulator
	Merge  func(a, b A) A                // joins the folds of two parts
	Finish func(dst []R, acc []A, n int) // makes results of accumulators of n elements each
}

const (
	colBlock = 512     // columns folded at a time: accumulators stay in the first cache
	partWork = 1 << 16 // elements worth a part of their own
	maxParts = 64
)

// Reduce writes one result for each position of the kept dimensions of x.
func (o *Op[T, A, R]) Reduce(p *par.Pool, dst []R, x []T, l *Layout) {
	switch {
	case l.kept == 0:
	case l.count == 0:
		acc := o.accumulators(min(l.kept, colBlock))
		for len(dst) > 0 {
			n := min(len(dst), len(acc))
			o.Finish(dst[:n], acc[:n], 0)
			dst = dst[n:]
		}
	default:
		o.reduce(p, dst, x, l)
	}
}

// reduce folds parts of the largest reduced dimension apart where there are
// too few results to share out.
func (o *Op[T, A, R]) reduce(p *par.Pool, dst []R, x []T, l *Layout) {
	fold, units, work := o.foldRows, l.kept, l.count
	if !l.rows {
		fold, units, work = o.foldCols, l.colUnits(), l.count*min(colBlock, l.kept)
	}
	largest := 0
	for i, d := range l.red {
		if d.size > l.red[largest].size {
			largest = i
		}
	}
	parts := 1
	if total := l.kept * l.count; units < maxParts/2 && total >= 2*partWork && len(l.red) > 0 {
		parts = min(total/partWork, maxParts/units, l.red[largest].size)
	}
	if parts <= 1 {
		p.For(units, max(1, partWork/4/work), func(lo, hi int) {
			fold(x, l, l.red, lo, hi, func(at int, acc []A) { o.Finish(dst[at:at+len(acc)], acc, l.count) })
		})
		return
	}
	size := (l.red[largest].size + parts - 1) / parts
	parts = (l.red[largest].size + size - 1) / size
	acc := make([]A, parts*l.kept)
	p.For(parts*units, 1, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			part, unit := i/units, i%units
			red := append([]dim(nil), l.red...)
			from := part * size
			red[largest].size = min(size, red[largest].size-from)
			fold(x[from*red[largest].stride:], l, red, unit, unit+1, func(at int, a []A) { copy(acc[part*l.kept+at:], a) })
		}
	})
	total := acc[:l.kept]
	for part := 1; part < parts; part++ {
		for i, a := range acc[part*l.kept : (part+1)*l.kept] {
			total[i] = o.Merge(total[i], a)
		}
	}
	o.Finish(dst, total, l.count)
}

func (o *Op[T, A, R]) accumulators(n int) []A {
	acc := make([]A, n)
	for i := range acc {
		acc[i] = o.Init
	}
	return acc
}

// foldRows folds the elements of the results lo to hi-1, rows being contiguous,
// and emits the accumulators from a result on.
func (o *Op[T, A, R]) foldRows(x []T, l *Layout, red []dim, lo, hi int, emit func(at int, acc []A)) {
	outer, row := red[:len(red)-1], red[len(red)-1].size
	acc := make([]A, min(hi-lo, colBlock))
	var k, r walker
	k.start(l.keep, lo)
	for lo < hi {
		n := min(hi-lo, len(acc))
		for i := range n {
			a := o.Init
			r.start(outer, 0)
			for {
				at := k.off + r.off
				a = o.Run(a, x[at:at+row])
				if !r.next() {
					break
				}
			}
			acc[i] = a
			k.next()
		}
		emit(lo, acc[:n])
		lo += n
	}
}

// colUnits returns how many blocks of columns there are.
func (l *Layout) colUnits() int {
	if len(l.keep) == 0 {
		return 1
	}
	last := len(l.keep) - 1
	return product(l.keep[:last]) * ((l.keep[last].size + colBlock - 1) / colBlock)
}

// foldCols folds the blocks lo to hi-1 of columns.
func (o *Op[T, A, R]) foldCols(x []T, l *Layout, red []dim, lo, hi int, emit func(at int, acc []A)) {
	outer, cols := l.keep, 1 // a single element
	if last := len(l.keep) - 1; last >= 0 {
		outer, cols = l.keep[:last], l.keep[last].size
	}
	blocks := (cols + colBlock - 1) / colBlock
	acc := make([]A, min(cols, colBlock))
	var k, r walker
	k.start(outer, lo/blocks)
	for u := lo; u < hi; u++ {
		col := u % blocks * colBlock
		a := acc[:min(colBlock, cols-col)]
		for i := range a {
			a[i] = o.Init
		}
		r.start(red, 0)
		o.foldColumns(a, x[k.off+col:], &r)
		emit(u/blocks*cols+col, a)
		if u%blocks == blocks-1 {
			k.next()
		}
	}
}

// foldColumns folds the columns at the positions of r.
func (o *Op[T, A, R]) foldColumns(acc []A, x []T, r *walker) {
	for more := true; more; {
		var at [4]int
		n := 0
		for ; n < len(at) && more; n++ {
			at[n] = r.off
			more = r.next()
		}
		if n == len(at) && o.Cols4 != nil {
			o.Cols4(acc, x[at[0]:], x[at[1]:], x[at[2]:], x[at[3]:])
			continue
		}
		for _, at := range at[:n] {
			o.Cols(acc, x[at:at+len(acc)])
		}
	}
}
