package optimize

import (
	"slices"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// maxList is how many elements a tensor has at most of which shapes are made.
const maxList = maxRank

// foldShapes computes the sizes that nodes put together from dimensions which are
// known before the run,
//
//	s = concat(unsqueeze(gather(shape(x), 0)), [12, 64])
//
// and writes the shape of a Reshape down where its elements are constants and
// dimensions of x at the same place, which a 0 stands for.
func foldShapes(g *graph) {
	g.learn()
	keep := g.protected()
	for _, b := range g.bodies() {
		b.Nodes = slices.DeleteFunc(b.Nodes, func(n *onnx.Node) bool {
			if g.fold(n) {
				return true
			}
			if n.Domain == "" && n.OpType == "Reshape" {
				g.writeShape(b, n)
				return false
			}
			if !single(n) || keep[n.Outputs[0]] {
				return false
			}
			v := n.Outputs[0]
			t := g.computed(v)
			if t == nil {
				return false
			}
			setConstant(v, t)
			return true
		})
	}
	removeDeadCode(g)
	g.learn()
}

// computed returns the tensor whose elements are all known, nil if v is none.
func (g *graph) computed(v *onnx.Value) *tensor.Tensor {
	l := g.list(v)
	if l == nil || slices.ContainsFunc(l, func(d int) bool { return !isNumber(d) }) {
		return nil
	}
	f := g.facts(v)
	if !f.rank || len(f.shape) > 1 || f.shape.Len() != len(l) { // what contradicts itself fails when it runs
		return nil
	}
	switch f.dtype {
	case tensor.I64:
		d := make([]int64, len(l))
		for i, n := range l {
			d[i] = int64(n)
		}
		return tensor.Of(slices.Clone(f.shape), d...)
	case tensor.I32:
		d := make([]int32, len(l))
		for i, n := range l {
			if d[i] = int32(n); int(d[i]) != n {
				return nil
			}
		}
		return tensor.Of(slices.Clone(f.shape), d...)
	case tensor.Boolean:
		d := make([]bool, len(l))
		for i, n := range l {
			d[i] = n != 0
		}
		return tensor.Of(slices.Clone(f.shape), d...)
	}
	return nil
}

// writeShape makes the shape of a Reshape constant.
func (g *graph) writeShape(b *onnx.Graph, n *onnx.Node) {
	if len(n.Inputs) != 2 || constantOf(n.Inputs[1]) != nil || n.Outputs[0] == nil {
		return
	}
	l, x := g.list(n.Inputs[1]), g.facts(n.Inputs[0])
	if len(l) == 0 || !copiesZeros(n) && slices.Contains(l, 0) {
		return
	}
	want := make([]int64, len(l))
	free := -1
	for i, d := range l {
		switch {
		case x.rank && i < len(x.shape) && x.shape[i] == d:
			// A 0 copies; so does a d that comes out as 0.
		case d == -1 && free < 0 || isNumber(d) && d >= 0:
			want[i] = int64(d)
		default:
			if free >= 0 || slices.Contains(l[i+1:], d) {
				return
			}
			free = i
			want[i] = -1
			// What is left is d, unless there is nothing to divide by.
			if slices.ContainsFunc(l, func(o int) bool { return o < 1 && o != d }) || !g.sizes.natural(d) {
				return
			}
			continue
		}
		if d == -1 {
			if free = i; slices.Contains(want[:i], -1) {
				return
			}
		}
	}
	n.Attrs = nil
	n.Inputs[1] = newConstant(b, n.Outputs[0].Name+"/shape", tensor.Of(tensor.Shape{len(want)}, want...))
}

// list returns the elements of an integer tensor of at most one dimension as
// sizes; those of a tensor of bool are 0 and 1. It is nil where they are not known,
// and not to be changed.
func (g *graph) list(v *onnx.Value) []int {
	if v == nil {
		return nil
	}
	if l, ok := g.lists[v]; ok {
		return l
	}
	if g.lists == nil {
		g.lists = map[*onnx.Value][]int{}
	}
	g.lists[v] = nil
	l := g.findList(v)
	if len(l) > maxList || !slices.ContainsFunc(l, func(d int) bool { return d != noSize }) {
		l = nil
	}
	g.lists[v] = l
	return l
}

func (g *graph) findList(v *onnx.Value) []int {
	if t := constantOf(v); t != nil {
		return listOf(t)
	}
	n := v.Producer
	if n == nil || n.Domain != "" || len(n.Inputs) == 0 || n.Outputs[0] != v {
		return nil
	}
	f := g.facts(v)
	if !f.rank || len(f.shape) > 1 || !ops.Indices.Has(f.dtype) && f.dtype != tensor.Boolean {
		return nil
	}
	if n.OpType == "Shape" {
		if x := g.facts(n.Inputs[0]); x.rank {
			lo, hi := g.shapeRange(n, len(x.shape))
			return x.shape[lo:hi]
		}
		return nil
	}
	if n.OpType == "Size" {
		x := g.facts(n.Inputs[0])
		if !x.rank {
			return nil
		}
		total := 1
		for _, d := range x.shape {
			total = g.sizes.times(total, d)
		}
		return []int{total}
	}
	if n.OpType == "ConstantOfShape" {
		return g.repeated(n)
	}
	// The others move elements or compute with them one by one.
	in := make([][]int, len(n.Inputs))
	for i, v := range n.Inputs {
		if in[i] = g.list(v); in[i] == nil {
			return nil
		}
	}
	switch n.OpType {
	case "Identity", "Squeeze", "Unsqueeze", "Reshape", "Cast":
		if of := g.dtype(n.Inputs[0]); of != f.dtype && (!ops.Indices.Has(of) || !ops.Indices.Has(f.dtype)) {
			return nil
		}
		return in[0]
	case "ReduceProd":
		if len(g.facts(n.Inputs[0]).shape) != 1 {
			return nil
		}
		total := 1
		for _, d := range in[0] {
			total = g.sizes.times(total, d)
		}
		return []int{total}
	case "Concat":
		return slices.Concat(in...)
	case "Gather":
		if len(in) != 2 || len(g.facts(n.Inputs[0]).shape) != 1 {
			return nil
		}
		var l []int
		for _, i := range in[1] {
			if i < 0 && isNumber(i) {
				i += len(in[0])
			}
			if i < 0 || i >= len(in[0]) {
				return nil
			}
			l = append(l, in[0][i])
		}
		return l
	case "Slice":
		return cut(in)
	case "Add", "Sub", "Mul", "Div", "Equal":
		if len(in) != 2 || n.Opset < oldest {
			return nil
		}
		return g.each(in, func(e []int) int { return g.sizes.arithmetic(n.OpType, e[0], e[1]) })
	case "Max":
		if len(in) != 2 {
			return nil
		}
		return g.each(in, func(e []int) int {
			switch {
			case e[0] == e[1]:
				return e[0]
			case isNumber(e[0]) && isNumber(e[1]):
				return max(e[0], e[1])
			}
			return noSize
		})
	case "Where":
		if len(in) != 3 {
			return nil
		}
		return g.each(in, func(e []int) int {
			switch e[0] {
			case 0:
				return e[2]
			case 1:
				return e[1]
			}
			return noSize
		})
	}
	return nil
}

func (s *sizes) arithmetic(op string, a, b int) int {
	switch op {
	case "Add":
		return s.plus(a, b)
	case "Sub":
		return s.minus(a, b)
	case "Mul":
		return s.times(a, b)
	case "Div":
		if s.natural(a) && s.natural(b) {
			return s.over(a, b)
		}
	case "Equal":
		if eq, known := s.equal(a, b); known && eq {
			return 1
		} else if known {
			return 0
		}
	}
	return noSize
}

// each computes with elements at the same place, one being repeated beside many.
func (g *graph) each(in [][]int, f func(e []int) int) []int {
	n := 1
	for _, l := range in {
		if len(l) != 1 {
			n = len(l)
		}
	}
	out, e := make([]int, n), make([]int, len(in))
	for i := range out {
		for k, l := range in {
			switch len(l) {
			case 1:
				e[k] = l[0]
			case n:
				e[k] = l[i]
			default:
				return nil
			}
		}
		out[i] = f(e)
	}
	return out
}

// repeated is a vector of ConstantOfShape.
func (g *graph) repeated(n *onnx.Node) []int {
	a := n.Attr("value")
	length := g.list(n.Inputs[0])
	if a == nil || a.Tensor == nil || a.Tensor.Len() != 1 || len(length) != 1 || length[0] < 1 || length[0] > maxList {
		return nil
	}
	return slices.Repeat(listOf(a.Tensor), length[0])
}

// cut is a Slice of a vector from the elements of its inputs.
func cut(in [][]int) []int {
	if len(in) < 3 || len(in[1]) != 1 || len(in[2]) != 1 || len(in) > 3 && !slices.Equal(in[3], []int{0}) && !slices.Equal(in[3], []int{-1}) ||
		len(in) > 4 && !slices.Equal(in[4], []int{1}) {
		return nil
	}
	x, lo, hi := in[0], in[1][0], in[2][0]
	if lo == noSize || hi == noSize || !isNumber(lo) || !isNumber(hi) {
		return nil
	}
	lo, hi = clipAxis(lo, len(x)), clipAxis(hi, len(x))
	return x[lo:max(lo, hi)]
}

// listOf returns the elements of a small constant.
func listOf(t *tensor.Tensor) []int {
	if t.Rank() > 1 || t.Len() > maxList {
		return nil
	}
	if t.DType() == tensor.Boolean {
		var l []int
		for _, b := range tensor.Data[bool](t) {
			if b {
				l = append(l, 1)
			} else {
				l = append(l, 0)
			}
		}
		return l
	}
	l, err := ops.IntsOf(t)
	if err != nil {
		return nil
	}
	for i, d := range l {
		l[i] = ends(d)
	}
	return l
}

// ends keeps the numbers that stand for "from the start" and "to the end" in a
// Slice numbers.
func ends(d int) int {
	return max(min(d, -lowest), lowest+1)
}
