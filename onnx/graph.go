package onnx

// Graphs returns the sub-graphs that a node has as attributes, in their order.
func (n *Node) Graphs() []*Graph {
	var l []*Graph
	for _, a := range n.Attrs {
		switch a.Kind {
		case AttrGraph:
			if a.Graph != nil {
				l = append(l, a.Graph)
			}
		case AttrGraphs:
			l = append(l, a.Graphs...)
		}
	}
	return l
}

// Walk calls do for every node of the graph and of the graphs inside of it,
// each before the nodes of its own sub-graphs. g is the graph of the node.
func (g *Graph) Walk(do func(g *Graph, n *Node)) {
	for _, n := range g.Nodes {
		do(g, n)
		for _, sub := range n.Graphs() {
			sub.Walk(do)
		}
	}
}

// Uses counts how often each value is read in the graph and those inside of
// it: by nodes as an input, and as an output of a graph. Captures are no uses
// of their own.
func (g *Graph) Uses() map[*Value]int {
	uses := make(map[*Value]int)
	count := func(l []*Value) {
		for _, v := range l {
			if v != nil {
				uses[v]++
			}
		}
	}
	count(g.Outputs)
	g.Walk(func(_ *Graph, n *Node) {
		count(n.Inputs)
		for _, sub := range n.Graphs() {
			count(sub.Outputs)
		}
	})
	return uses
}

// UpdateCaptures computes the Captures of all nodes of the graph and of the
// graphs inside of it anew, after inputs of nodes have been changed.
func (g *Graph) UpdateCaptures() { updateCaptures(g, nil) }

// lexical is a graph with the graphs around it.
type lexical struct {
	graph *Graph
	outer *lexical
	node  *capturer // the node whose attribute the graph is
}

func updateCaptures(g *Graph, around *lexical) {
	if around == nil {
		around = &lexical{graph: g}
	}
	use := func(v *Value) {
		if v == nil || v.Graph == nil {
			return
		}
		for in := around; in.outer != nil && in.graph != v.Graph; in = in.outer {
			in.node.add(v)
		}
	}
	for _, n := range g.Nodes {
		for _, v := range n.Inputs {
			use(v)
		}
		n.Captures = nil
		c := &capturer{node: n}
		for _, sub := range n.Graphs() {
			updateCaptures(sub, &lexical{sub, around, c})
		}
	}
	if around.outer != nil {
		for _, v := range g.Outputs {
			use(v)
		}
	}
}

// capturer gathers the values of enclosing graphs that a node's sub-graphs use.
type capturer struct {
	node *Node
	seen map[*Value]bool
}

func (c *capturer) add(v *Value) {
	if c.seen[v] {
		return
	}
	if c.seen == nil {
		c.seen = make(map[*Value]bool)
	}
	c.seen[v] = true
	c.node.Captures = append(c.node.Captures, v)
}
