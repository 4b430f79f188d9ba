package optimize

import (
	"slices"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/fused"
)

// fuseConvActivation turns
//
//	y = relu(conv(x, W, b))
//	y = clip(conv(x, W, b), lo, hi)
//	y = f(conv(x, W, b)), f one of Swish, HardSwish, HardSigmoid, Sigmoid
//
// into FusedConv, which bounds its sums before it stores them, and applies the
// others to blocks of them.
func fuseConvActivation(g *graph) {
	conv := op("Conv").with(func(*onnx.Node) bool { return true })
	fusedConv := func(m *match, activation string, params ...float32) *onnx.Node {
		n := *m.node(conv)
		n.OpType, n.Domain, n.Opset = "FusedConv", "com.microsoft", 1
		n.Attrs = append(slices.Clone(n.Attrs), stringAttr("activation", activation))
		if len(params) > 0 {
			n.Attrs = append(n.Attrs, &onnx.Attr{Name: "activation_params", Kind: onnx.AttrFloats, Floats: params})
		}
		return &n
	}
	g.rewriteBounded(conv, func(m *match, lo, hi float32, relu bool) *onnx.Node {
		if relu {
			return fusedConv(m, "Relu")
		}
		return fusedConv(m, "Clip", lo, hi)
	})
	swish := op("Swish", conv).with(func(n *onnx.Node) bool { a := n.Attr("alpha"); return a == nil || a.Float == 1 })
	g.rewrite(swish, func(m *match) *onnx.Node { return fusedConv(m, "Silu") })
	for _, name := range []string{"HardSwish", "Sigmoid"} {
		g.rewrite(op(name, conv), func(m *match) *onnx.Node { return fusedConv(m, name) })
	}
	g.rewrite(op("HardSigmoid", conv).with(func(*onnx.Node) bool { return true }), func(m *match) *onnx.Node {
		alpha, beta := float32(0.2), float32(0.5)
		for _, a := range m.root.Producer.Attrs {
			if a.Name == "alpha" {
				alpha = a.Float
			} else {
				beta = a.Float
			}
		}
		return fusedConv(m, "HardSigmoid", alpha, beta)
	})
}

// rewriteBounded rewrites relu(p) and clip(p, lo, hi).
func (g *graph) rewriteBounded(p pattern, build func(m *match, lo, hi float32, relu bool) *onnx.Node) {
	g.rewrite(op("Relu", p), func(m *match) *onnx.Node { return build(m, 0, 0, true) })
	g.rewrite(op("Clip", p).with(func(n *onnx.Node) bool { _, _, ok := bothBounds(n); return ok }), func(m *match) *onnx.Node {
		lo, hi, _ := bothBounds(m.root.Producer)
		return build(m, lo, hi, false)
	})
}

// bothBounds returns the bounds of a Clip that has two, constant, in order and
// exact as float32.
func bothBounds(n *onnx.Node) (lo, hi float32, ok bool) {
	if (n.Attr("min") == nil || n.Attr("max") == nil) && (len(n.Inputs) < 3 || n.Inputs[1] == nil || n.Inputs[2] == nil) {
		return 0, 0, false
	}
	l, h, ok := clipBounds(n)
	lo, hi = float32(l), float32(h)
	return lo, hi, ok && l <= h && float64(lo) == l && float64(hi) == h
}

// fuseLinear turns
//
//	y = x·W + b
//
// with constant matrix W and vector b, spelled as MatMul and Add or as Gemm, and
// perhaps bounded by Relu or Clip or followed by Gelu, into Linear, which does all
// in one pass.
func fuseLinear(g *graph) {
	x, w, bias := anything(), floatMatrix(), constant()
	product := op("MatMul", x, w)
	sum := op("Add", product, bias)
	gemm := op("Gemm", x, w, bias).with(plainGemm)
	gemmAlone := op("Gemm", x, w).with(func(n *onnx.Node) bool { return len(n.Inputs) == 2 && plainGemm(n) })
	linear := func(m *match, bounds ...*onnx.Attr) *onnx.Node {
		trans := 0
		for _, p := range []pattern{gemm, gemmAlone} {
			if m.value(p) != nil {
				if trans = intOf(m.node(p), "transB", 0); trans != 0 {
					trans = 1
				}
			}
		}
		n := standard("Linear", 1, append(bounds, intAttr("transB", trans)), m.value(x), m.value(w))
		n.Domain = fused.Domain
		if b := constantOf(m.value(bias)); b != nil {
			if b.Rank() != 1 || b.Len() != constantOf(m.value(w)).Dim(1-trans) {
				return nil
			}
			n.Inputs = append(n.Inputs, m.value(bias))
		}
		return n
	}
	g.rewriteBounded(either(sum, product, gemm, gemmAlone), func(m *match, lo, hi float32, relu bool) *onnx.Node {
		if relu {
			return linear(m, floatAttr("lo", 0))
		}
		return linear(m, floatAttr("lo", float64(lo)), floatAttr("hi", float64(hi)))
	})
	activations := map[string]string{"none": "Gelu", "tanh": "GeluTanh"}
	approximate := func(n *onnx.Node) string {
		if a := n.Attr("approximate"); a != nil {
			return a.String
		}
		return "none"
	}
	gelu := op("Gelu", either(sum, product, gemm, gemmAlone)).with(func(n *onnx.Node) bool { return activations[approximate(n)] != "" })
	g.rewrite(gelu, func(m *match) *onnx.Node {
		return linear(m, stringAttr("activation", activations[approximate(m.node(gelu))]))
	})
	g.rewrite(sum, func(m *match) *onnx.Node { return linear(m) })
}

// floatMatrix is a constant matrix of floating point.
func floatMatrix() *leaf {
	return &leaf{func(v *onnx.Value) bool {
		t := constantOf(v)
		return t != nil && t.Rank() == 2 && ops.Floats.Has(t.DType())
	}}
}

// plainGemm reports whether a Gemm does no more than A·B' + C.
func plainGemm(n *onnx.Node) bool {
	one := func(name string) bool { a := n.Attr(name); return a == nil || a.Float == 1 }
	return len(n.Inputs) <= 3 && one("alpha") && one("beta") && intOf(n, "transA", 0) == 0
}

// intOf returns an integer attribute.
func intOf(n *onnx.Node, name string, def int) int {
	if a := n.Attr(name); a != nil {
		return int(a.Int)
	}
	return def
}
