package gradient

import (
	"slices"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// The adjoint of a sequence is a sequence of its elements' adjoints; that of an
// optional value is its element's.

// isSequence reports whether a value is declared, or computed, as a sequence.
func isSequence(v *onnx.Value) bool {
	if v == nil || v.Type.Kind != tensor.KindUnknown {
		return v != nil && v.Type.Kind == tensor.KindSequence
	}
	n := v.Producer
	if n == nil || n.Domain != "" {
		return false
	}
	from := func(g *onnx.Graph, i int) bool {
		return g != nil && i >= 0 && i < len(g.Outputs) && g.Outputs[i] != v && isSequence(g.Outputs[i])
	}
	i := slices.Index(n.Outputs, v)
	switch n.OpType {
	case "SequenceConstruct", "SequenceEmpty", "SequenceInsert", "SequenceErase", "SplitToSequence", "SequenceMap":
		return true
	case "Identity", "Optional", "OptionalGetElement":
		return len(n.Inputs) > 0 && n.Inputs[0] != nil && isSequence(n.Inputs[0])
	case "If":
		return from(subGraph(n, branches[0]), i)
	case "Loop":
		return i+2 < len(n.Inputs) && n.Inputs[i+2] != nil && isSequence(n.Inputs[i+2])
	case "Scan":
		return n.Opset >= 9 && i >= 0 && i < len(n.Inputs) && isSequence(n.Inputs[i]) // scan outputs are tensors, as scan inputs are
	}
	return false
}

// mapped applies f to the elements of sequences.
func (t *tape) mapped(f func(b *tape, elems []*onnx.Value) *onnx.Value, seqs ...*onnx.Value) *onnx.Value {
	b := t.inside("element")
	var elems []*onnx.Value
	for range seqs {
		elems = append(elems, b.input(nil))
	}
	g := b.done([]*onnx.Value{f(b, elems)})
	return t.flow("SequenceMap", attrs("body", g), 1, seqs...)[0]
}

// index is the position that an input names, counted from the begin.
func (v *vjp) index(i int) *onnx.Value {
	at := v.with("Cast", attrs("to", 7), v.x(i))
	n := v.op("SequenceLength", v.x(0))
	return v.op("Where", v.op("Less", at, v.ints(0)), v.addOp(at, n), at)
}

var sequenceConstructRule = rule{vjp: func(v *vjp) {
	for i := range v.n.Inputs {
		if v.wants(i) {
			v.give(i, v.op("SequenceAt", v.g, v.scalar(v.ints(int64(i)))))
		}
	}
}}

var sequenceAtRule = rule{inputs: []int{0}, vjp: func(v *vjp) {
	at := v.scalar(v.index(1))
	rest := v.op("SequenceErase", v.zeros(v.x(0)), at)
	v.give(0, v.op("SequenceInsert", rest, v.g, at))
}}

var sequenceInsertRule = rule{inputs: []int{0, 1}, vjp: func(v *vjp) {
	at := v.scalar(v.ints(-1))
	if v.x(2) != nil {
		at = v.scalar(v.index(2))
	}
	v.give(0, v.op("SequenceErase", v.g, at))
	if v.wants(1) {
		v.give(1, v.op("SequenceAt", v.g, at))
	}
}}

var sequenceEraseRule = rule{inputs: []int{0}, vjp: func(v *vjp) {
	var at *onnx.Value
	gone := v.scalar(v.ints(-1))
	if v.x(1) != nil {
		at = v.scalar(v.index(1))
		gone = at
	}
	v.give(0, v.op("SequenceInsert", v.g, v.zeros(v.op("SequenceAt", v.x(0), gone)), at))
}}

var splitToSequenceRule = rule{inputs: []int{0}, vjp: func(v *vjp) {
	l := attrs("axis", v.int("axis", 0))
	if v.x(1) == nil && v.int("keepdims", 1) == 0 {
		l = append(l, attrs("new_axis", 1)...)
	}
	v.give(0, v.reshapeLike(v.with("ConcatFromSequence", l, v.g), v.x(0)))
}}

var concatFromSequenceRule = rule{vjp: func(v *vjp) {
	axis := v.int("axis", 0)
	if v.int("new_axis", 0) != 0 {
		v.give(0, v.with("SplitToSequence", attrs("axis", axis, "keepdims", 0), v.g))
		return
	}
	sizes := v.mapped(func(b *tape, elems []*onnx.Value) *onnx.Value { return b.dim(elems[0], axis) }, v.x(0))
	lengths := v.with("ConcatFromSequence", attrs("axis", 0), sizes)
	v.give(0, v.with("SplitToSequence", attrs("axis", axis), v.g, lengths))
}}

// sequenceMapRule maps the elements and their adjoints to the adjoints of what
// they were made from; those of what all share are added up.
var sequenceMapRule = rule{activate: activateMap, vjp: func(v *vjp) {
	g := subGraph(v.n, "body")
	b := v.body(g)
	in := slices.Clone(v.n.Inputs)
	for i, e := range g.Inputs {
		b.take(e, v.active[v.n.Inputs[i]])
	}
	b.recall = func(o *onnx.Value) *onnx.Value {
		out := v.stacks[o]
		if out == nil {
			g.Outputs = append(g.Outputs, o)
			out = v.y(len(g.Outputs) - 1)
			v.stacks[o] = out
		}
		in = append(in, out)
		return b.input(o)
	}
	b.compute(g)
	for i, d := range v.gs {
		if d != nil {
			seed := b.input(g.Outputs[i])
			in = append(in, d)
			b.seed(g.Outputs[i], seed)
		}
	}
	b.back()
	var outputs, targets []*onnx.Value
	for i, e := range g.Inputs {
		if v.wants(i) {
			outputs = append(outputs, b.result(b.totalOr0(b.value(e)), e))
			targets = append(targets, v.x(i))
		}
	}
	for _, o := range b.outer {
		if d := b.total(o); d != nil {
			outputs, targets = append(outputs, b.result(d, o)), append(targets, o)
		}
	}
	if len(outputs) == 0 || v.err != nil {
		return
	}
	for i, d := range v.flow("SequenceMap", attrs("body", b.done(outputs)), len(outputs), in...) {
		if !isSequence(targets[i]) {
			d = v.op("SequenceInsert", d, v.zeros(targets[i]))
			d = v.with("ConcatFromSequence", attrs("axis", 0, "new_axis", 1), d)
			d = v.with("ReduceSum", attrs("keepdims", 0), d, v.ints(0))
		}
		v.giveTo(targets[i], d)
	}
}}

func activateMap(t *tape, n *onnx.Node) {
	g := subGraph(n, "body")
	if g == nil || len(g.Inputs) != len(n.Inputs) || len(g.Outputs) < len(n.Outputs) || slices.Contains(n.Inputs, nil) {
		t.fail(nodeError(n, ops.Unsupportedf("the body does not fit the node")))
		return
	}
	for i, v := range n.Inputs {
		t.active[g.Inputs[i]] = t.active[v]
	}
	t.activate(g.Nodes)
	for i, o := range n.Outputs {
		if o != nil {
			t.active[o] = t.active[g.Outputs[i]]
		}
	}
}
