package gradient

import (
	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/ops"
)

// path is what lies between the independent values and y.
type path struct {
	leaves []*onnx.Value // the values that stand for xs and zs
	nodes  []*onnx.Node  // what y is computed by, in order, as far as it depends on leaves
	y      *onnx.Value
}

// findPath finds the nodes from named to y. Where a Gradient is given another
// value than the one named, the nodes that depend on it are copied.
func (t *tape) findPath(given, named []*onnx.Value, y *onnx.Value) (*path, error) {
	p := &path{leaves: make([]*onnx.Value, len(named))}
	leaf := map[*onnx.Value]int{}
	for i, v := range named {
		if k, ok := leaf[v]; ok {
			if given[k] != given[i] {
				return nil, ops.Unsupportedf("value %q is named twice and given two values", v.Name)
			}
			p.leaves[i] = p.leaves[k]
			continue
		}
		leaf[v] = i
		p.leaves[i] = v
		if given[i] != v {
			// A value of its own: the one given may be on the path, too.
			p.leaves[i] = t.op("Identity", given[i])
		}
	}
	c := &copier{tape: t, to: map[*onnx.Value]*onnx.Value{}}
	depends := map[*onnx.Value]bool{}
	for v, i := range leaf {
		depends[v] = true
		if p.leaves[i] != v {
			c.to[v] = p.leaves[i]
		}
	}
	for _, was := range t.ancestors(y, leaf) {
		n := was
		is := false
		for _, v := range reads(n) {
			is = is || depends[v]
		}
		if !is {
			continue
		}
		for _, v := range n.Outputs {
			if _, cut := leaf[v]; v != nil && !cut {
				depends[v] = true
			}
		}
		if c.replaces(n) {
			n = c.copy(n)
			c.keepLeaves(p, leaf, was.Outputs)
		}
		p.nodes = append(p.nodes, n)
	}
	p.y = c.value(y)
	return p, t.err
}

// reads returns the inputs and captures of a node that are there.
func reads(n *onnx.Node) []*onnx.Value {
	l := make([]*onnx.Value, 0, len(n.Inputs)+len(n.Captures))
	for _, v := range n.Inputs {
		if v != nil {
			l = append(l, v)
		}
	}
	return append(l, n.Captures...)
}

// ancestors returns the nodes that y is computed by, each after those that it
// needs, without going beyond the values in stop.
func (t *tape) ancestors(y *onnx.Value, stop map[*onnx.Value]int) []*onnx.Node {
	type entry struct {
		n    *onnx.Node
		left []*onnx.Value
	}
	var order []*onnx.Node
	var stack []entry
	seen := map[*onnx.Node]bool{}
	push := func(v *onnx.Value) {
		if _, ok := stop[v]; ok || v.Producer == nil || seen[v.Producer] {
			return
		}
		seen[v.Producer] = true
		t.visit(v.Producer)
		stack = append(stack, entry{v.Producer, reads(v.Producer)})
	}
	push(y)
	for len(stack) > 0 && t.err == nil {
		top := &stack[len(stack)-1]
		if len(top.left) == 0 {
			order = append(order, top.n)
			stack = stack[:len(stack)-1]
			continue
		}
		v := top.left[0]
		top.left = top.left[1:]
		push(v)
	}
	return order
}

// keepLeaves sees to it that values that are given stay so when the node that
// computes them, among others, is copied.
func (c *copier) keepLeaves(p *path, leaf map[*onnx.Value]int, outputs []*onnx.Value) {
	for _, v := range outputs {
		i, given := leaf[v]
		switch {
		case !given:
		case p.leaves[i] == v:
			delete(c.to, v)
		default:
			c.to[v] = p.leaves[i]
		}
	}
}
