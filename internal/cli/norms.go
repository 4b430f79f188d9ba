package cli

import (
	"math"
	"strings"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/runtime"
	"github.com/onnxrun/onnxrun/tensor"
)

// moments are the mean and the variance of a number of elements, and how many
// they are. The variance is that of the elements themselves, divided by n.
type moments struct {
	N    int
	Mean float64
	Var  float64
}

// momentsOf goes over the elements twice, so that the variance keeps its
// digits whatever the mean is.
func momentsOf(v []float64) moments {
	if len(v) == 0 {
		return moments{Mean: math.NaN(), Var: math.NaN()}
	}
	n := float64(len(v))
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	mean := sum / n
	squares := 0.0
	for _, x := range v {
		squares += (x - mean) * (x - mean)
	}
	return moments{N: len(v), Mean: mean, Var: squares / n}
}

// add returns the moments of the elements of both (Chan, Golub and LeVeque,
// "Updating formulae and a pairwise algorithm for computing sample variances",
// 1979).
func (m moments) add(o moments) moments {
	if m.N == 0 {
		return o
	}
	if o.N == 0 {
		return m
	}
	n := m.N + o.N
	d := o.Mean - m.Mean
	share := float64(o.N) / float64(n)
	return moments{
		N:    n,
		Mean: m.Mean + d*share,
		Var:  m.Var*(1-share) + o.Var*share + d*d*share*(1-share),
	}
}

// normTick is what one execution of a normalization took and gave.
type normTick struct {
	In  moments
	Out moments
}

// normSeries is the history of one normalization node.
type normSeries struct {
	Node  string
	Op    string
	Depth int
	All   normTick // over all elements of all ticks
	Ticks []normTick
}

// normRecorder collects what goes through the normalization nodes of a model.
type normRecorder struct {
	byNode map[*onnx.Node]*normSeries
	series []*normSeries // in the order in which they first ran
}

// isNorm reports whether an operator is a normalization, of the standard or of
// a runtime's own domain.
func isNorm(op string) bool { return strings.Contains(op, "Norm") || op == "LRN" }

// record is for runtime.WithTrace.
func (r *normRecorder) record(e *runtime.Event) {
	if !isNorm(e.Node.OpType) || len(e.Inputs) == 0 || len(e.Outputs) == 0 {
		return
	}
	in, ok := normInput(e)
	out, ok2 := numbersOf(e.Outputs[0])
	if !ok || !ok2 {
		return
	}
	s := r.byNode[e.Node]
	if s == nil {
		s = &normSeries{Node: nodeLabel(e.Node), Op: ops.QualifiedName(e.Node.Domain, e.Node.OpType), Depth: e.Depth}
		if r.byNode == nil {
			r.byNode = map[*onnx.Node]*normSeries{}
		}
		r.byNode[e.Node] = s
		r.series = append(r.series, s)
	}
	t := normTick{momentsOf(in), momentsOf(out)}
	s.Ticks = append(s.Ticks, t)
	s.All = normTick{s.All.In.add(t.In), s.All.Out.add(t.Out)}
}

// normInput returns what is normalized: the first input, for the operators that
// begin with Skip the sum of the first two.
func normInput(e *runtime.Event) ([]float64, bool) {
	in, ok := numbersOf(e.Inputs[0])
	if !ok || !strings.HasPrefix(e.Node.OpType, "Skip") || len(e.Inputs) < 2 {
		return in, ok
	}
	skip, ok := numbersOf(e.Inputs[1])
	if !ok || len(skip) == 0 || len(in)%len(skip) != 0 {
		return in, true
	}
	sum := make([]float64, len(in))
	for i, x := range in {
		sum[i] = x + skip[i%len(skip)]
	}
	return sum, true
}

func numbersOf(v tensor.Value) ([]float64, bool) {
	t, ok := v.(*tensor.Tensor)
	if !ok || t == nil {
		return nil, false
	}
	return realNumbers(t)
}
