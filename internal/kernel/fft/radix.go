package fft

// A stage of radix r joins r transforms of length m, of which s lie interleaved
// at stride s: dst[q + s(ri + k)] = w^(ik) Σ_j src[q + s(i + mj)] e^(-2πi jk/r)
// with w = e^(-2πi/(rm)). The order of additions is the one of FFTPACK, which
// other libraries follow, so that results in float32 compare.

func (p *Plan[T]) radix2(dst, src []Number[T], m, s int) {
	for i := range m {
		w := p.w[i*s]
		x0, x1 := src[s*i:s*i+s], src[s*(i+m):s*(i+m)+s]
		y0, y1 := dst[s*2*i:s*2*i+s], dst[s*(2*i+1):s*(2*i+1)+s]
		for q := range y0 {
			a, b := x0[q], x1[q]
			y0[q] = a.plus(b)
			y1[q] = a.minus(b).times(w)
		}
	}
}

func (p *Plan[T]) radix4(dst, src []Number[T], m, s int) {
	for i := range m {
		w1, w2, w3 := p.w[i*s], p.w[2*i*s], p.w[3*i*s]
		x0, x1, x2, x3 := src[s*i:][:s], src[s*(i+m):][:s], src[s*(i+2*m):][:s], src[s*(i+3*m):][:s]
		y := dst[s*4*i : s*4*(i+1)]
		y0, y1, y2, y3 := y[:s], y[s:2*s], y[2*s:3*s], y[3*s:]
		for q := range y0 {
			a, b, c, d := x0[q], x1[q], x2[q], x3[q]
			ac, bd := a.plus(c), b.plus(d)
			e, f := a.minus(c), b.minus(d)
			f.Re, f.Im = f.Im, -f.Re // -i f
			y0[q] = ac.plus(bd)
			y1[q] = e.plus(f).times(w1)
			y2[q] = ac.minus(bd).times(w2)
			y3[q] = e.minus(f).times(w3)
		}
	}
}

// oddRadix uses that e^(-2πi jk/r) and e^(-2πi (r-j)k/r) are conjugate: what
// belongs to their real parts is x[j] + x[r-j], to their imaginary parts
// x[j] - x[r-j], and the outputs k and r-k share the sums of both.
func (p *Plan[T]) oddRadix(dst, src []Number[T], m, s, r int) {
	const half = maxRadix / 2
	h := r / 2
	var plus, minus [half]Number[T]
	var w [half][half]Number[T] // w[k-1][j-1] = e^(-2πi jk/r)
	for k := range h {
		for j := range h {
			w[k][j] = p.w[(j+1)*(k+1)%r*(p.n/r)]
		}
	}
	for i := range m {
		for q := range s {
			zero := src[q+s*i]
			sum := zero
			for j := range h {
				a, b := src[q+s*(i+m*(j+1))], src[q+s*(i+m*(r-j-1))]
				plus[j], minus[j] = a.plus(b), a.minus(b)
				sum = sum.plus(plus[j])
			}
			y := dst[q+s*r*i:]
			y[0] = sum
			for k := range h {
				even, odd := zero, Number[T]{}
				for j, c := range w[k][:h] {
					even.Re += T(c.Re * plus[j].Re)
					even.Im += T(c.Re * plus[j].Im)
					odd.Re -= T(c.Im * minus[j].Im)
					odd.Im += T(c.Im * minus[j].Re)
				}
				y[s*(k+1)] = even.plus(odd).times(p.w[i*(k+1)*s])
				y[s*(r-k-1)] = even.minus(odd).times(p.w[i*(r-k-1)*s])
			}
		}
	}
}
