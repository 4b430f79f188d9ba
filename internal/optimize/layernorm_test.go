package optimize_test

import (
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/runtime"
	"github.com/onnxrun/onnxrun/tensor"
	"github.com/stretchr/testify/require"
)

// norm is a decomposed normalization that tests change in one place.
type norm struct {
	opset    int
	axes     []int // of the means
	variance []int // of the second mean, if others
	keep     int
	text     string
	scale    tensor.Shape
	outputs  []string
	shape    []any // of x, as declared
	eps      *tensor.Tensor
	epsInput bool
}

const layerNorm = `d = Sub(x, mean)
	square = Pow(d, two)
	variance = ReduceMean(square)
	v = Add(variance, eps)
	root = Sqrt(v)
	normal = Div(d, root)
	scaled = Mul(normal, scale)
	y = Add(scaled, bias)`

func newNorm(text string) norm {
	return norm{opset: 13, axes: []int{-1}, keep: 1, text: text, scale: tensor.Shape{6}, outputs: []string{"y"},
		shape: []any{"n", 5, 6}, eps: tensor.Of(tensor.Shape{}, float32(1e-3))}
}

func (n norm) build() g {
	b := optest.NewGraph(n.opset).Input("x", tensor.F32, n.shape...)
	if n.epsInput {
		b.Input("eps", tensor.F32)
	} else {
		b.Const("eps", n.eps)
	}
	scalarConst(b, "one", 1)
	scalarConst(b, "two", 2)
	scalarConst(b, "three", 3)
	scalarConst(b, "minushalf", -0.5)
	b.Const("scale", random(n.scale...)).Const("bias", random(n.scale...))
	mean := func(out, in string, axes []int) {
		attrs := optest.Attrs{"keepdims": n.keep}
		if n.opset < 18 {
			attrs["axes"] = axes
			node(b, out+" = ReduceMean("+in+")", attrs)
			return
		}
		list := make([]int64, len(axes))
		for i, a := range axes {
			list[i] = int64(a)
		}
		b.Const(out+"axes", tensor.Of(tensor.Shape{len(list)}, list...))
		node(b, out+" = ReduceMean("+in+", "+out+"axes)", attrs)
	}
	if n.variance == nil {
		n.variance = n.axes
	}
	for _, line := range split(n.text) {
		switch line {
		case "mean = ReduceMean(x)":
			mean("mean", "x", n.axes)
		case "variance = ReduceMean(square)":
			mean("variance", "square", n.variance)
		default:
			node(b, line, nil)
		}
	}
	return b.Output(n.outputs...)
}

func (n norm) rewritten(t *testing.T, opts ...runtime.Option) string {
	t.Helper()
	in := map[string]tensor.Value{"x": random(2, 5, 6)}
	if n.epsInput {
		in["eps"] = n.eps
	}
	return rewritten(t, n.build, in, opts...)
}

const withMean = "mean = ReduceMean(x)\n" + layerNorm

func TestLayerNormIsFound(t *testing.T) {
	for name, change := range map[string]func(n *norm){
		"as PyTorch writes it":    func(n *norm) {},
		"axes as input":           func(n *norm) { n.opset = 18 },
		"axis counted from 0":     func(n *norm) { n.axes = []int{2} },
		"two axes":                func(n *norm) { n.axes, n.scale = []int{2, 1}, tensor.Shape{5, 6} },
		"two axes, smaller scale": func(n *norm) { n.axes = []int{-1, -2} },
		"scale of rank 3":         func(n *norm) { n.scale = tensor.Shape{1, 1, 6} },
		"square by Mul":           func(n *norm) { n.text = replace(n.text, "Pow(d, two)", "Mul(d, d)") },
		"operands swapped": func(n *norm) {
			n.text = replace(n.text, "Add(variance, eps)", "Add(eps, variance)", "Mul(normal, scale)", "Mul(scale, normal)", "Add(scaled, bias)", "Add(bias, scaled)")
		},
		"reciprocal": func(n *norm) {
			n.text = replace(n.text, "normal = Div(d, root)", "r = Reciprocal(root)\nnormal = Mul(r, d)")
		},
		"one by root": func(n *norm) {
			n.text = replace(n.text, "normal = Div(d, root)", "r = Div(one, root)\nnormal = Mul(d, r)")
		},
		"negative power": func(n *norm) {
			n.text = replace(n.text, "root = Sqrt(v)\n", "", "normal = Div(d, root)", "r = Pow(v, minushalf)\nnormal = Mul(d, r)")
		},
		"TensorFlow": func(n *norm) {
			n.text = replace(n.text, "normal = Div(d, root)", "r = Reciprocal(root)\nf = Mul(r, scale)\nmf = Mul(mean, f)\nshift = Sub(bias, mf)",
				"scaled = Mul(normal, scale)", "scaled = Mul(x, f)", "y = Add(scaled, bias)", "y = Add(scaled, shift)")
		},
		"no scale, no bias": func(n *norm) { n.outputs = []string{"normal"} },
		"no bias":           func(n *norm) { n.outputs = []string{"scaled"} },
	} {
		t.Run(name, func(t *testing.T) {
			n := newNorm(withMean)
			change(&n)
			require.Equal(t, "LayerNormalization", n.rewritten(t))
			require.NotContains(t, n.rewritten(t, runtime.WithoutPass("layernorm")), "LayerNormalization")
		})
	}
}

func TestLayerNormIsLeftAlone(t *testing.T) {
	for name, change := range map[string]func(n *norm){
		"another axis":     func(n *norm) { n.axes, n.scale = []int{1}, tensor.Shape{5, 1} },
		"axes that differ": func(n *norm) { n.variance = []int{-1, -2} },
		"a power of three": func(n *norm) {
			n.text = replace(n.text, "Pow(d, two)", "Pow(d, three)", "root = Sqrt(v)", "a = Abs(v)\nroot = Sqrt(a)")
		},
		"epsilon at run time":      func(n *norm) { n.epsInput = true },
		"epsilon of a vector":      func(n *norm) { n.eps = tensor.Of(tensor.Shape{5, 1}, float32(1), 2, 3, 4, 5) },
		"epsilon of higher rank":   func(n *norm) { n.eps = tensor.Of(tensor.Shape{1, 1, 1, 1}, float32(1e-3)) },
		"the root is an output":    func(n *norm) { n.outputs = []string{"y", "root"} },
		"the mean is an output":    func(n *norm) { n.outputs = []string{"y", "mean"} },
		"the variance is used":     func(n *norm) { n.text += "\nz = Exp(variance)"; n.outputs = []string{"y", "z"} },
		"another value is divided": func(n *norm) { n.text = replace(n.text, "Div(d, root)", "Div(x, root)") },
		"the mean of the square": func(n *norm) {
			n.text = replace(n.text, "Pow(d, two)", "Mul(d, x)", "root = Sqrt(v)", "a = Abs(v)\nroot = Sqrt(a)")
		},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNorm(withMean)
			change(&n)
			require.NotContains(t, n.rewritten(t), "LayerNormalization")
		})
	}
}

// A scale that makes the result bigger than x is no scale of a normalization.
func TestLayerNormLeavesScalesThatBroadcastX(t *testing.T) {
	n := newNorm(withMean)
	n.scale = tensor.Shape{3, 1, 1, 6}
	require.Equal(t, "LayerNormalization Mul Add", n.rewritten(t))
	n.scale, n.shape = tensor.Shape{4, 5, 6}, []any{1, 5, 6}
	in := map[string]tensor.Value{"x": random(1, 5, 6)}
	require.Equal(t, "LayerNormalization Mul Add", rewritten(t, n.build, in))
}

func TestLayerNormKeepsValuesAskedFor(t *testing.T) {
	n := newNorm(withMean)
	require.Equal(t, "LayerNormalization Mul Add", n.rewritten(t, runtime.WithOutputs("normal")))
	require.NotContains(t, n.rewritten(t, runtime.WithOutputs("variance")), "LayerNormalization")
}

const rmsNorm = `square = Pow(x, two)
	variance = ReduceMean(square)
	v = Add(variance, eps)
	root = Sqrt(v)
	normal = Div(x, root)
	y = Mul(normal, scale)`

func TestRMSNormIsFound(t *testing.T) {
	for name, change := range map[string]func(n *norm){
		"by Div":        func(n *norm) {},
		"axes as input": func(n *norm) { n.opset = 18 },
		"square by Mul": func(n *norm) { n.text = replace(n.text, "Pow(x, two)", "Mul(x, x)") },
		"reciprocal": func(n *norm) {
			n.text = replace(n.text, "normal = Div(x, root)", "r = Reciprocal(root)\nnormal = Mul(x, r)")
		},
		"weight first": func(n *norm) { n.text = replace(n.text, "Mul(normal, scale)", "Mul(scale, normal)") },
		"no weight":    func(n *norm) { n.outputs = []string{"normal"} },
		"two axes":     func(n *norm) { n.axes, n.scale = []int{-2, -1}, tensor.Shape{5, 6} },
		"one over root": func(n *norm) {
			n.text = replace(n.text, "normal = Div(x, root)", "r = Div(one, root)\nnormal = Mul(r, x)")
		},
		"epsilon of [1]": func(n *norm) { n.eps = tensor.Of(tensor.Shape{1}, float32(1e-3)) },
	} {
		t.Run(name, func(t *testing.T) {
			n := newNorm(rmsNorm)
			change(&n)
			require.Equal(t, "RMSNormalization", n.rewritten(t))
			require.NotContains(t, n.rewritten(t, runtime.WithoutPass("rmsnorm")), "RMSNormalization")
		})
	}
}

func TestRMSNormIsLeftAlone(t *testing.T) {
	for name, change := range map[string]func(n *norm){
		"another axis":       func(n *norm) { n.axes, n.scale = []int{1}, tensor.Shape{5, 1} },
		"dimensions dropped": func(n *norm) { n.axes, n.keep = []int{-1, -2, -3}, 0 },
		"a power of three": func(n *norm) {
			n.text = replace(n.text, "Pow(x, two)", "Pow(x, three)", "root = Sqrt(v)", "a = Abs(v)\nroot = Sqrt(a)")
		},
		"epsilon at run time":   func(n *norm) { n.epsInput = true },
		"the root is an output": func(n *norm) { n.outputs = []string{"y", "root"} },
		"another value divided": func(n *norm) { n.text = replace(n.text, "normal = Div(x, root)", "e = Exp(x)\nnormal = Div(e, root)") },
	} {
		t.Run(name, func(t *testing.T) {
			n := newNorm(rmsNorm)
			change(&n)
			require.NotContains(t, n.rewritten(t), "RMSNormalization")
		})
	}
}

// The spelling of TensorFlow's converter, with means over the last axis taken as
// those of an image of one dimension.
func TestMeansOfImagesAreThoseOfTheLastAxes(t *testing.T) {
	build := func(text string, shape ...any) func() g {
		return func() g {
			b := optest.NewGraph(13).Input("x", tensor.F32, shape...).Const("scale", random(8)).Const("bias", random(8))
			scalarConst(b, "eps", 1e-3)
			lines(b, text)
			return b.Output("y")
		}
	}
	layer := `mean = GlobalAveragePool(x)
		d = Sub(x, mean)
		sq = Mul(d, d)
		var = GlobalAveragePool(sq)
		v = Add(var, eps)
		root = Sqrt(v)
		inv = Reciprocal(root)
		f = Mul(inv, scale)
		xf = Mul(x, f)
		neg = Neg(mean)
		mf = Mul(neg, f)
		shift = Add(mf, bias)
		y = Add(xf, shift)`
	rms := `sq = Mul(x, x)
		mean = GlobalAveragePool(sq)
		v = Add(mean, eps)
		root = Sqrt(v)
		inv = Reciprocal(root)
		f = Mul(inv, scale)
		y = Mul(x, f)`
	in := map[string]tensor.Value{"x": random(2, 3, 8)}
	require.Equal(t, "LayerNormalization", rewritten(t, build(layer, "n", 3, 8), in))
	require.Equal(t, "RMSNormalization", rewritten(t, build(rms, "n", 3, 8), in))
	// If the last dimension is 1, scale and bias widen the result.
	require.NotEqual(t, "LayerNormalization", rewritten(t, build(layer, "n", 3, "m"), map[string]tensor.Value{"x": random(2, 3, 1)}))
	require.NotEqual(t, "RMSNormalization", rewritten(t, build(rms, "n", 3, "m"), map[string]tensor.Value{"x": random(2, 3, 1)}))
}
