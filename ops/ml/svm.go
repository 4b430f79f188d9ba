package ml

import (
	"fmt"
	"slices"

	"github.com/onnxrun/onnxrun/internal/kernel/score"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// machine is what the support vector machines share: the vectors, [count,
// features] in one list, and how features compare with them.
type machine struct {
	kernel       score.Kernel
	vectors      []float64
	count        int
	coefficients []float64
	rho          []float64
	post         score.Transform
}

func readMachine(n *ops.Node) (m machine, err error) {
	m.kernel.Kind = score.Kind(max(0, slices.Index(score.Kinds, n.Enum("kernel_type", score.Kinds...))))
	if p := n.Floats("kernel_params"); len(p) > 0 {
		if err := sameLen("kernel_params", len(p), 3); err != nil {
			return m, err
		}
		m.kernel.Gamma, m.kernel.Coef0, m.kernel.Degree = float64(p[0]), float64(p[1]), float64(p[2])
	}
	m.vectors, m.coefficients, m.rho = widened(n.Floats("support_vectors")), widened(n.Floats("coefficients")), widened(n.Floats("rho"))
	m.post = readTransform(n)
	if len(m.coefficients) == 0 {
		return m, fmt.Errorf("attribute coefficients: got none")
	}
	return m, nil
}

// check fails where the list of vectors, for a linear machine the one of
// coefficients, does not fit f features.
func (m *machine) check(x *tensor.Tensor, f, count int, list []float64) error {
	if len(list)/count != f || len(list)%count != 0 {
		return fmt.Errorf("input 0 (X): got %v, but the model has %d numbers for %d vectors", x, len(list), count)
	}
	return nil
}

// SVMRegressor weighs the similarities of a row with the support vectors, or
// without any computes a linear function. With one_class it says whether the
// result is above 0 (1) or not (-1).
var svmRegressor1 = ops.Def{
	Domain: domain, Name: "SVMRegressor", Since: 1,
	Sig:   "X:T -> Y:float32",
	Types: ops.Types{"T": numbers},
	New: func(n *ops.Node) (ops.Kernel, error) {
		m, err := readMachine(n)
		if err != nil {
			return nil, err
		}
		k := &svmRegressor{m, n.Bool("one_class", false)}
		if k.count = n.Int("n_supports", 0); k.count < 0 {
			return nil, fmt.Errorf("attribute n_supports: got %d, want a number of vectors", k.count)
		}
		if len(k.rho) == 0 {
			k.rho = []float64{0}
		}
		if k.count > 0 {
			return k, sameLen("coefficients", len(k.coefficients), k.count)
		}
		return k, nil
	},
}

type svmRegressor struct {
	machine
	oneClass bool
}

func (k *svmRegressor) Run(c *ops.Call) error {
	x := c.Tensor(0)
	n, f, err := rowsOf(x)
	if err != nil {
		return err
	}
	if k.count > 0 {
		err = k.check(x, f, k.count, k.vectors)
	} else {
		err = k.check(x, f, 1, k.coefficients)
	}
	if err != nil {
		return err
	}
	y, err := c.Output(0, tensor.F32, tensor.Shape{n, 1})
	if err != nil {
		return err
	}
	return eachRow(c, x, n, 1, grainOf(f*max(1, k.count)), func(row int, x, s []float64) {
		s[0] = k.rho[0]
		if k.count == 0 {
			s[0] += score.Dot(x, k.coefficients)
		}
		for i := range k.count {
			s[0] += k.coefficients[i] * k.kernel.At(x, k.vectors[i*f:(i+1)*f])
		}
		if k.oneClass {
			s[0] = float64(2*above(s[0], 0) - 1)
		} else {
			k.post.Apply(s)
		}
		tensor.Data[float32](y)[row] = float32(s[0])
	})
}
