package gradient

import (
	"slices"

	"github.com/onnxrun/onnxrun/onnx"
)

// copier copies nodes, which then read the values in to in place of their keys.
type copier struct {
	*tape
	to   map[*onnx.Value]*onnx.Value
	same bool // the copies are as large as the originals
}

func (c *copier) value(v *onnx.Value) *onnx.Value {
	if w := c.to[v]; w != nil {
		return w
	}
	return v
}

func (c *copier) values(l []*onnx.Value) []*onnx.Value {
	out := make([]*onnx.Value, len(l))
	for i, v := range l {
		if v != nil {
			out[i] = c.value(v)
		}
	}
	return out
}

// replaces reports whether anything that a node reads is replaced.
func (c *copier) replaces(n *onnx.Node) bool {
	return slices.ContainsFunc(reads(n), func(v *onnx.Value) bool { return c.to[v] != nil })
}

// copy adds a copy of a node, sub-graphs and all.
func (c *copier) copy(n *onnx.Node) *onnx.Node {
	c.visit(n)
	m := *n
	m.Inputs, m.Captures = c.values(n.Inputs), c.values(n.Captures)
	m.Outputs = make([]*onnx.Value, len(n.Outputs))
	for i, v := range n.Outputs {
		if v != nil {
			m.Outputs[i] = c.define(v, &m)
		}
	}
	m.Attrs = slices.Clone(n.Attrs)
	for i, a := range m.Attrs {
		if a.Kind != onnx.AttrGraph && a.Kind != onnx.AttrGraphs || c.err != nil {
			continue
		}
		b := *a
		if a.Graph != nil {
			b.Graph = c.graphOf(a.Graph)
		}
		b.Graphs = slices.Clone(a.Graphs)
		for k, g := range b.Graphs {
			b.Graphs[k] = c.graphOf(g)
		}
		m.Attrs[i] = &b
	}
	c.add(&m)
	return &m
}

// define makes the copy of a value.
func (c *copier) define(v *onnx.Value, producer *onnx.Node) *onnx.Value {
	w := c.newValue(producer)
	c.stand(w, v)
	return w
}

// stand puts w in place of v. What is declared of v may hold for other values
// but for the shape.
func (c *copier) stand(w, v *onnx.Value) {
	if w.Type = v.Type; !c.same {
		w.Type = kindOf(v)
	}
	if o := c.origins[v]; c.same && o != nil && o != v {
		c.alike(c.value(o), w)
	}
	c.to[v] = w
}

// graphOf copies a sub-graph of a node of the tape's graph.
func (c *copier) graphOf(g *onnx.Graph) *onnx.Graph {
	in := copier{c.inside(g.Name), c.to, c.same}
	for _, v := range g.Inputs {
		in.stand(in.input(v), v)
	}
	in.begin(g)
	for _, n := range g.Nodes {
		in.copy(n)
	}
	return in.done(in.values(g.Outputs))
}

// begin copies the initializers of a graph.
func (c *copier) begin(g *onnx.Graph) {
	for _, v := range g.Initializers {
		if c.to[v] == nil {
			w := c.newValue(nil)
			w.Type, w.Const = v.Type, v.Const
			c.graph.Initializers = append(c.graph.Initializers, w)
			c.to[v] = w
		}
	}
}
