package gradient

import (
	"slices"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// rule says how an operator is differentiated. One that has neither vjp nor
// expand is constant in its inputs, wherever it has a derivative at all.
type rule struct {
	// vjp adds what each output's adjoint contributes to those of the inputs.
	vjp func(*vjp)
	// expand computes the outputs by other operators, which are differentiated
	// in its place. It may return fewer.
	expand func(*vjp) []*onnx.Value
	// activate marks what depends on active values, for operators in which that
	// is not all outputs as soon as there is an active input.
	activate func(*tape, *onnx.Node)
	// inputs are those in which the operator has a derivative; nil means all.
	inputs []int
}

func (r *rule) in(i int) bool {
	if r.inputs == nil {
		return true
	}
	for _, k := range r.inputs {
		if k == i {
			return true
		}
	}
	return false
}

func (l *lowerer) ruleOf(n *onnx.Node) (rule, bool) {
	r, ok := l.rules[ops.QualifiedName(n.Domain, n.OpType)]
	return r, ok
}

// differentiate fills in the adjoints of xs.
func (t *tape) differentiate(p *path, xs []*onnx.Value) error {
	for _, x := range xs {
		t.active[x] = true
	}
	t.activate(p.nodes)
	if t.active[p.y] {
		t.adjoint[p.y] = []*onnx.Value{t.op("Expand", t.num(1, p.y), t.shape(p.y))}
		t.reverse(p.nodes)
	}
	return t.err
}

// activate marks the values that depend on active ones.
func (t *tape) activate(nodes []*onnx.Node) {
	for _, n := range nodes {
		if t.visit(n); t.err != nil {
			return
		}
		r, known := t.ruleOf(n)
		if known && r.activate != nil {
			r.activate(t, n)
			continue
		}
		if known && (r.vjp == nil && r.expand == nil || castsAway(n)) {
			continue
		}
		is := false
		for i, v := range n.Inputs {
			is = is || v != nil && t.active[v] && (!known || r.in(i))
		}
		for _, v := range n.Captures {
			is = is || t.active[v]
		}
		for _, v := range n.Outputs {
			if is && v != nil {
				t.active[v] = true
			}
		}
	}
}

// reverse passes the adjoints of what nodes put out on to what they take in.
func (t *tape) reverse(nodes []*onnx.Node) {
	for i := len(nodes) - 1; i >= 0 && t.err == nil; i-- {
		n := nodes[i]
		t.visit(n)
		v := &vjp{tape: t, n: n, gs: make([]*onnx.Value, len(n.Outputs))}
		reached := false
		for k, o := range n.Outputs {
			if o != nil && t.active[o] {
				v.gs[k] = t.total(o)
				reached = reached || v.gs[k] != nil
			}
		}
		if !reached {
			continue
		}
		v.g = v.gs[0]
		r, known := t.ruleOf(n)
		switch {
		case !known:
			t.fail(ops.Unsupportedf("node %q: the derivative of %s is not known", label(n), ops.QualifiedName(n.Domain, n.OpType)))
		case r.expand != nil:
			v.through(r.expand)
		case v.g != nil || len(n.Outputs) > 1:
			r.vjp(v)
		}
	}
}

// total adds the terms of an adjoint up; nil if there are none.
func (t *tape) total(v *onnx.Value) *onnx.Value {
	l := t.adjoint[v]
	switch len(l) {
	case 0:
		return nil
	case 1:
		return l[0]
	}
	sum := t.added(v, l)
	t.adjoint[v] = []*onnx.Value{sum}
	return sum
}

// added adds terms up that are of the kind that like is.
func (t *tape) added(like *onnx.Value, l []*onnx.Value) *onnx.Value {
	if isSequence(like) {
		return t.mapped(func(b *tape, elems []*onnx.Value) *onnx.Value { return b.op("Sum", elems...) }, l...)
	}
	return t.op("Sum", l...)
}

// vjp is what a rule works with: a node and the adjoints of its outputs.
type vjp struct {
	*tape
	n  *onnx.Node
	g  *onnx.Value   // the adjoint of output 0
	gs []*onnx.Value // of all outputs, nil where there is none
}

// x returns input i, nil if it is absent.
func (v *vjp) x(i int) *onnx.Value {
	if i < len(v.n.Inputs) {
		return v.n.Inputs[i]
	}
	return nil
}

// y returns output i, which it adds to the node if it is absent.
func (v *vjp) y(i int) *onnx.Value {
	for len(v.n.Outputs) <= i {
		v.n.Outputs = append(v.n.Outputs, nil)
	}
	if v.n.Outputs[i] == nil {
		o := v.newValue(v.n)
		for _, other := range v.n.Outputs {
			if other != nil {
				o.Graph = other.Graph
			}
		}
		v.n.Outputs[i] = o
	}
	return v.n.Outputs[i]
}

// wants reports whether the adjoint of input i is needed.
func (v *vjp) wants(i int) bool { return v.x(i) != nil && v.active[v.x(i)] }

// give adds a term to the adjoint of input i.
func (v *vjp) give(i int, d *onnx.Value) {
	if v.wants(i) {
		v.giveTo(v.x(i), d)
	}
}

// giveTo adds a term to the adjoint of any value.
func (t *tape) giveTo(v, d *onnx.Value) {
	if t.active[v] && d != nil {
		t.adjoint[v] = append(t.adjoint[v], d)
	}
}

// giveSum adds a term that has the shape of the output to the adjoint of an
// input that has been broadcast to it.
func (v *vjp) giveSum(i int, d *onnx.Value) {
	switch {
	case !v.wants(i):
	case v.isWhole(i):
		v.give(i, d)
	default:
		v.give(i, v.sumTo(d, v.x(i)))
	}
}

// through differentiates the node by way of what it is expanded to.
func (v *vjp) through(expand func(*vjp) []*onnx.Value) {
	at := len(v.nodes)
	out := expand(v)
	body := slices.Clone(v.nodes[at:])
	v.activate(body)
	for i, g := range v.gs {
		if g == nil {
			continue
		}
		if i >= len(out) || out[i] == nil {
			v.unsupported("output %d has no derivative", i)
			return
		}
		v.giveTo(out[i], g)
	}
	v.reverse(body)
}

// unsupported fails with the node's name.
func (v *vjp) unsupported(format string, args ...any) {
	v.fail(nodeError(v.n, ops.Unsupportedf(format, args...)))
}

func (v *vjp) int(name string, def int64) int64 {
	if a := v.n.Attr(name); a != nil && a.Kind == onnx.AttrInt {
		return a.Int
	}
	return def
}

func (v *vjp) float(name string, def float64) float64 {
	if a := v.n.Attr(name); a != nil && a.Kind == onnx.AttrFloat {
		return float64(a.Float)
	}
	return def
}

func (v *vjp) str(name, def string) string {
	if a := v.n.Attr(name); a != nil && a.Kind == onnx.AttrString {
		return a.String
	}
	return def
}

func (v *vjp) list(name string) []int64 {
	if a := v.n.Attr(name); a != nil && a.Kind == onnx.AttrInts {
		return a.Ints
	}
	return nil
}

// keep returns the node's attributes of the given names.
func (v *vjp) keep(names ...string) []*onnx.Attr {
	var l []*onnx.Attr
	for _, name := range names {
		if a := v.n.Attr(name); a != nil {
			l = append(l, a)
		}
	}
	return l
}

// castsAway reports whether a node makes numbers into others than floats.
func castsAway(n *onnx.Node) bool {
	if n.OpType != "Cast" || n.Domain != "" {
		return false
	}
	a := n.Attr("to")
	if a == nil || a.Kind != onnx.AttrInt {
		return false
	}
	switch tensor.DType(a.Int) {
	case tensor.F16, tensor.BF16, tensor.F32, tensor.F64:
		return false
	}
	return true
}
