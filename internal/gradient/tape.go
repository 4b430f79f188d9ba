package gradient

import (
	"fmt"
	"math"
	"slices"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// opset is the version of the standard's operators that all new nodes have,
// whatever the model imports.
const opset = 22

// tape makes the nodes for one Gradient.
type tape struct {
	*lowerer
	graph  *onnx.Graph
	prefix string // of the names of new values
	nodes  []*onnx.Node

	active  map[*onnx.Value]bool          // depends on xs in a way that has a derivative
	adjoint map[*onnx.Value][]*onnx.Value // the terms of dy/dvalue
	shapes  map[*onnx.Value]*onnx.Value
	numbers map[number]*onnx.Value
}

func newTape(l *lowerer, g *onnx.Graph, prefix string) *tape {
	return &tape{
		lowerer: l, graph: g, prefix: prefix,
		active: map[*onnx.Value]bool{}, adjoint: map[*onnx.Value][]*onnx.Value{},
		shapes: map[*onnx.Value]*onnx.Value{}, numbers: map[number]*onnx.Value{},
	}
}

func (l *lowerer) fail(err error) {
	if l.err == nil {
		l.err = err
	}
}

func (l *lowerer) visit(n *onnx.Node) {
	if l.visited += 1 + len(n.Inputs) + len(n.Captures); l.visited > maxVisit {
		l.fail(ops.Unsupportedf("the derivatives are of too many nodes"))
	}
}

func (t *tape) newValue(producer *onnx.Node) *onnx.Value {
	name := ""
	for i := len(t.names); ; i++ {
		name = fmt.Sprintf("%s/gradient_%d", t.prefix, i)
		if !t.names[name] {
			break
		}
	}
	t.names[name] = true
	return &onnx.Value{Name: name, Graph: t.graph, Producer: producer}
}

func (t *tape) add(n *onnx.Node) {
	if t.made++; t.made > t.limit {
		t.fail(ops.Unsupportedf("the derivatives take more than %d nodes", t.limit))
		return
	}
	t.nodes = append(t.nodes, n)
}

// op adds a node with one output and no attributes.
func (t *tape) op(op string, in ...*onnx.Value) *onnx.Value { return t.with(op, nil, in...) }

// with adds a node with one output.
func (t *tape) with(op string, attrs []*onnx.Attr, in ...*onnx.Value) *onnx.Value {
	return t.node(op, opset, attrs, 1, in...)[0]
}

// node adds a node and returns its outputs.
func (t *tape) node(op string, version int, attrs []*onnx.Attr, outputs int, in ...*onnx.Value) []*onnx.Value {
	for len(in) > 0 && in[len(in)-1] == nil {
		in = in[:len(in)-1]
	}
	n := &onnx.Node{Name: t.prefix, OpType: op, Opset: version, Attrs: attrs, Inputs: slices.Clone(in)}
	for range outputs {
		n.Outputs = append(n.Outputs, t.newValue(n))
	}
	t.add(n)
	return n.Outputs
}

// again adds a copy of a node with other inputs, and returns its first output.
func (t *tape) again(n *onnx.Node, attrs []*onnx.Attr, in ...*onnx.Value) *onnx.Value {
	return t.node(n.OpType, n.Opset, attrs, 1, in...)[0]
}

// constant adds an initializer.
func (t *tape) constant(c *tensor.Tensor) *onnx.Value {
	v := t.newValue(nil)
	v.Type, v.Const = c.Type(), c
	t.graph.Initializers = append(t.graph.Initializers, v)
	return v
}

// ints is a constant vector of int64.
func (t *tape) ints(l ...int64) *onnx.Value {
	return t.constant(tensor.Of(tensor.Shape{len(l)}, l...))
}

// number is a constant scalar.
type number struct {
	bits uint64
	elem tensor.DType
}

// num is a scalar with the element type of like.
func (t *tape) num(x float64, like *onnx.Value) *onnx.Value {
	elem := tensor.F64
	known := like != nil && like.Type.Kind == tensor.KindTensor && (like.Type.Elem == tensor.F32 || like.Type.Elem == tensor.F64)
	if known {
		elem = like.Type.Elem
	}
	key := number{math.Float64bits(x), elem}
	c := t.numbers[key]
	if c == nil {
		if elem == tensor.F32 {
			c = t.constant(tensor.Scalar(float32(x)))
		} else {
			c = t.constant(tensor.Scalar(x))
		}
		t.numbers[key] = c
	}
	if known {
		return c
	}
	return t.op("CastLike", c, like)
}

func (t *tape) addOp(a, b *onnx.Value) *onnx.Value { return t.op("Add", a, b) }
func (t *tape) sub(a, b *onnx.Value) *onnx.Value   { return t.op("Sub", a, b) }
func (t *tape) mul(a, b *onnx.Value) *onnx.Value   { return t.op("Mul", a, b) }
func (t *tape) div(a, b *onnx.Value) *onnx.Value   { return t.op("Div", a, b) }
func (t *tape) neg(a *onnx.Value) *onnx.Value      { return t.op("Neg", a) }
func (t *tape) square(a *onnx.Value) *onnx.Value   { return t.op("Mul", a, a) }

// scale multiplies by a number.
func (t *tape) scale(x float64, a *onnx.Value) *onnx.Value { return t.mul(a, t.num(x, a)) }

// plus adds a number.
func (t *tape) plus(a *onnx.Value, x float64) *onnx.Value { return t.addOp(a, t.num(x, a)) }

// where is a or b by the condition; nil stands for zero.
func (t *tape) where(cond, a, b *onnx.Value) *onnx.Value {
	if a == nil {
		a = t.num(0, b)
	}
	if b == nil {
		b = t.num(0, a)
	}
	return t.op("Where", cond, a, b)
}

// attrs makes attributes of names and values by turns.
func attrs(pairs ...any) []*onnx.Attr {
	var l []*onnx.Attr
	for i := 0; i+1 < len(pairs); i += 2 {
		a := &onnx.Attr{Name: pairs[i].(string)}
		switch v := pairs[i+1].(type) {
		case int:
			a.Kind, a.Int = onnx.AttrInt, int64(v)
		case int64:
			a.Kind, a.Int = onnx.AttrInt, v
		case float64:
			a.Kind, a.Float = onnx.AttrFloat, float32(v)
		case string:
			a.Kind, a.String = onnx.AttrString, v
		case []int64:
			a.Kind, a.Ints = onnx.AttrInts, v
		case *onnx.Graph:
			a.Kind, a.Graph = onnx.AttrGraph, v
		}
		l = append(l, a)
	}
	return l
}
