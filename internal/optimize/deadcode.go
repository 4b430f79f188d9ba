package optimize

import (
	"slices"

	"github.com/onnxrun/onnxrun/onnx"
)

// removeDeadCode drops the nodes and initializers that nothing reads: nodes come
// after those that they read, so one look at each from the last on is enough, in
// sub-graphs before the graphs around them.
func removeDeadCode(g *graph) {
	uses := g.uses()
	unread := func(v *onnx.Value) bool { return v == nil || uses[v] == 0 }
	bodies := g.bodies()
	for _, b := range slices.Backward(bodies) {
		dead := map[*onnx.Node]bool{}
		for _, n := range slices.Backward(b.Nodes) {
			if !slices.ContainsFunc(n.Outputs, func(v *onnx.Value) bool { return !unread(v) }) {
				dead[n] = true
				forget(n, uses)
			}
		}
		b.Nodes = slices.DeleteFunc(b.Nodes, func(n *onnx.Node) bool { return dead[n] })
	}
	for _, b := range bodies {
		b.Initializers = slices.DeleteFunc(b.Initializers, func(v *onnx.Value) bool { return !v.IsInput && unread(v) })
	}
}

// forget takes what a node reads, also in its sub-graphs, from the counts.
func forget(n *onnx.Node, uses map[*onnx.Value]int) {
	for _, v := range n.Inputs {
		uses[v]--
	}
	for _, a := range n.Attrs {
		if a.Kind != onnx.AttrGraph {
			continue
		}
		for _, v := range a.Graph.Outputs {
			uses[v]--
		}
		for _, m := range a.Graph.Nodes {
			forget(m, uses)
		}
	}
}
