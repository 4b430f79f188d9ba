package optimize_test

import (
	"math"
	"strings"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/runtime"
	"github.com/onnxrun/onnxrun/tensor"
	"github.com/stretchr/testify/require"
)

// attending is a graph of q, k and v [batch rows heads·4], masks, and the text, in
// which "y = Transpose(x) 0 2 1 3" has a permutation.
func attending(text string) func() g {
	return func() g {
		b := optest.NewGraph(17)
		for _, name := range []string{"q", "k", "v"} {
			b.Input(name, tensor.F32, "n", "s", 12)
		}
		b.Input("qkv", tensor.F32, "n", "s", 36).Input("stack", tensor.F32, "n", 5, 4)
		b.Input("mask", tensor.F32, "n", 1, 1, "s").Input("row", tensor.F32, "s").Input("see", tensor.Boolean, "s", "s")
		b.Input("dims", tensor.I64, "r")
		ints := func(name string, l ...int64) { b.Const(name, tensor.Of(tensor.Shape{len(l)}, l...)) }
		ints("split", 0, 0, 3, 4)
		ints("parts", 0, 0, 3, 3, 4)
		ints("join", 0, 0, 12)
		ints("axis0", 0)
		ints("axis1", 1)
		ints("axis2", 2)
		b.Const("first", tensor.Of(tensor.Shape{}, int64(0))).Const("second", tensor.Of(tensor.Shape{}, int64(1))).Const("third", tensor.Of(tensor.Shape{}, int64(2)))
		scalarConst(b, "half", 0.5)
		scalarConst(b, "two", 2)
		scalarConst(b, "nothing", 0)
		scalarConst(b, "far", -1e9)
		scalarConst(b, "inf", float32(math.Inf(-1)))
		b.Const("vector", random(4))
		for _, line := range split(text) {
			line, p, _ := strings.Cut(line, ") ")
			attrs := optest.Attrs{}
			if p != "" {
				var perm []int
				for _, f := range strings.Fields(p) {
					perm = append(perm, int(f[0]-'0'))
				}
				attrs["perm"] = perm
			}
			if strings.Contains(line, "Softmax") {
				attrs["axis"] = -1
			}
			if strings.Contains(line, "Split(") {
				out, rest, _ := strings.Cut(line, " = ")
				b.Node("Split", []string{strings.TrimSuffix(rest[6:], ")")}, strings.Split(out, ", "), optest.Attrs{"axis": 0})
				continue
			}
			node(b, line, attrs)
		}
		return b.Output("y")
	}
}

const (
	separate = `q1 = Reshape(q, split)
		qh = Transpose(q1) 0 2 1 3
		k1 = Reshape(k, split)
		kt = Transpose(k1) 0 2 3 1
		v1 = Reshape(v, split)
		vh = Transpose(v1) 0 2 1 3
		s = MatMul(qh, kt)
		d = Div(s, two)
		`
	weighted = `a = MatMul(p, vh)
		t = Transpose(a) 0 2 1 3
		y = Reshape(t, join)`
	joined = `qkv1 = Reshape(qkv, parts)
		all = Transpose(qkv1) 2 0 3 1 4
		`
	of = `s = MatMul(qs, kt)
		p = Softmax(s)
		` + weighted
)

func TestAttentionIsOneNode(t *testing.T) {
	one := "Reshape Reshape Reshape Attention Reshape"
	for name, k := range map[string]struct{ text, want string }{
		"scaled scores":      {separate + "p = Softmax(d)\n" + weighted, one},
		"bias":               {separate + "m = Add(d, mask)\np = Softmax(m)\n" + weighted, one},
		"bias first":         {separate + "m = Add(row, d)\np = Softmax(m)\n" + weighted, one},
		"choice":             {separate + "m = Where(see, d, far)\np = Softmax(m)\n" + weighted, one},
		"other choice":       {separate + "m = Where(see, inf, d)\np = Softmax(m)\n" + weighted, one},
		"choice, bias":       {separate + "w = Where(see, d, far)\nm = Add(w, mask)\np = Softmax(m)\n" + weighted, one},
		"bias, choice":       {separate + "w = Add(d, mask)\nm = Where(see, far, w)\np = Softmax(m)\n" + weighted, one},
		"no row is all NaN":  {separate + "m = Where(see, d, inf)\np1 = Softmax(m)\nnan = IsNaN(p1)\np = Where(nan, nothing, p1)\n" + weighted, one},
		"heads stay first":   {separate + "p = Softmax(d)\ny = MatMul(p, vh)", "Reshape Reshape Reshape Attention"},
		"scaled operands":    {replace(separate, "s = MatMul(qh, kt)", "qs = Mul(qh, half)\nks = Mul(two, kt)\ns = MatMul(qs, ks)") + "p = Softmax(d)\n" + weighted, one},
		"a stack":            {"kt = Transpose(stack) 0 2 1\ns = MatMul(stack, kt)\np = Softmax(s)\ny = MatMul(p, stack)", "Attention"},
		"keys as columns":    {"s = MatMul(stack, stack2)\np = Softmax(s)\ny = MatMul(p, stack)", "Transpose Exp Attention"},
		"gathered":           {joined + "q1 = Gather(all, first)\nqs = Mul(q1, half)\nk1 = Gather(all, second)\nvh = Gather(all, third)\nkt = Transpose(k1) 0 1 3 2\n" + of, "Reshape Attention Reshape"},
		"split":              {joined + "q0, k0, v0 = Split(all)\nq1 = Squeeze(q0, axis0)\nqs = Mul(q1, half)\nk1 = Squeeze(k0, axis0)\nvh = Squeeze(v0, axis0)\nkt = Transpose(k1) 0 1 3 2\n" + of, "Reshape Attention Reshape"},
		"unknown mask":       {separate + "any = Reshape(row, dims)\nm = Add(d, any)\np = Softmax(m)\n" + weighted, "Softmax"},
		"probabilities read": {separate + "p = Softmax(d)\nz = Exp(p)\n" + replace(weighted, "MatMul(p, vh)", "MatMul(p, z)"), "Softmax"},
		"not a number":       {separate + "e = Mul(d, vector)\np = Softmax(e)\n" + weighted, "Softmax"},
	} {
		if name == "keys as columns" {
			k.text = "st = Transpose(stack) 0 2 1\nstack2 = Exp(st)\n" + k.text
		}
		s := 6
		if k.want == "Softmax" {
			s = 4 // as many rows and keys as columns
		}
		see := make([]bool, s*s)
		for i := range see {
			see[i] = i%3 > 0 && i/s != 2
		}
		in := map[string]tensor.Value{"qkv": random(2, s, 36), "stack": random(2, 5, 4), "mask": random(2, 1, 1, s), "row": random(s),
			"see": tensor.Of(tensor.Shape{s, s}, see...), "dims": tensor.Of(tensor.Shape{2}, int64(1), -1)}
		for i, x := range []string{"q", "k", "v"} {
			r := random(2, s, 12)
			d := tensor.Data[float32](r)
			in[x] = tensor.Of(r.Shape(), append(append([]float32{}, d[i*7:]...), d[:i*7]...)...)
		}
		for _, threads := range []int{1, 2} {
			list := rewritten(t, attending(k.text), in, runtime.WithThreads(threads))
			if k.want == "Softmax" { // stays
				require.Contains(t, list, k.want, name)
				continue
			}
			require.Equal(t, k.want, list, name)
			require.Equal(t, bitsOf(t, attending(k.text), in, runtime.WithThreads(1)), bitsOf(t, attending(k.text), in, runtime.WithThreads(threads)), name)
		}
	}
}

func TestTransposedMatricesOfAStack(t *testing.T) {
	build := func(text string) func() g {
		return func() g {
			b := optest.NewGraph(17).Input("x", tensor.F32, "n", 3, "s", 4)
			b.Const("minus", tensor.Of(tensor.Shape{1}, int64(-1))).Const("lead", tensor.Of(tensor.Shape{2}, int64(0), 1))
			b.Const("r", tensor.Of(tensor.Shape{1}, int64(2))).Const("c", tensor.Of(tensor.Shape{1}, int64(3)))
			for _, line := range split(text) {
				attrs := optest.Attrs(nil)
				switch {
				case strings.Contains(line, "Concat"):
					attrs = optest.Attrs{"axis": 0}
				case strings.Contains(line, "Transpose"):
					attrs = perm(0, 2, 1)
				}
				node(b, line, attrs)
			}
			return b.Output("y")
		}
	}
	text := `shape = Shape(x)
		lead2 = Gather(shape, lead)
		s = Gather(shape, r)
		d = Gather(shape, c)
		flat = Concat(minus, s, d)
		m = Reshape(x, flat)
		t = Transpose(m)
		back = Concat(lead2, d, s)
		o = Reshape(t, back)
		y = Exp(o)`
	in := map[string]tensor.Value{"x": random(2, 3, 4, 4)}
	require.Equal(t, "Transpose Exp", rewritten(t, build(text), in))
	other := replace(text, "Concat(lead2, d, s)", "Concat(lead2, s, d)")
	require.NotEqual(t, "Transpose Exp", rewritten(t, build(other), in))
}
