package conformance

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/tensor"
)

// mutator changes a model and its inputs at random, in ways that leave the
// file readable: what reaches the operators is wrong in type, shape, number or
// value.
type mutator struct{ *rand.Rand }

var wildInts = []int64{0, 1, -1, 2, -2, 3, 5, 7, 100, -100, 1 << 16, 1 << 31, -1 << 31, 1 << 40, 1 << 62, math.MaxInt64, math.MinInt64}
var wildFloats = []float64{0, 1, -1, 0.5, -0.5, 1e-30, 1e30, 1e300, math.Inf(1), math.Inf(-1), math.NaN(), 3, 1 << 40}
var wildStrings = []string{"", "NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID", "linear", "cubic", "nearest", "bidirectional", "reverse", "forward",
	"Tanh", "Affine", "max", "mul", "add", "min", "edge", "reflect", "wrap", "constant", "ij,jk->ik", "...ij->...", "i->", "ii->i", "\xff\xfe", "tanh", "none"}

func pick[T any](m mutator, l []T) T { return l[m.IntN(len(l))] }

// model makes one to three changes.
func (m mutator) model(g *onnx.Graph, inputs []tensor.Value) {
	for range 1 + m.IntN(3) {
		if len(inputs) > 0 && m.IntN(2) == 0 {
			i := m.IntN(len(inputs))
			inputs[i] = m.value(inputs[i])
			continue
		}
		m.graph(g)
	}
	// What the model declares of its inputs must not shield its operators.
	for _, v := range g.Inputs {
		v.Type = tensor.Type{}
	}
}

func (m mutator) graph(g *onnx.Graph) {
	if len(g.Nodes) == 0 {
		return
	}
	n := pick(m, g.Nodes)
	for _, a := range n.Attrs {
		if a.Kind == onnx.AttrGraph && m.IntN(2) == 0 {
			m.graph(a.Graph)
			return
		}
	}
	switch m.IntN(8) {
	case 0:
		if len(n.Inputs) > 0 {
			n.Inputs[m.IntN(len(n.Inputs))] = nil
		}
	case 1:
		if len(n.Inputs) > 0 {
			n.Inputs[m.IntN(len(n.Inputs))] = pick(m, n.Inputs)
		}
	case 2:
		if len(n.Inputs) > 0 {
			n.Inputs = n.Inputs[:m.IntN(len(n.Inputs))]
		}
	case 3:
		n.Opset = 1 + m.IntN(28)
	case 4:
		for _, v := range g.Initializers {
			if v.Const != nil && m.IntN(2) == 0 {
				v.Const = m.value(v.Const)
			}
		}
	default:
		if len(n.Attrs) > 0 {
			m.attr(n, pick(m, n.Attrs))
		}
	}
}

func (m mutator) attr(n *onnx.Node, a *onnx.Attr) {
	if m.IntN(6) == 0 {
		n.Attrs = slices.DeleteFunc(n.Attrs, func(b *onnx.Attr) bool { return a == b })
		return
	}
	switch a.Kind {
	case onnx.AttrFloat:
		a.Float = float32(pick(m, wildFloats))
	case onnx.AttrInt:
		a.Int = pick(m, wildInts)
	case onnx.AttrString:
		a.String = pick(m, wildStrings)
	case onnx.AttrInts:
		a.Ints = mutateList(m, a.Ints, func() int64 { return pick(m, wildInts) })
	case onnx.AttrFloats:
		a.Floats = mutateList(m, a.Floats, func() float32 { return float32(pick(m, wildFloats)) })
	case onnx.AttrStrings:
		a.Strings = mutateList(m, a.Strings, func() string { return pick(m, wildStrings) })
	case onnx.AttrTensor:
		if t, ok := m.value(a.Tensor).(*tensor.Tensor); ok {
			a.Tensor = t
		}
	}
}

func mutateList[T any](m mutator, l []T, wild func() T) []T {
	l = slices.Clone(l)
	switch {
	case len(l) == 0 || m.IntN(4) == 0:
		return append(l, wild())
	case m.IntN(3) == 0:
		return l[:m.IntN(len(l))]
	}
	l[m.IntN(len(l))] = wild()
	return l
}

// value changes element type, shape or elements of a tensor.
func (m mutator) value(v tensor.Value) tensor.Value {
	t, ok := v.(*tensor.Tensor)
	if !ok {
		return tensor.Scalar(float32(1))
	}
	d, shape := t.DType(), t.Shape().Clone()
	switch m.IntN(5) {
	case 0:
		d = tensor.DType(1 + m.IntN(26))
	case 1:
		if len(shape) > 0 {
			shape[m.IntN(len(shape))] = pick(m, []int{0, 1, 2, 3, 5})
		}
	case 2:
		shape = append(shape, 1+m.IntN(2))
	case 3:
		if len(shape) > 0 {
			shape = shape[1:]
		}
	default:
		return m.elements(t.Clone())
	}
	if shape.Len() > 1<<20 {
		return v
	}
	n, err := tensor.New(d, shape)
	if err != nil {
		return v
	}
	if d == t.DType() {
		tensor.CopyElems(n, 0, t, 0, min(n.Len(), t.Len()))
	}
	if m.IntN(2) == 0 {
		return m.elements(n)
	}
	return n
}

// elements overwrites a few elements with wild ones.
func (m mutator) elements(t *tensor.Tensor) *tensor.Tensor {
	for range min(t.Len(), 1+m.IntN(4)) {
		i := m.IntN(t.Len())
		switch t.DType() {
		case tensor.F32:
			tensor.Data[float32](t)[i] = float32(pick(m, wildFloats))
		case tensor.F64:
			tensor.Data[float64](t)[i] = pick(m, wildFloats)
		case tensor.I64:
			tensor.Data[int64](t)[i] = pick(m, wildInts)
		case tensor.I32:
			tensor.Data[int32](t)[i] = int32(pick(m, wildInts))
		case tensor.Boolean:
			tensor.Data[bool](t)[i] = m.IntN(2) == 0
		case tensor.Str:
			tensor.Data[string](t)[i] = pick(m, wildStrings)
		default:
			size, limit := t.DType().Size(), byte(m.IntN(256))
			switch t.DType() {
			case tensor.U4, tensor.F4E2M1:
				limit &= 15
			case tensor.U2:
				limit &= 3
			case tensor.I4, tensor.I2:
				limit &= 1
			}
			t.Bytes()[i*size] = limit
		}
	}
	return t
}
