// Package fft computes discrete Fourier transforms of any length in complex128.
package fft

import "math"

// Plan holds what transforms of one length share. It is immutable.
//
// Lengths whose prime factors are small are split into them (Stockham's form
// of the Cooley-Tukey algorithm, whose result needs no reordering). The others
// go by way of a convolution of a power-of-two length (Bluestein's algorithm).
type Plan struct {
	n       int
	factors []int
	w       []complex128 // w[k] = e^(-2πi k/n)

	// Of Bluestein's algorithm:
	conv  *Plan
	chirp []complex128 // e^(-πi k²/n)
	kern  []complex128 // the transform of the conjugate chirp, over conv.n
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
func NewPlan(n int, mem []complex128) *Plan {
	p := &Plan{n: n}
	var ok bool
	if p.factors, ok = factor(n); ok {
		p.w = mem[:n]
		for k := range p.w {
			p.w[k] = unit(k, n)
		}
		return p
	}
	m := convLen(n)
	p.conv = NewPlan(m, mem[n+m:n+2*m])
	p.chirp, p.kern = mem[:n], mem[n:n+m]
	clear(p.kern)
	k2 := 0 // k² modulo 2n
	for k := range p.chirp {
		w := unit(k2, 2*n)
		p.chirp[k] = w
		c := conj(w)
		p.kern[k] = c
		if k > 0 {
			p.kern[m-k] = c
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

// unit returns e^(-2πi k/n), 0 ≤ k < n, exactly where that is on an axis.
func unit(k, n int) complex128 {
	switch {
	case k == 0:
		return 1
	case 4*k == n:
		return -1i
	case 2*k == n:
		return -1
	case 4*k == 3*n:
		return 1i
	}
	s, c := math.Sincos(2 * math.Pi * float64(k) / float64(n))
	return complex(c, -s)
}

func conj(z complex128) complex128 { return complex(real(z), -imag(z)) }

// Transform replaces x by its transform Σ x[j] e^(-2πi jk/n), not scaled. x has
// the length of the plan and work at least WorkLen.
func (p *Plan) Transform(x, work []complex128) {
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
			p.radix(b, a, n, stride, r)
		}
		stride *= r
		a, b = b, a
	}
	if len(p.factors)%2 == 1 {
		copy(x, a)
	}
}

// Inverse is Transform with the exponent's sign reversed.
func (p *Plan) Inverse(x, work []complex128) {
	for i, z := range x {
		x[i] = conj(z)
	}
	p.Transform(x, work)
	for i, z := range x {
		x[i] = conj(z)
	}
}

// A stage of radix r joins r transforms of length m, of which s lie interleaved
// at stride s: dst[q + s(ri + k)] = w^(ik) Σ_j src[q + s(i + mj)] e^(-2πi jk/r)
// with w = e^(-2πi/(rm)).

func (p *Plan) radix2(dst, src []complex128, m, s int) {
	for i := range m {
		w := p.w[i*s]
		x0, x1 := src[s*i:s*i+s], src[s*(i+m):s*(i+m)+s]
		y0, y1 := dst[s*2*i:s*2*i+s], dst[s*(2*i+1):s*(2*i+1)+s]
		for q := range y0 {
			a, b := x0[q], x1[q]
			y0[q] = a + b
			y1[q] = (a - b) * w
		}
	}
}

func (p *Plan) radix4(dst, src []complex128, m, s int) {
	for i := range m {
		w1, w2, w3 := p.w[i*s], p.w[2*i*s], p.w[3*i*s]
		x0, x1, x2, x3 := src[s*i:][:s], src[s*(i+m):][:s], src[s*(i+2*m):][:s], src[s*(i+3*m):][:s]
		y := dst[s*4*i : s*4*(i+1)]
		y0, y1, y2, y3 := y[:s], y[s:2*s], y[2*s:3*s], y[3*s:]
		for q := range y0 {
			a, b, c, d := x0[q], x1[q], x2[q], x3[q]
			ac, bd := a+c, b+d
			e, f := a-c, b-d
			f = complex(imag(f), -real(f)) // -i f
			y0[q] = ac + bd
			y1[q] = (e + f) * w1
			y2[q] = (ac - bd) * w2
			y3[q] = (e - f) * w3
		}
	}
}

func (p *Plan) radix(dst, src []complex128, m, s, r int) {
	var x [maxRadix]complex128
	step := p.n / r // of w for e^(-2πi/r)
	for i := range m {
		for q := range s {
			for j := range r {
				x[j] = src[q+s*(i+m*j)]
			}
			for k := range r {
				sum := x[0]
				at := 0
				for _, v := range x[1:r] {
					if at += k; at >= r {
						at -= r
					}
					sum += v * p.w[at*step]
				}
				dst[q+s*(r*i+k)] = sum * p.w[i*k*s]
			}
		}
	}
}

// bluestein uses jk = (j² + k² - (k-j)²)/2 to make the sum a convolution with
// a chirp.
func (p *Plan) bluestein(x, work []complex128) {
	m := p.conv.n
	y, work := work[:m], work[m:2*m]
	for i, z := range x {
		y[i] = z * p.chirp[i]
	}
	clear(y[len(x):])
	p.conv.Transform(y, work)
	for i, k := range p.kern {
		y[i] *= k
	}
	p.conv.Inverse(y, work)
	scale := complex(1/float64(m), 0)
	for i, c := range p.chirp {
		x[i] = y[i] * c * scale
	}
}
