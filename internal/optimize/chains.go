package optimize

import (
	"slices"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/ops/fused"
	"github.com/onnxrun/onnxrun/tensor"
)

// fuseChains makes one Chain of float32 operators that compute element by element
// and whose results only the next one reads,
//
//	y = tanh(a·x + b)
//
// where all of them have the same shape and every operand has that shape or one
// element. A Chain reads and writes memory once.
func fuseChains(g *graph) {
	count := g.uses()
	for _, b := range g.bodies() {
		at := map[*onnx.Node]int{}
		for i, n := range b.Nodes {
			at[n] = i
		}
		gone := map[*onnx.Node]bool{}
		for i := len(b.Nodes) - 1; i >= 0; i-- {
			root := b.Nodes[i]
			if gone[root] || !g.chains(root) {
				continue
			}
			members := g.links(root, b, count, gone)
			if len(members) < 2 {
				continue
			}
			slices.SortFunc(members, func(x, y *onnx.Node) int { return at[x] - at[y] })
			n := chainOf(members)
			if n == nil || !g.has(n) {
				continue
			}
			n.Name, n.Doc, n.Outputs = root.Name, root.Doc, root.Outputs
			for _, m := range members {
				gone[m] = true
			}
			root.Outputs[0].Producer = n
			b.Nodes[i] = n
		}
		b.Nodes = slices.DeleteFunc(b.Nodes, func(n *onnx.Node) bool { return gone[n] })
	}
}

// chains reports whether a node may be part of a Chain.
func (g *graph) chains(n *onnx.Node) bool {
	operands := fused.Chains(n.OpType)
	if operands == 0 || n.Domain != "" || n.Opset < oldest || len(n.Inputs) != operands || len(n.Attrs) > 0 || !single(n) {
		return false
	}
	y := g.facts(n.Outputs[0])
	if !y.rank || y.dtype != tensor.F32 {
		return false
	}
	whole := false
	for _, v := range n.Inputs {
		x := g.facts(v)
		if !x.rank || x.dtype != tensor.F32 || len(x.shape) > len(y.shape) {
			return false
		}
		if slices.Equal(x.shape, y.shape) {
			whole = true
		} else if slices.ContainsFunc(x.shape, func(d int) bool { return d != 1 }) {
			return false
		}
	}
	return whole
}

// links returns the nodes of the Chain that ends with root.
func (g *graph) links(root *onnx.Node, b *onnx.Graph, count map[*onnx.Value]int, gone map[*onnx.Node]bool) []*onnx.Node {
	members := []*onnx.Node{root}
	shape := g.facts(root.Outputs[0]).shape
	for i := 0; i < len(members); i++ {
		for _, v := range members[i].Inputs {
			p := v.Producer
			if p == nil || v.Graph != b || gone[p] || slices.Contains(members, p) || len(members) == fused.MaxChain || !g.chains(p) || !slices.Equal(g.facts(v).shape, shape) {
				continue
			}
			reads := 0
			for _, m := range members {
				for _, in := range m.Inputs {
					if in == v {
						reads++
					}
				}
			}
			if reads == count[v] {
				members = append(members, p)
			}
		}
	}
	return members
}

// chainOf makes a Chain of nodes in their order.
func chainOf(members []*onnx.Node) *onnx.Node {
	n := &onnx.Node{OpType: "Chain", Domain: fused.Domain, Opset: 1}
	made := map[*onnx.Value]int{}
	for i, m := range members {
		made[m.Outputs[0]] = i
	}
	for _, m := range members {
		for _, v := range m.Inputs {
			if _, inner := made[v]; !inner && !slices.Contains(n.Inputs, v) {
				n.Inputs = append(n.Inputs, v)
			}
		}
	}
	if len(n.Inputs) > fused.MaxChain+1 {
		return nil
	}
	names := &onnx.Attr{Name: "ops", Kind: onnx.AttrStrings}
	var args []int
	for _, m := range members {
		names.Strings = append(names.Strings, m.OpType)
		of := [2]int{-1, -1}
		for i, v := range m.Inputs {
			if k, inner := made[v]; inner {
				of[i] = len(n.Inputs) + k
			} else {
				of[i] = slices.Index(n.Inputs, v)
			}
		}
		args = append(args, of[:]...)
	}
	n.Attrs = []*onnx.Attr{names, intsAttr("args", args)}
	return n
}
