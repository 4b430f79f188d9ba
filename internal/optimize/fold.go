package optimize

import (
	"slices"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/tensor"
)

// foldLimit bounds the memory of all constants that a model's folding may
// make: beyond it a small file would become a large program.
const foldLimit = 256 << 20

// foldConstants computes the nodes that read nothing but constants. A node
// that fails stays: it may stand where no run comes by, and if one does, the
// run reports it.
func foldConstants(g *graph) {
	for _, b := range g.bodies() {
		b.Nodes = slices.DeleteFunc(b.Nodes, g.fold)
	}
	g.learn()
}

// fold makes the outputs of a node that reads nothing but constants constants.
func (g *graph) fold(n *onnx.Node) bool {
	if !foldable(n) {
		return false
	}
	out, err := g.eval(n, g.budget)
	if err != nil {
		return false
	}
	for _, v := range out {
		if t, ok := v.(*tensor.Tensor); ok {
			g.budget -= min(g.budget, len(t.Bytes()))
		}
	}
	for i, v := range n.Outputs {
		if v != nil {
			setConstant(v, out[i])
		}
	}
	return true
}

// foldable reports whether a node reads constants alone and gives the same
// result every time.
func foldable(n *onnx.Node) bool {
	if n.Domain != "" || IsRandom(n) {
		return false
	}
	for _, v := range n.Inputs {
		if v != nil && !v.Constant() {
			return false
		}
	}
	return !slices.ContainsFunc(n.Attrs, func(a *onnx.Attr) bool { return a.Kind == onnx.AttrGraph || a.Kind == onnx.AttrGraphs })
}
