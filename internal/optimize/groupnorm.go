package optimize

import (
	"slices"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// fuseGroupNorm turns
//
//	y = reshape(instancenorm(reshape(x, [0, groups, -1]), 1, 0), shape of x) · scale + bias
//
// into GroupNormalization, where scale and bias have one element a channel.
func fuseGroupNorm(g *graph) {
	x, split, shape, ones, zeros, scale, bias := anything(), constant(), anything(), constant(), constant(), constant(), constant()
	instance := op("InstanceNormalization", op("Reshape", x, split).with(copiesZeros), ones, zeros).with(func(n *onnx.Node) bool { return len(n.Inputs) == 3 })
	back := op("Reshape", instance, shape).with(copiesZeros)
	build := func(m *match) *onnx.Node {
		in, ok := g.shape(m.value(x))
		if !ok || len(in) < 2 || in[1] < 1 {
			return nil
		}
		groups := groupsOf(m, split, in)
		if groups < 1 || in[1]%groups != 0 || !g.isShapeOf(m.value(shape), m.value(x), groups) ||
			!isFilled(m.value(ones), groups, 1) || !isFilled(m.value(zeros), groups, 0) {
			return nil
		}
		d := constantOf(m.value(ones)).DType()
		factors, ok1 := perChannel(m.value(scale), in, d, 1)
		sums, ok2 := perChannel(m.value(bias), in, d, 0)
		if !ok1 || !ok2 {
			return nil
		}
		eps := 1e-5
		if a := m.node(instance).Attr("epsilon"); a != nil {
			eps = float64(a.Float)
		}
		return standard("GroupNormalization", 21, []*onnx.Attr{intAttr("num_groups", groups), floatAttr("epsilon", eps)}, m.value(x),
			newConstant(m.body, m.root.Name+"/scale", factors), newConstant(m.body, m.root.Name+"/bias", sums))
	}
	g.rewrite(op("Add", op("Mul", back, scale), bias), build)
	g.rewrite(op("Mul", back, scale), build)
	g.rewrite(back, build)
}

// copiesZeros reports whether 0 in the shape of a Reshape is x's dimension.
func copiesZeros(n *onnx.Node) bool {
	a := n.Attr("allowzero")
	return len(n.Inputs) == 2 && (a == nil || a.Int == 0)
}

// groupsOf returns n of a shape [0, n, -1] which x is reshaped to, 0 if it is
// another one.
func groupsOf(m *match, shape pattern, x tensor.Shape) int {
	s, err := ops.IntsOf(constantOf(m.value(shape)))
	if err != nil || len(s) != 3 || s[2] != -1 || s[0] != 0 && s[0] != x[0] {
		return 0
	}
	return s[1]
}

// isShapeOf reports whether v is certain to reshape [N, groups, …] to the shape
// of x.
func (g *graph) isShapeOf(v, x *onnx.Value, groups int) bool {
	if isWholeShape(v, x) {
		return true
	}
	t := constantOf(v)
	s, _ := g.shape(x)
	if t == nil || t.Rank() != 1 || t.Len() != len(s) {
		return false
	}
	want, err := ops.IntsOf(t)
	if err != nil {
		return false
	}
	free := 0
	for i, d := range want {
		switch {
		case d == -1:
			free++
		case d == 0 && (i == 0 || i == 1 && groups == s[1]):
		case d < 1 || d != s[i]:
			return false
		}
	}
	return free < 2
}

// isFilled reports whether a constant has n elements of x.
func isFilled(v *onnx.Value, n int, x float32) bool {
	t := constantOf(v)
	want := filled(t.DType(), tensor.Shape{n}, x)
	return want != nil && t.Shape().Equal(want.Shape()) && slices.Equal(t.Bytes(), want.Bytes())
}

// perChannel returns a constant that is broadcast to an image of shape x as one
// element a channel, or x if v is nil; ok is false where it is more than that.
func perChannel(v *onnx.Value, x tensor.Shape, d tensor.DType, def float32) (t *tensor.Tensor, ok bool) {
	if v == nil {
		return filled(d, tensor.Shape{x[1]}, def), true
	}
	t = constantOf(v)
	from := len(x) - t.Rank()
	if from < 0 || t.Len() != 1 && t.Len() != x[1] || t.Len() > 1 && (from > 1 || t.Dim(1-from) != x[1]) {
		return nil, false
	}
	if t.Len() == x[1] {
		t, err := t.Reshape(tensor.Shape{x[1]})
		return t, err == nil
	}
	// One element for all channels.
	one := t.Bytes()
	t, err := tensor.New(d, tensor.Shape{x[1]})
	if err != nil {
		return nil, false
	}
	copy(t.Bytes(), slices.Repeat(one, x[1]))
	return t, true
}
