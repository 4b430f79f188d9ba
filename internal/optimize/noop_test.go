package optimize_test

import (
	"strings"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/runtime"
	"github.com/onnxrun/onnxrun/tensor"
	"github.com/stretchr/testify/require"
)

// step is a node with attributes.
type step struct {
	line  string
	attrs optest.Attrs
}

func perm(p ...int) optest.Attrs { return optest.Attrs{"perm": p} }

// steps is a graph of x [n 3 4].
func steps(outputs []string, list ...step) func() g {
	return func() g {
		b := optest.NewGraph(14).Input("x", tensor.F32, "n", 3, 4).Input("i", tensor.I64, 3)
		b.Const("same", tensor.Of(tensor.Shape{3}, int64(0), -1, 4)).Const("other", tensor.Of(tensor.Shape{3}, int64(0), 4, 3))
		b.Const("flat", tensor.Of(tensor.Shape{2}, int64(0), -1)).Const("free", tensor.Of(tensor.Shape{3}, int64(-1), 3, 4))
		b.Const("fixed", tensor.Of(tensor.Shape{3}, int64(2), 3, 4))
		b.Const("ratio", tensor.Of(tensor.Shape{}, float32(0.5))).Const("no", tensor.Of(tensor.Shape{}, false))
		b.Const("a1", tensor.Of(tensor.Shape{1}, int64(1))).Const("a2", tensor.Of(tensor.Shape{1}, int64(1))).Const("a3", tensor.Of(tensor.Shape{1}, int64(0)))
		for _, s := range list {
			node(b, s.line, s.attrs)
		}
		return b.Output(outputs...)
	}
}

type change struct {
	want string
	list []step
}

func (c change) check(t *testing.T, pass string) {
	t.Helper()
	in := map[string]tensor.Value{"x": random(2, 3, 4), "i": tensor.Of(tensor.Shape{3}, int64(2), 3, 4)}
	build := steps([]string{"y"}, c.list...)
	require.Equal(t, c.want, rewritten(t, build, in, runtime.WithoutPass("chains")), c.list)
	var all string
	for i, s := range c.list {
		if i > 0 {
			all += " "
		}
		_, rest, _ := strings.Cut(s.line, " = ")
		op, _, _ := strings.Cut(rest, "(")
		all += op
	}
	require.Equal(t, all, rewritten(t, build, in, runtime.WithoutPass(pass, "chains")), c.list)
}

func TestNodesThatDoNothingGo(t *testing.T) {
	end := step{"y = Exp(a)", nil}
	for _, c := range []change{
		{"Exp", []step{{"a = Identity(x)", nil}, end}},
		{"Exp", []step{{"b = Identity(x)", nil}, {"a = Identity(b)", nil}, end}},
		{"Exp", []step{{"a = Cast(x)", optest.Attrs{"to": 1}}, end}},
		{"Cast Exp", []step{{"a = Cast(x)", optest.Attrs{"to": 11}}, {"y = Exp(a)", nil}}},
		{"Exp", []step{{"a = Transpose(x)", perm(0, 1, 2)}, end}},
		{"Transpose Exp", []step{{"a = Transpose(x)", nil}, end}},
		{"Exp", []step{{"a = Reshape(x, same)", nil}, end}},
		{"Exp", []step{{"a = Reshape(x, free)", nil}, end}},
		{"Reshape Exp", []step{{"a = Reshape(x, other)", nil}, end}},
		{"Reshape Exp", []step{{"a = Reshape(x, flat)", nil}, end}},
		{"Reshape Exp", []step{{"a = Reshape(x, fixed)", nil}, end}},
		{"Reshape Exp", []step{{"a = Reshape(x, i)", nil}, end}},
		{"Exp", []step{{"a = Dropout(x)", nil}, end}},
		{"Exp", []step{{"a = Dropout(x, ratio, no)", nil}, end}},
	} {
		c.check(t, "no-ops")
	}
}

func TestOutputsOfNodesThatDoNothingStay(t *testing.T) {
	in := map[string]tensor.Value{"x": random(2, 3, 4), "i": tensor.Of(tensor.Shape{3}, int64(2), 3, 4)}
	list := []step{{"a = Identity(x)", nil}, {"y = Exp(a)", nil}, {"z = Identity(y)", nil}}
	require.Equal(t, "Identity Exp Identity", rewritten(t, steps([]string{"a", "z"}, list...), in))
	require.Equal(t, "Identity Exp", rewritten(t, steps([]string{"y"}, list...), in, runtime.WithOutputs("a")))
}

func TestTransposesInARowAreOne(t *testing.T) {
	end := step{"y = Exp(b)", nil}
	for _, c := range []change{
		{"Exp", []step{{"a = Transpose(x)", perm(1, 2, 0)}, {"b = Transpose(a)", perm(2, 0, 1)}, end}},
		{"Transpose Exp", []step{{"a = Transpose(x)", perm(1, 2, 0)}, {"b = Transpose(a)", perm(1, 2, 0)}, end}},
		{"Transpose Exp", []step{{"a = Transpose(x)", perm(0, 2, 1)}, {"b = Transpose(a)", perm(2, 0, 1)}, end}},
		{"Transpose", []step{{"a = Transpose(x)", perm(0, 2, 1)}, {"y = Transpose(a)", perm(0, 2, 1)}}},
	} {
		c.check(t, "transposes")
	}
	in := map[string]tensor.Value{"x": random(2, 3, 4), "i": tensor.Of(tensor.Shape{3}, int64(2), 3, 4)}
	// The first one stays for others.
	list := []step{{"a = Transpose(x)", perm(1, 2, 0)}, {"b = Transpose(a)", perm(2, 0, 1)}, {"y = Exp(b)", nil}}
	require.Equal(t, "Transpose Exp", rewritten(t, steps([]string{"y", "a"}, list...), in))
}

func TestCommonSubexpressionsAreComputedOnce(t *testing.T) {
	for _, c := range []change{
		{"Exp Add", []step{{"a = Exp(x)", nil}, {"b = Exp(x)", nil}, {"y = Add(a, b)", nil}}},
		{"Exp Tanh Add", []step{{"a = Exp(x)", nil}, {"b = Exp(x)", nil}, {"c = Tanh(a)", nil}, {"d = Tanh(b)", nil}, {"y = Add(c, d)", nil}}},
		{"Unsqueeze Add", []step{{"a = Unsqueeze(x, a1)", nil}, {"b = Unsqueeze(x, a2)", nil}, {"y = Add(a, b)", nil}}},
		{"Unsqueeze Unsqueeze Add", []step{{"a = Unsqueeze(x, a1)", nil}, {"b = Unsqueeze(x, a3)", nil}, {"y = Add(a, b)", nil}}},
		{"Softmax Add", []step{{"a = Softmax(x)", optest.Attrs{"axis": 1}}, {"b = Softmax(x)", optest.Attrs{"axis": 1}}, {"y = Add(a, b)", nil}}},
		{"Softmax Softmax Add", []step{{"a = Softmax(x)", optest.Attrs{"axis": 1}}, {"b = Softmax(x)", optest.Attrs{"axis": 2}}, {"y = Add(a, b)", nil}}},
	} {
		c.check(t, "common-subexpressions")
	}
	in := map[string]tensor.Value{"x": random(2, 3, 4), "i": tensor.Of(tensor.Shape{3}, int64(2), 3, 4)}
	two := []step{{"a = Exp(x)", nil}, {"b = Exp(x)", nil}}
	require.Equal(t, "Exp Exp", rewritten(t, steps([]string{"a", "b"}, two...), in), "outputs stay")
}

func TestRandomNodesAreNotMerged(t *testing.T) {
	build := steps([]string{"y"}, step{"a = RandomNormalLike(x)", nil}, step{"b = RandomNormalLike(x)", nil}, step{"y = Sub(a, b)", nil})
	s, err := runtime.New(build().Model())
	require.NoError(t, err)
	require.Equal(t, "RandomNormalLike RandomNormalLike Sub", operators(s.Model().Graph))
}
