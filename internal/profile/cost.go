package profile

import (
	"strings"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// Cost is the work that a call of a node cannot do without.
type Cost struct {
	// Ops counts multiplications and additions of the products that the
	// operator consists of: two for each pair, as the formula has them and not
	// as a faster algorithm may, and without biases and activations. It is 0
	// for operators that are not made of products.
	Ops float64
	// Elem is what is multiplied: F32, F64, I8, or another integer.
	Elem tensor.DType
	// Bytes counts what is read and written: every input once and every output
	// once, and of what is selected from a larger input only the selected.
	Bytes float64
}

// call is one call of a node, as its cost sees it.
type call struct {
	node    *onnx.Node
	in, out []Value
}

// input returns input i, a zero Value where it is absent.
func (c *call) input(i int) *Value { return at(c.in, i) }

func (c *call) output(i int) *Value { return at(c.out, i) }

func at(l []Value, i int) *Value {
	if i < len(l) {
		return &l[i]
	}
	return &Value{}
}

// is reports whether a switch of the node is on.
func (c *call) is(attr string) bool {
	a := c.node.Attr(attr)
	return a != nil && a.Int != 0
}

// CostOf returns the cost of a call of the node with the given inputs and
// outputs.
func CostOf(n *onnx.Node, in, out []Value) Cost {
	c := &call{n, in, out}
	name := ops.QualifiedName(n.Domain, n.OpType)
	f := products[name]
	if f == nil {
		f = products[n.OpType]
	}
	cost := Cost{Bytes: c.bytes()}
	if f != nil {
		cost.Ops = f(c)
		cost.Elem = c.arithmetic()
	}
	return cost
}

// arithmetic returns the element type of an operator's products. Half types
// are computed in float32.
func (c *call) arithmetic() tensor.DType {
	if quantized[c.node.OpType] {
		return tensor.I8
	}
	switch d := c.input(0).Elem; d {
	case tensor.F16, tensor.BF16:
		return tensor.F32
	default:
		return d
	}
}

// quantized are the operators whose products are of bytes.
var quantized = set("ConvInteger MatMulInteger QLinearConv QLinearMatMul QGemm QAttention" +
	" MatMulIntegerToFloat DynamicQuantizeMatMul DynamicQuantizeLSTM")

// Operators that hand their input on, or run bodies, move nothing themselves.
var free = set("Reshape Flatten Squeeze Unsqueeze ExpandDims Identity Shape Size Constant" +
	" If Loop Scan SequenceMap Optional OptionalGetElement OptionalHasElement" +
	" SequenceConstruct SequenceEmpty SequenceAt SequenceInsert SequenceErase SequenceLength")

// Operators that take a part of their first input.
var selecting = set("Gather GatherElements GatherND Slice ArrayFeatureExtractor Compress CenterCropPad")

func set(names string) map[string]bool {
	m := map[string]bool{}
	for _, n := range strings.Fields(names) {
		m[n] = true
	}
	return m
}

func (c *call) bytes() float64 {
	if free[c.node.OpType] || c.node.OpType == "Cast" && c.input(0).Elem == c.output(0).Elem {
		return 0
	}
	b := 0.0
	for i := range c.out {
		b += c.out[i].bytes()
	}
	if selecting[c.node.OpType] {
		b *= 2 // read, then written
		for i := 1; i < len(c.in); i++ {
			b += c.in[i].bytes()
		}
		return b
	}
	for i := range c.in {
		b += c.in[i].bytes()
	}
	return b
}
