package optimize_test

import (
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/runtime"
	"github.com/onnxrun/onnxrun/tensor"
	"github.com/stretchr/testify/require"
)

// formula is a graph of x and of the scalars that its nodes need.
func formula(text string, outputs ...string) func() g {
	return func() g {
		b := optest.NewGraph(14).Input("x", tensor.F32, "n", 7)
		for name, v := range map[string]float32{"half": 0.5, "one": 1, "two": 2, "three": 3, "six": 6, "sixth": 1.0 / 6, "zero": 0, "four": 4,
			"sqrt2": 1.4142135, "isqrt2": 0.70710677, "factor": 0.7978845608, "c": 0.044715, "wrong": 0.8, "alpha": 1.702} {
			scalarConst(b, name, v)
		}
		b.Const("deep", tensor.Of(tensor.Shape{1, 1, 1}, float32(0.5))).Const("flat", tensor.Of(tensor.Shape{1}, float32(0.5)))
		for _, line := range split(text) {
			var attrs optest.Attrs
			if line == "s = HardSigmoid(x)" {
				attrs = optest.Attrs{"alpha": float32(1.0 / 6), "beta": float32(0.5)}
			}
			node(b, line, attrs)
		}
		if outputs == nil {
			outputs = []string{"y"}
		}
		return b.Output(outputs...)
	}
}

type formulas map[string]string

// become checks that all formulas become one operator, and without the pass
// stay as they are.
func (f formulas) become(t *testing.T, operator, pass string) {
	in := map[string]tensor.Value{"x": random(40, 7)}
	for name, text := range f {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, operator, rewritten(t, formula(text), in))
			require.NotEqual(t, operator, rewritten(t, formula(text), in, runtime.WithoutPass(pass)))
		})
	}
}

// stay checks that no formula becomes the operator.
func (f formulas) stay(t *testing.T, operator string) {
	in := map[string]tensor.Value{"x": random(40, 7)}
	for name, text := range f {
		t.Run(name, func(t *testing.T) {
			require.NotContains(t, rewritten(t, formula(text), in), operator)
		})
	}
}

const erf = "d = Div(x, sqrt2)\n e = Erf(d)\n a = Add(e, one)\n"

func TestGeluIsFound(t *testing.T) {
	formulas{
		"x·(1+erf)·½":       erf + "b = Mul(x, a)\n y = Mul(b, half)",
		"½·(x·(1+erf))":     erf + "b = Mul(a, x)\n y = Mul(half, b)",
		"(½·x)·(1+erf)":     erf + "b = Mul(half, x)\n y = Mul(b, a)",
		"x·(½·(1+erf))":     erf + "b = Mul(a, half)\n y = Mul(x, b)",
		"(x/2)·(1+erf)":     erf + "b = Div(x, two)\n y = Mul(a, b)",
		"x·(1+erf)/2":       erf + "b = Mul(x, a)\n y = Div(b, two)",
		"1+erf":             replace(erf, "Add(e, one)", "Add(one, e)") + "b = Mul(x, a)\n y = Mul(b, half)",
		"a factor for √2":   replace(erf, "Div(x, sqrt2)", "Mul(isqrt2, x)") + "b = Mul(x, a)\n y = Mul(b, half)",
		"a constant of [1]": erf + "b = Mul(x, a)\n y = Mul(b, flat)",
	}.become(t, "Gelu", "gelu")
}

func TestGeluIsLeftAlone(t *testing.T) {
	formulas{
		"a wrong half":             erf + "b = Mul(x, a)\n y = Mul(b, wrong)",
		"a wrong root":             replace(erf, "sqrt2", "two") + "b = Mul(x, a)\n y = Mul(b, half)",
		"another factor":           erf + "z = Exp(x)\n b = Mul(z, a)\n y = Mul(b, half)",
		"a constant of more ranks": erf + "b = Mul(x, a)\n y = Mul(b, deep)",
		"erf used elsewhere":       erf + "b = Mul(x, a)\n h = Mul(b, half)\n y = Add(h, e)",
	}.stay(t, "Gelu")
	in := map[string]tensor.Value{"x": random(4, 7)}
	build := formula(erf+"b = Mul(x, a)\n y = Mul(b, half)", "y", "e")
	require.NotContains(t, rewritten(t, build, in), "Gelu", "an inner value is an output")
	build = formula(erf + "b = Mul(x, a)\n y = Mul(b, half)")
	require.NotContains(t, rewritten(t, build, in, runtime.WithOutputs("a")), "Gelu", "an inner value is asked for")
}

func TestTanhGeluIsFound(t *testing.T) {
	const end = "t = Tanh(i)\n a = Add(t, one)\n h = Mul(x, half)\n y = Mul(h, a)"
	formulas{
		"Pow":      "p = Pow(x, three)\n q = Mul(p, c)\n s = Add(x, q)\n i = Mul(s, factor)\n" + end,
		"x·x·x":    "p = Mul(x, x)\n r = Mul(x, p)\n q = Mul(c, r)\n s = Add(q, x)\n i = Mul(factor, s)\n" + end,
		"factored": "p = Mul(x, x)\n q = Mul(p, c)\n s = Add(one, q)\n f = Mul(x, factor)\n i = Mul(f, s)\n" + end,
	}.become(t, "Gelu", "gelu")
	formulas{
		"a wrong factor": "p = Pow(x, three)\n q = Mul(p, c)\n s = Add(x, q)\n i = Mul(s, wrong)\n" + end,
		"a square":       "p = Pow(x, two)\n q = Mul(p, c)\n s = Add(x, q)\n i = Mul(s, factor)\n" + end,
	}.stay(t, "Gelu")
}

func TestSwishIsFound(t *testing.T) {
	formulas{
		"x·sigmoid":      "s = Sigmoid(x)\n y = Mul(x, s)",
		"sigmoid·x":      "s = Sigmoid(x)\n y = Mul(s, x)",
		"with a factor":  "f = Mul(x, alpha)\n s = Sigmoid(f)\n y = Mul(x, s)",
		"factor of rank": "f = Mul(flat, x)\n s = Sigmoid(f)\n y = Mul(x, s)",
	}.become(t, "Swish", "swish")
	formulas{
		"another value":         "e = Exp(x)\n s = Sigmoid(e)\n y = Mul(x, s)",
		"sigmoid used twice":    "s = Sigmoid(x)\n z = Mul(x, s)\n y = Add(z, s)",
		"factor of higher rank": "f = Mul(deep, x)\n s = Sigmoid(f)\n y = Mul(x, s)",
	}.stay(t, "Swish")
}

func TestHardSwishIsFound(t *testing.T) {
	const clip = "a = Add(x, three)\n c6 = Clip(a, zero, six)\n"
	formulas{
		"x·clip/6":     clip + "m = Mul(x, c6)\n y = Div(m, six)",
		"x·(clip/6)":   clip + "m = Div(c6, six)\n y = Mul(m, x)",
		"x·(clip·⅙)":   clip + "m = Mul(sixth, c6)\n y = Mul(m, x)",
		"x·clip·⅙":     clip + "m = Mul(x, c6)\n y = Mul(m, sixth)",
		"hard sigmoid": "s = HardSigmoid(x)\n y = Mul(s, x)",
	}.become(t, "HardSwish", "hardswish")
	formulas{
		"other bounds":    replace(clip, "six", "four") + "m = Mul(x, c6)\n y = Div(m, six)",
		"no upper bound":  replace(clip, ", six", "") + "m = Mul(x, c6)\n y = Div(m, six)",
		"another sum":     replace(clip, "three", "four") + "m = Mul(x, c6)\n y = Div(m, six)",
		"another divisor": clip + "m = Mul(x, c6)\n y = Div(m, four)",
		"clip used again": clip + "m = Mul(x, c6)\n n = Div(m, six)\n y = Add(n, c6)",
	}.stay(t, "HardSwish")
}

func TestPatternsAreFoundInSubgraphs(t *testing.T) {
	build := func() g {
		b := optest.NewGraph(14).Input("x", tensor.F32, "n").Input("cond", tensor.Boolean)
		node(b, "big = Exp(x)", nil)
		yes, no := b.Body("yes"), b.Body("no")
		lines(yes, "s = Sigmoid(big)\n y = Mul(s, big)")
		lines(no, "z = Neg(x)")
		yes.Output("y")
		no.Output("z")
		node(b, "out = If(cond)", optest.Attrs{"then_branch": yes, "else_branch": no})
		return b.Output("out")
	}
	for _, c := range []bool{false, true} {
		in := map[string]tensor.Value{"x": random(5), "cond": tensor.Of(tensor.Shape{}, c)}
		require.Contains(t, rewritten(t, build, in), "Swish")
	}
	// What only a sub-graph reads is used, too.
	build = func() g {
		b := optest.NewGraph(14).Input("x", tensor.F32, "n").Input("cond", tensor.Boolean)
		lines(b, "s = Sigmoid(x)\n y = Mul(s, x)")
		yes, no := b.Body("yes"), b.Body("no")
		lines(yes, "t = Exp(s)")
		lines(no, "z = Neg(s)")
		yes.Output("t")
		no.Output("z")
		node(b, "out = If(cond)", optest.Attrs{"then_branch": yes, "else_branch": no})
		return b.Output("out", "y")
	}
	in := map[string]tensor.Value{"x": random(5), "cond": tensor.Of(tensor.Shape{}, true)}
	require.NotContains(t, rewritten(t, build, in), "Swish")
}
