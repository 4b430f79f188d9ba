package ml

import (
	"github.com/onnxrun/onnxrun/internal/kernel/score"
	"github.com/onnxrun/onnxrun/internal/kernel/tree"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// TreeEnsembleClassifier adds up the votes of the leaves that a row reaches;
// the class with the highest score wins. From version 3 on the lists of floats
// may also be tensors.
//
// Converters write binary classifiers with votes for one class only, and the
// standard does not say what these mean. As in onnxruntime the score is then
// that of the second label: a probability where no weight is negative, which
// wins above 1/2, else a margin, which wins above 0.
var treeEnsembleClassifier1 = ops.Def{
	Domain: domain, Name: "TreeEnsembleClassifier", Since: 1,
	Sig:   "X:T1 -> Y:T2, Z:float32",
	Types: ops.Types{"T1": numbers, "T2": tensor.SetOf(tensor.Str, tensor.I64)},
	New:   func(n *ops.Node) (ops.Kernel, error) { return newTreeClassifier(n, false) },
}

var treeEnsembleClassifier3 = ops.Def{
	Domain: domain, Name: "TreeEnsembleClassifier", Since: 3,
	Sig:   "X:T1 -> Y:T2, Z:float32",
	Types: ops.Types{"T1": numbers, "T2": tensor.SetOf(tensor.Str, tensor.I64)},
	New:   func(n *ops.Node) (ops.Kernel, error) { return newTreeClassifier(n, true) },
}

func newTreeClassifier(n *ops.Node, tensors bool) (ops.Kernel, error) {
	l, err := readLabels(n, "classlabels_strings", "classlabels_int64s")
	if err != nil {
		return nil, err
	}
	v, err := readVotes(n, "class", tensors)
	if err != nil {
		return nil, err
	}
	t, err := readTable(n, v, l.len(), tensors)
	if err != nil {
		return nil, err
	}
	base, wide, err := floatList(n, "base_values", tensors)
	if err != nil {
		return nil, err
	}
	if len(base) > 0 && (l.len() != 2 || len(base) != 1) {
		if err := sameLen("base_values", len(base), l.len()); err != nil {
			return nil, err
		}
	}
	t.wide = t.wide || wide
	k := &treeClassifier{labels: l, post: readTransform(n), positive: true, voice: -1}
	for i, id := range v.ids {
		switch {
		case i == 0:
			k.voice = id
		case id != k.voice:
			k.voice = -1
		}
		k.positive = k.positive && v.weights[i] >= 0
	}
	if l.len() != 2 {
		k.voice = -1
	}
	if l.len() < 2 {
		k.labels = l.binary()
	}
	k.ensemble, err = newEnsemble(t, tree.Sum, base)
	k.counts = l.len() > 1 && k.voice < 0
	return k, err
}

type treeClassifier struct {
	ensemble
	labels   labels
	post     score.Transform
	voice    int  // of two classes the only one that leaves vote for, else -1
	positive bool // no weight is negative
}

func (k *treeClassifier) Run(c *ops.Call) error {
	x := c.Tensor(0)
	n, _, err := rowsOf(x)
	if err != nil {
		return err
	}
	label, err := k.labels.output(c, 0, n)
	if err != nil {
		return err
	}
	z, err := c.Output(1, tensor.F32, tensor.Shape{n, k.targets})
	if err != nil {
		return err
	}
	out := tensor.Data[float32](z)
	return k.run(c, x, func(row int, s []float64, voted []bool) {
		var class int
		switch {
		case k.targets == 1:
			class = k.one(s)
		case k.voice >= 0:
			class = k.binary(s)
		default:
			class = k.many(s, voted)
		}
		label(row, class)
		narrowed(out[row*k.targets:(row+1)*k.targets], s)
	})
}

// many finishes the scores of several classes. Of equal scores the first wins,
// and a class without a vote cannot.
func (k *treeClassifier) many(s []float64, voted []bool) int {
	k.addBase(s, voted[0])
	if len(k.base) == len(s) {
		for i := range voted {
			voted[i] = true
		}
	}
	best := -1
	for i, v := range s {
		if voted[i] && (best < 0 || v > s[best]) {
			best = i
		}
	}
	k.post.Apply(s)
	return max(best, 0)
}

// one finishes the score of a classifier of one class: the label is 1 above 0.
func (k *treeClassifier) one(s []float64) int {
	k.addBase(s, true)
	class := above(s[0], 0)
	k.post.Apply(s)
	return class
}

func above(v, threshold float64) int {
	if v > threshold {
		return 1
	}
	return 0
}

// binary finishes the scores of two classes of which only one has votes.
func (k *treeClassifier) binary(s []float64) int {
	k.addBase(s, k.voice == 0)
	threshold := 0.0
	if k.positive {
		threshold = 0.5
	}
	if k.voice == 1 || len(k.base) == 2 {
		class := above(s[k.voice], threshold)
		k.post.Apply(s)
		return class
	}
	v := s[0]
	switch {
	case k.post == score.Probit:
		s[0], s[1] = score.Quantile(v), 0
	case k.positive || k.post == score.Logistic:
		s[0], s[1] = complement(k.post, v)
	default:
		s[0], s[1] = -v, v
	}
	return above(v, threshold)
}

// addBase adds the base values. A single one of two classes is that of the
// first class, if it has a vote.
func (k *treeClassifier) addBase(s []float64, voted bool) {
	if len(k.base) == 1 && len(s) == 2 && !voted {
		return
	}
	for i, b := range k.base {
		s[i] += b
	}
}
