//go:build 386 || amd64 || arm || arm64 || wasm

package onnxgo

import (
	"cmp"
	"fmt"
	"slices"

	onnxgo "github.com/owulveryck/onnx-go"
	"gonum.org/v1/gonum/graph"
	"gonum.org/v1/gonum/graph/iterator"

	"github.com/onnxrun/onnxrun/ops"
)

// Graph is the computation graph of one model. Its edges lead from a node to
// those that it is computed from, weighted with their position among the
// inputs; unlike gonum's simple graphs it keeps several edges between two
// nodes. It serves one goroutine at a time.
type Graph struct {
	nodes    map[int64]*Node
	order    []*Node // as they were added
	lastID   int64   // of the next node
	named    map[string]*value
	ops      []*operation
	imports  map[string]int // versions of operator sets by domain, where they are known
	registry *ops.Registry
	versions map[string][]*ops.Def
	session  session
	err      error // the first mistake that could not be returned where it was made
}

// operation is one call of ApplyOperation.
type operation struct {
	onnxgo.Operation
	outputs []*Node
}

// edge is one edge of the graph.
type edge struct {
	from, to *Node
	weight   float64
}

func (e edge) From() graph.Node         { return e.from }
func (e edge) To() graph.Node           { return e.to }
func (e edge) Weight() float64          { return e.weight }
func (e edge) ReversedEdge() graph.Edge { return edge{e.to, e.from, e.weight} }

// fail keeps a mistake for the methods that can return it.
func (g *Graph) fail(err error) error {
	if g.err == nil {
		g.err = err
	}
	return asOnnxGo(g.err)
}

// ApplyOperation says how the given nodes, the outputs in their order, are
// computed from those that they have edges to. It returns an
// *onnx.ErrNotImplemented of onnx-go for an operator that is not known at all.
func (g *Graph) ApplyOperation(o onnxgo.Operation, outputs ...graph.Node) error {
	if g.err != nil {
		return asOnnxGo(g.err)
	}
	if len(outputs) == 0 {
		return g.fail(fmt.Errorf("operator %s has no outputs", o.Name))
	}
	if len(g.versions[o.Name]) == 0 {
		return &onnxgo.ErrNotImplemented{Operator: o.Name, Message: "the operator is not known"}
	}
	op := &operation{Operation: o}
	for i, n := range outputs {
		v, err := g.own(n)
		if err != nil {
			return g.fail(fmt.Errorf("output %d of operator %s: %w", i, o.Name, err))
		}
		op.outputs = append(op.outputs, v)
		if v.absent() {
			continue
		}
		if v.value.producer != nil {
			return g.fail(fmt.Errorf("output %d of operator %s: %v is computed already", i, o.Name, v))
		}
		v.value.producer = op
	}
	g.ops = append(g.ops, op)
	g.session.discard()
	return nil
}

// inputs returns what an operation is computed from. onnx-go gives all outputs
// the same edges.
func (op *operation) inputs() []*Node {
	var edges []edge
	for _, n := range op.outputs {
		if !n.absent() && len(n.edges) > len(edges) {
			edges = n.edges
		}
	}
	var l []*Node
	for _, e := range slices.SortedStableFunc(slices.Values(edges), func(a, b edge) int { return cmp.Compare(a.weight, b.weight) }) {
		l = append(l, e.to)
	}
	return l
}

// own returns a node of this graph as what it is.
func (g *Graph) own(n graph.Node) (*Node, error) {
	v, ok := n.(*Node)
	if !ok || v == nil {
		return nil, fmt.Errorf("got a %T, want a node from NewNode", n)
	}
	if v.graph != g {
		return nil, fmt.Errorf("%v is of another graph", v)
	}
	return v, nil
}

// NewNode returns a node that is not yet in the graph.
func (g *Graph) NewNode() graph.Node {
	n := &Node{graph: g, id: g.lastID}
	n.value = &value{id: n.id}
	g.lastID++
	return n
}

// AddNode adds a node that NewNode made.
func (g *Graph) AddNode(n graph.Node) {
	v, err := g.own(n)
	if err != nil {
		g.fail(err)
		return
	}
	if _, ok := g.nodes[v.id]; ok {
		return
	}
	g.nodes[v.id] = v
	g.order = append(g.order, v)
}

// NewWeightedEdge returns an edge that is not yet in the graph.
func (g *Graph) NewWeightedEdge(from, to graph.Node, w float64) graph.WeightedEdge {
	f, err := g.own(from)
	if err != nil {
		g.fail(fmt.Errorf("edge from a node: %w", err))
	}
	t, err := g.own(to)
	if err != nil {
		g.fail(fmt.Errorf("edge to a node: %w", err))
	}
	return edge{f, t, w}
}

// SetWeightedEdge adds an edge, and its nodes where they are new: the node that
// it comes from is computed from the one that it leads to, whose position among
// the inputs is the weight.
func (g *Graph) SetWeightedEdge(e graph.WeightedEdge) {
	if e == nil {
		g.fail(fmt.Errorf("the edge is nil"))
		return
	}
	from, err := g.own(e.From())
	if err != nil {
		g.fail(fmt.Errorf("edge from a node: %w", err))
		return
	}
	to, err := g.own(e.To())
	if err != nil {
		g.fail(fmt.Errorf("edge to a node: %w", err))
		return
	}
	if e.Weight() != e.Weight() {
		g.fail(fmt.Errorf("the weight of the edge from %v to %v is not a number", from, to))
		return
	}
	g.AddNode(from)
	g.AddNode(to)
	if from.absent() {
		return // outputs that are left out share a node
	}
	added := edge{from, to, e.Weight()}
	if slices.Contains(from.edges, added) {
		return
	}
	if !slices.ContainsFunc(from.edges, func(e edge) bool { return e.to == to }) {
		to.users = append(to.users, from)
	}
	from.edges = append(from.edges, added)
	g.session.discard()
}

// Node returns the node of the given ID, nil if the graph has none.
func (g *Graph) Node(id int64) graph.Node {
	if n, ok := g.nodes[id]; ok {
		return n
	}
	return nil
}

// Nodes returns all nodes as they were added.
func (g *Graph) Nodes() graph.Nodes { return nodes(g.order) }

// From returns the nodes that a node is computed from, each once.
func (g *Graph) From(id int64) graph.Nodes {
	n, ok := g.nodes[id]
	if !ok {
		return graph.Empty
	}
	var l []*Node
	for _, e := range n.edges {
		if !slices.Contains(l, e.to) {
			l = append(l, e.to)
		}
	}
	return nodes(l)
}

// To returns the nodes that are computed from a node.
func (g *Graph) To(id int64) graph.Nodes {
	n, ok := g.nodes[id]
	if !ok {
		return graph.Empty
	}
	return nodes(n.users)
}

func nodes(l []*Node) graph.Nodes {
	if len(l) == 0 {
		return graph.Empty
	}
	ns := make([]graph.Node, len(l))
	for i, n := range l {
		ns[i] = n
	}
	return iterator.NewOrderedNodes(ns)
}

// Edge returns the first of the edges from u to v, nil if there is none.
func (g *Graph) Edge(u, v int64) graph.Edge {
	n, ok := g.nodes[u]
	if !ok {
		return nil
	}
	for _, e := range n.edges {
		if e.to.id == v {
			return e
		}
	}
	return nil
}

// HasEdgeFromTo reports whether u is computed from v.
func (g *Graph) HasEdgeFromTo(u, v int64) bool { return g.Edge(u, v) != nil }

// HasEdgeBetween reports whether one of the nodes is computed from the other.
func (g *Graph) HasEdgeBetween(x, y int64) bool {
	return g.HasEdgeFromTo(x, y) || g.HasEdgeFromTo(y, x)
}
