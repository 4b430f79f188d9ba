// Package gradient replaces the nodes of ai.onnx.preview.training.Gradient by
// ordinary nodes that compute the derivative. What comes in is a model in
// which a Gradient names values of its graph; what goes out is a model without
// it. For each Gradient the nodes between xs, zs and y are found (copied, where
// the node is given other values for xs and zs than those named) and passed in
// reverse; every operator's rule adds nodes that compute its vector-Jacobian
// product. Since the result is made of ordinary nodes, another Gradient may
// differentiate it again.
//
// The nodes of sub-graphs are no different: an If is reversed by an If, a Loop
// or Scan by a Scan that goes the other way, a SequenceMap by a SequenceMap.
// Their bodies compute once more what the forward bodies did, and then reverse
// it; the states of loops are kept from tick to tick, as outputs that the
// forward node gets (rules_loop.go).
//
// A y that is not a scalar is differentiated as the sum of its elements.
package gradient

import (
	"errors"
	"fmt"
	"slices"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/ops"
)

const trainingDomain = "ai.onnx.preview.training"

// Bounds of what Lower makes and looks at: derivatives of derivatives let a
// small file ask for a model of any size.
const (
	minNodes = 1 << 16 // new nodes that every model may have
	perNode  = 64      // and those that it may have for each of its own
	maxVisit = 1 << 26 // inputs of nodes
)

// Lower replaces all Gradient nodes of a model, in sub-graphs too. If there are
// any, the calls of the model's functions are inlined first. An operator that
// cannot be differentiated is an error that wraps ops.ErrUnsupported. After an
// error the model is unfit for use.
func Lower(m *onnx.Model) error {
	l := &lowerer{names: map[string]bool{}, scopes: map[*onnx.Graph]map[string]*onnx.Value{}, stacks: map[*onnx.Value]*onnx.Value{}, late: map[*onnx.Graph][]*onnx.Node{}, origins: map[*onnx.Value]*onnx.Value{}}
	if found, err := l.bindAll(m); err != nil || !found {
		return err
	}
	if err := m.Inline(); err != nil {
		return err
	}
	m.Graph.UpdateCaptures()
	if err := m.Graph.Sort(); err != nil {
		return err
	}
	l.rules = allRules()
	l.limit = minNodes
	m.Graph.Walk(func(*onnx.Graph, *onnx.Node) { l.limit += perNode })
	l.takeNames(m.Graph)
	if err := l.graph(m.Graph); err != nil {
		return err
	}
	m.Graph.UpdateCaptures()
	return nil
}

type lowerer struct {
	rules   map[string]rule
	scopes  map[*onnx.Graph]map[string]*onnx.Value
	names   map[string]bool              // of all values of the model
	made    int                          // nodes
	limit   int                          // of made
	visited int                          // inputs of nodes, each time a node is looked at
	err     error                        // the first
	stacks  map[*onnx.Value]*onnx.Value  // what values of bodies were, as outputs of their nodes
	late    map[*onnx.Graph][]*onnx.Node // nodes for graphs that are being lowered
	origins map[*onnx.Value]*onnx.Value  // what values are known to be as large as
}

func isGradient(n *onnx.Node) bool { return n.Domain == trainingDomain && n.OpType == "Gradient" }

// bindAll appends to the inputs of every Gradient the values that its
// attributes name: xs, zs and y. From then on the node refers to them by
// pointer, which inlining keeps right, and no order or cycle is overlooked.
func (l *lowerer) bindAll(m *onnx.Model) (found bool, err error) {
	bodies := []*onnx.Graph{m.Graph}
	for _, f := range m.Functions {
		if f.Domain == trainingDomain && f.Name == "Gradient" {
			return false, nil // the model's own
		}
		bodies = append(bodies, f.Body)
	}
	for _, b := range bodies {
		b.Walk(func(g *onnx.Graph, n *onnx.Node) {
			if err == nil && isGradient(n) {
				found = true
				if e := l.bind(g, n); e != nil {
					err = nodeError(n, e)
				}
			}
		})
	}
	return found, err
}

func (l *lowerer) bind(g *onnx.Graph, n *onnx.Node) error {
	for _, a := range n.Attrs {
		if !slices.Contains([]string{"xs", "zs", "y"}, a.Name) {
			return fmt.Errorf("attribute %s is not one of Gradient 1", a.Name)
		}
	}
	xs, zs, y := n.Attr("xs"), n.Attr("zs"), n.Attr("y")
	if xs == nil || xs.Kind != onnx.AttrStrings || len(xs.Strings) == 0 {
		return errors.New("attribute xs: want the names of one or more values")
	}
	if y == nil || y.Kind != onnx.AttrString || y.String == "" {
		return errors.New("attribute y: want the name of a value")
	}
	if zs != nil && zs.Kind != onnx.AttrStrings {
		return fmt.Errorf("attribute zs: got %v, want strings", zs.Kind)
	}
	named := slices.Clone(xs.Strings)
	if zs != nil {
		named = append(named, zs.Strings...)
	}
	if len(n.Inputs) != len(named) {
		return fmt.Errorf("got %d inputs, want %d, one for each name in xs and zs", len(n.Inputs), len(named))
	}
	if slices.Contains(n.Inputs, nil) {
		return errors.New("an input is missing")
	}
	if len(n.Outputs) > len(xs.Strings) {
		return fmt.Errorf("got %d outputs, want at most %d, one for each name in xs", len(n.Outputs), len(xs.Strings))
	}
	for _, name := range append(named, y.String) {
		v := l.find(g, name)
		if v == nil {
			return fmt.Errorf("the graph has no value %q", name)
		}
		n.Inputs = append(n.Inputs, v)
	}
	return nil
}

// find looks a name up in a graph and those around it.
func (l *lowerer) find(g *onnx.Graph, name string) *onnx.Value {
	for ; g != nil; g = g.Outer {
		s := l.scopes[g]
		if s == nil {
			s = map[string]*onnx.Value{}
			for _, v := range slices.Concat(g.Inputs, g.Initializers) {
				s[v.Name] = v
			}
			for _, n := range g.Nodes {
				for _, v := range n.Outputs {
					if v != nil {
						s[v.Name] = v
					}
				}
			}
			l.scopes[g] = s
		}
		if v := s[name]; v != nil {
			return v
		}
	}
	return nil
}

func (l *lowerer) takeNames(g *onnx.Graph) {
	for _, v := range slices.Concat(g.Inputs, g.Initializers) {
		l.names[v.Name] = true
	}
	for _, n := range g.Nodes {
		for _, v := range slices.Concat(n.Inputs, n.Outputs) {
			if v != nil {
				l.names[v.Name] = true
			}
		}
		for _, sub := range n.Graphs() {
			l.takeNames(sub)
		}
	}
}

// graph lowers the Gradient nodes of a graph in their order: what one
// differentiates has been lowered before it.
func (l *lowerer) graph(g *onnx.Graph) error {
	var out []*onnx.Node
	before := l.made
	for _, n := range g.Nodes {
		if isGradient(n) {
			nodes, err := l.node(g, n)
			if err != nil {
				return nodeError(n, err)
			}
			out = append(out, nodes...)
			continue
		}
		out = append(out, n)
		made := l.made
		for _, sub := range n.Graphs() {
			if err := l.graph(sub); err != nil {
				return err
			}
		}
		if l.made > made {
			findCaptures(n)
		}
	}
	if g.Nodes = append(out, l.late[g]...); l.made == before {
		return nil
	}
	return g.Sort()
}

// node returns the nodes that take the place of one Gradient.
func (l *lowerer) node(g *onnx.Graph, n *onnx.Node) ([]*onnx.Node, error) {
	all := len(n.Inputs) / 2 // names in xs and zs
	given, named, y := n.Inputs[:all], n.Inputs[all:2*all], n.Inputs[2*all]
	t := newTape(l, g, label(n))
	p, err := t.findPath(given, named, y)
	if err != nil {
		return nil, err
	}
	xs := p.leaves[:len(n.Attr("xs").Strings)]
	if err := t.differentiate(p, xs); err != nil {
		return nil, err
	}
	for i, v := range n.Outputs {
		if v == nil {
			continue
		}
		d := t.total(xs[i])
		if d == nil {
			d = t.zeros(xs[i])
		}
		id := &onnx.Node{Name: label(n), OpType: "Identity", Opset: opset, Inputs: []*onnx.Value{d}, Outputs: []*onnx.Value{v}}
		v.Producer = id
		t.nodes = append(t.nodes, id)
	}
	return t.nodes, t.err
}

// label names a node for messages and for the values made for it.
func label(n *onnx.Node) string {
	if n.Name != "" {
		return n.Name
	}
	for _, v := range n.Outputs {
		if v != nil {
			return v.Name
		}
	}
	return n.OpType
}

func nodeError(n *onnx.Node, err error) error {
	return fmt.Errorf("node %q (%s): %w", label(n), ops.QualifiedName(n.Domain, n.OpType), err)
}
