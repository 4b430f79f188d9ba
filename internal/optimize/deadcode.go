package optimize

import (
	"slices"

	"github.com/onnxrun/onnxrun/onnx"
)

// removeDeadCode drops the nodes and initializers that nothing reads.
func removeDeadCode(g *graph) {
	for removed := true; removed; {
		removed = false
		uses := g.uses()
		unread := func(v *onnx.Value) bool { return v == nil || uses[v] == 0 }
		for _, b := range g.bodies() {
			n := len(b.Nodes)
			b.Nodes = slices.DeleteFunc(b.Nodes, func(n *onnx.Node) bool {
				return !slices.ContainsFunc(n.Outputs, func(v *onnx.Value) bool { return !unread(v) })
			})
			removed = removed || len(b.Nodes) < n
			b.Initializers = slices.DeleteFunc(b.Initializers, func(v *onnx.Value) bool { return !v.IsInput && unread(v) })
		}
	}
}
