package optimize

import (
	"slices"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/ops/fused"
)

// fuseConvResidual turns
//
//	y = relu(conv(x, W, b) + z)
//	y = clip(conv(x, W, b) + z, lo, hi)
//
// and the sum alone into ConvAdd.
func fuseConvResidual(g *graph) {
	conv, z := op("Conv").with(func(*onnx.Node) bool { return true }), anything()
	sum := op("Add", conv, z)
	build := func(m *match, bounds ...*onnx.Attr) *onnx.Node {
		of := m.node(conv)
		if len(of.Inputs) < 2 || len(of.Inputs) > 3 || constantOf(m.value(z)) != nil {
			return nil
		}
		n := &onnx.Node{OpType: "ConvAdd", Domain: fused.Domain, Opset: 1, Attrs: append(slices.Clone(of.Attrs), bounds...), Inputs: slices.Clone(of.Inputs)}
		for len(n.Inputs) < 3 {
			n.Inputs = append(n.Inputs, nil)
		}
		n.Inputs = append(n.Inputs, m.value(z))
		return n
	}
	g.rewriteBounded(sum, func(m *match, lo, hi float32, relu bool) *onnx.Node { return build(m, limits(lo, hi, relu)...) })
	g.rewrite(sum, func(m *match) *onnx.Node { return build(m) })
}

// fuseLinearResidual turns
//
//	y = relu(x·W + b + z)
//	y = clip(x·W + b + z, lo, hi)
//
// and the sum alone into Linear, which is computed into the memory of z.
func fuseLinearResidual(g *graph) {
	x, w, z := anything(), floatMatrix(), anything()
	layer := op("Linear").in(fused.Domain).with(func(n *onnx.Node) bool {
		return len(n.Inputs) <= 3 && n.Attr("lo") == nil && n.Attr("hi") == nil && n.Attr("activation") == nil
	})
	product := op("MatMul", x, w)
	sum := op("Add", either(layer, product), z)
	build := func(m *match, bounds ...*onnx.Attr) *onnx.Node {
		n := &onnx.Node{OpType: "Linear", Domain: fused.Domain, Opset: 1, Attrs: bounds}
		p := pattern(product)
		if m.value(layer) != nil {
			p = layer
			n.Attrs = append(bounds, m.node(layer).Attrs...)
		}
		if slices.Contains(m.node(p).Inputs, m.value(z)) || constantOf(m.value(z)) != nil {
			return nil
		}
		n.Inputs = slices.Clone(m.node(p).Inputs)
		for len(n.Inputs) < 3 {
			n.Inputs = append(n.Inputs, nil)
		}
		n.Inputs = append(n.Inputs, m.value(z))
		return n
	}
	g.rewriteBounded(sum, func(m *match, lo, hi float32, relu bool) *onnx.Node { return build(m, limits(lo, hi, relu)...) })
	g.rewrite(sum, func(m *match) *onnx.Node { return build(m) })
}

func limits(lo, hi float32, relu bool) []*onnx.Attr {
	if relu {
		return []*onnx.Attr{floatAttr("lo", 0)}
	}
	return []*onnx.Attr{floatAttr("lo", float64(lo)), floatAttr("hi", float64(hi))}
}
