package gradient

import (
	"slices"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// What a sub-graph computes is computed again on the way back, from the same
// inputs; only the states of loops are kept, and random numbers.

// random reports whether a node gives something else every time.
func random(n *onnx.Node) bool {
	switch n.OpType {
	case "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Bernoulli", "Multinomial":
		return n.Domain == ""
	case "Dropout":
		return n.Domain == "" && (n.Opset < 7 || n.Opset >= 12 && len(n.Inputs) > 2 && n.Inputs[2] != nil)
	}
	return slices.ContainsFunc(n.Graphs(), func(g *onnx.Graph) bool { return slices.ContainsFunc(g.Nodes, random) })
}

// subGraph is the sub-graph that a node has as an attribute, nil if it is not
// there.
func subGraph(n *onnx.Node, name string) *onnx.Graph {
	if a := n.Attr(name); a != nil && a.Kind == onnx.AttrGraph {
		return a.Graph
	}
	return nil
}

var branches = [...]string{"then_branch", "else_branch"}

// ifRule passes the adjoints back through the branch that was taken: an If
// whose branches give the adjoints of what either captures.
var ifRule = rule{activate: activateIf, vjp: func(v *vjp) {
	var bodies [len(branches)]*body
	for i, name := range branches {
		g := subGraph(v.n, name)
		b := v.body(g)
		b.recall = func(o *onnx.Value) *onnx.Value { return v.recallBranch(i, o) }
		b.compute(g)
		for k, d := range v.gs {
			if d != nil {
				b.seed(g.Outputs[k], d)
			}
		}
		b.back()
		bodies[i] = b
	}
	targets := slices.DeleteFunc(slices.Clone(bodies[0].outer), func(o *onnx.Value) bool {
		return !slices.ContainsFunc(bodies[:], func(b *body) bool { return b.total(o) != nil })
	})
	if len(targets) == 0 || v.err != nil {
		return
	}
	l := make([]*onnx.Attr, len(branches))
	for i, b := range bodies {
		var out []*onnx.Value
		for _, o := range targets {
			out = append(out, b.result(b.totalOr0(o), o))
		}
		l[i] = attrs(branches[i], b.done(out))[0]
	}
	for i, d := range v.flow("If", l, len(targets), v.x(0)) {
		v.giveTo(targets[i], d)
	}
}}

func activateIf(t *tape, n *onnx.Node) {
	for _, name := range branches {
		g := subGraph(n, name)
		if g == nil || len(g.Outputs) < len(n.Outputs) {
			t.fail(nodeError(n, ops.Unsupportedf("a branch has too few outputs")))
			return
		}
		t.activate(g.Nodes)
		for i, o := range n.Outputs {
			if o != nil && t.active[g.Outputs[i]] {
				t.active[o] = true
			}
		}
	}
}

// recallBranch makes an output of what a branch computes; the other branch
// gives something that nobody reads.
func (v *vjp) recallBranch(branch int, o *onnx.Value) *onnx.Value {
	if out := v.stacks[o]; out != nil {
		return out
	}
	outputs := 0
	for _, name := range branches {
		outputs = max(outputs, len(subGraph(v.n, name).Outputs))
	}
	for i, name := range branches {
		g := subGraph(v.n, name)
		for len(g.Outputs) < outputs || i != branch && len(g.Outputs) == outputs {
			g.Outputs = append(g.Outputs, newTape(v.lowerer, g, v.prefix).constant(tensor.Scalar(false)))
		}
		if i == branch {
			g.Outputs = append(g.Outputs, o)
		}
	}
	out := v.y(outputs)
	v.stacks[o] = out
	return out
}
