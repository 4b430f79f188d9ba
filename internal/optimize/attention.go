package optimize

import (
	"math"
	"slices"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/ops/fused"
	"github.com/onnxrun/onnxrun/tensor"
)

// fuseAttention turns
//
//	y = softmax(q·kᵀ · scale + mask) · v
//
// into Attention, with the scale on q, k or their product, masks added or chosen by
// Where, and the transpositions that put heads before rows and after the result
// back. Attention reads its operands where they lie.
func fuseAttention(g *graph) {
	q, k, v, factor, divisor := anything(), anything(), anything(), scalar(), scalar()
	bias, cond, fill := anything(), anything(), scalar()
	scores := op("MatMul", q, k)
	scaled := either(scores, op("Mul", scores, factor), op("Div", scores, divisor))

	kept, dropped := op("Where", cond, scaled, fill), op("Where", cond, fill, scaled)
	added := op("Add", scaled, bias)
	keptLast, droppedLast := op("Where", cond, added, fill), op("Where", cond, fill, added)
	masked := either(scaled, added, kept, dropped, op("Add", either(kept, dropped), bias), keptLast, droppedLast)

	softmax := op("Softmax", masked).with(g.overLast)
	isNaN := op("IsNaN", softmax)
	zeroed := op("Where", isNaN, number(0), softmax)
	core := op("MatMul", either(softmax, zeroed), v)

	build := func(m *match) *onnx.Node {
		y, ok := g.facts(m.value(core)), false
		rank := len(y.shape)
		if !y.rank || rank < 2 || rank > 4 {
			return nil
		}
		roles := []int{fused.Batch, fused.Head, fused.Row, fused.Column}
		if rank < 4 {
			roles = slices.Delete(roles, 1, 2) // one stack of matrices has no heads
		}
		roles = roles[len(roles)-rank:]
		if m.root != m.value(core) {
			perm := permOf(m.root.Producer)
			if roles = through(roles, perm); roles == nil || roles[rank-1] != fused.Column {
				return nil
			}
		}
		n := &onnx.Node{OpType: "Attention", Domain: fused.Domain, Opset: 1, Inputs: make([]*onnx.Value, 5)}
		scale := 1.0
		for i, p := range []pattern{q, k, v} {
			x := m.value(p)
			if i < 2 {
				x = g.unscaled(x, &scale)
			}
			var view []int
			if n.Inputs[i], view, ok = g.view(x, rank, i == 1); !ok {
				return nil
			}
			n.Attrs = append(n.Attrs, intsAttr([]string{"q", "k", "v"}[i], view))
		}
		n.Attrs = append(n.Attrs, intsAttr("y", roles))
		if s, ok := scalarOf(m.value(factor)); ok {
			scale *= s
		}
		if s, ok := scalarOf(m.value(divisor)); ok {
			scale /= s
		}
		if scale = float64(float32(scale)); scale == 0 || math.IsInf(scale, 0) || scale != scale {
			return nil
		}
		n.Attrs = append(n.Attrs, floatAttr("scale", scale))
		if !m.fits(m.value(scores), 0) {
			return nil
		}
		for i, p := range []pattern{bias, cond} {
			x := m.value(p)
			if x == nil {
				continue
			}
			if f := g.facts(x); !f.rank || len(f.shape) > rank {
				return nil
			}
			n.Inputs[3+i] = x
		}
		if m.value(cond) != nil {
			f, _ := scalarOf(m.value(fill))
			n.Attrs = append(n.Attrs, floatAttr("fill", f))
			if m.value(dropped) != nil || m.value(droppedLast) != nil {
				n.Attrs = append(n.Attrs, intAttr("drop", 1))
			}
			if m.value(keptLast) != nil || m.value(droppedLast) != nil {
				n.Attrs = append(n.Attrs, intAttr("fill_last", 1))
			}
		}
		if m.value(zeroed) != nil {
			n.Attrs = append(n.Attrs, intAttr("zero", 1))
		}
		for len(n.Inputs) > 3 && n.Inputs[len(n.Inputs)-1] == nil {
			n.Inputs = n.Inputs[:len(n.Inputs)-1]
		}
		return n
	}
	g.rewrite(op("Transpose", core).with(func(n *onnx.Node) bool { return permOf(n) != nil }), build)
	g.rewrite(core, build)
	removeDeadCode(g)
}

// overLast reports whether a Softmax is over the last axis.
func (g *graph) overLast(n *onnx.Node) bool {
	x, ok := g.shape(n.Inputs[0])
	def := -1
	if n.Opset < 13 {
		def = 1
	}
	axis := intOf(n, "axis", def)
	return len(n.Inputs) == 1 && ok && (axis == -1 || axis == len(x)-1)
}

// through returns the roles of the axes of a transposed tensor, nil if perm does
// not fit.
func through(roles []int, perm []int64) []int {
	if len(perm) != len(roles) {
		return nil
	}
	out := make([]int, len(roles))
	for i, p := range perm {
		out[i] = roles[p]
	}
	return out
}

// unscaled returns what x is a multiple of, and takes the factor into scale.
func (g *graph) unscaled(x *onnx.Value, scale *float64) *onnx.Value {
	for range 2 {
		n := x.Producer
		if n == nil || n.Domain != "" || n.Opset < oldest || len(n.Inputs) != 2 || n.OpType != "Mul" && n.OpType != "Div" {
			break
		}
		at := 0
		if n.OpType == "Mul" && constantOf(n.Inputs[0]) != nil {
			at = 1
		}
		of, by := n.Inputs[at], constantOf(n.Inputs[1-at])
		f := g.facts(of)
		if by == nil || by.Len() != 1 || by.DType() == tensor.F64 || !f.rank || by.Rank() > len(f.shape) {
			break
		}
		s, ok := scalarOf(n.Inputs[1-at])
		if !ok || s == 0 {
			break
		}
		if n.OpType == "Mul" {
			*scale *= s
		} else {
			*scale /= s
		}
		x = of
	}
	return x
}

// view finds the tensor in which the matrices of an operand lie, which is x or one
// that transpositions and choices of an index made x of, and returns what its axes
// are. keys says that x is a stack of transposed matrices.
func (g *graph) view(x *onnx.Value, rank int, keys bool) (base *onnx.Value, roles []int, ok bool) {
	f := g.facts(x)
	if !f.rank || len(f.shape) < 2 || len(f.shape) > rank {
		return nil, nil, false
	}
	r := []int{fused.Batch, fused.Head, fused.Row, fused.Column}
	if rank < 4 {
		r = slices.Delete(r, 1, 2)
	}
	r = r[len(r)-len(f.shape):]
	if n := len(r); keys {
		r[n-2], r[n-1] = r[n-1], r[n-2]
	}
	const most = 8
	for range most {
		if last := r[len(r)-1]; last == fused.Column || keys && last == fused.Row {
			base, roles, ok = x, slices.Clone(r), true
		}
		if x, r = g.before(x, r); x == nil || len(r) > most {
			break
		}
	}
	return base, roles, ok
}

// before returns the tensor of which a node made x without computing, and the roles
// of its axes; nil if there is none.
func (g *graph) before(x *onnx.Value, r []int) (*onnx.Value, []int) {
	n := x.Producer
	if n == nil || n.Domain != "" || len(n.Inputs) == 0 || n.Inputs[0] == nil {
		return nil, nil
	}
	of := n.Inputs[0]
	f := g.facts(of)
	if !f.rank {
		return nil, nil
	}
	rank := len(f.shape)
	switch n.OpType {
	case "Transpose":
		perm := permOf(n)
		if len(perm) != len(r) {
			return nil, nil
		}
		in := make([]int, len(r))
		for i, p := range perm {
			in[p] = r[i]
		}
		return of, in
	case "Squeeze":
		axes := g.intsOf(n, 1, "axes")
		if axes == nil || len(axes)+len(r) != rank {
			return nil, nil
		}
		var in []int
		for i := range rank {
			if slices.Contains(axes, i) || slices.Contains(axes, i-rank) {
				in = append(in, -1)
			} else if len(r) > 0 {
				in, r = append(in, r[0]), r[1:]
			}
		}
		if len(r) > 0 || len(in) != rank {
			return nil, nil
		}
		return of, in
	case "Gather":
		if len(n.Inputs) != 2 || rank != len(r)+1 {
			return nil, nil
		}
		axis := intOf(n, "axis", 0)
		if axis < 0 {
			axis += rank
		}
		t := constantOf(n.Inputs[1])
		if t == nil || t.Rank() != 0 || axis < 0 || axis >= rank {
			return nil, nil
		}
		l := listOf(t)
		if len(l) != 1 || l[0] < 0 || l[0] > math.MaxInt32 {
			return nil, nil
		}
		return of, slices.Insert(slices.Clone(r), axis, -1-l[0])
	case "Slice":
		starts, axes := g.intsOf(n, 1, "starts"), g.intsOf(n, 3, "axes")
		if len(starts) != 1 || len(axes) != 1 || rank != len(r) {
			return nil, nil
		}
		if steps := g.intsOf(n, 4, "steps"); len(n.Inputs) > 4 && n.Inputs[4] != nil && !slices.Equal(steps, []int{1}) {
			return nil, nil
		}
		a := axes[0]
		if a < 0 {
			a += rank
		}
		if a < 0 || a >= rank || starts[0] < 0 || starts[0] > math.MaxInt32 || r[a] >= 0 {
			return nil, nil
		}
		in := slices.Clone(r)
		in[a] -= starts[0]
		return of, in
	case "Split":
		a := intOf(n, "axis", 0)
		if a < 0 {
			a += rank
		}
		k := slices.Index(n.Outputs, x)
		d := g.facts(x)
		if rank != len(r) || a < 0 || a >= rank || r[a] >= 0 || k < 0 || !d.rank || len(d.shape) != rank || d.shape[a] < 1 || d.shape[a] > math.MaxInt32 {
			return nil, nil
		}
		in := slices.Clone(r)
		in[a] -= k * d.shape[a]
		return of, in
	}
	return nil, nil
}
