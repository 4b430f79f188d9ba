package gradient

import (
	"slices"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// inside returns a tape for a sub-graph of a node of the tape's graph, whose
// nodes may read all that is read around it.
func (t *tape) inside(name string) *tape {
	return newTape(t.lowerer, &onnx.Graph{Name: name, Outer: t.graph}, t.prefix)
}

// input adds an input of the kind that like is, nil for any, to the tape's graph.
func (t *tape) input(like *onnx.Value) *onnx.Value {
	v := t.newValue(nil)
	v.IsInput = true
	v.Type = kindOf(like)
	t.graph.Inputs = append(t.graph.Inputs, v)
	return v
}

// done returns the tape's graph with the nodes that its outputs need.
func (t *tape) done(outputs []*onnx.Value) *onnx.Graph {
	g := t.graph
	g.Outputs = outputs
	g.Nodes = t.needed(outputs)
	return g
}

// needed returns the tape's nodes that compute the given values, in any order.
func (t *tape) needed(values []*onnx.Value) []*onnx.Node {
	own := map[*onnx.Node]bool{}
	for _, n := range t.nodes {
		own[n] = true
	}
	need := map[*onnx.Node]bool{}
	for left := slices.Clone(values); len(left) > 0; {
		n := left[len(left)-1].Producer
		left = left[:len(left)-1]
		if own[n] && !need[n] {
			need[n] = true
			left = append(left, reads(n)...)
		}
	}
	return slices.DeleteFunc(slices.Clone(t.nodes), func(n *onnx.Node) bool { return !need[n] })
}

// uses returns what nodes and outputs read.
func uses(nodes []*onnx.Node, outputs []*onnx.Value) map[*onnx.Value]bool {
	used := map[*onnx.Value]bool{}
	for _, v := range outputs {
		used[v] = true
	}
	for _, n := range nodes {
		for _, v := range reads(n) {
			used[v] = true
		}
	}
	return used
}

// flow adds a node that has sub-graphs and returns its outputs.
func (t *tape) flow(op string, l []*onnx.Attr, outputs int, in ...*onnx.Value) []*onnx.Value {
	out := t.node(op, opset, l, outputs, in...)
	if t.err == nil {
		findCaptures(t.nodes[len(t.nodes)-1])
	}
	return out
}

// findCaptures computes the Captures of a node anew.
func findCaptures(n *onnx.Node) {
	(&onnx.Graph{Nodes: []*onnx.Node{n}}).UpdateCaptures()
}

// body is the sub-graph of a node as the passing back sees it: its nodes once
// more, on a tape of their own, to be computed again and then reversed.
type body struct {
	*copier
	nodes []*onnx.Node
	outer []*onnx.Value // active values that the node captures
	// recall returns what a value of the sub-graph was when the node ran.
	recall func(v *onnx.Value) *onnx.Value
}

// body starts a sub-graph for the passing back through g, a sub-graph of the
// node, without its nodes.
func (v *vjp) body(g *onnx.Graph) *body {
	b := &body{copier: &copier{v.inside(g.Name), map[*onnx.Value]*onnx.Value{}, true}}
	for _, o := range v.n.Captures {
		if v.active[o] {
			b.active[o] = true
			b.outer = append(b.outer, o)
		}
	}
	b.begin(g)
	return b
}

// take adds an input in place of a value of g.
func (b *body) take(v *onnx.Value, active bool) *onnx.Value {
	in := b.input(v)
	b.stand(in, v)
	b.active[in] = active
	return in
}

// compute adds the nodes of g.
func (b *body) compute(g *onnx.Graph) {
	at := len(b.tape.nodes)
	for _, n := range slices.Clone(g.Nodes) { // recalling adds to them
		if random(n) {
			b.redraw(n)
		} else {
			b.copy(n)
		}
	}
	b.nodes = slices.Clone(b.tape.nodes[at:])
	b.activate(b.nodes)
}

// redraw stands in for a node that would draw other numbers.
func (b *body) redraw(n *onnx.Node) {
	switch {
	case len(n.Graphs()) > 0 || n.OpType == "Dropout" && n.Opset < 12:
		b.fail(nodeError(n, ops.Unsupportedf("random numbers that are drawn in a sub-graph cannot be recalled")))
	case n.OpType == "Dropout":
		v := &vjp{tape: b.tape, n: n}
		mask := v.y(1)
		mask.Graph = n.Outputs[0].Graph
		b.to[mask] = b.recall(mask)
		d := &vjp{tape: b.tape, n: &onnx.Node{Inputs: b.values(n.Inputs)}}
		b.to[n.Outputs[0]] = b.where(b.to[mask], b.div(d.x(0), d.keptPart()), nil)
	default:
		for _, o := range n.Outputs {
			if o != nil {
				b.to[o] = b.recall(o)
			}
		}
	}
}

// seed adds a term to the adjoint of a value of g.
func (b *body) seed(v, g *onnx.Value) { b.giveTo(b.value(v), g) }

// back passes the adjoints back.
func (b *body) back() { b.reverse(b.nodes) }

// totalOr0 is the adjoint of a value, zeros if it has none.
func (t *tape) totalOr0(v *onnx.Value) *onnx.Value {
	if d := t.total(v); d != nil {
		return d
	}
	return t.zeros(v)
}

// result makes a value fit to be an output of the tape's graph: one of its own
// nodes computes it, and it is declared to be of the kind that like is.
func (t *tape) result(v, like *onnx.Value) *onnx.Value {
	o := t.op("Identity", v)
	o.Type = kindOf(like)
	return o
}

// kindOf is what is declared of a value but for its shape.
func kindOf(v *onnx.Value) tensor.Type {
	if v == nil {
		return tensor.Type{}
	}
	t := v.Type
	t.HasShape, t.Dims = false, nil
	return t
}
