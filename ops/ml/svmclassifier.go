package ml

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/score"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// SVMClassifier decides between each pair of classes by the similarities with
// their support vectors; who wins most pairs wins. The scores are those of the
// pairs, or with prob_a and prob_b the probabilities of the classes. Without
// support vectors it computes a linear function for each class.
//
// The standard says little about this operator; labels and scores are those of
// onnxruntime.
var svmClassifier1 = ops.Def{
	Domain: domain, Name: "SVMClassifier", Since: 1,
	Sig:   "X:T1 -> Y:T2, Z:float32",
	Types: ops.Types{"T1": numbers, "T2": tensor.SetOf(tensor.Str, tensor.I64)},
	New:   newSVMClassifier,
}

type svmClassifier struct {
	machine
	labels   labels
	perClass []int // support vectors of each class; nil without any
	probA    []float64
	probB    []float64
	positive bool // no coefficient is negative
}

func newSVMClassifier(n *ops.Node) (ops.Kernel, error) {
	m, err := readMachine(n)
	if err != nil {
		return nil, err
	}
	k := &svmClassifier{machine: m, positive: true, probA: widened(n.Floats("prob_a")), probB: widened(n.Floats("prob_b"))}
	if k.labels, err = readLabels(n, "classlabels_strings", "classlabels_ints"); err != nil {
		return nil, err
	}
	for _, v := range k.coefficients {
		k.positive = k.positive && v >= 0
	}
	for i, v := range n.Ints("vectors_per_class") {
		if v < 0 || v > len(k.vectors) {
			return nil, fmt.Errorf("attribute vectors_per_class: class %d has %d vectors, but support_vectors %d numbers", i, v, len(k.vectors))
		}
		k.perClass = append(k.perClass, v)
		k.count += v
	}
	if k.count == 0 {
		k.perClass = nil
		if len(k.rho) == 0 {
			return nil, fmt.Errorf("attribute rho: got none")
		}
		return k, nil
	}
	classes := k.labels.len()
	if classes < 2 {
		return nil, fmt.Errorf("got %d labels, want two or more classes", classes)
	}
	if k.count > len(k.vectors) {
		return nil, fmt.Errorf("attribute vectors_per_class: %d vectors, but support_vectors has %d numbers", k.count, len(k.vectors))
	}
	if err := sameLen("vectors_per_class", len(k.perClass), classes); err != nil {
		return nil, err
	}
	if len(k.coefficients)/k.count < classes-1 {
		return nil, fmt.Errorf("attribute coefficients: got %d, want %d rows of %d", len(k.coefficients), classes-1, k.count)
	}
	pairs := classes * (classes - 1) / 2
	if len(k.rho) < pairs {
		return nil, fmt.Errorf("attribute rho: got %d, want %d, one for each pair of classes", len(k.rho), pairs)
	}
	if len(k.probA) != len(k.probB) || len(k.probA) > 0 && len(k.probA) < pairs {
		return nil, fmt.Errorf("attributes prob_a and prob_b: got %d and %d, want %d, one for each pair of classes", len(k.probA), len(k.probB), pairs)
	}
	return k, nil
}

func (k *svmClassifier) Run(c *ops.Call) error {
	x := c.Tensor(0)
	n, f, err := rowsOf(x)
	if err != nil {
		return err
	}
	classes := k.labels.len()
	pairs := classes * (classes - 1) / 2
	scores, room := classes, classes
	switch {
	case k.perClass == nil:
		err = k.check(x, f, classes, k.coefficients)
	case len(k.probA) > 0:
		err = k.check(x, f, k.count, k.vectors)
		room = classes + k.count + pairs + 2*classes*classes + classes
	default:
		err = k.check(x, f, k.count, k.vectors)
		scores = max(2, pairs)
		room = scores + k.count
	}
	if err != nil {
		return err
	}
	label, err := k.labels.output(c, 0, n)
	if err != nil {
		return err
	}
	z, err := c.Output(1, tensor.F32, tensor.Shape{n, scores})
	if err != nil {
		return err
	}
	return eachRow(c, x, n, room, grainOf(f*max(classes, k.count)), func(row int, x, s []float64) {
		var class int
		switch {
		case k.perClass == nil:
			class = k.linear(x, s)
		case len(k.probA) > 0:
			s, rest := s[:classes], s[classes:]
			class = k.pairs(x, rest[:pairs], rest[pairs:])
			k.probabilities(s, rest[:pairs], rest[pairs:])
			k.post.Apply(s)
		default:
			class = k.pairs(x, s[:pairs], s[scores:])
			switch {
			case pairs > 1:
				k.post.Apply(s[:scores])
			case k.post == score.None:
				s[0], s[1] = -s[0], s[0]
			default:
				s[0], s[1] = complement(k.post, s[0])
			}
		}
		label(row, class)
		narrowed(tensor.Data[float32](z)[row*scores:], s[:scores])
	})
}

// linear writes the scores of a machine without support vectors. Of two
// classes the second wins as soon as one score is high enough.
func (k *svmClassifier) linear(x, s []float64) int {
	f := len(x)
	for i := range s {
		s[i] = score.Dot(x, k.coefficients[i*f:(i+1)*f]) + k.rho[0]
	}
	class := highest(s)
	if len(s) == 2 && (k.positive && s[class] >= 0.5 || !k.positive && s[class] > 0) {
		class = 1
	}
	k.post.Apply(s)
	return class
}

// pairs writes the scores of the pairs of classes and returns the class that
// wins most. The coefficients of class i against class j stand in row j-1,
// those of j against i in row i, each at the support vectors of its class.
func (k *svmClassifier) pairs(x, s, room []float64) int {
	f, similar := len(x), room[:k.count]
	for i := range similar {
		similar[i] = k.kernel.At(x, k.vectors[i*f:(i+1)*f])
	}
	votes := make([]int, len(k.perClass))
	at, startI := 0, 0
	for i, ni := range k.perClass {
		startJ := startI + ni
		for j := i + 1; j < len(k.perClass); j++ {
			nj := k.perClass[j]
			a := k.coefficients[(j-1)*k.count+startI:][:ni]
			b := k.coefficients[i*k.count+startJ:][:nj]
			v := score.Dot(a, similar[startI:]) + score.Dot(b, similar[startJ:]) + k.rho[at]
			s[at] = v
			at++
			if v > 0 {
				votes[i]++
			} else {
				votes[j]++
			}
			startJ += nj
		}
		startI += ni
	}
	best := 0
	for i, v := range votes {
		if v > votes[best] {
			best = i
		}
	}
	return best
}

// probabilities writes the probabilities of the classes.
func (k *svmClassifier) probabilities(p, pairs, room []float64) {
	n := len(p)
	r, room := room[:n*n], room[n*n:]
	at := 0
	for i := range n {
		r[i*n+i] = 0
		for j := i + 1; j < n; j++ {
			const least = 1e-7
			v := score.Sigmoid(-(pairs[at]*k.probA[at] + k.probB[at]))
			v = min(max(v, least), 1-least)
			r[i*n+j], r[j*n+i] = v, 1-v
			at++
		}
	}
	score.Couple(p, r, room)
}
