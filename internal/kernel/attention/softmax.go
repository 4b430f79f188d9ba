package attention

import (
	"math"

	"github.com/onnxrun/onnxrun/internal/kernel/norm"
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
)

// softmax turns the scores of query i of head h of batch entry b, with the keys
// from first on, into probabilities times a factor, whose inverse it returns.
// The factor is 1 where somebody looks at the probabilities.
func (p *Params[T]) softmax(s []T, b, h, i, first int) T {
	if p.Plain {
		return p.plain(s, b, h, i)
	}
	var out []T
	if p.Scores != nil {
		at := ((b*p.Heads+h)*p.Queries + i) * p.Keys
		out = p.Scores[at : at+p.Keys]
		if p.Stage == Product {
			copy(out, s)
		}
	}
	lo, hi := p.Window.span(b, i, p.Keys)
	lo, hi = max(lo-first, 0), min(hi-first, len(s))
	if lo >= hi {
		lo, hi = 0, 0
	}
	visible := s[lo:hi]
	if out != nil && p.Stage == Capped {
		visible = s // keys out of sight, too
	}
	if p.Softcap > 0 {
		softcap(visible, p.Softcap)
	}
	if out != nil && p.Stage == Capped {
		copy(out, s)
		visible = s[lo:hi]
	}
	hide(s[:lo])
	hide(s[hi:])
	shown := len(visible) > 0
	for m := range p.Masks {
		shown = p.Masks[m].apply(visible, b, h, i, first+lo) && shown
	}
	if out != nil && p.Stage == Masked {
		copy(out, s)
	}
	clear(s[:lo])
	clear(s[hi:])
	if !shown {
		clear(visible)
	}
	inv := T(1)
	if shown {
		sink := math.Inf(-1)
		if p.Sink != nil {
			sink = float64(p.Sink[h])
		}
		inv = exponentials(visible, T(sink))
		if out != nil && p.Stage == Softmax {
			for k, v := range visible {
				visible[k] = v * inv
			}
			inv = 1
		}
	}
	if out != nil && p.Stage == Softmax {
		copy(out, s)
	}
	return inv
}

// plain is softmax for all keys and a Plain attention.
func (p *Params[T]) plain(s []T, b, h, i int) T {
	if len(s) == 0 {
		return 1
	}
	for m := range p.Masks {
		p.Masks[m].plain(s, b, h, i)
	}
	m, sum := norm.Exponentials(s, T(math.Inf(-1)))
	inv := T(1 / sum)
	if math.IsInf(m, -1) {
		inv = T(math.NaN())
	}
	if p.Zero && (inv != inv || sum != sum) {
		clear(s)
		return 1
	}
	return inv
}

// plain applies the mask's row to all scores.
func (m *Mask[T]) plain(s []T, b, h, i int) {
	at := b*m.Batch + h*m.Head + i*m.Row
	switch {
	case m.Keep != nil:
		for k := range s {
			if m.Keep[at+k*m.Col] == m.Drop {
				s[k] = m.Fill
			}
		}
	case m.Col == 1:
		for k, v := range m.Add[at : at+len(s)] {
			s[k] += v
		}
	default:
		for k := range s {
			s[k] += m.Add[at+k*m.Col]
		}
	}
}

// hide makes scores those of keys that are not to be seen.
func hide[T Float](s []T) {
	for k := range s {
		s[k] = T(math.Inf(-1))
	}
}

// apply adds the mask's row to the scores with the keys from first on, and
// reports whether a key is left that it does not hide.
func (m *Mask[T]) apply(s []T, b, h, i, first int) (shown bool) {
	n := min(max(m.Keys-first, 0), len(s))
	hide(s[n:])
	s = s[:n]
	at := b*m.Batch + h*m.Head + i*m.Row + first*m.Col
	hidden := T(math.Inf(-1))
	switch {
	case n == 0:
	case m.Keep != nil:
		for k := range s {
			if m.Keep[at+k*m.Col] {
				shown = true
			} else {
				s[k] = hidden
			}
		}
	case m.Col == 1:
		for k, v := range m.Add[at : at+n] {
			if v == hidden {
				s[k] = hidden
			} else {
				shown = true
				s[k] += v
			}
		}
	default:
		for k := range s {
			if v := m.Add[at+k*m.Col]; v == hidden {
				s[k] = hidden
			} else {
				shown = true
				s[k] += v
			}
		}
	}
	return shown
}

// softcap computes s = c·tanh(s/c).
func softcap[T Float](s []T, c T) {
	for k, v := range s {
		s[k] = v / c
	}
	switch s := any(s).(type) {
	case []float32:
		vec.Tanh32(s, s)
	case []float64:
		vec.Tanh64(s, s)
	}
	for k, v := range s {
		s[k] = v * c
	}
}

// exponentials computes s = exp(s-m) with m the largest of s and sink, and
// returns 1/(Σ s + exp(sink-m)); zeros where all are -Inf. The sum is float64.
func exponentials[T Float](s []T, sink T) T {
	m, sum := norm.Exponentials(s, sink)
	if math.IsInf(m, -1) {
		return 1
	}
	return T(1 / (sum + math.Exp(float64(sink)-m)))
}
