package score

import "math"

// Dot returns the inner product of a and b, which is as long as a.
func Dot(a, b []float64) float64 {
	var s0, s1, s2, s3 float64
	b = b[:len(a)]
	for len(a) >= 4 {
		s0 += a[0] * b[0]
		s1 += a[1] * b[1]
		s2 += a[2] * b[2]
		s3 += a[3] * b[3]
		a, b = a[4:], b[4:]
	}
	for i, v := range a {
		s0 += v * b[i]
	}
	return s0 + s1 + (s2 + s3)
}

// Distance returns the square of the distance of a and b, which is as long as a.
func Distance(a, b []float64) float64 {
	var s0, s1 float64
	b = b[:len(a)]
	for len(a) >= 2 {
		d, e := a[0]-b[0], a[1]-b[1]
		s0 += d * d
		s1 += e * e
		a, b = a[2:], b[2:]
	}
	for i, v := range a {
		d := v - b[i]
		s0 += d * d
	}
	return s0 + s1
}

// Kernel is the similarity of two vectors in a support vector machine.
type Kernel struct {
	Kind                 Kind
	Gamma, Coef0, Degree float64
}

// Kind is the formula of a Kernel.
type Kind uint8

// The kinds, with their formulas.
const (
	Linear Kind = iota // a·b
	Poly               // (γ a·b + c₀)^degree
	RBF                // e^(-γ|a-b|²)
	Tanh               // tanh(γ a·b + c₀)
)

// Kinds are the kinds as attributes spell them, in their order.
var Kinds = []string{"LINEAR", "POLY", "RBF", "SIGMOID"}

// At returns the similarity of a and b, which is as long as a.
func (k Kernel) At(a, b []float64) float64 {
	switch k.Kind {
	case Poly:
		v := k.Gamma*Dot(a, b) + k.Coef0
		switch k.Degree {
		case 2:
			return v * v
		case 3:
			return v * v * v
		}
		return math.Pow(v, k.Degree)
	case RBF:
		return math.Exp(-k.Gamma * Distance(a, b))
	case Tanh:
		return math.Tanh(k.Gamma*Dot(a, b) + k.Coef0)
	}
	return Dot(a, b)
}

// Couple turns the probabilities r[i*n+j] that it is class i where it is i or
// j into the probabilities p of the n classes: the second method of Wu, Lin and
// Weng, Probability Estimates for Multi-class Classification by Pairwise
// Coupling (2004), section 4, with the iteration of its appendix. q has room
// for n*n+n numbers.
func Couple(p, r, q []float64) {
	n := len(p)
	q, qp := q[:n*n], q[n*n:n*n+n]
	clear(q)
	for i := range p {
		p[i] = 1 / float64(n)
		for j := range p {
			if i == j {
				continue
			}
			q[i*n+i] += r[j*n+i] * r[j*n+i]
			q[i*n+j] = -r[j*n+i] * r[i*n+j]
		}
	}
	for range 100 {
		var pqp, worst float64
		for i := range p {
			qp[i] = Dot(q[i*n:(i+1)*n], p)
			pqp += p[i] * qp[i]
		}
		for _, v := range qp {
			worst = max(worst, math.Abs(v-pqp))
		}
		if worst < 0.005/float64(n) {
			return
		}
		for i := range p {
			d := (pqp - qp[i]) / q[i*n+i]
			p[i] += d
			pqp = (pqp + d*(d*q[i*n+i]+2*qp[i])) / ((1 + d) * (1 + d))
			for j := range p {
				qp[j] = (qp[j] + d*q[i*n+j]) / (1 + d)
				p[j] /= 1 + d
			}
		}
	}
}
