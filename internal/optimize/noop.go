package optimize

import (
	"slices"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/tensor"
)

// renaming says which value stands in for another from now on.
type renaming map[*onnx.Value]*onnx.Value

// read makes a node read what stands in for its inputs. Nodes come after those
// that they read, so one step is enough where every stand-in was looked up.
func (r renaming) read(n *onnx.Node) {
	for i, v := range n.Inputs {
		if s := r[v]; s != nil {
			n.Inputs[i] = s
		}
	}
}

// protected returns the values that must stay what they are: the outputs of all
// graphs.
func (g *graph) protected() map[*onnx.Value]bool {
	p := map[*onnx.Value]bool{}
	for _, v := range g.outputs {
		p[v] = true
	}
	for _, b := range g.bodies() {
		for _, v := range b.Outputs {
			p[v] = true
		}
	}
	return p
}

// removeNoOps drops nodes whose output is their input: Identity, Cast to the
// type that there is, Reshape and Expand to the shape that there is, Transpose that leaves
// the order, Dropout outside of training.
func removeNoOps(g *graph) {
	keep, uses, r := g.protected(), g.uses(), renaming{}
	for _, b := range g.bodies() {
		b.Nodes = slices.DeleteFunc(b.Nodes, func(n *onnx.Node) bool {
			r.read(n)
			if len(n.Inputs) == 0 || n.Inputs[0] == nil || len(n.Outputs) == 0 || n.Outputs[0] == nil || !g.isNoOp(n) {
				return false
			}
			// What a body gives may be known by another name, if the body has it.
			x := n.Inputs[0]
			if y := n.Outputs[0]; keep[y] && (b == g.Graph || slices.Contains(g.outputs, y) || x.Graph != b || x.Producer == nil && !x.IsInput) {
				return false
			}
			for _, v := range n.Outputs[1:] {
				if v != nil && (uses[v] > 0 || keep[v]) {
					return false
				}
			}
			r[n.Outputs[0]] = n.Inputs[0]
			return true
		})
	}
	for _, b := range g.bodies()[1:] {
		for i, v := range b.Outputs {
			if x := r[v]; x != nil {
				if !x.Type.HasShape {
					x.Type = v.Type // for loops without a tick
				}
				b.Outputs[i] = x
			}
		}
	}
}

func (g *graph) isNoOp(n *onnx.Node) bool {
	if n.Domain != "" {
		return false
	}
	x := n.Inputs[0]
	switch n.OpType {
	case "Identity":
		return true
	case "Cast":
		to := n.Attr("to")
		return to != nil && to.Int != 0 && tensor.DType(to.Int) == g.dtype(x)
	case "Transpose":
		perm := permOf(n)
		return perm != nil && isIdentity(perm)
	case "Dropout":
		if n.Opset < 7 {
			return intOf(n, "is_test", 0) != 0
		}
		return n.Opset < 12 || len(n.Inputs) < 3 || n.Inputs[2] == nil || isFalse(n.Inputs[2])
	case "Reshape":
		return g.keepsShape(n)
	case "Expand":
		return g.expandsNothing(n)
	}
	return false
}

// expandsNothing reports whether an Expand is certain to be to the shape of x.
func (g *graph) expandsNothing(n *onnx.Node) bool {
	x := g.facts(n.Inputs[0])
	if !x.rank || len(n.Inputs) != 2 {
		return false
	}
	want := g.list(n.Inputs[1])
	from := len(x.shape) - len(want)
	if want == nil || from < 0 {
		return false
	}
	for i, d := range want {
		if d != 1 && d != x.shape[from+i] {
			return false
		}
	}
	return true
}

func isFalse(v *onnx.Value) bool {
	t := constantOf(v)
	return t != nil && t.DType() == tensor.Boolean && t.Len() == 1 && !tensor.Data[bool](t)[0]
}

// keepsShape reports whether a Reshape is certain to be to the shape of x.
func (g *graph) keepsShape(n *onnx.Node) bool {
	x := n.Inputs[0]
	if len(n.Inputs) == 2 && n.Inputs[1] != nil && copiesZeros(n) && isWholeShape(n.Inputs[1], x) {
		// allowzero is 0: a dimension of 0 is copied, and is 0.
		return true
	}
	var want []int
	if n.Attr("shape") != nil {
		want = g.intsOf(n, 1, "shape")
	} else if len(n.Inputs) == 2 {
		want = g.list(n.Inputs[1])
	}
	have, ok := g.facts(x).shape, g.facts(x).rank
	if !ok || want == nil || len(want) != len(have) {
		return false
	}
	free := 0
	for i, d := range want {
		switch {
		case d == -1:
			free++
		case d == 0 && copiesZeros(n):
		case d == 0 || d != have[i]:
			return false
		}
	}
	return free < 2
}

// mergeTransposes makes one Transpose of two in a row, or none.
func mergeTransposes(g *graph) {
	keep, r := g.protected(), renaming{}
	changed := false
	for _, b := range g.bodies() {
		b.Nodes = slices.DeleteFunc(b.Nodes, func(n *onnx.Node) bool {
			r.read(n)
			second := permOf(n)
			if second == nil || !single(n) || n.Inputs[0].Producer == nil {
				return false
			}
			before := n.Inputs[0].Producer
			first := permOf(before)
			if first == nil || len(first) != len(second) {
				return false
			}
			changed = true
			perm := make([]int64, len(second))
			for i, p := range second {
				perm[i] = first[p]
			}
			x := before.Inputs[0]
			if isIdentity(perm) && !keep[n.Outputs[0]] {
				r[n.Outputs[0]] = x
				return true
			}
			n.Inputs = []*onnx.Value{x}
			n.Attrs = []*onnx.Attr{{Name: "perm", Kind: onnx.AttrInts, Ints: perm}}
			return false
		})
	}
	if changed {
		removeDeadCode(g) // the first ones, where nothing else reads them
	}
}

// permOf returns the permutation of a Transpose, nil if it is none or does not
// say.
func permOf(n *onnx.Node) []int64 {
	a := n.Attr("perm")
	if n.OpType != "Transpose" || n.Domain != "" || len(n.Inputs) != 1 || n.Inputs[0] == nil || a == nil || a.Kind != onnx.AttrInts || !isPerm(a.Ints) {
		return nil
	}
	return a.Ints
}

func isIdentity(perm []int64) bool {
	for i, p := range perm {
		if p != int64(i) {
			return false
		}
	}
	return true
}
