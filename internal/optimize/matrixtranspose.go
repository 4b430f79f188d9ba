package optimize

import (
	"slices"

	"github.com/onnxrun/onnxrun/onnx"
)

// mergeMatrixTransposes makes one Transpose of
//
//	y = reshape(transpose(reshape(x, [b·h, s, d]), [0, 2, 1]), [b, h, d, s])
//
// where x is [b, h, s, d]: the spelling of a stack of transposed matrices.
func mergeMatrixTransposes(g *graph) {
	x := anything()
	shaped := func(p pattern) *operator {
		return op("Reshape", p).with(func(n *onnx.Node) bool { return len(n.Inputs) == 2 })
	}
	stack := shaped(x)
	swapped := op("Transpose", stack).with(func(n *onnx.Node) bool { return slices.Equal(permOf(n), []int64{0, 2, 1}) })
	g.rewrite(shaped(swapped), func(m *match) *onnx.Node {
		from, mid, to := g.facts(m.value(x)), g.facts(m.value(stack)), g.facts(m.root)
		r := len(from.shape)
		if !from.rank || !mid.rank || !to.rank || r < 3 || len(mid.shape) != 3 || len(to.shape) != r {
			return nil
		}
		a, b := from.shape[r-2], from.shape[r-1]
		if mid.shape[1] != a || mid.shape[2] != b || to.shape[r-2] != b || to.shape[r-1] != a ||
			!slices.Equal(from.shape[:r-2], to.shape[:r-2]) {
			return nil
		}
		perm := make([]int, r)
		for i := range perm {
			perm[i] = i
		}
		perm[r-2], perm[r-1] = r-1, r-2
		return standard("Transpose", 13, []*onnx.Attr{intsAttr("perm", perm)}, m.value(x))
	})
	removeDeadCode(g)
}
