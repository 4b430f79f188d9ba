package pool

import (
	"math"
	"sync"

	"github.com/onnxrun/onnxrun/internal/kernel/window"
	"github.com/onnxrun/onnxrun/internal/par"
)

// Plan is a pooling of float32 over windows of some dimensions, worked out
// once. It takes the elements of the windows in the outer dimensions first,
// whole rows of the plane, and of the resulting rows those in the last
// dimension; both go over whole vectors.
//
// Rows between the two lie pitch apart, with padding on both sides that is
// written once. What a vector reads beyond a row of the plane is masked.
type Plan struct {
	max     bool
	last    window.Dim
	in, out int // elements of a plane
	height  int // rows of the output

	inVectors, outVectors int
	head, pitch           int
	band                  int // rows at a time
	reach                 int // elements of the plane, and beyond it, that are read
	mask, pad             []float32

	taps  []int // for each row how many there are, then where they begin, in bytes
	first []int // where each row begins in taps

	divisors []float32 // rows of the numbers of elements of windows
	which    []int     // for each row the one it is divided by, in bytes
}

const (
	maxTaps = 1 << 16
	bandLen = 1 << 12 // elements of rows in between, about: they stay in the first cache
)

// NewPlan returns the plan for maxima or, with or without padding, means; nil
// where there is a better way.
func NewPlan(dims []window.Dim, max, withPadding bool) *Plan {
	if !inVectors() {
		return nil
	}
	return newPlan(dims, max, withPadding)
}

func newPlan(dims []window.Dim, isMax, withPadding bool) *Plan {
	n := len(dims) - 1
	d := dims[n]
	if d.Stride > 2 || d.Kernel > maxTaps || d.In == 0 || !isMax && !small(dims) {
		return nil
	}
	pl := &Plan{max: isMax, last: d, in: window.Volume(dims, window.In), out: window.Volume(dims, window.Out), head: d.Head, reach: 1}
	if pl.in == 0 || pl.out == 0 {
		return nil
	}
	pl.height = pl.out / d.Out
	pl.inVectors, pl.outVectors = (d.In+7)/8, (d.Out+7)/8
	pl.pitch = (max(d.Head+8*pl.inVectors, 8*d.Stride*pl.outVectors+(d.Kernel-1)*d.Dilation) + 7) &^ 7
	if pl.pitch > 4*(d.In+32) { // mostly padding
		return nil
	}
	pl.band = min(pl.height, max(1, bandLen/pl.pitch))
	r := newRows(dims)
	pos := make([]int, n)
	for range pl.height {
		at := len(pl.taps)
		pl.first = append(pl.first, at)
		pl.taps = append(pl.taps, 0)
		outer := 1
		for i, o := range pos {
			lo, hi := dims[i].Inside(o)
			if outer *= hi - lo; outer > maxTaps {
				return nil
			}
		}
		if len(pl.taps)+outer > maxTaps {
			return nil
		}
		r.element(pos, func(base int) {
			pl.taps = append(pl.taps, 4*base)
			pl.reach = max(pl.reach, base+8*pl.inVectors)
		})
		pl.taps[at] = len(pl.taps) - at - 1
		pl.which = append(pl.which, 0)
		if !isMax {
			pl.which[len(pl.which)-1] = pl.divide(dims, pos, withPadding)
		}
		for i := n - 1; i >= 0; i-- {
			if pos[i]++; pos[i] < dims[i].Out {
				break
			}
			pos[i] = 0
		}
	}
	pl.mask, pl.pad = make([]float32, 8*pl.inVectors), make([]float32, 8*pl.inVectors)
	for i := range pl.mask {
		if i < d.In {
			pl.mask[i] = math.Float32frombits(math.MaxUint32)
		} else {
			pl.pad[i] = pl.padding()
		}
	}
	return pl
}

// divide returns where the divisors of the row at pos begin, in bytes.
func (pl *Plan) divide(dims []window.Dim, pos []int, withPadding bool) int {
	outer, width := 1, 8*pl.outVectors
	for i, o := range pos {
		outer *= count(&dims[i], o, withPadding)
	}
	row := make([]float32, width)
	for o := range row {
		row[o] = 1 // for windows of nothing, and what lies beyond the last
		if o < pl.last.Out {
			row[o] = float32(max(1, outer*count(&pl.last, o, withPadding)))
		}
	}
next:
	for at := 0; at < len(pl.divisors); at += width {
		for i, v := range row {
			if pl.divisors[at+i] != v {
				continue next
			}
		}
		return 4 * at
	}
	pl.divisors = append(pl.divisors, row...)
	return 4 * (len(pl.divisors) - width)
}

func (pl *Plan) padding() float32 {
	if pl.max {
		return float32(math.Inf(-1))
	}
	return 0
}

// Run pools planes of x to y.
func (pl *Plan) Run(pool *par.Pool, planes int, x, y []float32) {
	work := len(pl.taps)*8*pl.inVectors + pl.out*pl.last.Kernel
	par.Each(pool, planes, 1+minWork*4/work, planned{pl, x, y})
}

type planned struct {
	*Plan
	x, y []float32
}

var memory sync.Pool // of *[]float32

// Part pools the planes lo to hi-1.
func (pl *planned) Part(lo, hi int) {
	mem, _ := memory.Get().(*[]float32)
	if mem == nil {
		mem = new([]float32)
	}
	safe := 0 // rows whose vectors reach beyond the plane go by way of a copy
	if width := 8 * pl.outVectors; pl.out >= width {
		safe = (pl.out-width)/pl.last.Out + 1
	}
	rest := min(pl.height-safe, pl.band)
	between := pl.band * pl.pitch
	need := between + rest*8*pl.outVectors
	if len(pl.x)-(hi-1)*pl.in < pl.reach {
		need += pl.reach
	}
	if len(*mem) < need {
		*mem = make([]float32, need)
	}
	mid, copied := (*mem)[:between], (*mem)[between:][:rest*8*pl.outVectors]
	padding := pl.padding()
	for i := range mid {
		mid[i] = padding
	}
	for p := lo; p < hi; p++ {
		src := pl.x[p*pl.in:]
		if len(src) < pl.reach {
			whole := (*mem)[between+len(copied):][:pl.reach]
			copy(whole, src[:pl.in])
			src = whole
		}
		pl.plane(pl.y[p*pl.out:(p+1)*pl.out], src, mid, copied, safe)
	}
	memory.Put(mem)
}

// plane pools one plane, the first safe rows of y directly.
func (pl *Plan) plane(y, src, mid, copied []float32, safe int) {
	width := pl.last.Out
	for r := 0; r < pl.height; r += pl.band {
		n := min(pl.band, pl.height-r)
		pl.columns(n, mid, src, pl.taps[pl.first[r]:])
		direct := max(0, min(n, safe-r))
		pl.rows(direct, y[r*width:], width, mid, pl.which[r:])
		if direct == n {
			continue
		}
		pitch := 8 * pl.outVectors
		pl.rows(n-direct, copied, pitch, mid[direct*pl.pitch:], pl.which[r+direct:])
		for i := direct; i < n; i++ {
			copy(y[(r+i)*width:(r+i+1)*width], copied[(i-direct)*pitch:])
		}
	}
}

// columnsGo writes the maxima, or sums, of the elements of src that taps lists
// for each row.
func (pl *Plan) columnsGo(rows int, dst, src []float32, taps []int) {
	for r := range rows {
		n := taps[0]
		row := dst[r*pl.pitch+pl.head:][:8*pl.inVectors]
		for i := range row {
			row[i] = pl.padding()
		}
		for _, at := range taps[1 : 1+n] {
			pl.take(row[:pl.last.In], src[at/4:], 1)
		}
		taps = taps[1+n:]
	}
}

// rowsGo writes the maxima, or means, of the windows of rows of src.
func (pl *Plan) rowsGo(rows int, dst []float32, pitch int, src []float32, which []int) {
	d := &pl.last
	for r := range rows {
		row := dst[r*pitch:][:d.Out]
		for i := range row {
			row[i] = pl.padding()
		}
		for k := range d.Kernel {
			pl.take(row, src[r*pl.pitch+k*d.Dilation:], d.Stride)
		}
		if !pl.max {
			for i, n := range pl.divisors[which[r]/4:][:d.Out] {
				row[i] /= n
			}
		}
	}
}

// take takes in src[i·stride] as one more element of the window of acc[i].
func (pl *Plan) take(acc, src []float32, stride int) {
	for i, a := range acc {
		v := src[i*stride]
		if !pl.max {
			acc[i] = a + v
		} else if v > a || v != v {
			acc[i] = v
		}
	}
}
