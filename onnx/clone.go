package onnx

import (
	"fmt"

	"github.com/onnxrun/onnxrun/tensor"
)

// cloner copies the body of one function call.
type cloner struct {
	*inliner
	values map[*Value]*Value // what values of the body become; nil for absent inputs
	attrs  map[string]*Attr  // the function's attributes, with the values of this call
	prefix string            // of new names
}

// value returns what a value becomes: itself, unless it belongs to what is
// copied.
func (c *cloner) value(v *Value) *Value {
	if w, ok := c.values[v]; ok {
		return w
	}
	return v
}

// define makes the copy of a value that graph g, or its node producer, defines.
func (c *cloner) define(v *Value, g *Graph, producer *Node) *Value {
	if v == nil {
		return nil
	}
	w := c.values[v] // an output of the call
	if w == nil {
		w = &Value{}
		*w = *v
		w.Type = unnamed(v.Type)
		w.Name = unique(c.names, c.prefix+"/"+v.Name)
		c.values[v] = w
	}
	w.Graph, w.Producer = g, producer
	return w
}

// nodes copies nodes into graph g: first what they define, as sub-graphs may
// refer to any of it.
func (c *cloner) nodes(g *Graph, nodes []*Node) ([]*Node, error) {
	out := make([]*Node, len(nodes))
	for i, n := range nodes {
		if err := c.spend(1, len(n.Inputs)+len(n.Outputs)+len(n.Attrs)); err != nil {
			return nil, err
		}
		m := &Node{}
		*m = *n
		if m.Name == "" {
			m.Name = n.OpType
		}
		m.Name = unique(c.nodeNames, c.prefix+"/"+m.Name)
		m.Outputs = make([]*Value, len(n.Outputs))
		for j, v := range n.Outputs {
			m.Outputs[j] = c.define(v, g, m)
		}
		out[i] = m
	}
	for i, n := range nodes {
		m := out[i]
		m.Captures = nil // found anew when all calls are replaced
		m.Inputs = make([]*Value, len(n.Inputs))
		for j, v := range n.Inputs {
			m.Inputs[j] = c.value(v)
		}
		m.Attrs = nil
		for _, a := range n.Attrs {
			b, err := c.attr(a, g)
			if err != nil {
				return nil, fmt.Errorf("node %s: attribute %s: %w", describeNode(n), shown(a.Name), err)
			}
			if b != nil {
				m.Attrs = append(m.Attrs, b)
			}
		}
	}
	return out, nil
}

// attr copies an attribute of a node of graph g. One that refers to an
// attribute of the function which has no value in this call is nil.
func (c *cloner) attr(a *Attr, g *Graph) (*Attr, error) {
	b := &Attr{}
	*b = *a
	if a.Ref != "" {
		from := c.attrs[a.Ref]
		if from == nil {
			return nil, nil
		}
		if a.Kind != AttrUndefined && from.Kind != a.Kind {
			return nil, fmt.Errorf("attribute %s of the function is %v, want %v", shown(a.Ref), from.Kind, a.Kind)
		}
		*b = *from
		b.Name = a.Name
		// Its graphs are the call's and know nothing of the body. They may be
		// referred to again, and then are copied again.
		c = &cloner{inliner: c.inliner, values: make(map[*Value]*Value), prefix: c.prefix}
	}
	var err error
	if b.Graph != nil {
		if b.Graph, err = c.graph(b.Graph, g); err != nil {
			return nil, err
		}
	}
	if len(b.Graphs) > 0 {
		graphs := b.Graphs
		b.Graphs = make([]*Graph, len(graphs))
		for i, sub := range graphs {
			if b.Graphs[i], err = c.graph(sub, g); err != nil {
				return nil, err
			}
		}
	}
	return b, nil
}

// graph copies a graph to stand in a node of the graph outer.
func (c *cloner) graph(g *Graph, outer *Graph) (*Graph, error) {
	if err := c.spend(0, len(g.Inputs)+len(g.Outputs)+len(g.Initializers)+len(g.Infos)); err != nil {
		return nil, err
	}
	out := &Graph{}
	*out = *g
	out.Outer = outer
	out.Inputs = c.defineAll(g.Inputs, out)
	out.Initializers = c.defineAll(g.Initializers, out)
	var err error
	if out.Nodes, err = c.nodes(out, g.Nodes); err != nil {
		return nil, err
	}
	out.Outputs = make([]*Value, len(g.Outputs))
	for i, v := range g.Outputs {
		out.Outputs[i] = c.value(v)
		if v != nil && out.Outputs[i] == nil {
			return nil, fmt.Errorf("output %d of graph %s is an input of the function that the call leaves out", i, shown(g.Name))
		}
	}
	out.Infos = nil
	for _, v := range g.Infos {
		if w := c.value(v); w != v && w != nil {
			out.Infos = append(out.Infos, w)
		}
	}
	return out, nil
}

func (c *cloner) defineAll(l []*Value, g *Graph) []*Value {
	out := make([]*Value, len(l))
	for i, v := range l {
		out[i] = c.values[v] // an initializer that is an input
		if out[i] == nil {
			out[i] = c.define(v, g, nil)
		}
	}
	return out
}

// unnamed returns a type without the names of its dimensions, which mean
// something only inside of the function.
func unnamed(t tensor.Type) tensor.Type {
	if len(t.Dims) > 0 {
		dims := make([]tensor.Dim, len(t.Dims))
		for i, d := range t.Dims {
			d.Name = ""
			dims[i] = d
		}
		t.Dims = dims
	}
	if t.Of != nil {
		of := unnamed(*t.Of)
		t.Of = &of
	}
	return t
}
