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
	c := copier{tape: t, to: map[*onnx.Value]*onnx.Value{}}
	depends := map[*onnx.Value]bool{}
	for v, i := range leaf {
		depends[v] = true
		if p.leaves[i] != v {
			c.to[v] = p.leaves[i]
		}
	}
	for _, n := range t.ancestors(y, leaf) {
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
		n, err := c.node(n, leaf)
		if err != nil {
			return nil, err
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

// copier copies nodes that read replaced values.
type copier struct {
	*tape
	to map[*onnx.Value]*onnx.Value
}

func (c *copier) value(v *onnx.Value) *onnx.Value {
	if w := c.to[v]; w != nil {
		return w
	}
	return v
}

// node returns n itself if nothing that it reads is replaced, else a copy.
func (c *copier) node(n *onnx.Node, leaf map[*onnx.Value]int) (*onnx.Node, error) {
	changed := false
	for _, v := range reads(n) {
		changed = changed || c.to[v] != nil
	}
	if !changed {
		return n, nil
	}
	if len(n.Graphs()) > 0 {
		return nil, ops.Unsupportedf("node %q (%s) has a sub-graph and is to be computed from other values than it is given", label(n), n.OpType)
	}
	m := *n
	m.Inputs = make([]*onnx.Value, len(n.Inputs))
	for i, v := range n.Inputs {
		if v != nil {
			m.Inputs[i] = c.value(v)
		}
	}
	m.Outputs = make([]*onnx.Value, len(n.Outputs))
	for i, v := range n.Outputs {
		if v == nil {
			continue
		}
		m.Outputs[i] = c.newValue(&m)
		m.Outputs[i].Type = v.Type
		m.Outputs[i].Type.HasShape, m.Outputs[i].Type.Dims = false, nil // other values may have other shapes
		if _, cut := leaf[v]; !cut {
			c.to[v] = m.Outputs[i]
		}
	}
	c.add(&m)
	return &m, nil
}
