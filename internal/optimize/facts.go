package optimize

import (
	"fmt"
	"math"
	"slices"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/fused"
	"github.com/onnxrun/onnxrun/tensor"
)

// facts are what is certain of a tensor before the run: from constants, from
// the declarations of the model's inputs, which every run checks, and from what
// operators do. Declarations of inner values are claims that nobody checks. Of
// tensors without elements, the dimensions beside the 0 may be others where a
// Reshape has a -1.
type facts struct {
	dtype tensor.DType // Undefined if not known
	shape tensor.Shape // of sizes
	rank  bool         // shape is known so far
}

// shape returns the dimensions of a tensor, -1 where one is not known; ok is
// false where not even their number is.
func (g *graph) shape(v *onnx.Value) (s tensor.Shape, ok bool) {
	f := g.facts(v)
	if slices.ContainsFunc(f.shape, func(d int) bool { return d < 0 }) {
		f.shape = slices.Clone(f.shape)
		for i, d := range f.shape {
			f.shape[i] = max(d, -1)
		}
	}
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
	if !f.rank || len(f.shape) > maxRank { // Gather(x, x) doubles the rank each time
		f = facts{dtype: f.dtype}
	}
	owned := false
	for i, d := range f.shape {
		switch {
		case d >= 0 || !isNumber(d) && g.sizes.natural(d):
			continue
		case d != unknown && isNumber(d): // what no run can have
			f = facts{dtype: f.dtype}
		default:
			if !owned {
				f.shape, owned = slices.Clone(f.shape), true
			}
			f.shape[i] = g.sizes.fresh(true)
		}
		if !f.rank {
			break
		}
	}
	g.known[v] = f
	return f
}

// learn looks at all values in the order of the graph, so that no question leads
// far back.
func (g *graph) learn() {
	g.known, g.lists = nil, nil
	for _, b := range g.bodies() {
		for _, n := range b.Nodes {
			for _, v := range n.Outputs {
				g.facts(v)
			}
		}
	}
}

// dims makes shapes of unknown dimensions.
func dims(n int) tensor.Shape { return slices.Repeat(tensor.Shape{unknown}, n) }

func (g *graph) find(v *onnx.Value) facts {
	switch {
	case v.IsInput && v.Graph == g.Graph && v.Type.Kind == tensor.KindTensor:
		f := facts{dtype: v.Type.Elem, rank: v.Type.HasShape}
		for _, d := range v.Type.Dims {
			f.shape = append(f.shape, max(d.Size, unknown))
		}
		return f
	case v.Producer == nil || v.Producer.Domain != "" && v.Producer.Domain != fused.Domain || len(v.Producer.Inputs) == 0:
		return facts{}
	}
	n := v.Producer
	f := g.facts(n.Inputs[0])
	if n.OpType == "Split" && n.Domain == "" {
		return g.part(n, f)
	}
	if n.Outputs[0] != v {
		return facts{}
	}
	switch n.OpType {
	case "Relu", "LeakyRelu", "PRelu", "Elu", "Selu", "Celu", "Sigmoid", "HardSigmoid", "HardSwish", "Gelu", "Swish", "Tanh",
		"Erf", "Sqrt", "Exp", "Log", "Abs", "Neg", "Reciprocal", "Softplus", "Clip", "Softmax", "LogSoftmax", "Dropout", "Identity",
		"BatchNormalization", "InstanceNormalization", "GroupNormalization", "LayerNormalization", "RMSNormalization", "LRN",
		"Floor", "Ceil", "Round", "Sin", "Cos", "Trilu", "Not":
		return f
	case "IsNaN", "IsInf":
		f.dtype = tensor.Boolean
		return f
	case "Cast":
		f.dtype = tensor.Undefined
		if a := n.Attr("to"); a != nil {
			f.dtype = tensor.DType(a.Int)
		}
		return f
	case "Shape":
		length := unknown
		if f.rank {
			lo, hi := g.shapeRange(n, len(f.shape))
			length = hi - lo
		}
		return facts{tensor.I64, tensor.Shape{length}, true}
	case "Size":
		return facts{tensor.I64, nil, true}
	case "Slice":
		f.shape = g.sliced(n, f.shape)
		return f
	case "Gather":
		return g.gathered(n, f)
	case "GatherND":
		return g.gatheredND(n, f)
	case "Unsqueeze":
		return g.unsqueezed(n, f)
	case "Squeeze":
		return g.squeezed(n, f)
	case "Concat":
		f.shape, f.rank = g.joined(n, f)
		return f
	case "Add", "Sub", "Mul", "Div", "Pow", "Max", "Min":
		if n.Opset >= oldest && len(n.Inputs) == 2 {
			o := g.facts(n.Inputs[1])
			if f.dtype == tensor.Undefined && n.OpType != "Pow" {
				f.dtype = o.dtype
			}
			f.shape, f.rank = broadcastFacts(f, o)
			return f
		}
		return facts{dtype: f.dtype}
	case "Equal", "Greater", "Less", "GreaterOrEqual", "LessOrEqual", "And", "Or":
		if n.Opset >= oldest && len(n.Inputs) == 2 {
			f.shape, f.rank = broadcastFacts(f, g.facts(n.Inputs[1]))
			f.dtype = tensor.Boolean
			return f
		}
	case "Where":
		if len(n.Inputs) == 3 {
			x, y := g.facts(n.Inputs[1]), g.facts(n.Inputs[2])
			f.shape, f.rank = broadcastFacts(f, x)
			f.shape, f.rank = broadcastFacts(f, y)
			if f.dtype = x.dtype; f.dtype == tensor.Undefined {
				f.dtype = y.dtype
			}
			return f
		}
	case "Conv", "ConvTranspose", "MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool":
		f.shape, f.rank = g.imageFacts(n, f)
		return f
	case "MatMul", "Gemm", "Linear":
		f.shape, f.rank = g.productFacts(n, f)
		return f
	case "Transpose":
		perm := n.Attr("perm")
		if !f.rank || perm == nil || !isPerm(perm.Ints) || len(perm.Ints) != len(f.shape) {
			return facts{dtype: f.dtype}
		}
		s := make(tensor.Shape, len(f.shape))
		for i, p := range perm.Ints {
			s[i] = f.shape[p]
		}
		f.shape = s
		return f
	case "ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceProd":
		f.shape, f.rank = g.reduced(n, f)
		return f
	case "Reshape":
		f.shape, f.rank = g.reshaped(n, f)
		return f
	case "LSTM", "GRU", "RNN":
		if r := g.facts(n.Inputs[min(2, len(n.Inputs)-1)]); f.rank && len(f.shape) == 3 && r.rank && len(r.shape) == 3 && intOf(n, "layout", 0) == 0 {
			f.shape = tensor.Shape{f.shape[0], r.shape[0], f.shape[1], r.shape[2]}
			return f
		}
		return facts{dtype: f.dtype}
	case "Expand":
		if l := g.list(n.Inputs[len(n.Inputs)-1]); l != nil && len(n.Inputs) == 2 {
			f.shape, f.rank = broadcastFacts(f, facts{shape: l, rank: true})
			return f
		}
		return facts{dtype: f.dtype}
	case "ConstantOfShape":
		f = facts{dtype: tensor.F32}
		if a := n.Attr("value"); a != nil && a.Tensor != nil {
			f.dtype = a.Tensor.DType()
		}
		if l := g.list(n.Inputs[0]); l != nil {
			f.shape, f.rank = l, true
		}
		return f
	}
	return facts{}
}

// shapeRange returns which dimensions of rank a Shape gives.
func (g *graph) shapeRange(n *onnx.Node, rank int) (lo, hi int) {
	lo, hi = clipAxis(intOf(n, "start", 0), rank), clipAxis(intOf(n, "end", rank), rank)
	return lo, max(lo, hi)
}

// part is what an output of a Split is.
func (g *graph) part(n *onnx.Node, f facts) facts {
	if !f.rank || len(f.shape) == 0 {
		return f
	}
	axis := clipAxis(intOf(n, "axis", 0), len(f.shape))
	f.shape = slices.Clone(f.shape)
	if axis < len(f.shape) {
		if d := f.shape[axis]; d > 0 && d%len(n.Outputs) == 0 && len(n.Inputs) == 1 && n.Attr("split") == nil {
			f.shape[axis] = d / len(n.Outputs)
		} else {
			f.shape[axis] = unknown
			if l := g.intsOf(n, 1, "split"); len(l) > 0 && !slices.ContainsFunc(l, func(d int) bool { return d != l[0] }) && l[0] >= 0 {
				f.shape[axis] = l[0]
			}
		}
	}
	return f
}

// sliced is the shape of a Slice: of the dimensions that it does not cut.
func (g *graph) sliced(n *onnx.Node, x tensor.Shape) tensor.Shape {
	starts, ends := g.intsOf(n, 1, "starts"), g.intsOf(n, 2, "ends")
	if starts == nil || len(starts) != len(ends) {
		return dims(len(x))
	}
	axes, steps := g.intsOf(n, 3, "axes"), g.intsOf(n, 4, "steps")
	if axes == nil {
		if n.Attr("axes") != nil || len(n.Inputs) > 3 && n.Inputs[3] != nil {
			return dims(len(x))
		}
		for i := range starts {
			axes = append(axes, i)
		}
	}
	if len(axes) != len(starts) || steps == nil && len(n.Inputs) > 4 && n.Inputs[4] != nil || steps != nil && len(steps) != len(axes) {
		return dims(len(x))
	}
	s := slices.Clone(x)
	for i, a := range axes {
		if a < 0 {
			a += len(s)
		}
		if a < 0 || a >= len(s) {
			return dims(len(x))
		}
		d := s[a]
		s[a] = unknown
		if steps != nil && steps[i] != 1 {
			continue
		}
		if d >= 0 {
			s[a] = max(clipAxis(ends[i], d)-clipAxis(starts[i], d), 0)
		} else if starts[i] == 0 && ends[i] >= math.MaxInt32 {
			s[a] = d
		}
	}
	return s
}

func (g *graph) gathered(n *onnx.Node, f facts) facts {
	if len(n.Inputs) != 2 {
		return facts{}
	}
	i := g.facts(n.Inputs[1])
	if !f.rank || !i.rank || len(f.shape) == 0 {
		return facts{dtype: f.dtype}
	}
	axis := clipAxis(intOf(n, "axis", 0), len(f.shape))
	if axis == len(f.shape) {
		return facts{dtype: f.dtype}
	}
	f.shape = slices.Concat(f.shape[:axis], i.shape, f.shape[axis+1:])
	return f
}

// gatheredND is what the slices of x that index tuples choose come to.
func (g *graph) gatheredND(n *onnx.Node, f facts) facts {
	if len(n.Inputs) != 2 {
		return facts{}
	}
	i := g.facts(n.Inputs[1])
	if !f.rank || !i.rank || len(i.shape) == 0 {
		return facts{dtype: f.dtype}
	}
	last := len(i.shape) - 1
	batch, tuple := intOf(n, "batch_dims", 0), i.shape[last]
	if batch < 0 || tuple < 1 || batch > last || tuple > len(f.shape)-batch {
		return facts{dtype: f.dtype}
	}
	f.shape = slices.Concat(i.shape[:last], f.shape[batch+tuple:])
	return f
}

func (g *graph) unsqueezed(n *onnx.Node, f facts) facts {
	axes := g.intsOf(n, 1, "axes")
	if axes == nil || !f.rank || len(axes) > maxRank {
		return facts{dtype: f.dtype}
	}
	s := dims(len(f.shape) + len(axes))
	for _, a := range axes {
		if a < 0 {
			a += len(s)
		}
		if a < 0 || a >= len(s) || s[a] == 1 {
			return facts{dtype: f.dtype}
		}
		s[a] = 1
	}
	rest := f.shape
	for i, d := range s {
		if d != 1 {
			s[i], rest = rest[0], rest[1:]
		}
	}
	f.shape = s
	return f
}

func (g *graph) squeezed(n *onnx.Node, f facts) facts {
	axes := g.intsOf(n, 1, "axes")
	if axes == nil || !f.rank {
		return facts{dtype: f.dtype}
	}
	gone := make([]bool, len(f.shape))
	for _, a := range axes {
		if a < 0 {
			a += len(gone)
		}
		if a < 0 || a >= len(gone) || gone[a] {
			return facts{dtype: f.dtype}
		}
		gone[a] = true
	}
	var s tensor.Shape
	for i, d := range f.shape {
		if !gone[i] {
			s = append(s, d)
		}
	}
	f.shape = s
	return f
}

// maxRank is beyond what any model has: a claim of more is not worth memory.
const maxRank = 64

func clipAxis(i, rank int) int {
	if i < 0 {
		i += rank
	}
	return min(max(i, 0), rank)
}

// joined is the shape of a Concat.
func (g *graph) joined(n *onnx.Node, first facts) (tensor.Shape, bool) {
	if !first.rank {
		return nil, false
	}
	s := dims(len(first.shape))
	axis := intOf(n, "axis", 1)
	if axis < 0 {
		axis += len(s)
	}
	if axis < 0 || axis >= len(s) {
		return s, true
	}
	copy(s, first.shape)
	s[axis] = 0
	for _, v := range n.Inputs {
		in := g.facts(v)
		if !in.rank || len(in.shape) != len(s) {
			s[axis] = noSize
			continue
		}
		s[axis] = g.sizes.plus(s[axis], in.shape[axis])
		for i, d := range in.shape {
			if i != axis && s[i] < 0 && d >= 0 {
				s[i] = d
			}
		}
	}
	if s[axis] == noSize {
		s[axis] = unknown
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
		case *at > 1 || *at == d || d == 1:
		case d > 1:
			*at = d
		default:
			*at = unknown
		}
	}
	return s, true
}

// imageFacts knows the channels of an image, and its extent as far as the window's
// attributes say how it comes from that of x.
func (g *graph) imageFacts(n *onnx.Node, x facts) (tensor.Shape, bool) {
	s, channels := x.shape, unknown
	var kernel []int
	switch n.OpType {
	case "Conv", "ConvTranspose":
		if len(n.Inputs) < 2 {
			return nil, false
		}
		w, known := g.shape(n.Inputs[1])
		if !known || len(w) < 3 {
			return nil, false
		}
		if !x.rank {
			s = dims(len(w))
		}
		channels, kernel = w[0], w[2:]
		if n.OpType == "ConvTranspose" {
			if channels = w[1]; n.Attr("group") != nil {
				channels = unknown
			}
		}
	default:
		if !x.rank || len(s) < 2 {
			return nil, false
		}
		channels = s[1]
		kernel = g.intsOf(&onnx.Node{Attrs: n.Attrs}, 0, "kernel_shape")
	}
	if len(s) < 2 {
		return nil, false
	}
	out := dims(len(s))
	out[0], out[1] = s[0], channels
	switch n.OpType {
	case "GlobalAveragePool", "GlobalMaxPool":
		for i := range out[2:] {
			out[2+i] = 1
		}
	case "Conv", "MaxPool", "AveragePool":
		g.windows(n, out[2:], s[2:], kernel)
	}
	return out, true
}

// windows sets how many windows of a kernel fit the extents in.
func (g *graph) windows(n *onnx.Node, out, in tensor.Shape, kernel []int) {
	if a := n.Attr("auto_pad"); a != nil && a.String != "" && a.String != "NOTSET" || intOf(n, "ceil_mode", 0) != 0 || len(kernel) != len(in) {
		return
	}
	list := func(name string, def, n int, node *onnx.Node) []int {
		if node.Attr(name) == nil {
			return slices.Repeat([]int{def}, n)
		}
		return g.intsOf(&onnx.Node{Attrs: node.Attrs}, 0, name)
	}
	r := len(in)
	pads, strides, dilations := list("pads", 0, 2*r, n), list("strides", 1, r, n), list("dilations", 1, r, n)
	if len(pads) != 2*r || len(strides) != r || len(dilations) != r {
		return
	}
	for i, d := range in {
		for _, v := range []int{pads[i], pads[r+i], strides[i], dilations[i], kernel[i]} {
			if v < 0 || v > math.MaxInt16 {
				return
			}
		}
		if strides[i] < 1 || kernel[i] < 1 {
			return
		}
		beyond := pads[i] + pads[r+i] - dilations[i]*(kernel[i]-1) - 1
		switch {
		case isNumber(d) && d >= 0:
			if d+beyond >= 0 {
				out[i] = (d+beyond)/strides[i] + 1
			}
		case isNumber(d):
		case strides[i] == 1 && beyond == -1:
			out[i] = d
		default:
			// One name for whatever window makes as many of d.
			out[i] = g.sizes.other(fmt.Sprint("windows ", beyond, " ", strides[i], " of "), d, 0, true)
		}
	}
}

func (g *graph) productFacts(n *onnx.Node, a facts) (tensor.Shape, bool) {
	if len(n.Inputs) < 2 {
		return nil, false
	}
	b := g.facts(n.Inputs[1])
	if n.OpType != "MatMul" {
		if !b.rank || len(b.shape) != 2 || n.OpType == "Linear" && (!a.rank || len(a.shape) == 0) {
			return nil, false
		}
		cols := b.shape[1]
		if intOf(n, "transB", 0) != 0 {
			cols = b.shape[0]
		}
		s := dims(2)
		if n.OpType == "Linear" {
			s = slices.Clone(a.shape)
		} else if a.rank && len(a.shape) == 2 {
			s[0] = a.shape[0]
			if intOf(n, "transA", 0) != 0 {
				s[0] = a.shape[1]
			}
		}
		s[len(s)-1] = cols
		return s, true
	}
	if !a.rank || !b.rank || len(a.shape) < 2 || len(b.shape) < 2 {
		return nil, false
	}
	r, q := len(a.shape)-2, len(b.shape)-2
	s, ok := broadcastFacts(facts{shape: a.shape[:r], rank: true}, facts{shape: b.shape[:q], rank: true})
	return append(s, a.shape[r], b.shape[q+1]), ok
}

func (g *graph) reduced(n *onnx.Node, x facts) (tensor.Shape, bool) {
	if a := n.Attr("keepdims"); !x.rank || a != nil && a.Int != 1 {
		return nil, x.rank && len(x.shape) == 1 // of one number
	}
	axes := g.intsOf(n, 1, "axes")
	s := slices.Clone(x.shape)
	for i := range s {
		if slices.Contains(axes, i) || slices.Contains(axes, i-len(s)) {
			s[i] = 1
		} else if len(axes) == 0 {
			s[i] = unknown
		}
	}
	return s, true
}

// reshaped is the shape that a Reshape makes.
func (g *graph) reshaped(n *onnx.Node, x facts) (tensor.Shape, bool) {
	var want []int
	if a := n.Attr("shape"); a != nil {
		want = g.intsOf(n, 1, "shape")
	} else if len(n.Inputs) == 2 {
		want = g.list(n.Inputs[1])
	}
	if want == nil {
		if len(n.Inputs) < 2 {
			return nil, false
		}
		// The shape is not known, but perhaps how long it is.
		length, ok := g.shape(n.Inputs[1])
		if !ok || len(length) != 1 || length[0] < 0 || length[0] > maxRank {
			return nil, false
		}
		return dims(length[0]), true
	}
	s := make(tensor.Shape, len(want))
	free, size := -1, 1
	for i, d := range want {
		s[i] = d
		switch {
		case d == -1 && free < 0:
			free = i
			continue
		case d == 0 && intOf(n, "allowzero", 0) == 0:
			s[i] = unknown
			if x.rank && i < len(x.shape) {
				s[i] = x.shape[i]
			}
		case !g.sizes.natural(d) && !isNumber(d):
			s[i] = unknown
		case isNumber(d) && d < 0:
			return nil, false
		}
		if s[i] == unknown {
			size = noSize
		}
		size = g.sizes.times(size, s[i])
	}
	if free < 0 || size == noSize || !x.rank {
		return s, true
	}
	// What -1 stands for, where the rest is known: the factors that are left.
	s[free] = g.rest(x.shape, s, free, size)
	return s, true
}

// rest returns what -1 stands for at free in a shape that x is reshaped to, whose
// other dimensions have the product size; unknown where that does not show.
func (g *graph) rest(x, s tensor.Shape, free, size int) int {
	if isNumber(size) && size <= 0 {
		return unknown
	}
	total := 1
	for _, d := range x {
		total = g.sizes.times(total, d)
	}
	if total == noSize {
		return unknown
	}
	t, p := g.sizes.product(total), g.sizes.product(size)
	if p.times < 1 || t.times%p.times != 0 {
		return unknown
	}
	left := slices.Clone(t.of)
	for _, f := range p.of {
		i := slices.Index(left, f)
		if i < 0 {
			return unknown
		}
		left = slices.Delete(left, i, i+1)
	}
	if d := g.sizes.name(monomial{t.times / p.times, left, true}); d != noSize {
		return d
	}
	return unknown
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
