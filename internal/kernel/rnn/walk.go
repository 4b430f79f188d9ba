package rnn

import "github.com/onnxrun/onnxrun/internal/par"

// walk is one direction's way through the ticks of a chunk, for the entries b0
// to b1-1. Its parts have some of the units each, and its rounds are the phases
// of the ticks.
type walk[T Float] struct {
	l           *Layer[T]
	d           int
	from        int // ticks that the direction has behind it
	first       int // earliest tick of the chunk
	n, chunk    int
	b0, b1      int
	longest     int // of the entries' sequences
	parts, each int // units of a part
	phases      int
	step        func(s *span[T], phase int)
}

func (l *Layer[T]) walk(d, from, n, chunk, b0, b1 int) *walk[T] {
	w := &walk[T]{
		l: l, d: d, from: from, first: l.first(d, from, n), n: n, chunk: chunk, b0: b0, b1: b1,
		parts: 1, each: l.Hidden, phases: 1, step: l.rnn,
	}
	switch l.Kind {
	case LSTM:
		w.step = l.lstm
	case GRU:
		if w.step = l.gru; !l.LinearBeforeReset {
			w.phases = 2
		}
	}
	for b := b0; b < b1; b++ {
		w.longest = max(w.longest, l.length(b))
	}
	return w
}

// shareMin is how many multiplications of a tick are worth the meeting of
// threads after it.
const shareMin = 1 << 15

// run goes through the ticks.
func (w *walk[T]) run(p *par.Pool) {
	l := w.l
	if threads := p.Threads(); threads > 1 && (w.b1-w.b0)*l.Kind.Gates()*l.Hidden*l.Hidden >= shareMin {
		panel := l.Dirs[w.d].Weights.state[0].PanelWidth()
		panels := (l.Hidden + panel - 1) / panel
		w.each = (panels + threads - 1) / threads * panel
		w.parts = (l.Hidden + w.each - 1) / w.each
	}
	p.Rounds(w.n*w.phases, w.parts, w)
}

// Round does one phase of a tick for one part of the units.
func (w *walk[T]) Round(round, part int) {
	l := w.l
	i, phase := round/w.phases, round%w.phases
	k := i
	if l.Dirs[w.d].Reverse {
		k = w.n - 1 - i
	}
	s := span[T]{
		dir: &l.Dirs[w.d], d: w.d, t: w.first + k, b0: w.b0, b1: w.b1,
		u0: part * w.each, u1: min((part+1)*w.each, l.Hidden), old: l.StateH, new: l.StateH,
	}
	if l.buffered() {
		if s.new = l.NextH; (w.from+i)%2 == 1 {
			s.old, s.new = s.new, s.old
		}
	}
	s.g, s.ld = l.gates(w.d, w.chunk, k, w.b0)
	switch {
	case s.t < w.longest:
		w.step(&s, phase)
	case l.buffered():
		for b := s.b0; b < s.b1; b++ {
			copy(s.units(l, s.new, b), s.units(l, s.old, b))
		}
	}
	if l.Y != nil && phase == w.phases-1 {
		l.output(&s)
	}
}

// buffered reports whether a tick reads the states of one buffer and writes
// those of the other. Where it has two phases it reads them all in the first
// and writes them in the second.
func (l *Layer[T]) buffered() bool { return l.Kind != GRU || l.LinearBeforeReset }

// span is the part of a tick that one goroutine does: the units u0 to u1-1 of
// the entries b0 to b1-1.
type span[T Float] struct {
	dir      *Direction[T]
	d, t     int
	b0, b1   int
	u0, u1   int
	g        []T // the entries' gates, ld apart: their inputs' part, which is used up
	ld       int
	old, new []T // states before and after the tick
}

// addProducts adds the products of the states x with the weights of the gates
// first to last-1 to the gates.
func (s *span[T]) addProducts(l *Layer[T], x []T, first, last int) {
	n := l.Hidden
	for k := first; k < last; k++ {
		s.dir.Weights.state[k].MulColumns(s.b1-s.b0, x, n, s.u0, s.u1, s.g[k*n:], s.ld)
	}
}

// units returns the span's part of an entry's row of a state.
func (s *span[T]) units(l *Layer[T], state []T, b int) []T {
	return l.own(state, s.d, b, b+1)[s.u0:s.u1]
}

// gate returns the span's part of gate k of entry b.
func (s *span[T]) gate(l *Layer[T], k, b int) []T {
	at := (b-s.b0)*s.ld + k*l.Hidden
	return s.g[at+s.u0 : at+s.u1]
}

// each calls f for gates first to last-1 of entry b, for all at once where they
// adjoin.
func (s *span[T]) each(l *Layer[T], first, last, b int, f func(x []T)) {
	if s.u1-s.u0 == l.Hidden {
		at := (b - s.b0) * s.ld
		f(s.g[at+first*l.Hidden : at+last*l.Hidden])
		return
	}
	for k := first; k < last; k++ {
		f(s.gate(l, k, b))
	}
}

// output writes the states after the tick.
func (l *Layer[T]) output(s *span[T]) {
	for b := s.b0; b < s.b1; b++ {
		row := (s.t*len(l.Dirs)+s.d)*l.Batch + b
		if l.BatchFirst {
			row = (b*l.Ticks+s.t)*len(l.Dirs) + s.d
		}
		if y := l.Y[row*l.Hidden+s.u0 : row*l.Hidden+s.u1]; s.t < l.length(b) {
			copy(y, s.units(l, s.new, b))
		} else {
			clear(y)
		}
	}
}
