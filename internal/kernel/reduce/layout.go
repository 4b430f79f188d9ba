// Package reduce folds the elements of a row-major array along some of its
// dimensions where they lie: sums, products, extremes and their positions, and
// running sums. Nothing is transposed, and the order in which elements are
// folded depends on the shape alone, never on how many threads work.
package reduce

// dim is a dimension, or several neighbours merged into one.
type dim struct{ size, stride int }

// Layout is a shape whose dimensions are kept or reduced. Those of size 1 are
// dropped and neighbours of the same kind merged, so that kept and reduced
// ones alternate.
type Layout struct {
	keep, red []dim // outermost first
	kept      int   // the number of results
	count     int   // how many elements make one result
	rows      bool  // the innermost dimension is a reduced one
}

// NewLayout returns the layout of a shape of which the marked dimensions are
// reduced.
func NewLayout(shape []int, reduced []bool) *Layout {
	l := &Layout{kept: 1, count: 1}
	stride := 1
	last := -1 // the kind of the dimension to the right
	for i := len(shape) - 1; i >= 0; i-- {
		d, list, kind := shape[i], &l.keep, 0
		if reduced[i] {
			list, kind = &l.red, 1
			l.count *= d
		} else {
			l.kept *= d
		}
		if d == 1 {
			continue
		}
		if last < 0 {
			l.rows = kind == 1
		}
		if k := len(*list) - 1; kind == last {
			(*list)[k].size *= d
		} else {
			*list = append(*list, dim{d, stride})
		}
		last = kind
		stride *= d
	}
	reverse(l.keep)
	reverse(l.red)
	return l
}

func reverse(d []dim) {
	for i, j := 0, len(d)-1; i < j; i, j = i+1, j-1 {
		d[i], d[j] = d[j], d[i]
	}
}

// Results returns the number of results.
func (l *Layout) Results() int { return l.kept }

// walker steps through the positions of some dimensions in row-major order.
type walker struct {
	dims []dim
	idx  []int
	off  int // the offset of the position
}

func (w *walker) start(dims []dim, pos int) {
	w.dims, w.off = dims, 0
	if cap(w.idx) < len(dims) {
		w.idx = make([]int, len(dims))
	}
	w.idx = w.idx[:len(dims)]
	for i := len(dims) - 1; i >= 0; i-- {
		w.idx[i] = pos % dims[i].size
		pos /= dims[i].size
		w.off += w.idx[i] * dims[i].stride
	}
}

// next steps to the next position; false after the last.
func (w *walker) next() bool {
	for i := len(w.dims) - 1; i >= 0; i-- {
		d := &w.dims[i]
		w.off += d.stride
		if w.idx[i]++; w.idx[i] < d.size {
			return true
		}
		w.off -= d.size * d.stride
		w.idx[i] = 0
	}
	return false
}

// product returns the number of positions of dims.
func product(dims []dim) int {
	n := 1
	for _, d := range dims {
		n *= d.size
	}
	return n
}
