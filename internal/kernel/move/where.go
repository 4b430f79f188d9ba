package move

import "github.com/onnxrun/onnxrun/internal/par"

// Selection lays out an element-wise choice between two arrays. The output is
// contiguous; the others may be broadcast to it.
type Selection struct {
	dims       []int
	cond, x, y []int // strides, 0 where broadcast
}

// NewSelection returns the layout for an output and three inputs of the given
// dimensions, each of which broadcasts to the output.
func NewSelection(dims, cond, x, y []int) Selection {
	all := [3][]int{Broadcast(cond, dims).Src, Broadcast(x, dims).Src, Broadcast(y, dims).Src}
	var out Selection
	for i, d := range dims {
		if d == 1 {
			continue
		}
		k := len(out.dims) - 1
		if k >= 0 && out.cond[k] == all[0][i]*d && out.x[k] == all[1][i]*d && out.y[k] == all[2][i]*d {
			out.dims[k] *= d
			out.cond[k], out.x[k], out.y[k] = all[0][i], all[1][i], all[2][i]
			continue
		}
		out.dims = append(out.dims, d)
		out.cond = append(out.cond, all[0][i])
		out.x = append(out.x, all[1][i])
		out.y = append(out.y, all[2][i])
	}
	if len(out.dims) == 0 {
		out.dims, out.cond, out.x, out.y = []int{1}, []int{0}, []int{0}, []int{0}
	}
	return out
}

// SelectBytes is Select for elements of size 1, 2, 4, 8 or 16 bytes.
func SelectBytes(p *par.Pool, dst, cond, x, y []byte, size int, l Selection) {
	switch size {
	case 1:
		Select(p, dst, cond, x, y, l)
	case 2:
		Select(p, View[uint16](dst), cond, View[uint16](x), View[uint16](y), l)
	case 4:
		Select(p, View[uint32](dst), cond, View[uint32](x), View[uint32](y), l)
	case 8:
		Select(p, View[uint64](dst), cond, View[uint64](x), View[uint64](y), l)
	case 16:
		Select(p, View[[2]uint64](dst), cond, View[[2]uint64](x), View[[2]uint64](y), l)
	default:
		panic("move: no element has this size")
	}
}

// Select sets each element of dst to that of x where cond is not 0, and to
// that of y where it is.
func Select[E Elem](p *par.Pool, dst []E, cond []byte, x, y []E, l Selection) {
	if len(dst) == 0 {
		return
	}
	k := len(l.dims) - 1
	cols := l.dims[k]
	pieces := (cols + work - 1) / work
	p.For(len(dst)/cols*pieces, max(1, work/cols), func(lo, hi int) {
		for u := lo; u < hi; u++ {
			row, at := u/pieces, u%pieces*work
			n := min(work, cols-at)
			ci, xi, yi := at*l.cond[k], at*l.x[k], at*l.y[k]
			for r, d := row, k-1; d >= 0; d-- {
				i := r % l.dims[d]
				r /= l.dims[d]
				ci += i * l.cond[d]
				xi += i * l.x[d]
				yi += i * l.y[d]
			}
			to := dst[row*cols+at:][:n]
			selectRow(to, cond[ci:], x[xi:], y[yi:], l.cond[k], l.x[k], l.y[k])
		}
	})
}

// selectRow fills one row; the strides are 0 or 1.
func selectRow[E Elem](dst []E, cond []byte, x, y []E, cs, xs, ys int) {
	n := len(dst)
	switch {
	case cs == 0 && cond[0] != 0:
		copyRow(dst, x, xs)
	case cs == 0:
		copyRow(dst, y, ys)
	case xs == 1 && ys == 1:
		cond, x, y = cond[:n], x[:n], y[:n]
		for i := range dst {
			v := y[i]
			if cond[i] != 0 {
				v = x[i]
			}
			dst[i] = v
		}
	case xs == 1:
		cond, x = cond[:n], x[:n]
		other := y[0]
		for i := range dst {
			v := other
			if cond[i] != 0 {
				v = x[i]
			}
			dst[i] = v
		}
	case ys == 1:
		cond, y = cond[:n], y[:n]
		other := x[0]
		for i := range dst {
			v := y[i]
			if cond[i] != 0 {
				v = other
			}
			dst[i] = v
		}
	default:
		cond = cond[:n]
		a, b := x[0], y[0]
		for i := range dst {
			v := b
			if cond[i] != 0 {
				v = a
			}
			dst[i] = v
		}
	}
}

func copyRow[E Elem](dst, src []E, stride int) {
	if stride == 0 {
		Fill(dst, src[0])
	} else {
		copy(dst, src)
	}
}
