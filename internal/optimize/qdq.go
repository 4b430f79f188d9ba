package optimize

import (
	"math"
	"slices"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/tensor"
)

// fuseQuantized turns operators between conversions,
//
//	y = QuantizeLinear(op(DequantizeLinear(a), DequantizeLinear(b), …))
//
// as quantizers write them, into operators on the quantized numbers. It runs
// before constants are folded, which would make floats of quantized weights.
// Sums are exact then, where they were those of floats: an element may differ by
// one quantum where it lies on the edge between two.
func fuseQuantized(g *graph) {
	fuseDynamicProducts(g)
	if !g.isQuantized() {
		return
	}
	for _, b := range g.bodies() {
		b.Nodes = slices.DeleteFunc(b.Nodes, func(n *onnx.Node) bool { return n.OpType != "DequantizeLinear" && g.fold(n) })
	}
	sinkDequantize(g)
	dropConversions(g)
	fuseQuantizedConv(g)
	fuseQuantizedProducts(g)
	fuseQuantizedElements(g)
}

func (g *graph) isQuantized() bool {
	for _, b := range g.bodies() {
		for _, n := range b.Nodes {
			if n.OpType == "DequantizeLinear" && n.Domain == "" {
				return true
			}
		}
	}
	return false
}

// quantized is a tensor of integers with what they stand for. Scales are
// constant: one, or one for each index on an axis; so are zero points.
type quantized struct {
	x           *onnx.Value
	scale, zero *onnx.Value // zero may be nil
	dtype       tensor.DType
	scales      []float32
	axis        int
}

func (q *quantized) whole() bool { return len(q.scales) == 1 }

func (q *quantized) isByte() bool { return q.dtype == tensor.I8 || q.dtype == tensor.U8 }

// zeroPoint returns the first zero point of a tensor of bytes.
func (q *quantized) zeroPoint() int {
	if q.zero == nil {
		return 0
	}
	t := constantOf(q.zero)
	switch t.DType() {
	case tensor.I8:
		return int(tensor.Data[int8](t)[0])
	case tensor.U8:
		return int(tensor.Data[uint8](t)[0])
	}
	return 0
}

// isSymmetric reports whether all zero points are 0.
func (q *quantized) isSymmetric() bool {
	return q.zero == nil || !slices.ContainsFunc(constantOf(q.zero).Bytes(), func(b byte) bool { return b != 0 })
}

// bounds returns the least and the largest number that an element of one byte
// stands for.
func (q *quantized) bounds() (lo, hi float64) {
	least, most := -128, 127
	if q.dtype == tensor.U8 {
		least, most = 0, 255
	}
	s, z := float64(q.scales[0]), q.zeroPoint()
	return s * float64(least-z), s * float64(most-z)
}

// dequantize returns what a DequantizeLinear reads.
func dequantize(n *onnx.Node) (q quantized, ok bool) {
	if n == nil || n.OpType != "DequantizeLinear" {
		return q, false
	}
	if a := n.Attr("output_dtype"); a != nil && a.Int != 0 && tensor.DType(a.Int) != tensor.F32 {
		return q, false
	}
	return conversion(n, n.Inputs[0], n.Inputs[0])
}

// quantize returns what a QuantizeLinear makes.
func quantize(n *onnx.Node) (q quantized, ok bool) {
	if n.OpType != "QuantizeLinear" || n.Attr("precision") != nil {
		return q, false
	}
	return conversion(n, n.Outputs[0], n.Outputs[0])
}

func conversion(n *onnx.Node, x, typed *onnx.Value) (q quantized, ok bool) {
	if n.Domain != "" || !single(n) || len(n.Inputs) < 2 || intOf(n, "block_size", 0) != 0 {
		return q, false
	}
	q = quantized{x: x, scale: n.Inputs[1], axis: intOf(n, "axis", 1)}
	scale := constantOf(q.scale)
	if x == nil || scale == nil || scale.DType() != tensor.F32 || scale.Rank() > 1 || scale.Len() < 1 {
		return q, false
	}
	q.scales = tensor.Data[float32](scale)
	for _, s := range q.scales {
		if !(s > 0) || math.IsInf(float64(s), 1) {
			return q, false
		}
	}
	if len(n.Inputs) > 2 && n.Inputs[2] != nil {
		q.zero = n.Inputs[2]
		zero := constantOf(q.zero)
		if zero == nil || !zero.Shape().Equal(scale.Shape()) {
			return q, false
		}
		q.dtype = zero.DType()
		return q, true
	}
	q.dtype = quantizedType(typed, 100)
	return q, q.dtype != tensor.Undefined
}

// quantizedType returns the element type of a quantized tensor, as far as those
// who make it show it.
func quantizedType(v *onnx.Value, depth int) tensor.DType {
	if t := constantOf(v); t != nil {
		return t.DType()
	}
	n := v.Producer
	switch {
	case n == nil || depth == 0:
		if v.IsInput && v.Type.Kind == tensor.KindTensor {
			return v.Type.Elem
		}
		return tensor.Undefined
	case n.OpType == "QuantizeLinear" && n.Domain == "":
		if len(n.Inputs) > 2 && n.Inputs[2] != nil {
			return quantizedType(n.Inputs[2], depth-1)
		}
		if d := intOf(n, "output_dtype", 0); d != 0 {
			return tensor.DType(d)
		}
		return tensor.U8
	case moves(n):
		return quantizedType(n.Inputs[0], depth-1)
	}
	return tensor.Undefined
}

// moves reports whether a node only moves elements of its first input, or takes
// the largest of some, so that it may as well come before a conversion.
func moves(n *onnx.Node) bool {
	if n.Domain != "" || !single(n) || len(n.Inputs) == 0 {
		return false
	}
	switch n.OpType {
	case "Reshape", "Transpose", "Flatten", "Squeeze", "Unsqueeze", "Slice", "Gather", "DepthToSpace", "SpaceToDepth", "Identity":
		return n.Opset >= 13
	case "MaxPool":
		return n.Opset >= 12
	}
	return false
}

// sinkDequantize turns
//
//	y = move(DequantizeLinear(x))
//
// into y = DequantizeLinear(move(x)).
func sinkDequantize(g *graph) {
	for _, b := range g.bodies() {
		var nodes []*onnx.Node
		for _, n := range b.Nodes {
			nodes = append(nodes, n)
			if !moves(n) || n.Inputs[0] == nil {
				continue
			}
			d := n.Inputs[0].Producer
			q, ok := dequantize(d)
			if !ok || n.Inputs[0].Graph != b || !q.isByte() {
				continue
			}
			attrs := slices.Clone(d.Attrs)
			if !q.whole() {
				perm := n.Attr("perm")
				if n.OpType != "Transpose" || perm == nil || q.axis < 0 && q.axis+len(perm.Ints) < 0 {
					continue
				}
				if q.axis < 0 {
					q.axis += len(perm.Ints)
				}
				to := slices.Index(perm.Ints, int64(q.axis))
				if to < 0 {
					continue
				}
				attrs = slices.DeleteFunc(attrs, func(a *onnx.Attr) bool { return a.Name == "axis" })
				attrs = append(attrs, intAttr("axis", to))
			}
			y := n.Outputs[0]
			moved := &onnx.Value{Name: y.Name + "/quantized", Graph: b, Producer: n}
			last := &onnx.Node{
				Name: d.Name, OpType: d.OpType, Opset: d.Opset, Attrs: attrs,
				Inputs: append([]*onnx.Value{moved}, d.Inputs[1:]...), Outputs: []*onnx.Value{y},
			}
			n.Inputs = slices.Clone(n.Inputs)
			n.Inputs[0], n.Outputs = q.x, []*onnx.Value{moved}
			y.Producer = last
			if g.fold(n) {
				nodes = nodes[:len(nodes)-1]
			}
			nodes = append(nodes, last)
		}
		b.Nodes = nodes
	}
}

// dropConversions turns QuantizeLinear(DequantizeLinear(x)) with the same scale
// and zero point into x.
func dropConversions(g *graph) {
	keep, r := g.protected(), renaming{}
	for _, b := range g.bodies() {
		b.Nodes = slices.DeleteFunc(b.Nodes, func(n *onnx.Node) bool {
			r.read(n)
			y, ok := quantize(n)
			if !ok || keep[y.x] || n.Inputs[0] == nil {
				return false
			}
			x, ok := dequantize(n.Inputs[0].Producer)
			if !ok || x.dtype != y.dtype || !x.isByte() || !x.whole() || !y.whole() || x.scales[0] != y.scales[0] || x.zeroPoint() != y.zeroPoint() {
				return false
			}
			r[y.x] = x.x
			return true
		})
	}
}

// dequantized is what a DequantizeLinear makes of bytes. It stays where others
// read it.
func dequantized() *leaf {
	return &leaf{func(v *onnx.Value) bool {
		q, ok := dequantize(v.Producer)
		return ok && q.isByte()
	}}
}

// quantizedOf is a value of bytes that QuantizeLinear makes, with one scale.
func quantizedOf(p pattern) *operator {
	return op("QuantizeLinear", p).with(func(n *onnx.Node) bool {
		q, ok := quantize(n)
		return ok && q.whole() && q.isByte()
	})
}

// parts returns what a pattern of dequantized stands for.
func (m *match) parts(p pattern) quantized {
	q, _ := dequantize(m.value(p).Producer)
	return q
}

// zeroOf returns the zero point, which is made where there is none.
func (m *match) zeroOf(q quantized, name string) *onnx.Value {
	if q.zero != nil {
		return q.zero
	}
	shape := constantOf(q.scale).Shape()
	zero := tensor.Of(shape, make([]uint8, shape.Len())...)
	if q.dtype == tensor.I8 {
		zero = tensor.Of(shape, make([]int8, shape.Len())...)
	}
	return newConstant(m.body, m.root.Name+"/"+name, zero)
}

// anyAttrs accepts whatever attributes and inputs a node has.
func anyAttrs(*onnx.Node) bool { return true }

// unbounded reports whether the activation that a QuantizeLinear to y reads, if
// it is one, leaves all numbers as they are that y can hold.
func unbounded(y quantized, n *onnx.Node) bool {
	lo, hi := y.bounds()
	switch n.OpType {
	case "Relu":
		return lo >= 0
	case "Clip":
		l, h, ok := clipBounds(n)
		return ok && l <= lo && h >= hi
	}
	return true
}

// activated is p, or p bounded.
func activated(p pattern) pattern {
	return either(p, op("Relu", p), op("Clip", p).with(anyAttrs))
}

// intBias returns a bias of floats, or of dequantized integers, as the integers
// that stand for it by the scales of sums, one or one for each element. It is
// nil where those are not as good.
func intBias(v *onnx.Value, scales []float64, y float64) *tensor.Tensor {
	var numbers []float64
	if q, ok := dequantize(v.Producer); ok && q.dtype == tensor.I32 && q.isSymmetric() {
		t := constantOf(q.x)
		if t == nil || t.DType() != tensor.I32 {
			return nil
		}
		exact := true
		for i, x := range tensor.Data[int32](t) {
			s := float64(q.scales[i%len(q.scales)])
			want := scales[i%len(scales)]
			exact = exact && math.Abs(s-want) <= 1e-5*want
			numbers = append(numbers, float64(x)*s)
		}
		if exact && t.Rank() == 1 && (len(q.scales) == 1 || len(q.scales) == t.Len()) {
			return t
		}
	} else if t := constantOf(v); t != nil && t.DType() == tensor.F32 && t.Rank() == 1 {
		for _, x := range tensor.Data[float32](t) {
			numbers = append(numbers, float64(x))
		}
	}
	if numbers == nil {
		return nil
	}
	l := make([]int32, len(numbers))
	for i, x := range numbers {
		s := scales[i%len(scales)]
		// Rounding must be far below a quantum of the result.
		if r := math.RoundToEven(x / s); math.Abs(r) < 1<<30 && s <= y/64 {
			l[i] = int32(r)
		} else {
			return nil
		}
	}
	return tensor.Of(tensor.Shape{len(l)}, l...)
}

func sumScales(a quantized, b []float32) []float64 {
	l := make([]float64, len(b))
	for i, s := range b {
		l[i] = float64(a.scales[0]) * float64(s)
	}
	return l
}

// fuseQuantizedConv makes QLinearConv of Conv.
func fuseQuantizedConv(g *graph) {
	x, w := dequantized(), dequantized()
	conv := op("Conv", x, w).with(anyAttrs)
	g.rewrite(quantizedOf(activated(conv)), func(m *match) *onnx.Node {
		q, a, b := m.root.Producer, m.parts(x), m.parts(w)
		y, _ := quantize(q)
		if !a.whole() || !b.whole() && b.axis != 0 || !unbounded(y, q.Inputs[0].Producer) {
			return nil
		}
		n := standard("QLinearConv", 10, m.node(conv).Attrs)
		var bias *onnx.Value
		if in := m.node(conv).Inputs; len(in) > 2 && in[2] != nil {
			t := intBias(in[2], sumScales(a, b.scales), float64(y.scales[0]))
			if t == nil {
				return nil
			}
			bias = newConstant(m.body, m.root.Name+"/bias", t)
		}
		n.Inputs = []*onnx.Value{a.x, a.scale, m.zeroOf(a, "x_zero"), b.x, b.scale, m.zeroOf(b, "w_zero"), y.scale, m.zeroOf(y, "y_zero")}
		if bias != nil {
			n.Inputs = append(n.Inputs, bias)
		}
		return n
	})
}

// contributed is a node of an operator of com.microsoft.
func contributed(name string, attrs []*onnx.Attr, inputs ...*onnx.Value) *onnx.Node {
	n := standard(name, 1, attrs, inputs...)
	n.Domain = "com.microsoft"
	return n
}

// fuseQuantizedProducts makes QLinearMatMul of MatMul, MatMulIntegerToFloat
// where the result is not quantized, and QGemm of Gemm.
func fuseQuantizedProducts(g *graph) {
	a, b := dequantized(), dequantized()
	product := op("MatMul", a, b)
	// columns reports whether scales are one, or one for each column of B.
	columns := func(b quantized, trans bool) bool {
		t := constantOf(b.x)
		axis := 1
		if trans {
			axis = 0
		}
		return b.whole() || t != nil && t.Rank() == 2 && (b.axis == axis || b.axis == axis-2)
	}
	g.rewrite(quantizedOf(product), func(m *match) *onnx.Node {
		y, _ := quantize(m.root.Producer)
		a, b := m.parts(a), m.parts(b)
		if !a.whole() || !columns(b, false) {
			return nil
		}
		return standard("QLinearMatMul", 10, nil, a.x, a.scale, m.zeroOf(a, "a_zero"), b.x, b.scale, m.zeroOf(b, "b_zero"), y.scale, m.zeroOf(y, "y_zero"))
	})
	g.rewrite(product, func(m *match) *onnx.Node {
		a, b := m.parts(a), m.parts(b)
		if !a.whole() || !columns(b, false) {
			return nil
		}
		return contributed("MatMulIntegerToFloat", nil, a.x, b.x, a.scale, b.scale, m.zeroOf(a, "a_zero"), m.zeroOf(b, "b_zero"))
	})
	gemm := op("Gemm", a, b).with(func(n *onnx.Node) bool {
		one := func(name string) bool { a := n.Attr(name); return a == nil || a.Float == 1 }
		return one("alpha") && one("beta")
	})
	build := func(m *match, y *quantized) *onnx.Node {
		a, b := m.parts(a), m.parts(b)
		old := m.node(gemm)
		trans := intOf(old, "transB", 0)
		if !a.whole() || !columns(b, trans != 0) {
			return nil
		}
		n := contributed("QGemm", []*onnx.Attr{intAttr("transA", intOf(old, "transA", 0)), intAttr("transB", trans)})
		var bias *onnx.Value
		if len(old.Inputs) > 2 && old.Inputs[2] != nil {
			quantum := 0.0
			if y != nil {
				quantum = float64(y.scales[0])
			}
			t := intBias(old.Inputs[2], sumScales(a, b.scales), quantum)
			if t == nil {
				return nil
			}
			bias = newConstant(m.body, m.root.Name+"/bias", t)
		}
		n.Inputs = []*onnx.Value{a.x, a.scale, m.zeroOf(a, "a_zero"), b.x, b.scale, m.zeroOf(b, "b_zero"), bias}
		if y != nil {
			n.Inputs = append(n.Inputs, y.scale, m.zeroOf(*y, "y_zero"))
		}
		return n
	}
	g.rewrite(quantizedOf(activated(gemm)), func(m *match) *onnx.Node {
		y, _ := quantize(m.root.Producer)
		if !unbounded(y, m.root.Producer.Inputs[0].Producer) {
			return nil
		}
		return build(m, &y)
	})
	g.rewrite(gemm, func(m *match) *onnx.Node { return build(m, nil) })
}

// fuseQuantizedElements makes operators of com.microsoft of those that go
// element by element, pool, normalize or join.
func fuseQuantizedElements(g *graph) {
	x, z := dequantized(), dequantized()
	same := func(y quantized, l ...quantized) bool {
		return !slices.ContainsFunc(l, func(q quantized) bool { return !q.whole() || q.dtype != y.dtype })
	}
	for _, name := range []string{"Add", "Mul"} {
		two := op(name, x, z)
		g.rewrite(quantizedOf(activated(two)), func(m *match) *onnx.Node {
			y, _ := quantize(m.root.Producer)
			a, b := m.parts(x), m.parts(z)
			if !same(y, a, b) || !unbounded(y, m.root.Producer.Inputs[0].Producer) {
				return nil
			}
			return contributed("QLinear"+name, nil, a.x, a.scale, m.zeroOf(a, "a_zero"), b.x, b.scale, m.zeroOf(b, "b_zero"), y.scale, m.zeroOf(y, "y_zero"))
		})
	}
	for _, u := range []struct {
		name  string
		attrs []string
	}{
		{"Sigmoid", nil}, {"LeakyRelu", []string{"alpha"}}, {"GlobalAveragePool", nil}, {"Softmax", []string{"axis"}},
		{"AveragePool", []string{"auto_pad", "ceil_mode", "count_include_pad", "kernel_shape", "pads", "strides"}},
	} {
		one := op(u.name, x).with(func(n *onnx.Node) bool {
			return !slices.ContainsFunc(n.Attrs, func(a *onnx.Attr) bool { return !slices.Contains(u.attrs, a.Name) })
		})
		g.rewrite(quantizedOf(one), func(m *match) *onnx.Node {
			y, _ := quantize(m.root.Producer)
			a, old := m.parts(x), m.node(one)
			if !same(y, a) {
				return nil
			}
			attrs := slices.Clone(old.Attrs)
			if u.name == "Softmax" {
				if attrs = append(attrs, intAttr("opset", old.Opset)); old.Attr("axis") == nil {
					axis := -1
					if old.Opset < 13 {
						axis = 1
					}
					attrs = append(attrs, intAttr("axis", axis))
				}
			}
			return contributed("QLinear"+u.name, attrs, a.x, a.scale, m.zeroOf(a, "x_zero"), y.scale, m.zeroOf(y, "y_zero"))
		})
	}
	concat := op("Concat").with(func(n *onnx.Node) bool {
		return !slices.ContainsFunc(n.Inputs, func(v *onnx.Value) bool { return v == nil || !x.ok(v) })
	})
	g.rewrite(quantizedOf(concat), func(m *match) *onnx.Node {
		y, _ := quantize(m.root.Producer)
		n := contributed("QLinearConcat", m.node(concat).Attrs, y.scale, m.zeroOf(y, "y_zero"))
		for _, v := range m.node(concat).Inputs {
			a, _ := dequantize(v.Producer)
			if !same(y, a) {
				return nil
			}
			n.Inputs = append(n.Inputs, a.x, a.scale, m.zeroOf(a, "zero"))
		}
		return n
	})
}

// fuseDynamicProducts turns
//
//	q, s, z = DynamicQuantizeLinear(x)
//	y = Cast(MatMulInteger(q, W, z, zero))·(s·scale) + bias
//
// with constant W, zero, scale and bias, the last of which may be missing, into
// MatMulIntegerToFloat.
func fuseDynamicProducts(g *graph) {
	w, bias := constant(), constant()
	scale := constant()
	part := func(i int) *leaf {
		return &leaf{func(v *onnx.Value) bool {
			n := v.Producer
			return n != nil && n.OpType == "DynamicQuantizeLinear" && n.Domain == "" && len(n.Outputs) == 3 && n.Outputs[i] == v
		}}
	}
	q, s := part(0), part(1)
	product := op("MatMulInteger", q, w).with(func(n *onnx.Node) bool {
		if len(n.Inputs) < 3 || n.Inputs[0].Producer == nil || n.Inputs[2] != n.Inputs[0].Producer.Outputs[len(n.Inputs[0].Producer.Outputs)-1] {
			return false
		}
		return len(n.Inputs) < 4 || n.Inputs[3] == nil || constantOf(n.Inputs[3]) != nil
	})
	floats := op("Cast", product).with(func(n *onnx.Node) bool { return intOf(n, "to", 0) == int(tensor.F32) })
	scaled := op("Mul", floats, op("Mul", s, scale))
	build := func(m *match) *onnx.Node {
		in, t, scales := m.node(product).Inputs, constantOf(m.value(w)), constantOf(m.value(scale))
		if m.value(s).Producer != in[0].Producer || t.Rank() != 2 || scales.DType() != tensor.F32 || scales.Rank() > 1 ||
			scales.Len() != 1 && scales.Len() != t.Dim(1) {
			return nil
		}
		n := contributed("MatMulIntegerToFloat", nil, in[0], in[1], m.value(s), m.value(scale), in[2], nil)
		if len(in) > 3 && in[3] != nil {
			n.Inputs[5] = in[3]
		}
		if b := constantOf(m.value(bias)); b != nil {
			if b.DType() != tensor.F32 || b.Rank() != 1 || b.Dim(0) != t.Dim(1) {
				return nil
			}
			n.Inputs = append(n.Inputs, m.value(bias))
		}
		return n
	}
	g.rewrite(op("Add", scaled, bias), build)
	g.rewrite(scaled, build)
}
