// Package update holds the steps of gradient descent: new values of variables
// and of what the method remembers about them. Each computes in float64 and
// rounds once. All slices of a call are of the same length.
package update

import "math"

// Float is the type of variables.
type Float interface{ float32 | float64 }

// Adagrad is the method of Duchi, Hazan and Singer (2011). Norm is the factor
// of half the squared length of x in what is minimized.
type Adagrad struct{ Rate, Norm, Epsilon float64 }

// StepAdagrad computes xNew and hNew from x, its gradient g and the sum of the
// squared gradients h.
func StepAdagrad[T Float](u Adagrad, xNew, hNew, x, g, h []T) {
	for i := range x {
		xi := float64(x[i])
		gi := u.Norm*xi + float64(g[i])
		hi := float64(h[i]) + gi*gi
		xNew[i] = T(xi - u.Rate*gi/(math.Sqrt(hi)+u.Epsilon))
		hNew[i] = T(hi)
	}
}

// Adam is the method of Kingma and Ba (2014). Rate is corrected for the bias
// of the first steps; NormPost shrinks x after the step.
type Adam struct{ Rate, Alpha, Beta, Norm, NormPost, Epsilon float64 }

// StepAdam computes xNew, vNew and hNew from x, its gradient g, and the moving
// averages of the gradients v and of their squares h.
func StepAdam[T Float](u Adam, xNew, vNew, hNew, x, g, v, h []T) {
	for i := range x {
		xi := float64(x[i])
		gi := u.Norm*xi + float64(g[i])
		vi := u.Alpha*float64(v[i]) + (1-u.Alpha)*gi
		hi := u.Beta*float64(h[i]) + (1-u.Beta)*gi*gi
		xNew[i] = T((1 - u.NormPost) * (xi - u.Rate*vi/(math.Sqrt(hi)+u.Epsilon)))
		vNew[i], hNew[i] = T(vi), T(hi)
	}
}

// Momentum is gradient descent with momentum, Nesterov's or the plain one.
type Momentum struct {
	Rate, Alpha, Beta, Norm float64
	Nesterov                bool
}

// StepMomentum computes xNew and vNew from x, its gradient g and momentum v.
func StepMomentum[T Float](u Momentum, xNew, vNew, x, g, v []T) {
	for i := range x {
		xi := float64(x[i])
		gi := u.Norm*xi + float64(g[i])
		vi := u.Alpha*float64(v[i]) + u.Beta*gi
		d := vi
		if u.Nesterov {
			d = gi + u.Alpha*vi
		}
		xNew[i] = T(xi - u.Rate*d)
		vNew[i] = T(vi)
	}
}
