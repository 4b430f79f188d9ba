package onnx

import "github.com/onnxrun/onnxrun/tensor"

// checkScope is a graph being checked and the names defined in it so far.
type checkScope struct {
	graph    *Graph
	outer    *checkScope
	function *Function // whose body this is or lies in, nil in the model's graph
	names    map[string]bool
	defined  map[*Value]bool
}

func (c *checker) graph(where place, s *checkScope) {
	g := s.graph
	for _, p := range g.problems {
		c.report(where, "%s", p.Message)
	}
	for i, v := range g.Inputs {
		c.define(where.at("input", i, ""), s, v)
	}
	for i, v := range g.Initializers {
		c.initializer(where.at("initializer", i, v.Name), s, v)
	}
	unordered := len(c.problems)
	for i, n := range g.Nodes {
		c.node(place{in: &where, what: "node", i: i, many: true, node: n}, s, n)
	}
	if len(c.problems) > unordered { // a cycle is among them if there is one
		if _, err := sorted(g); err != nil {
			c.report(where, "%v", err)
		}
	}
	for i, v := range g.Outputs {
		at := where.at("output", i, "")
		switch {
		case v == nil || v.Name == "":
			c.report(at, "the name is missing")
		case v.Graph == nil:
			c.report(at, "value %q is not defined", v.Name)
		case v.Graph != g:
			c.use(at, s.outer, v)
		}
	}
}

// define notes that a scope defines a value, whose name must be new there and
// should be in the scopes around it.
func (c *checker) define(where place, s *checkScope, v *Value) {
	s.defined[v] = true
	if v.Name == "" {
		c.report(where, "the name is missing")
		return
	}
	if s.names[v.Name] {
		c.report(where, "value %q is defined twice", v.Name)
	}
	s.names[v.Name] = true
	for o := s.outer; o != nil; o = o.outer {
		if o.names[v.Name] {
			c.minor(where, "value %q has the name of one of the graph around it", v.Name)
			return
		}
	}
}

func (c *checker) initializer(where place, s *checkScope, v *Value) {
	if !s.defined[v] {
		c.define(where, s, v)
		if c.model.IRVersion > 0 && c.model.IRVersion < 4 {
			c.minor(where, "IR version %d wants initializers to be inputs, too", c.model.IRVersion)
		}
	}
	switch t := v.Const.(type) {
	case *tensor.Tensor:
		if !v.Type.Accepts(t.Type()) {
			c.report(where, "the initializer is %v, the value is declared as %v", t, v.Type)
		}
	case *tensor.Sparse:
		is := t.Type()
		if v.Type.Kind == tensor.KindTensor {
			is.Kind = tensor.KindTensor // a dense declaration is usual
		}
		if !v.Type.Accepts(is) {
			c.report(where, "the initializer is %v, the value is declared as %v", is, v.Type)
		}
	default:
		c.report(where, "the value is missing")
	}
}

func (c *checker) node(where place, s *checkScope, n *Node) {
	if n.OpType == "" {
		c.report(where, "op_type is missing")
	}
	if len(n.Inputs) == 0 && len(n.Outputs) == 0 {
		c.report(where, "the node has neither inputs nor outputs")
	}
	if !c.opset[n.Domain] {
		c.report(where, "no operator set is imported for domain %q", n.Domain)
	}
	for i, v := range n.Inputs {
		if v != nil {
			c.use(where.at("input", i, ""), s, v)
		}
	}
	c.call(where, n)
	seen := make(map[string]bool)
	for i, a := range n.Attrs {
		at := place{in: &where, what: "attribute", name: a.Name}
		if a.Name == "" {
			c.report(where.at("attribute", i, ""), "the name is missing")
		} else if seen[a.Name] {
			c.report(at, "the attribute is there twice")
		}
		seen[a.Name] = true
		c.attr(at, s, a)
	}
	for i, v := range n.Outputs {
		if v != nil {
			c.define(where.at("output", i, ""), s, v)
		}
	}
}

// use checks that a value is defined before a node of the scope reads it.
func (c *checker) use(where place, s *checkScope, v *Value) {
	if v.Graph == nil {
		c.report(where, "value %q is not defined", v.Name)
		return
	}
	for o := s; o != nil; o = o.outer {
		if o.graph == v.Graph {
			if !o.defined[v] {
				c.minor(where, "value %q is computed only further down", v.Name)
			}
			return
		}
	}
	c.report(where, "value %q is of a graph that does not enclose the node", v.Name)
}

// call checks the node's fit with the function that it calls, if it does.
func (c *checker) call(where place, n *Node) {
	f := c.functions[n.call()]
	if f == nil {
		return
	}
	if len(n.Inputs) > len(f.Body.Inputs) {
		c.report(where, "%d inputs for function %v, which has %d", len(n.Inputs), f.id(), len(f.Body.Inputs))
	}
	if len(n.Outputs) > len(f.Body.Outputs) {
		c.report(where, "%d outputs for function %v, which has %d", len(n.Outputs), f.id(), len(f.Body.Outputs))
	}
	for _, a := range n.Attrs {
		if !c.declared[f][a.Name] {
			c.minor(where, "function %v has no attribute %q", f.id(), a.Name)
		}
	}
}

func (c *checker) attr(where place, s *checkScope, a *Attr) {
	if a.Ref != "" {
		switch {
		case s.function == nil:
			c.report(where, "it refers to attribute %q of a function, but is in none", a.Ref)
		case !c.declared[s.function][a.Ref]:
			c.minor(where, "it refers to attribute %q, which the function does not declare", a.Ref)
		}
		return
	}
	if a.Kind == AttrUndefined {
		c.report(where, "the type is missing")
	}
	graphs := a.Graphs
	if a.Kind == AttrGraph {
		graphs = []*Graph{a.Graph}
	}
	for _, g := range graphs {
		if g == nil {
			c.report(where, "the graph is missing")
			continue
		}
		c.graph(place{in: &where, what: "graph", name: g.Name}, &checkScope{
			graph: g, outer: s, function: s.function, names: make(map[string]bool), defined: make(map[*Value]bool),
		})
	}
}
