package optimize

import (
	"slices"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/tensor"
)

// fuseLayerNorm turns
//
//	y = d / √(mean(d²) + ε) · scale + bias, where d = x − mean(x)
//
// over the last axes into LayerNormalization.
func fuseLayerNorm(g *graph) {
	x, eps, scale, bias := anything(), scalar(), constant(), constant()
	mean := op(means, x).with(g.reducesLast)
	d := op("Sub", x, mean)
	variance := op(means, square(d)).with(g.reducesLast)
	build := func(m *match) *onnx.Node {
		k := g.lastAxes(m.node(mean))
		if k != g.lastAxes(m.node(variance)) {
			return nil
		}
		return m.normalization("LayerNormalization", 17, m.value(x), k, m.value(eps), m.value(scale), m.value(bias))
	}
	normal := overRoot(d, op("Add", variance, eps))
	g.rewrite(op("Add", op("Mul", normal, scale), bias), build)
	g.rewrite(op("Mul", normal, scale), build)
	g.rewrite(normal, build)

	// TensorFlow's spelling: x·f + (bias − mean·f), where f = scale / √(…).
	f := op("Mul", inverseRoot(op("Add", variance, eps)), scale)
	shift := either(op("Sub", bias, op("Mul", mean, f)), op("Add", op("Mul", op("Neg", mean), f), bias))
	g.rewrite(op("Add", op("Mul", x, f), shift), build)
}

// fuseRMSNorm turns
//
//	y = x / √(mean(x²) + ε) · scale
//
// over the last axes into RMSNormalization.
func fuseRMSNorm(g *graph) {
	x, eps, scale := anything(), scalar(), constant()
	mean := op(means, square(x)).with(g.reducesLast)
	build := func(m *match) *onnx.Node {
		return m.normalization("RMSNormalization", 23, m.value(x), g.lastAxes(m.node(mean)), m.value(eps), m.value(scale), nil)
	}
	normal := overRoot(x, op("Add", mean, eps))
	g.rewrite(either(op("Mul", normal, scale), op("Mul", x, op("Mul", inverseRoot(op("Add", mean, eps)), scale))), build)
	g.rewrite(normal, build)
}

// means take the mean of the last axes: TensorFlow's converter writes the second.
const means = "ReduceMean|GlobalAveragePool"

func square(x pattern) pattern { return either(op("Pow", x, exponent(2)), op("Mul", x, x)) }

// overRoot is x / √v.
func overRoot(x, v pattern) pattern {
	return either(op("Div", x, root(v)), op("Mul", x, inverseRoot(v)))
}

// inverseRoot is 1 / √v.
func inverseRoot(v pattern) pattern {
	return either(op("Reciprocal", root(v)), op("Div", number(1), root(v)), op("Pow", v, exponent(-0.5)))
}

func root(v pattern) pattern { return either(op("Sqrt", v), op("Pow", v, exponent(0.5))) }

// normalization makes a node that normalizes over the last k axes of x. scale
// may be nil for none, bias too.
func (m *match) normalization(name string, opset int, x *onnx.Value, k int, eps, scale, bias *onnx.Value) *onnx.Node {
	if !m.fits(x, k) {
		return nil
	}
	for _, p := range []*onnx.Value{scale, bias} {
		if t := constantOf(p); t != nil && !m.broadcasts(t.Shape(), x) {
			return nil
		}
	}
	if scale == nil {
		one := filled(constantOf(eps).DType(), tensor.Shape{1}, 1)
		if one == nil {
			return nil
		}
		scale = newConstant(m.body, m.root.Name+"/scale", one)
	}
	e, _ := scalarOf(eps)
	if e < 0 {
		return nil
	}
	n := standard(name, opset, []*onnx.Attr{intAttr("axis", -k), floatAttr("epsilon", e)}, x, scale)
	if bias != nil {
		n.Inputs = append(n.Inputs, bias)
	}
	return n
}

// broadcasts reports whether s is certain to broadcast to x and to leave its shape
// as it is.
func (m *match) broadcasts(s tensor.Shape, x *onnx.Value) bool {
	xs, ok := m.shape(x)
	if !ok || len(s) > len(xs) {
		return s.Len() == 1 && len(s) <= 1
	}
	for i, d := range s {
		if d != 1 && d != xs[len(xs)-len(s)+i] {
			return false
		}
	}
	return true
}

// reducesLast reports whether a reduction leaves 1 of each of the last axes.
func (g *graph) reducesLast(n *onnx.Node) bool { return g.lastAxes(n) > 0 }

// lastAxes returns over how many last axes a node reduces and leaves 1 of each;
// 0 if it does something else, or if it is not known.
func (g *graph) lastAxes(n *onnx.Node) int {
	if n.OpType == "GlobalAveragePool" {
		s, ok := g.shape(n.Inputs[0])
		if !ok || len(s) < 3 {
			return 0
		}
		return len(s) - 2
	}
	axes := g.intsOf(n, 1, "axes")
	if a := n.Attr("keepdims"); a != nil && a.Int != 1 {
		return 0
	}
	rank := 0
	if s, ok := g.shape(n.Inputs[0]); ok {
		rank = len(s)
	}
	k := len(axes)
	seen := make([]bool, k)
	for _, a := range axes {
		if a >= 0 {
			a -= rank
		}
		if a < -k || a >= 0 || seen[-a-1] {
			return 0
		}
		seen[-a-1] = true
	}
	return k
}

// filled returns a tensor of floats that are all x, nil for another type.
func filled(d tensor.DType, shape tensor.Shape, x float32) *tensor.Tensor {
	n := shape.Len()
	switch d {
	case tensor.F32:
		return tensor.Of(shape, slices.Repeat([]float32{x}, n)...)
	case tensor.F64:
		return tensor.Of(shape, slices.Repeat([]float64{float64(x)}, n)...)
	case tensor.F16:
		return tensor.Of(shape, slices.Repeat([]tensor.Float16{tensor.ToFloat16(x)}, n)...)
	case tensor.BF16:
		return tensor.Of(shape, slices.Repeat([]tensor.BFloat16{tensor.ToBFloat16(x)}, n)...)
	}
	return nil
}
