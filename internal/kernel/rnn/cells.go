package rnn

import "github.com/onnxrun/onnxrun/internal/kernel/vec"

// The steps below compute a span of a tick: they use up its gates and write its
// units' new states. States of entries that have ended stay.

func (l *Layer[T]) clip(x []T) {
	if l.Clip != 0 {
		vec.Clip(x, x, -l.Clip, l.Clip)
	}
}

// rnn computes h = f(x·Wᵀ + h·Rᵀ + bias).
func (l *Layer[T]) rnn(s *span[T], _ int) {
	s.addProducts(l, l.own(s.old, s.d, s.b0, s.b1), 0, 1)
	for b := s.b0; b < s.b1; b++ {
		h := s.units(l, s.new, b)
		if s.t >= l.length(b) {
			copy(h, s.units(l, s.old, b))
			continue
		}
		row := s.gate(l, 0, b)
		l.clip(row)
		s.dir.F(h, row)
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
func (l *Layer[T]) lstm(s *span[T], _ int) {
	n := l.Hidden
	dir := s.dir
	s.addProducts(l, l.own(s.old, s.d, s.b0, s.b1), 0, 4)
	for b := s.b0; b < s.b1; b++ {
		c, h := s.units(l, l.StateC, b), s.units(l, s.new, b)
		if s.t >= l.length(b) {
			copy(h, s.units(l, s.old, b))
			continue
		}
		in, out, forget, cell := s.gate(l, 0, b), s.gate(l, 1, b), s.gate(l, 2, b), s.gate(l, 3, b)
		if q := dir.Peephole; q != nil {
			addProduct(in, q[s.u0:], c)
			addProduct(forget, q[2*n+s.u0:], c)
			l.clip(in)
			dir.F(in, in)
			s.each(l, 2, 4, b, l.clip)
			dir.F(forget, forget)
		} else {
			s.each(l, 0, 4, b, l.clip)
			s.each(l, 0, 3, b, func(x []T) { dir.F(x, x) })
		}
		dir.G(cell, cell)
		if l.InputForget {
			for i, v := range in {
				forget[i] = 1 - v
			}
		}
		// c = f·c + i·z
		multiply(cell, in)
		multiply(c, forget)
		add(c, cell)
		if q := dir.Peephole; q != nil {
			addProduct(out, q[n+s.u0:], c)
			l.clip(out)
			dir.F(out, out)
		}
		dir.H(h, c)
		multiply(h, out)
	}
}

// gru computes, with the inputs' products in z, r and n,
//
//	z = f(z + h·Rzᵀ), r = f(r + h·Rrᵀ)
//	n = g(n + (r·h)·Rhᵀ), or with LinearBeforeReset g(n + r·(h·Rhᵀ + bias))
//	h = (1-z)·n + z·h
//
// Its second phase, unless LinearBeforeReset, begins at the product with r·h,
// which needs the r of all units.
func (l *Layer[T]) gru(s *span[T], phase int) {
	n := l.Hidden
	dir := s.dir
	temp := l.own(l.Temp, s.d, s.b0, s.b1)
	if phase == 0 {
		state := l.own(s.old, s.d, s.b0, s.b1)
		s.addProducts(l, state, 0, 2)
		if l.LinearBeforeReset {
			for b := s.b0; b < s.b1; b++ {
				if t := s.units(l, l.Temp, b); dir.HiddenBias != nil {
					copy(t, dir.HiddenBias[s.u0:])
				} else {
					clear(t)
				}
			}
			dir.Weights.state[2].MulColumns(s.b1-s.b0, state, n, s.u0, s.u1, temp, n)
		}
		for b := s.b0; b < s.b1; b++ {
			s.each(l, 0, 2, b, func(x []T) {
				l.clip(x)
				dir.F(x, x)
			})
			reset, t := s.gate(l, 1, b), s.units(l, l.Temp, b)
			if l.LinearBeforeReset {
				multiply(t, reset)
				add(s.gate(l, 2, b), t)
				continue
			}
			copy(t, s.units(l, s.old, b))
			multiply(t, reset)
		}
		if !l.LinearBeforeReset {
			return
		}
	} else {
		s.addProducts(l, temp, 2, 3)
	}
	for b := s.b0; b < s.b1; b++ {
		old, h := s.units(l, s.old, b), s.units(l, s.new, b)
		if s.t >= l.length(b) {
			copy(h, old)
			continue
		}
		update, hidden := s.gate(l, 0, b), s.gate(l, 2, b)
		l.clip(hidden)
		dir.G(hidden, hidden)
		hidden, old = hidden[:len(h)], old[:len(h)]
		for i, z := range update {
			h[i] = (1-z)*hidden[i] + z*old[i]
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

var mul32, add32 = vec.Mul[float32]().VV, vec.Add[float32]().VV

// multiply computes dst *= a element by element.
func multiply[T Float](dst, a []T) {
	if d, ok := any(dst).([]float32); ok {
		mul32(d, d, any(a).([]float32))
		return
	}
	for i, v := range a {
		dst[i] *= v
	}
}

// add computes dst += a element by element.
func add[T Float](dst, a []T) {
	if d, ok := any(dst).([]float32); ok {
		add32(d, d, any(a).([]float32))
		return
	}
	for i, v := range a {
		dst[i] += v
	}
}
