package rnn

import (
	"github.com/onnxrun/onnxrun/internal/kernel/gemm"
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/internal/par"
)

// The steps below compute tick t for the entries b0 to b1-1: g holds their
// gates' input parts, ld apart, and is used up. States of entries that have
// ended stay.

// addState adds the product of a state with weights to gates.
func (l *Layer[T]) addState(p *par.Pool, state []T, w gemm.Operand[T], cols int, g []T, ld int) {
	rows := len(state) / max(l.Hidden, 1)
	gemm.Mul(p, rows, cols, l.Hidden, 1, gemm.Matrix(false, state, l.Hidden), w, 1, g, ld)
}

func (l *Layer[T]) clip(x []T) {
	if l.Clip != 0 {
		vec.Clip(x, x, -l.Clip, l.Clip)
	}
}

// rnn computes h = f(x·Wᵀ + h·Rᵀ + bias).
func (l *Layer[T]) rnn(p *par.Pool, d int, g []T, ld, t, b0, b1 int) {
	dir := &l.Dirs[d]
	l.addState(p, l.own(l.StateH, d, b0, b1), dir.Weights.state, l.Hidden, g, ld)
	for b := b0; b < b1; b++ {
		if t < l.length(b) {
			row := g[(b-b0)*ld:][:l.Hidden]
			l.clip(row)
			dir.F(l.own(l.StateH, d, b, b+1), row)
		}
	}
}

// lstm computes, with the gates' products in i, o, f and z,
//
//	i = f(i + Pi·c), f = f(f + Pf·c), z = g(z)
//	c = f·c + i·z
//	o = f(o + Po·c)
//	h = o·h(c)
//
// The clip is for the gates; h sees the cell as it is. The standard can be read
// otherwise, but this is what onnxruntime does.
func (l *Layer[T]) lstm(p *par.Pool, d int, g []T, ld, t, b0, b1 int) {
	n := l.Hidden
	dir := &l.Dirs[d]
	l.addState(p, l.own(l.StateH, d, b0, b1), dir.Weights.state, 4*n, g, ld)
	for b := b0; b < b1; b++ {
		if t >= l.length(b) {
			continue
		}
		row := g[(b-b0)*ld:][:4*n]
		c, h := l.own(l.StateC, d, b, b+1), l.own(l.StateH, d, b, b+1)
		in, out, forget, cell := row[:n], row[n:2*n], row[2*n:3*n], row[3*n:]
		if q := dir.Peephole; q != nil {
			addProduct(in, q[:n], c)
			addProduct(forget, q[2*n:], c)
			l.clip(in)
			dir.F(in, in)
			l.clip(row[2*n:])
			dir.F(forget, forget)
		} else {
			l.clip(row)
			dir.F(row[:3*n], row[:3*n])
		}
		dir.G(cell, cell)
		if l.InputForget {
			for i, v := range in {
				forget[i] = 1 - v
			}
		}
		newCell(c, forget, in, cell)
		if q := dir.Peephole; q != nil {
			addProduct(out, q[n:2*n], c)
			l.clip(out)
			dir.F(out, out)
		}
		dir.H(h, c)
		for i, v := range out {
			h[i] *= v
		}
	}
}

// gru computes, with the inputs' products in z, r and n,
//
//	z = f(z + h·Rzᵀ), r = f(r + h·Rrᵀ)
//	n = g(n + (r·h)·Rhᵀ), or with LinearBeforeReset g(n + r·(h·Rhᵀ + bias))
//	h = (1-z)·n + z·h
func (l *Layer[T]) gru(p *par.Pool, d int, g []T, ld, t, b0, b1 int) {
	n := l.Hidden
	dir := &l.Dirs[d]
	state, temp := l.own(l.StateH, d, b0, b1), l.own(l.Temp, d, b0, b1)
	l.addState(p, state, dir.Weights.state, 2*n, g, ld)
	if l.LinearBeforeReset {
		a := gemm.Matrix(false, state, n)
		if dir.HiddenBias != nil {
			gemm.MulBias(p, b1-b0, n, n, 1, a, dir.Weights.hidden, dir.HiddenBias, true, temp, n)
		} else {
			gemm.Mul(p, b1-b0, n, n, 1, a, dir.Weights.hidden, 0, temp, n)
		}
	}
	for b := range b1 - b0 {
		row := g[b*ld:][:3*n]
		zr, reset := row[:2*n], row[n:2*n]
		l.clip(zr)
		dir.F(zr, zr)
		tmp := temp[b*n : (b+1)*n]
		if l.LinearBeforeReset {
			addProduct(row[2*n:], reset, tmp)
			continue
		}
		h := state[b*n : (b+1)*n]
		for i, v := range reset {
			tmp[i] = v * h[i]
		}
	}
	if !l.LinearBeforeReset && n > 0 {
		l.addState(p, temp, dir.Weights.hidden, n, g[2*n:], ld)
	}
	for b := b0; b < b1; b++ {
		if t >= l.length(b) {
			continue
		}
		row := g[(b-b0)*ld:][:3*n]
		update, hidden := row[:n], row[2*n:]
		l.clip(hidden)
		dir.G(hidden, hidden)
		h := l.own(l.StateH, d, b, b+1)
		hidden = hidden[:len(h)]
		for i, z := range update {
			h[i] = (1-z)*hidden[i] + z*h[i]
		}
	}
}

// addProduct computes dst += a·b element by element.
func addProduct[T Float](dst, a, b []T) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] += a[i] * b[i]
	}
}

// newCell computes c = f·c + i·z element by element.
func newCell[T Float](c, f, i, z []T) {
	f, i, z = f[:len(c)], i[:len(c)], z[:len(c)]
	for k := range c {
		c[k] = f[k]*c[k] + i[k]*z[k]
	}
}
