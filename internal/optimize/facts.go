package optimize

import (
	"slices"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// facts are what is certain of a tensor before the run: from constants, from
// the declarations of the model's inputs, which every run checks, and from what
// operators do. Declarations of inner values are claims that nobody checks.
type facts struct {
	dtype tensor.DType // Undefined if not known
	shape tensor.Shape // -1 where a dimension is not known
	rank  bool         // shape is known so far
}

// shape returns the dimensions of a tensor, -1 where one is not known; ok is
// false where not even their number is.
func (g *graph) shape(v *onnx.Value) (s tensor.Shape, ok bool) {
	f := g.facts(v)
	return f.shape, f.rank
}

// dtype returns the element type of a tensor, Undefined if it is not known.
func (g *graph) dtype(v *onnx.Value) tensor.DType { return g.facts(v).dtype }

func (g *graph) facts(v *onnx.Value) facts {
	if v == nil {
		return facts{}
	}
	if t := constantOf(v); t != nil {
		return facts{t.DType(), t.Shape(), true}
	}
	if f, ok := g.known[v]; ok {
		return f
	}
	if g.known == nil {
		g.known = map[*onnx.Value]facts{}
	}
	g.known[v] = facts{} // until more is known, and for graphs that go in circles
	f := g.find(v)
	if len(f.shape) > maxRank { // Gather(x, x) doubles the rank each time
		f = facts{dtype: f.dtype}
	}
	for _, d := range f.shape {
		if d < -1 {
			f = facts{dtype: f.dtype}
			break
		}
	}
	g.known[v] = f
	return f
}

func (g *graph) find(v *onnx.Value) facts {
	switch {
	case v.IsInput && v.Graph == g.Graph && v.Type.Kind == tensor.KindTensor:
		f := facts{dtype: v.Type.Elem, rank: v.Type.HasShape}
		for _, d := range v.Type.Dims {
			f.shape = append(f.shape, max(d.Size, -1))
		}
		return f
	case v.Producer == nil || v.Producer.Domain != "" || v.Producer.Outputs[0] != v || len(v.Producer.Inputs) == 0:
		return facts{}
	}
	n := v.Producer
	f := g.facts(n.Inputs[0])
	switch n.OpType {
	case "Relu", "LeakyRelu", "PRelu", "Elu", "Selu", "Celu", "Sigmoid", "HardSigmoid", "HardSwish", "Gelu", "Swish", "Tanh",
		"Erf", "Sqrt", "Exp", "Log", "Abs", "Neg", "Reciprocal", "Softplus", "Clip", "Softmax", "LogSoftmax", "Dropout", "Identity",
		"BatchNormalization", "InstanceNormalization", "GroupNormalization", "LayerNormalization", "LRN":
		return f
	case "Cast":
		if a := n.Attr("to"); a != nil {
			f.dtype = tensor.DType(a.Int)
		}
		return f
	case "Shape":
		length := -1
		if f.rank {
			lo, hi := clipAxis(intOf(n, "start", 0), len(f.shape)), clipAxis(intOf(n, "end", len(f.shape)), len(f.shape))
			length = max(hi-lo, 0)
		}
		return facts{tensor.I64, tensor.Shape{length}, true}
	case "Slice":
		f.shape = slices.Repeat(tensor.Shape{-1}, len(f.shape))
		return f
	case "Gather":
		if len(n.Inputs) == 2 {
			i := g.facts(n.Inputs[1])
			f.rank = f.rank && i.rank && len(f.shape) > 0
			f.shape = slices.Repeat(tensor.Shape{-1}, max(len(f.shape)+len(i.shape)-1, 0))
		}
		return f
	case "Unsqueeze":
		if axes := g.intsOf(n, 1, "axes"); axes != nil && f.rank && len(f.shape) == 0 && len(axes) == 1 {
			return facts{f.dtype, tensor.Shape{1}, true}
		} else if axes != nil && f.rank {
			f.shape = slices.Repeat(tensor.Shape{-1}, len(f.shape)+len(axes))
			return f
		}
		return facts{dtype: f.dtype}
	case "Concat":
		f.shape, f.rank = g.joined(n, f)
		return f
	case "Add", "Sub", "Mul", "Div", "Pow":
		if n.Opset >= oldest && len(n.Inputs) == 2 {
			o := g.facts(n.Inputs[1])
			if f.dtype == tensor.Undefined && n.OpType != "Pow" {
				f.dtype = o.dtype
			}
			f.shape, f.rank = broadcastFacts(f, o)
		}
		return f
	case "Conv", "ConvTranspose", "MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool":
		f.shape, f.rank = g.imageFacts(n, f)
		return f
	case "MatMul", "Gemm":
		f.shape, f.rank = g.productFacts(n, f)
		return f
	case "Transpose":
		perm := n.Attr("perm")
		if !f.rank || perm == nil || !isPerm(perm.Ints) || len(perm.Ints) != len(f.shape) {
			f.rank, f.shape = false, nil
			return f
		}
		s := make(tensor.Shape, len(f.shape))
		for i, p := range perm.Ints {
			s[i] = f.shape[p]
		}
		f.shape = s
		return f
	case "ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin":
		f.shape, f.rank = g.reduced(n, f)
		return f
	case "Reshape":
		f.shape, f.rank = g.reshaped(n, f)
		return f
	}
	return facts{}
}

// maxRank is beyond what any model has: a claim of more is not worth memory.
const maxRank = 64

func clipAxis(i, rank int) int {
	if i < 0 {
		i += rank
	}
	return min(max(i, 0), rank)
}

// joined is the shape of a Concat: of one axis, where there is no other.
func (g *graph) joined(n *onnx.Node, first facts) (tensor.Shape, bool) {
	if !first.rank {
		return nil, false
	}
	s := slices.Repeat(tensor.Shape{-1}, len(first.shape))
	if len(s) != 1 {
		return s, true
	}
	s[0] = 0
	for _, v := range n.Inputs {
		in, ok := g.shape(v)
		if !ok || len(in) != 1 || in[0] < 0 {
			s[0] = -1
			break
		}
		s[0] = min(s[0]+in[0], maxRank+1)
	}
	if s[0] > maxRank {
		s[0] = -1
	}
	return s, true
}

func broadcastFacts(a, b facts) (tensor.Shape, bool) {
	if !a.rank || !b.rank {
		return nil, false
	}
	x, y := a.shape, b.shape
	if len(x) < len(y) {
		x, y = y, x
	}
	s := slices.Clone(x)
	for i, d := range y {
		at := &s[len(x)-len(y)+i]
		switch {
		case *at == 1:
			*at = d
		case *at == -1 && d > 1:
			*at = d
		}
	}
	return s, true
}

// imageFacts knows the rank and the channels of an image.
func (g *graph) imageFacts(n *onnx.Node, x facts) (tensor.Shape, bool) {
	s, ok := x.shape, x.rank
	channels := -1
	if ok && len(s) > 1 {
		channels = s[1]
	}
	if n.OpType == "Conv" || n.OpType == "ConvTranspose" {
		if len(n.Inputs) < 2 {
			return nil, false
		}
		w, known := g.shape(n.Inputs[1])
		if !known || len(w) < 3 {
			return nil, false
		}
		if !ok {
			s, ok = slices.Repeat(tensor.Shape{-1}, len(w)), true
		}
		channels = w[0]
		if n.OpType == "ConvTranspose" {
			if channels = w[1]; n.Attr("group") != nil {
				channels = -1
			}
		}
	}
	if !ok || len(s) < 2 {
		return nil, false
	}
	out := slices.Repeat(tensor.Shape{-1}, len(s))
	out[0], out[1] = s[0], channels
	return out, true
}

func (g *graph) productFacts(n *onnx.Node, a facts) (tensor.Shape, bool) {
	if len(n.Inputs) < 2 {
		return nil, false
	}
	b, ok := g.shape(n.Inputs[1])
	if ok && len(b) > 2 && a.rank && len(a.shape) > 1 && n.OpType == "MatMul" {
		return slices.Repeat(tensor.Shape{-1}, max(len(a.shape), len(b))), true
	}
	if !ok || len(b) != 2 {
		return nil, false
	}
	if n.OpType == "Gemm" {
		if t := n.Attr("transB"); t != nil && t.Int != 0 {
			return tensor.Shape{-1, b[0]}, true
		}
		return tensor.Shape{-1, b[1]}, true
	}
	if !a.rank || len(a.shape) < 2 {
		return nil, false
	}
	s := slices.Clone(a.shape)
	s[len(s)-1] = b[1]
	return s, true
}

func (g *graph) reduced(n *onnx.Node, x facts) (tensor.Shape, bool) {
	if a := n.Attr("keepdims"); !x.rank || a != nil && a.Int != 1 {
		return nil, false
	}
	axes := g.intsOf(n, 1, "axes")
	s := slices.Clone(x.shape)
	for i := range s {
		if slices.Contains(axes, i) || slices.Contains(axes, i-len(s)) {
			s[i] = 1
		} else if len(axes) == 0 {
			s[i] = -1
		}
	}
	return s, true
}

// reshaped is the shape that a Reshape with a constant shape makes.
func (g *graph) reshaped(n *onnx.Node, x facts) (tensor.Shape, bool) {
	want := g.intsOf(n, 1, "shape")
	if want == nil {
		if len(n.Inputs) < 2 {
			return nil, false
		}
		// The shape is not known, but perhaps how long it is.
		length, ok := g.shape(n.Inputs[1])
		if !ok || len(length) != 1 || length[0] < 0 || length[0] > maxRank {
			return nil, false
		}
		return slices.Repeat(tensor.Shape{-1}, length[0]), true
	}
	zero := n.Attr("allowzero")
	s := make(tensor.Shape, len(want))
	free, size := -1, 1
	for i, d := range want {
		s[i] = d
		switch {
		case d == -1:
			free = i
			continue
		case d == 0 && (zero == nil || zero.Int == 0):
			s[i] = -1
			if x.rank && i < len(x.shape) {
				s[i] = x.shape[i]
			}
		}
		if s[i] < 0 {
			size = 0
		}
		size *= max(s[i], 0)
	}
	if free >= 0 && size > 0 && x.rank {
		// What -1 stands for, where all of x is known.
		if total := x.shape.Len(); !slices.Contains(x.shape, -1) && total%size == 0 {
			s[free] = total / size
		}
	}
	return s, true
}

// intsOf returns the integers that a node has as its input i, or as an
// attribute; nil if neither is known.
func (g *graph) intsOf(n *onnx.Node, i int, attr string) []int {
	if a := n.Attr(attr); a != nil && a.Kind == onnx.AttrInts {
		l := make([]int, len(a.Ints))
		for i, v := range a.Ints {
			l[i] = int(v)
		}
		return l
	}
	if i >= len(n.Inputs) {
		return nil
	}
	t := constantOf(n.Inputs[i])
	if t == nil {
		return nil
	}
	l, err := ops.IntsOf(t)
	if err != nil {
		return nil
	}
	return l
}

// isWholeShape reports whether v is the Shape of x.
func isWholeShape(v, x *onnx.Value) bool {
	p := v.Producer
	return p != nil && p.OpType == "Shape" && p.Domain == "" && slices.Equal(p.Inputs, []*onnx.Value{x}) &&
		p.Attr("end") == nil && intOf(p, "start", 0) == 0
}

func isPerm(p []int64) bool {
	seen := make([]bool, len(p))
	for _, i := range p {
		if i < 0 || i >= int64(len(p)) || seen[i] {
			return false
		}
		seen[i] = true
	}
	return true
}
