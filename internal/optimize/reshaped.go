package optimize

import (
	"slices"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/ops/fused"
)

// fuseReshapedProducts turns
//
//	y = reshape(reshape(x, [rows, in])·W, [batch, …, out])
//
// where x is [batch, …, in], into a product of x itself: a matrix W needs no rows
// that are put together. The product may be a Gemm with a bias.
func fuseReshapedProducts(g *graph) {
	x, w, bias := anything(), floatMatrix(), constant()
	shaped := func(p pattern) *operator {
		return op("Reshape", p).with(func(n *onnx.Node) bool { return len(n.Inputs) == 2 })
	}
	rows := shaped(x)
	product := op("MatMul", rows, w)
	gemm := op("Gemm", rows, w, bias).with(plainGemm)
	g.rewrite(shaped(either(product, gemm)), func(m *match) *onnx.Node {
		from, mid, to := g.facts(m.value(x)), g.facts(m.value(rows)), g.facts(m.root)
		r := len(from.shape)
		if !from.rank || !mid.rank || !to.rank || r < 1 || len(mid.shape) != 2 || len(to.shape) != r {
			return nil
		}
		in, out := constantOf(m.value(w)).Dim(0), constantOf(m.value(w)).Dim(1)
		trans := 0
		if m.value(gemm) != nil && intOf(m.node(gemm), "transB", 0) != 0 {
			in, out, trans = out, in, 1
		}
		if in < 1 || from.shape[r-1] != in || mid.shape[1] != in || to.shape[r-1] != out || !slices.Equal(from.shape[:r-1], to.shape[:r-1]) {
			return nil
		}
		if m.value(gemm) == nil {
			return standard("MatMul", 13, nil, m.value(x), m.value(w))
		}
		if b := constantOf(m.value(bias)); b.Rank() != 1 || b.Dim(0) != out {
			return nil
		}
		n := standard("Linear", 1, []*onnx.Attr{intAttr("transB", trans)}, m.value(x), m.value(w), m.value(bias))
		n.Domain = fused.Domain
		return n
	})
}
