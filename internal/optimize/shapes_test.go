package optimize_test

import (
	"fmt"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/runtime"
	"github.com/onnxrun/onnxrun/tensor"
	"github.com/stretchr/testify/require"
)

// shaped is a graph of x [batch rows 12] and i [], an integer.
func shaped(build func(b g)) func() g {
	return func() g {
		b := optest.NewGraph(17).Input("x", tensor.F32, "batch", "rows", 12).Input("s", tensor.F32, 2, 3, 4).Input("i", tensor.I64)
		for name, v := range map[string]int64{"zero": 0, "one": 1, "two": 2, "three": 3} {
			b.Const(name, tensor.Of(tensor.Shape{}, v))
		}
		ints := func(name string, l ...int64) { b.Const(name, tensor.Of(tensor.Shape{len(l)}, l...)) }
		ints("axis0", 0)
		ints("from1", 1)
		ints("most", 1<<62)
		ints("heads", 3, 4)
		ints("minus", -1)
		ints("all", -1, 2, 3)
		build(b)
		return b.Output("y")
	}
}

func TestShapesAreComputedBeforeTheRun(t *testing.T) {
	concat := optest.Attrs{"axis": 0}
	parts := func(b g) {
		lines(b, `shape = Shape(x)
			n = Gather(shape, zero)
			m = Gather(shape, one)
			k = Gather(shape, two)
			n1 = Unsqueeze(n, axis0)
			m1 = Unsqueeze(m, axis0)
			k1 = Unsqueeze(k, axis0)`)
	}
	for name, k := range map[string]struct {
		build func(b g)
		want  string
	}{
		"heads": {func(b g) {
			parts(b)
			node(b, "to = Concat(n1, m1, heads)", concat)
			lines(b, "y = Reshape(x, to)")
		}, "Reshape"},
		"a quotient of what is known": {func(b g) {
			parts(b)
			lines(b, "size = Div(k, three)\n size1 = Unsqueeze(size, axis0)")
			node(b, "to = Concat(n1, m1, minus, size1)", concat)
			lines(b, "y = Reshape(x, to)")
		}, "Reshape"},
		"heads and back": {func(b g) {
			parts(b)
			node(b, "to = Concat(n1, m1, minus, heads)", concat)
			lines(b, "h = Reshape(x, to)\n e = Exp(h)\n hs = Shape(e)")
			b.Const("two1", tensor.Of(tensor.Shape{1}, int64(2)))
			lines(b, "lead = Slice(hs, axis0, two1)")
			node(b, "back = Concat(lead, k1)", concat)
			lines(b, "y = Reshape(e, back)")
		}, "Reshape Exp Reshape"},
		"sizes of a static input": {func(b g) {
			lines(b, "shape = Shape(s)\n n = Gather(shape, one)\n d = Mul(n, two)\n q = Sub(d, one)")
			lines(b, "f = Div(q, two)\n v = Add(f, i)\n y = Neg(v)")
		}, "Add Neg"},
		"a choice between sizes": {func(b g) {
			parts(b)
			node(b, "to = Concat(n1, m1, k1)", concat)
			lines(b, "ts = Shape(to)")
			b.Node("ConstantOfShape", []string{"ts"}, []string{"ones"}, optest.Attrs{"value": tensor.Of(tensor.Shape{1}, int64(1))})
			lines(b, "neg = Mul(ones, minus)\n eq = Equal(to, neg)\n target = Where(eq, ones, to)\n big = Expand(x, target)\n y = Exp(big)")
		}, "Exp"},
		"a dimension that is not x's stays": {func(b g) {
			parts(b)
			lines(b, "i1 = Unsqueeze(i, axis0)")
			node(b, "to = Concat(i1, minus, k1)", concat)
			lines(b, "y = Reshape(x, to)")
		}, "Unsqueeze Concat Reshape"},
	} {
		in := map[string]tensor.Value{"x": random(2, 5, 12), "s": random(2, 3, 4), "i": tensor.Of(tensor.Shape{}, int64(5))}
		require.Equal(t, k.want, rewritten(t, shaped(k.build), in), name)
	}
}

// A Reshape must not take a 0 for a copy where the model means a 0, nor the other
// way round.
func TestShapesOfNothing(t *testing.T) {
	for _, allow := range []int{0, 1} {
		build := shaped(func(b g) {
			lines(b, "shape = Shape(x)\n n = Gather(shape, zero)\n n1 = Unsqueeze(n, axis0)\n m = Gather(shape, one)\n m1 = Unsqueeze(m, axis0)")
			node(b, "to = Concat(m1, n1, heads)", optest.Attrs{"axis": 0})
			b.Node("Reshape", []string{"x", "to"}, []string{"r"}, optest.Attrs{"allowzero": allow})
			lines(b, "y = Exp(r)")
		})
		for _, n := range [][2]int{{0, 0}, {2, 3}} {
			rewritten(t, build, map[string]tensor.Value{"x": random(n[0], n[1], 12), "s": random(2, 3, 4), "i": tensor.Of(tensor.Shape{}, int64(5))})
		}
	}
}

// A long chain of shapes is looked at in time that grows with its length alone.
func TestLongChainsOfShapes(t *testing.T) {
	b := optest.NewGraph(17).Input("x", tensor.F32, "n", "m")
	b.Const("c", tensor.Of(tensor.Shape{2}, int64(3), 5))
	lines(b, "v0 = Shape(x)")
	const n = 20000
	for i := range n {
		b.Node([]string{"Mul", "Add"}[i%2], []string{fmt.Sprint("v", i), "c"}, []string{fmt.Sprint("v", i+1)}, nil)
	}
	b.Node("Neg", []string{fmt.Sprint("v", n)}, []string{"y"}, nil)
	s, err := runtime.New(b.Output("y").Model())
	require.NoError(t, err)
	require.NoError(t, s.Close())
}
