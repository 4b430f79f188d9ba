package rnn

import "github.com/onnxrun/onnxrun/internal/kernel/vec"

// Func names an activation.
type Func uint8

// The activations of the ONNX standard.
const (
	Relu Func = iota
	Tanh
	Sigmoid
	Affine          // alpha·x + beta
	LeakyRelu       // x where x ≥ 0, alpha·x elsewhere
	ThresholdedRelu // x where x ≥ alpha, 0 elsewhere
	ScaledTanh      // alpha·tanh(beta·x)
	HardSigmoid     // alpha·x + beta within 0 and 1
	Elu             // x where x ≥ 0, alpha·(exp(x)-1) elsewhere
	Softsign        // x/(1+|x|)
	Softplus        // log(1+exp(x))
)

// New returns the function with the given parameters.
func New[T Float](f Func, alpha, beta float32) Activation[T] {
	a, b := T(alpha), T(beta)
	switch f {
	case Relu:
		return vec.Relu[T]
	case Affine:
		return affine(a, b)
	case LeakyRelu:
		return vec.LeakyRelu(a)
	case ThresholdedRelu:
		return thresholdedRelu(a)
	case ScaledTanh:
		tanh := New[T](Tanh, 0, 0)
		in, out := affine(b, 0), affine(a, 0)
		return func(dst, x []T) {
			in(dst, x)
			tanh(dst, dst)
			out(dst, dst)
		}
	case HardSigmoid:
		return vec.HardSigmoid(a, b)
	case Softsign:
		return vec.Softsign[T]
	}
	// The rest is written for each type.
	var g any
	var z T
	if _, ok := any(z).(float32); ok {
		switch f {
		case Tanh:
			g = vec.Tanh32
		case Sigmoid:
			g = vec.Sigmoid32
		case Elu:
			g = vec.Elu32(alpha, 1, 1)
		case Softplus:
			g = vec.Softplus32
		}
	} else {
		switch f {
		case Tanh:
			g = vec.Tanh64
		case Sigmoid:
			g = vec.Sigmoid64
		case Elu:
			g = vec.Elu64(float64(alpha), 1, 1)
		case Softplus:
			g = vec.Softplus64
		}
	}
	return g.(func(dst, x []T))
}

func affine[T Float](alpha, beta T) Activation[T] {
	return func(dst, x []T) {
		x = x[:len(dst)]
		for i, v := range x {
			dst[i] = alpha*v + beta
		}
	}
}

func thresholdedRelu[T Float](alpha T) Activation[T] {
	return func(dst, x []T) {
		x = x[:len(dst)]
		for i, v := range x {
			if v < alpha {
				v = 0
			}
			dst[i] = v
		}
	}
}
