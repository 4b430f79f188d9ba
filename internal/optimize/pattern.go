package optimize

import (
	"math"
	"slices"
	"strings"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// A pattern describes a value by the nodes that compute it. It stands for one
// value wherever it is used within a bigger pattern:
//
//	x := anything()
//	d := op("Sub", x, op("ReduceMean", x))
//	square := op("Mul", d, d)
type pattern interface {
	// match calls next if v is what the pattern says, once for each way in
	// which it is, until next returns true, and returns what next returned last.
	match(m *match, v *onnx.Value, next func() bool) bool
}

// match is one attempt to find a pattern in a graph.
type match struct {
	*graph
	body  *onnx.Graph
	root  *onnx.Value
	bound []binding
}

type binding struct {
	pattern pattern
	value   *onnx.Value
}

// value returns what a pattern stands for, nil if it has no part in the match.
func (m *match) value(p pattern) *onnx.Value {
	for _, b := range m.bound {
		if b.pattern == p {
			return b.value
		}
	}
	return nil
}

// node returns the node that computes what p stands for.
func (m *match) node(p pattern) *onnx.Node { return m.value(p).Producer }

// try binds a pattern while it looks further.
func (m *match) try(p pattern, v *onnx.Value, further func() bool) bool {
	if old := m.value(p); old != nil {
		return old == v && further()
	}
	m.bound = append(m.bound, binding{p, v})
	n := len(m.bound) - 1
	if further() {
		return true
	}
	m.bound = m.bound[:n]
	return false
}

// leaf is a value that is used as it is, whatever computes it.
type leaf struct{ ok func(v *onnx.Value) bool }

func (p *leaf) match(m *match, v *onnx.Value, next func() bool) bool {
	return v != nil && p.ok(v) && m.try(p, v, next)
}

// anything is any value.
func anything() *leaf { return &leaf{func(*onnx.Value) bool { return true }} }

// constant is a tensor that is known before the run.
func constant() *leaf { return &leaf{func(v *onnx.Value) bool { return constantOf(v) != nil }} }

// scalar is a constant of one floating point number that fits a float32
// attribute: those of float64 models would lose digits.
func scalar() *leaf {
	return &leaf{func(v *onnx.Value) bool {
		_, ok := scalarOf(v)
		return ok && constantOf(v).DType() != tensor.F64
	}}
}

// number is a constant of floating point whose one element is x, as exactly as
// its type says.
func number(x float64) *leaf {
	return &leaf{func(v *onnx.Value) bool {
		y, ok := scalarOf(v)
		return ok && ops.Floats.Has(constantOf(v).DType()) && near(y, x, constantOf(v).DType())
	}}
}

// exponent is a constant whose one element is x, of any type of number.
func exponent(x float64) *leaf {
	return &leaf{func(v *onnx.Value) bool {
		y, ok := scalarOf(v)
		return ok && y == x
	}}
}

func near(a, b float64, d tensor.DType) bool {
	unit := 0x1p-52
	switch d {
	case tensor.F32:
		unit = 0x1p-23
	case tensor.F16:
		unit = 0x1p-10
	case tensor.BF16:
		unit = 0x1p-7
	}
	return math.Abs(a-b) <= 2*unit*math.Abs(b)
}

// operator is the value that a node computes from values that match args.
type operator struct {
	domain string // "" is the standard's
	name   string // or several, with | between them
	args   []pattern
	check  func(*onnx.Node) bool // of attributes and of inputs beyond args; nil wants none
}

// op is the first output of an operator that has no attributes.
func op(name string, args ...pattern) *operator { return &operator{name: name, args: args} }

// in says that the operator is another domain's.
func (p *operator) in(domain string) *operator {
	p.domain = domain
	return p
}

// with lets the operator have attributes and further inputs that check accepts.
func (p *operator) with(check func(*onnx.Node) bool) *operator {
	p.check = check
	return p
}

// oldest is the first version in which arithmetic broadcasts as it does today.
const oldest = 7

func (p *operator) match(m *match, v *onnx.Value, next func() bool) bool {
	if v == nil || v.Graph != m.body || v.Producer == nil {
		return false
	}
	n := v.Producer
	if n.OpType != p.name && !slices.Contains(strings.Split(p.name, "|"), n.OpType) || n.Domain != p.domain || p.domain == "" && n.Opset < oldest || !single(n) || len(n.Inputs) < len(p.args) {
		return false
	}
	if p.check == nil && (len(n.Attrs) > 0 || len(n.Inputs) > len(p.args)) {
		return false
	}
	if p.check != nil && !p.check(n) {
		return false
	}
	return m.try(p, v, func() bool {
		if matchAll(m, p.args, n.Inputs, next) {
			return true
		}
		return len(p.args) == 2 && (p.name == "Add" || p.name == "Mul") &&
			matchAll(m, []pattern{p.args[1], p.args[0]}, n.Inputs, next)
	})
}

func matchAll(m *match, args []pattern, in []*onnx.Value, next func() bool) bool {
	if len(args) == 0 {
		return next()
	}
	return args[0].match(m, in[0], func() bool { return matchAll(m, args[1:], in[1:], next) })
}

// single reports whether a node has its first output alone.
func single(n *onnx.Node) bool {
	return len(n.Outputs) > 0 && n.Outputs[0] != nil &&
		!slices.ContainsFunc(n.Outputs[1:], func(v *onnx.Value) bool { return v != nil })
}

// choice is a value that one of several patterns describes.
type choice struct{ of []pattern }

func either(of ...pattern) *choice { return &choice{of} }

func (p *choice) match(m *match, v *onnx.Value, next func() bool) bool {
	for _, o := range p.of {
		if o.match(m, v, next) {
			return true
		}
	}
	return false
}

// product is a·b·c, whichever two are multiplied first.
func product(a, b, c pattern) *choice {
	return either(op("Mul", op("Mul", a, b), c), op("Mul", op("Mul", a, c), b), op("Mul", op("Mul", b, c), a))
}

// inner returns the nodes of a match; ok is false where something else reads
// what one of them computes, other than the root.
func (m *match) inner() (nodes []*onnx.Node, ok bool) {
	reads := map[*onnx.Value]int{}
	for _, b := range m.bound {
		if _, isOp := b.pattern.(*operator); isOp && !slices.Contains(nodes, b.value.Producer) {
			nodes = append(nodes, b.value.Producer)
			for _, v := range b.value.Producer.Inputs {
				reads[v]++
			}
		}
	}
	for _, n := range nodes {
		if v := n.Outputs[0]; v != m.root && m.count[v] != reads[v] {
			return nil, false
		}
	}
	for _, b := range m.bound {
		// What the node that comes instead would read is not to go.
		if _, isLeaf := b.pattern.(*leaf); isLeaf && slices.Contains(nodes, b.value.Producer) && b.value.Producer != nil {
			return nil, false
		}
	}
	return nodes, true
}

// rewrite looks for a value p and computes it by the node that build makes
// instead. Where build returns nil, everything stays. The node gets the output
// and the name of the one that computed the value.
func (g *graph) rewrite(p pattern, build func(m *match) *onnx.Node) {
	g.count = g.uses()
	for _, b := range g.bodies() {
		gone := map[*onnx.Node]bool{}
		for i, n := range b.Nodes {
			if gone[n] || !single(n) {
				continue
			}
			m := &match{graph: g, body: b, root: n.Outputs[0]}
			var fused *onnx.Node
			var inner []*onnx.Node
			p.match(m, m.root, func() bool {
				var ok bool
				if inner, ok = m.inner(); ok {
					fused = build(m)
				}
				if fused != nil && !g.has(fused) {
					fused = nil
				}
				return fused != nil
			})
			if fused == nil {
				continue
			}
			for _, old := range inner {
				gone[old] = true
				g.read(old, -1)
			}
			fused.Name, fused.Doc, fused.Outputs = n.Name, n.Doc, []*onnx.Value{m.root}
			m.root.Producer = fused
			g.read(fused, 1)
			b.Nodes[i] = fused
		}
		b.Nodes = slices.DeleteFunc(b.Nodes, func(n *onnx.Node) bool { return gone[n] })
	}
}

// read counts what a node reads.
func (g *graph) read(n *onnx.Node, by int) {
	for _, v := range n.Inputs {
		g.count[v] += by
	}
}

// standard is a node of the standard's operator.
func standard(name string, opset int, attrs []*onnx.Attr, inputs ...*onnx.Value) *onnx.Node {
	return &onnx.Node{OpType: name, Opset: opset, Attrs: attrs, Inputs: inputs}
}

func intAttr(name string, i int) *onnx.Attr {
	return &onnx.Attr{Name: name, Kind: onnx.AttrInt, Int: int64(i)}
}

func floatAttr(name string, f float64) *onnx.Attr {
	return &onnx.Attr{Name: name, Kind: onnx.AttrFloat, Float: float32(f)}
}

func stringAttr(name, s string) *onnx.Attr {
	return &onnx.Attr{Name: name, Kind: onnx.AttrString, String: s}
}

// constantOf returns the tensor that v is known to be, nil if none.
func constantOf(v *onnx.Value) *tensor.Tensor {
	if v == nil || !v.Constant() {
		return nil
	}
	t, _ := v.Const.(*tensor.Tensor)
	return t
}

// scalarOf returns the number that v is known to be. It may have a dimension:
// see fits.
func scalarOf(v *onnx.Value) (float64, bool) {
	t := constantOf(v)
	if t == nil || t.Len() != 1 || !(ops.Floats | ops.Ints).Has(t.DType()) {
		return 0, false
	}
	x := tensor.Of(t.Shape(), 0.0)
	err := tensor.Convert(x, t, tensor.Conversion{})
	return tensor.Data[float64](x)[0], err == nil
}

// fits reports whether no scalar or number of the match has more dimensions
// than x, to which it is broadcast; rank is how many x has at least.
func (m *match) fits(x *onnx.Value, rank int) bool {
	if s, ok := m.shape(x); ok {
		rank = len(s)
	}
	for _, b := range m.bound {
		t := constantOf(b.value)
		if _, isLeaf := b.pattern.(*leaf); isLeaf && t != nil && t.Len() == 1 && t.Rank() > rank {
			return false
		}
	}
	return true
}

func intsAttr(name string, l []int) *onnx.Attr {
	a := &onnx.Attr{Name: name, Kind: onnx.AttrInts}
	for _, i := range l {
		a.Ints = append(a.Ints, int64(i))
	}
	return a
}
