package reduce

import (
	"reflect"
	"sync"

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
	colBlock = 1024    // columns folded at a time: accumulators stay in the first cache
	partWork = 1 << 16 // elements worth a part of their own
	maxParts = 64
)

// Reduce writes one result for each position of the kept dimensions of x.
func (o *Op[T, A, R]) Reduce(p *par.Pool, dst []R, x []T, l *Layout) {
	switch {
	case l.kept == 0:
	case l.count == 0:
		r := roomOf[A]()
		acc := r.start(min(l.kept, colBlock), o.Init)
		for len(dst) > 0 {
			n := min(len(dst), len(acc))
			o.Finish(dst[:n], acc[:n], 0)
			dst = dst[n:]
		}
		r.free()
	default:
		o.reduce(p, dst, x, l)
	}
}

// reduce folds parts of the largest reduced dimension apart where there are
// too few results to share out.
func (o *Op[T, A, R]) reduce(p *par.Pool, dst []R, x []T, l *Layout) {
	f := folding[T, A, R]{o: o, dst: dst, x: x, l: l, units: l.kept}
	work := l.count
	if !l.rows {
		f.units, work = l.colUnits(), l.count*min(colBlock, l.kept)
	}
	for i, d := range l.red {
		if d.size > l.red[f.largest].size {
			f.largest = i
		}
	}
	parts := 1
	if total := l.kept * l.count; f.units < maxParts/2 && total >= 2*partWork && len(l.red) > 0 {
		parts = min(total/partWork, maxParts/f.units, l.red[f.largest].size)
	}
	if parts <= 1 {
		par.Each(p, f.units, max(1, partWork/4/work), f)
		return
	}
	f.size = (l.red[f.largest].size + parts - 1) / parts
	parts = (l.red[f.largest].size + f.size - 1) / f.size
	r := roomOf[A]()
	defer r.free()
	if n := parts * l.kept; cap(r.parts) < n {
		r.parts = make([]A, n)
	}
	f.parts = r.parts[:parts*l.kept]
	par.Each(p, parts*f.units, 1, f)
	total := f.parts[:l.kept]
	for part := 1; part < parts; part++ {
		for i, a := range f.parts[part*l.kept : (part+1)*l.kept] {
			total[i] = o.Merge(total[i], a)
		}
	}
	o.Finish(dst, total, l.count)
}

// folding is the loop of a reduction over units: results where rows are folded,
// blocks of columns elsewhere, of each part if there are parts.
type folding[T, A, R any] struct {
	o     *Op[T, A, R]
	dst   []R
	x     []T
	l     *Layout
	units int

	parts   []A // the folds of parts of the dimension red[largest], nil where there is one
	largest int
	size    int // of a part
}

// Part folds the units lo to hi-1.
func (f *folding[T, A, R]) Part(lo, hi int) {
	r := roomOf[A]()
	if f.parts == nil {
		f.fold(r, f.x, f.l.red, lo, hi, nil)
	} else {
		for i := lo; i < hi; i++ {
			part, unit := i/f.units, i%f.units
			r.red = append(r.red[:0], f.l.red...)
			from, d := part*f.size, &r.red[f.largest]
			d.size = min(f.size, d.size-from)
			f.fold(r, f.x[from*d.stride:], r.red, unit, unit+1, f.parts[part*f.l.kept:(part+1)*f.l.kept])
		}
	}
	r.free()
}

func (f *folding[T, A, R]) fold(r *room[A], x []T, red []dim, lo, hi int, to []A) {
	if f.l.rows {
		f.foldRows(r, x, red, lo, hi, to)
	} else {
		f.foldCols(r, x, red, lo, hi, to)
	}
}

// emit finishes the accumulators from result at on, or keeps them in to.
func (f *folding[T, A, R]) emit(at int, acc, to []A) {
	if to == nil {
		f.o.Finish(f.dst[at:at+len(acc)], acc, f.l.count)
	} else {
		copy(to[at:], acc)
	}
}

// room is what a goroutine folds with; it is used again.
type room[A any] struct {
	acc   [colBlock]A
	k, r  walker
	red   []dim
	parts []A
	home  *sync.Pool
}

// rooms holds a *sync.Pool for each type of accumulators.
var rooms sync.Map

func roomOf[A any]() *room[A] {
	t := reflect.TypeFor[A]()
	kept, ok := rooms.Load(t)
	if !ok {
		kept, _ = rooms.LoadOrStore(t, new(sync.Pool))
	}
	home := kept.(*sync.Pool)
	r, ok := home.Get().(*room[A])
	if !ok {
		r = &room[A]{home: home}
	}
	return r
}

func (r *room[A]) free() { r.home.Put(r) }

func (r *room[A]) start(n int, v A) []A {
	acc := r.acc[:n]
	for i := range acc {
		acc[i] = v
	}
	return acc
}

// foldRows folds the elements of the results lo to hi-1, rows being contiguous.
func (f *folding[T, A, R]) foldRows(room *room[A], x []T, red []dim, lo, hi int, to []A) {
	outer, row := red[:len(red)-1], red[len(red)-1].size
	acc := room.acc[:min(hi-lo, colBlock)]
	k, r := &room.k, &room.r
	k.start(f.l.keep, lo)
	for lo < hi {
		n := min(hi-lo, len(acc))
		for i := range n {
			a := f.o.Init
			r.start(outer, 0)
			for {
				at := k.off + r.off
				a = f.o.Run(a, x[at:at+row])
				if !r.next() {
					break
				}
			}
			acc[i] = a
			k.next()
		}
		f.emit(lo, acc[:n], to)
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
func (f *folding[T, A, R]) foldCols(room *room[A], x []T, red []dim, lo, hi int, to []A) {
	outer, cols := f.l.keep, 1 // a single element
	if last := len(f.l.keep) - 1; last >= 0 {
		outer, cols = f.l.keep[:last], f.l.keep[last].size
	}
	blocks := (cols + colBlock - 1) / colBlock
	k, r := &room.k, &room.r
	k.start(outer, lo/blocks)
	for u := lo; u < hi; u++ {
		col := u % blocks * colBlock
		a := room.start(min(colBlock, cols-col), f.o.Init)
		r.start(red, 0)
		f.o.foldColumns(a, x[k.off+col:], r)
		f.emit(u/blocks*cols+col, a, to)
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
