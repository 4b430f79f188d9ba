// Package optimize rewrites graphs before they are planned: a list of passes,
// each with a name by which it can be turned off, each leaving the model's
// results as they were.
package optimize

import (
	"fmt"
	"slices"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// Eval runs a node whose inputs are all constant. It fails when that takes more
// than limit bytes.
type Eval func(n *onnx.Node, limit int) ([]tensor.Value, error)

// passes is the order in which the rewrites run.
var passes = []struct {
	name  string
	apply func(*graph)
}{
	{"quantized", fuseQuantized},
	{"constant-folding", foldConstants},
	{"shape-arithmetic", foldShapes},
	{"no-ops", removeNoOps},
	{"matrix-transposes", mergeMatrixTransposes},
	{"transposes", mergeTransposes},
	{"common-subexpressions", mergeCommon},
	{"attention", fuseAttention},
	{"layernorm", fuseLayerNorm},
	{"rmsnorm", fuseRMSNorm},
	{"groupnorm", fuseGroupNorm},
	{"gelu", fuseGelu},
	{"swish", fuseSwish},
	{"hardswish", fuseHardSwish},
	{"conv-batchnorm", foldConvBatchNorm},
	{"conv-scale", foldConvScale},
	{"batchnorm-conv", foldBatchNormConv},
	{"conv-residual", fuseConvResidual},
	{"conv-activation", fuseConvActivation},
	{"ahead", computeAhead},
	{"reshaped-products", fuseReshapedProducts},
	{"linear", fuseLinear},
	{"linear-residual", fuseLinearResidual},
	{"chains", fuseChains},
	{"dead-code", removeDeadCode},
}

// Names returns the names of the passes in the order in which they run.
func Names() []string {
	var l []string
	for _, p := range passes {
		l = append(l, p.name)
	}
	return l
}

// Run rewrites g in place, so that the values in outputs, which stay where they
// are, come out the same. Passes named in without are left out. Where registries
// are given, no operator is put in that one of them lacks.
func Run(g *onnx.Graph, outputs []*onnx.Value, eval Eval, without []string, registries ...*ops.Registry) error {
	for _, name := range without {
		if !slices.Contains(Names(), name) {
			return fmt.Errorf("no pass is named %q; there are %v", name, Names())
		}
	}
	if err := sortAll(g); err != nil {
		return err
	}
	r := &graph{Graph: g, outputs: outputs, eval: eval, budget: foldLimit, registries: registries}
	r.learn()
	for _, p := range passes {
		if slices.Contains(without, p.name) {
			continue
		}
		if err := r.run(p.apply); err != nil {
			return fmt.Errorf("rewrite %s: %w", p.name, err)
		}
	}
	g.UpdateCaptures()
	return nil
}

// run applies a pass. A panic, which is a mistake of ours, becomes an error.
func (g *graph) run(apply func(*graph)) (err error) {
	defer func() { err = ops.Recovered(recover()) }()
	apply(g)
	return nil
}

// graph is what a pass works on.
type graph struct {
	*onnx.Graph
	outputs []*onnx.Value
	eval    Eval
	budget  int // bytes of constants that may still be made

	registries []*ops.Registry

	known map[*onnx.Value]facts // of values, as they are asked for
	lists map[*onnx.Value][]int
	sizes sizes
	count map[*onnx.Value]int // uses, while a rewrite runs
}

// has reports whether there is the operator of a node.
func (g *graph) has(n *onnx.Node) bool {
	return !slices.ContainsFunc(g.registries, func(r *ops.Registry) bool {
		_, err := r.Lookup(n.Domain, n.OpType, n.Opset)
		return err != nil
	})
}

// bodies returns the graph and all sub-graphs of its nodes, outermost first.
func (g *graph) bodies() []*onnx.Graph { return subGraphs(g.Graph, nil) }

func subGraphs(g *onnx.Graph, list []*onnx.Graph) []*onnx.Graph {
	list = append(list, g)
	for _, n := range g.Nodes {
		for _, a := range n.Attrs {
			if a.Kind == onnx.AttrGraph {
				list = subGraphs(a.Graph, list)
			}
		}
	}
	return list
}

func sortAll(g *onnx.Graph) error {
	for _, b := range subGraphs(g, nil) {
		if err := b.Sort(); err != nil {
			return err
		}
	}
	return nil
}

// uses counts for every value the inputs and graph outputs that read it.
func (g *graph) uses() map[*onnx.Value]int {
	count := map[*onnx.Value]int{}
	for _, v := range g.outputs {
		count[v]++
	}
	for _, b := range g.bodies() {
		if b != g.Graph {
			for _, v := range b.Outputs {
				count[v]++
			}
		}
		for _, n := range b.Nodes {
			for _, v := range n.Inputs {
				count[v]++
			}
		}
	}
	return count
}

// setConstant makes v, which its producer computed until now, a constant.
func setConstant(v *onnx.Value, c tensor.Value) {
	v.Const, v.Producer = c, nil
	v.Graph.Initializers = append(v.Graph.Initializers, v)
}

// newConstant adds a constant to a graph.
func newConstant(g *onnx.Graph, name string, t *tensor.Tensor) *onnx.Value {
	v := &onnx.Value{Name: name, Type: t.Type(), Const: t, Graph: g}
	g.Initializers = append(g.Initializers, v)
	return v
}
