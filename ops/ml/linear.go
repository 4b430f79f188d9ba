package ml

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/score"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// affine computes coefficients·x + intercepts. The coefficients are [targets,
// features] in one list.
type affine struct{ coefficients, intercepts []float64 }

// check fails where the coefficients are not those of f features for each target.
func (a *affine) check(x *tensor.Tensor, f, targets int) error {
	if targets < 1 || len(a.coefficients)/targets != f || len(a.coefficients)%targets != 0 {
		return fmt.Errorf("input 0 (X): got %v, but %d coefficients for %d targets", x, len(a.coefficients), targets)
	}
	return nil
}

func (a *affine) at(dst, x []float64) {
	f := len(x)
	for t := range dst {
		s := score.Dot(x, a.coefficients[t*f:(t+1)*f])
		if a.intercepts != nil {
			s += a.intercepts[t]
		}
		dst[t] = s
	}
}

// grainOf returns how many rows are worth a thread where each takes work
// multiplications.
func grainOf(work int) int { return 1 + 1<<14/max(1, work) }

// LinearRegressor computes a linear function of the features for each target.
var linearRegressor1 = ops.Def{
	Domain: domain, Name: "LinearRegressor", Since: 1,
	Sig:   "X:T -> Y:float32",
	Types: ops.Types{"T": numbers},
	New: func(n *ops.Node) (ops.Kernel, error) {
		k := &linearRegressor{
			affine:  affine{coefficients: widened(n.Floats("coefficients"))},
			targets: n.Int("targets", 1), post: readTransform(n),
		}
		if l := n.Floats("intercepts"); len(l) > 0 {
			if err := sameLen("intercepts", len(l), k.targets); err != nil {
				return nil, err
			}
			k.intercepts = widened(l)
		}
		return k, nil
	},
}

type linearRegressor struct {
	affine
	targets int
	post    score.Transform
}

func (k *linearRegressor) Run(c *ops.Call) error {
	x := c.Tensor(0)
	n, f, err := rowsOf(x)
	if err != nil {
		return err
	}
	if err := k.check(x, f, k.targets); err != nil {
		return err
	}
	y, err := c.Output(0, tensor.F32, tensor.Shape{n, k.targets})
	if err != nil {
		return err
	}
	return eachRow(c, x, n, k.targets, grainOf(len(k.coefficients)), func(row int, x, s []float64) {
		k.at(s, x)
		k.post.Apply(s)
		narrowed(tensor.Data[float32](y)[row*k.targets:], s)
	})
}

// eachRow calls body for each of the n rows of x with its elements and room
// for the scores. Rows are worked on in any order, several at once.
func eachRow(c *ops.Call, x *tensor.Tensor, n, scores, grain int, body func(row int, x, s []float64)) error {
	w, scratch, err := wide(c, x)
	if err != nil {
		return err
	}
	defer c.Release(scratch)
	room, err := c.Scratch(tensor.F64, n, scores)
	if err != nil {
		return err
	}
	defer c.Release(room)
	s := tensor.Data[float64](room)
	if n == 0 {
		return nil
	}
	f := len(w) / n
	c.Pool.For(n, grain, func(lo, hi int) {
		for r := lo; r < hi; r++ {
			body(r, w[r*f:(r+1)*f], s[r*scores:(r+1)*scores])
		}
	})
	return nil
}

// LinearClassifier computes a linear function of the features for each class;
// the highest wins. With two labels and one function the second label wins
// above 0.
var linearClassifier1 = ops.Def{
	Domain: domain, Name: "LinearClassifier", Since: 1,
	Sig:   "X:T1 -> Y:T2, Z:float32",
	Types: ops.Types{"T1": numbers, "T2": tensor.SetOf(tensor.Str, tensor.I64)},
	New: func(n *ops.Node) (ops.Kernel, error) {
		n.Ignore("multi_class") // how the model was trained
		l, err := readLabels(n, "classlabels_strings", "classlabels_ints")
		if err != nil {
			return nil, err
		}
		k := &linearClassifier{
			affine: affine{coefficients: widened(n.Floats("coefficients"))},
			labels: l, post: readTransform(n),
		}
		if l := n.Floats("intercepts"); len(l) > 0 {
			k.intercepts = widened(l)
		}
		return k, nil
	},
}

type linearClassifier struct {
	affine
	labels labels
	post   score.Transform
}

func (k *linearClassifier) Run(c *ops.Call) error {
	x := c.Tensor(0)
	n, f, err := rowsOf(x)
	if err != nil {
		return err
	}
	functions := len(k.intercepts)
	if k.intercepts == nil {
		functions = len(k.coefficients) / max(1, f)
	}
	if err := k.check(x, f, functions); err != nil {
		return err
	}
	classes, labels := k.labels.len(), k.labels
	if functions == 1 {
		labels = labels.binary()
	}
	if classes != functions && !(functions == 1 && classes == 2) {
		return fmt.Errorf("got coefficients for %d classes and %d labels", functions, classes)
	}
	label, err := labels.output(c, 0, n)
	if err != nil {
		return err
	}
	z, err := c.Output(1, tensor.F32, tensor.Shape{n, classes})
	if err != nil {
		return err
	}
	return eachRow(c, x, n, classes, grainOf(len(k.coefficients)), func(row int, x, s []float64) {
		k.at(s[:functions], x)
		if functions > 1 {
			label(row, highest(s))
		} else {
			label(row, above(s[0], 0))
		}
		if functions == classes {
			k.post.Apply(s)
		} else {
			s[0], s[1] = complement(k.post, s[0])
		}
		narrowed(tensor.Data[float32](z)[row*classes:], s)
	})
}

// highest returns the position of the first of the largest elements.
func highest(s []float64) int {
	best := 0
	for i, v := range s {
		if v > s[best] {
			best = i
		}
	}
	return best
}

// complement returns the transformed scores of two classes of which the second
// has the score v, taken as a probability where the transform is not made for
// one score.
func complement(t score.Transform, v float64) (first, second float64) {
	switch t {
	case score.Logistic:
		return score.Sigmoid(-v), score.Sigmoid(v)
	case score.Probit:
		q := score.Quantile(v)
		return -q, q
	}
	return 1 - v, v
}
