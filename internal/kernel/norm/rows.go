package norm

import (
	"math"

	"github.com/onnxrun/onnxrun/internal/par"
)

// Rows says how Normalize treats the rows of its input.
type Rows[W Float] struct {
	N      int     // elements per row
	Eps    float64 // added to the variance (or mean square) before the root
	Center bool    // subtract the mean; otherwise divide by the root mean square

	// Element i of the whole input is multiplied with Scale[i/Each%len(Scale)]
	// and then gets Bias[i/Each%len(Bias)] added; a nil slice does nothing. One
	// of Each and N divides the other, and Each·len is a multiple of both.
	Scale, Bias []W
	Each        int

	// Mean and InvStd, one element a row, receive the mean and 1/√(variance+eps)
	// where they are not nil.
	Mean, InvStd []float64
}

// Normalize computes, for each row x of N elements,
//
//	y[i] = (x[i] - mean) / √(variance + Eps) · scale + bias
//
// the standardization of layer, instance and group normalization, and with
// Center false y[i] = x[i] / √(mean square + Eps) · scale + bias, that of RMS
// normalization. y may be x. A row is read from memory once when it fits the
// cache.
func Normalize[T Elem, W Float](p *par.Pool, y, x []T, r Rows[W]) {
	if r.N == 0 || len(x) == 0 {
		return
	}
	r.Each = max(r.Each, 1)
	rows := len(x) / r.N
	if rows < 2*p.Threads() && r.N > 2*grain && p.Threads() > 1 {
		shared := r
		for i := range rows {
			longRow(p, y[i*r.N:(i+1)*r.N], x[i*r.N:(i+1)*r.N], &shared, i)
		}
		return
	}
	if rows <= perPart(r.N) || p.Threads() == 1 {
		normalizeRows(y, x, &r, 0, rows)
		return
	}
	shareRows(p, y, x, r)
}

// shareRows is Normalize for rows that threads divide among themselves. It is
// apart so that Normalize itself takes nothing from the heap: a tick has one
// short row.
func shareRows[T Elem, W Float](p *par.Pool, y, x []T, r Rows[W]) {
	p.For(len(x)/r.N, perPart(r.N), func(lo, hi int) { normalizeRows(y, x, &r, lo, hi) })
}

func normalizeRows[T Elem, W Float](y, x []T, r *Rows[W], lo, hi int) {
	buf := buffer[T, W]()
	out := past(y, x)
	for i := lo; i < hi; i++ {
		xr := x[i*r.N : (i+1)*r.N]
		st := r.stats(i, rowMoments(xr, r.Center, buf))
		applyRow(y[i*r.N:(i+1)*r.N], xr, r, i*r.N, st, buf, out)
	}
	out.fence()
}

// longRow is Normalize for one row that several threads share. The leaves are
// the same as those of rowMoments, and so is the result.
func longRow[T Elem, W Float](p *par.Pool, y, x []T, r *Rows[W], row int) {
	n := blocks(len(x))
	leaves := make([]Moments, n)
	p.For(n, grain/block, func(lo, hi int) {
		var buf [block]W
		for i := lo; i < hi; i++ {
			leaves[i] = blockLeaf(x, i, r.Center, &buf)
		}
	})
	st := r.stats(row, tree(n, func(i int) Moments { return leaves[i] }))
	out := past(y, x)
	p.For(n, grain/block, func(lo, hi int) {
		var buf [block]W
		from, to := lo*block, min(hi*block, len(x))
		applyRow(y[from:to], x[from:to], r, row*len(x)+from, st, &buf, out)
		out.fence()
	})
}

// stats turns the moments of a row into its mean and 1/√(variance+eps), and
// records both.
func (r *Rows[W]) stats(row int, m Moments) stat {
	inv := 1 / math.Sqrt(m.Variance()+r.Eps)
	if r.Mean != nil {
		r.Mean[row] = m.Mean
	}
	if r.InvStd != nil {
		r.InvStd[row] = inv
	}
	return stat{m.Mean, m.Low, inv}
}

// applyRow normalizes x, a part of a row that starts at element at of the
// input. out is nil or writes what belongs past the cache.
func applyRow[T Elem, W Float](y, x []T, r *Rows[W], at int, st stat, buf *[block]W, out *rowsPast) {
	for len(x) > 0 {
		n := r.span(at, min(block, len(x)))
		src, dst := wide(x[:n], buf), target(y[:n], buf)
		if r.Each == 1 {
			apply(dst, src, st, part(r.Scale, at, n), part(r.Bias, at, n), out)
		} else {
			a, b := 1.0, 0.0
			if r.Scale != nil {
				a = float64(r.Scale[at/r.Each%len(r.Scale)])
			}
			if r.Bias != nil {
				b = float64(r.Bias[at/r.Each%len(r.Bias)])
			}
			affine1To(dst, src, st.mean, st.low, st.inv*a, b, out)
		}
		narrow(y[:n], dst)
		x, y, at = x[n:], y[n:], at+n
	}
}

// affine1To is affine1, past the cache where out is not nil.
func affine1To[W Float](y, x []W, mean, low, a, b float64, out *rowsPast) {
	if y, ok := any(y).([]float32); ok && out != nil {
		out.affine1(y, any(x).([]float32), mean, low, a, b)
		return
	}
	affine1(y, x, mean, low, a, b)
}

// span returns how many of the n elements from at on are served by one value,
// or by one stretch, of Scale and Bias.
func (r *Rows[W]) span(at, n int) int {
	if r.Each > 1 {
		return min(n, r.Each-at%r.Each)
	}
	for _, p := range [][]W{r.Scale, r.Bias} {
		if p != nil {
			n = min(n, len(p)-at%len(p))
		}
	}
	return n
}

// part returns the n values that belong to the elements from at on.
func part[W Float](p []W, at, n int) []W {
	if p == nil {
		return nil
	}
	at %= len(p)
	return p[at : at+n]
}

// apply computes y = (x-mean)·inv·a + b with an a and b, unless nil, for each
// element.
func apply[W Float](y, x []W, st stat, a, b []W, out *rowsPast) {
	if y, ok := any(y).([]float32); ok && out != nil && a != nil {
		out.norm(y, any(x).([]float32), st, any(a).([]float32), any(b).([]float32))
		return
	}
	switch {
	case a == nil && b == nil:
		affine1To(y, x, st.mean, st.low, st.inv, 0, out)
	case a == nil:
		normB(y, x, st, b)
	case b == nil:
		normA(y, x, st, a)
	default:
		normAB(y, x, st, a, b)
	}
}
