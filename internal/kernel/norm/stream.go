package norm

import "unsafe"

// streamed is how many elements a result has at least that is written past the
// cache: what is larger than that would push out of it what it has just read,
// and be gone before anyone reads it.
const streamed = 4 << 20

// rowsPast are the loops of applyRow for results written past the cache.
type rowsPast struct{ asm *assembly }

// past returns loops that write y past the cache, nil where it is to be written
// as usual: because it is small, not float32, or lies over x.
func past[T Elem](y, x []T) *rowsPast {
	v, ok := any(y).([]float32)
	if !ok || len(v) < streamed || &y[0] == &x[0] {
		return nil
	}
	asm := assembled()
	if asm == nil {
		return nil
	}
	return &rowsPast{asm}
}

// fence makes what was written visible to other cores.
func (p *rowsPast) fence() {
	if p != nil {
		p.asm.fence()
	}
}

// split returns how many elements come before the first that is aligned, and
// how many whole vectors hold from there.
func (p *rowsPast) split(y []float32) (head, body int) {
	if len(y) == 0 {
		return 0, 0
	}
	off := int(uintptr(unsafe.Pointer(&y[0]))) & (p.asm.align - 1)
	head = min((p.asm.align-off)%p.asm.align/4, len(y))
	return head, (len(y) - head) &^ (p.asm.align/4 - 1)
}

// affine1 is affine1 past the cache.
func (p *rowsPast) affine1(y, x []float32, mean, low, a, b float64) {
	head, n := p.split(y)
	affine1(y[:head], x[:head], mean, low, a, b)
	if n > 0 {
		p.asm.affine1Stream(&y[head], &x[head], n, mean, a, b-low*a)
	}
	affine1(y[head+n:], x[head+n:], mean, low, a, b)
}

// norm is normA, or normAB where b is not nil, past the cache.
func (p *rowsPast) norm(y, x []float32, s stat, a, b []float32) {
	plain := func(y, x, a, b []float32) {
		if b == nil {
			normA(y, x, s, a)
		} else {
			normAB(y, x, s, a, b)
		}
	}
	head, n := p.split(y)
	t, ok := s.short()
	if !ok || n == 0 {
		plain(y, x, a, b)
		return
	}
	from := func(b []float32, at int) []float32 {
		if b == nil {
			return nil
		}
		return b[at:]
	}
	plain(y[:head], x[:head], a, b)
	_, _ = x[head+n-1], a[head+n-1]
	if b == nil {
		p.asm.normAStream(&y[head], &x[head], n, t.mean, t.inv, t.low, t.add, &a[head])
	} else {
		_ = b[head+n-1]
		p.asm.normABStream(&y[head], &x[head], n, t.mean, t.inv, t.low, t.add, &a[head], &b[head])
	}
	plain(y[head+n:], x[head+n:], a[head+n:], from(b, head+n))
}
