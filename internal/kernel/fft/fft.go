// Package fft computes discrete Fourier transforms of any length, in float32 or
// float64.
package fft

import (
	"math"
	"unsafe"
)

// Float is the precision of a transform.
type Float interface{ float32 | float64 }

// Number is a complex number. Go computes products of complex64 in float64;
// transforms of float32 are to be as fast and as exact as everybody's, so
// products are written out here, and each is rounded so that no platform fuses
// it with a sum.
type Number[T Float] struct{ Re, Im T }

func (a Number[T]) plus(b Number[T]) Number[T]  { return Number[T]{a.Re + b.Re, a.Im + b.Im} }
func (a Number[T]) minus(b Number[T]) Number[T] { return Number[T]{a.Re - b.Re, a.Im - b.Im} }
func (a Number[T]) conj() Number[T]             { return Number[T]{a.Re, -a.Im} }
func (a Number[T]) scaled(f T) Number[T]        { return Number[T]{a.Re * f, a.Im * f} }

func (a Number[T]) times(b Number[T]) Number[T] {
	return Number[T]{T(a.Re*b.Re) - T(a.Im*b.Im), T(a.Re*b.Im) + T(a.Im*b.Re)}
}

// Numbers returns mem, whose length is even, as complex numbers.
func Numbers[T Float](mem []T) []Number[T] {
	return unsafe.Slice((*Number[T])(unsafe.Pointer(unsafe.SliceData(mem))), len(mem)/2)
}

// Plan holds what transforms of one length share. It is immutable.
//
// Lengths whose prime factors are small are split into them (Stockham's form
// of the Cooley-Tukey algorithm, whose result needs no reordering). The others
// go by way of a convolution of a power-of-two length (Bluestein's algorithm).
type Plan[T Float] struct {
	n       int
	factors []int
	w       []Number[T] // w[k] = e^(-2πi k/n)

	// Of Bluestein's algorithm:
	conv  *Plan[T]
	chirp []Number[T] // e^(-πi k²/n)
	kern  []Number[T] // the transform of the conjugate chirp, over conv.n
}

// maxRadix is the largest prime factor that is transformed by its definition.
const maxRadix = 31

// factor splits n into radices; ok is false when a prime factor is too large.
func factor(n int) (f []int, ok bool) {
	for n%4 == 0 {
		f = append(f, 4)
		n /= 4
	}
	for r := 2; r <= maxRadix && n > 1; r++ {
		for n%r == 0 {
			f = append(f, r)
			n /= r
		}
	}
	return f, n == 1
}

// convLen returns the length of Bluestein's convolution: a power of two.
func convLen(n int) int {
	m := 1
	for m < 2*n-1 {
		m *= 2
	}
	return m
}

// PlanLen returns how many numbers a plan for length n ≥ 1 keeps.
func PlanLen(n int) int {
	if _, ok := factor(n); ok {
		return n
	}
	return n + 3*convLen(n)
}

// WorkLen returns how many numbers of scratch one transform of length n takes.
func WorkLen(n int) int {
	if _, ok := factor(n); ok {
		return n
	}
	return 2 * convLen(n)
}

// NewPlan returns the plan for length n ≥ 1. It keeps mem, of PlanLen(n)
// numbers.
func NewPlan[T Float](n int, mem []Number[T]) *Plan[T] {
	p := &Plan[T]{n: n}
	var ok bool
	if p.factors, ok = factor(n); ok {
		p.w = mem[:n]
		for k := range p.w {
			p.w[k] = unit[T](k, n)
		}
		return p
	}
	m := convLen(n)
	p.conv = NewPlan(m, mem[n+m:n+2*m])
	p.chirp, p.kern = mem[:n], mem[n:n+m]
	clear(p.kern)
	k2 := 0 // k² modulo 2n
	for k := range p.chirp {
		w := unit[T](k2, 2*n)
		p.chirp[k] = w
		p.kern[k] = w.conj()
		if k > 0 {
			p.kern[m-k] = w.conj()
		}
		if k2 += 2*k + 1; k2 >= 2*n {
			k2 -= 2 * n
		}
		if k2 >= 2*n {
			k2 -= 2 * n
		}
	}
	p.conv.Transform(p.kern, mem[n+2*m:n+3*m])
	return p
}

// unit returns e^(-2πi k/n), 0 ≤ k < n, rounded from float64, and exactly where
// it is on an axis.
func unit[T Float](k, n int) Number[T] {
	switch {
	case k == 0:
		return Number[T]{1, 0}
	case 4*k == n:
		return Number[T]{0, -1}
	case 2*k == n:
		return Number[T]{-1, 0}
	case 2*k > n:
		return unit[T](n-k, n).conj()
	}
	s, c := math.Sincos(2 * math.Pi * float64(k) / float64(n))
	return Number[T]{T(c), T(-s)}
}

// Transform replaces x by its transform Σ x[j] e^(-2πi jk/n), not scaled. x has
// the length of the plan and work at least WorkLen.
func (p *Plan[T]) Transform(x, work []Number[T]) {
	if p.conv != nil {
		p.bluestein(x, work)
		return
	}
	a, b := x, work[:p.n]
	stride, n := 1, p.n
	for _, r := range p.factors {
		n /= r
		switch r {
		case 2:
			p.radix2(b, a, n, stride)
		case 4:
			p.radix4(b, a, n, stride)
		default:
			p.oddRadix(b, a, n, stride, r)
		}
		stride *= r
		a, b = b, a
	}
	if len(p.factors)%2 == 1 {
		copy(x, a)
	}
}

// Inverse is Transform with the exponent's sign reversed.
func (p *Plan[T]) Inverse(x, work []Number[T]) {
	for i, z := range x {
		x[i] = z.conj()
	}
	p.Transform(x, work)
	for i, z := range x {
		x[i] = z.conj()
	}
}

// bluestein uses jk = (j² + k² - (k-j)²)/2 to make the sum a convolution with
// a chirp.
func (p *Plan[T]) bluestein(x, work []Number[T]) {
	m := p.conv.n
	y, work := work[:m], work[m:2*m]
	for i, z := range x {
		y[i] = z.times(p.chirp[i])
	}
	clear(y[len(x):])
	p.conv.Transform(y, work)
	for i, k := range p.kern {
		y[i] = y[i].times(k)
	}
	p.conv.Inverse(y, work)
	for i, c := range p.chirp {
		x[i] = y[i].times(c).scaled(1 / T(m))
	}
}
