package optimize_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/runtime"
	"github.com/onnxrun/onnxrun/tensor"
	"github.com/stretchr/testify/require"
)

// quantizedGraph writes down graphs of quantized tensors. In a line, "x'" is x
// dequantized, and "y ~ Op(…)" is what Op makes, quantized.
type quantizedGraph struct {
	*optest.Builder
	r *rand.Rand
}

func newQuantized(seed uint64) *quantizedGraph {
	b := &quantizedGraph{optest.NewGraph(17), rand.New(rand.NewPCG(seed, 1))}
	b.Const("s_y", tensor.Scalar[float32](0.11)).Const("z_y", tensor.Scalar[uint8](128)).Const("z_0", tensor.Scalar[uint8](0)).Const("z_i", tensor.Scalar[int8](-3))
	b.Const("s_x", tensor.Scalar[float32](0.05)).Const("z_x", tensor.Scalar[uint8](120))
	return b
}

// bytes adds constant weights with a scale for each of n features on an axis, or
// one for all.
func (b *quantizedGraph) weights(name string, n, axis int, signed bool, shape ...int) {
	data := make([]byte, tensor.Shape(shape).Len())
	for i := range data {
		data[i] = byte(b.r.Uint32())
	}
	var scaleShape tensor.Shape
	if n > 1 {
		scaleShape = tensor.Shape{n}
	}
	scales := make([]float32, n)
	for i := range scales {
		scales[i] = 0.001 + 0.01*b.r.Float32()
	}
	d := tensor.U8
	zero := tensor.Of(scaleShape, slices.Repeat([]uint8{131}, n)...)
	if signed {
		d, zero = tensor.I8, tensor.Of(scaleShape, make([]int8, n)...)
	}
	t, err := tensor.FromBytes(d, shape, data, nil)
	if err != nil {
		panic(err)
	}
	b.Const(name+"_q", t).Const(name+"_s", tensor.Of(scaleShape, scales...)).Const(name+"_z", zero)
	b.Node("DequantizeLinear", []string{name + "_q", name + "_s", name + "_z"}, []string{name}, optest.Attrs{"axis": axis})
}

// lines adds nodes: "out = Op(in, …)" as it is, "out ~ Op(in, …)" between
// conversions of every input that is called x… and of the output, with zero
// point zero.
func (b *quantizedGraph) line(text, zero string, attrs optest.Attrs) {
	out, rest, _ := strings.Cut(text, " ~ ")
	name, args, _ := strings.Cut(strings.TrimSuffix(rest, ")"), "(")
	var in []string
	for i, a := range strings.Split(args, ", ") {
		if strings.HasPrefix(a, "x") {
			if i > 0 {
				in = append(in, in[0])
				continue
			}
			b.Node("DequantizeLinear", []string{a, "s_x", "z_x"}, []string{a + "_of_" + out}, nil)
			a += "_of_" + out
		}
		in = append(in, a)
	}
	b.Node(name, in, []string{out + "_float"}, attrs)
	b.Node("QuantizeLinear", []string{out + "_float", "s_y", zero}, []string{out}, nil)
}

func (b *quantizedGraph) randomBytes(shape ...int) *tensor.Tensor {
	d := make([]uint8, tensor.Shape(shape).Len())
	for i := range d {
		d[i] = uint8(b.r.Uint32())
	}
	return tensor.Of(shape, d...)
}

// integer compares a graph of x with its rewritten form, and returns the
// operators of that.
func integer(t *testing.T, build func() *quantizedGraph, shape ...int) string {
	t.Helper()
	in := map[string]tensor.Value{"x": build().randomBytes(shape...)}
	run := func(opts ...runtime.Option) (*tensor.Tensor, string) {
		s, err := runtime.New(build().Model(), append(opts, runtime.WithPoison())...)
		require.NoError(t, err)
		defer s.Close()
		out, err := s.Run(context.Background(), in)
		require.NoError(t, err)
		return out["y"].(*tensor.Tensor), operators(s.Model().Graph)
	}
	want, _ := run(runtime.WithoutOptimization())
	got, list := run()
	require.Equal(t, want.Shape(), got.Shape())
	require.Equal(t, want.DType(), got.DType())
	differ := 0
	for i := range want.Len() {
		if want.DType() == tensor.F32 {
			w := tensor.Data[float32](want)[i]
			require.InDelta(t, w, tensor.Data[float32](got)[i], float64(1e-4*(1+max(w, -w))))
			continue
		}
		a, b := int(want.Bytes()[i]), int(got.Bytes()[i])
		if want.DType() == tensor.I8 {
			a, b = int(int8(a)), int(int8(b))
		}
		require.InDelta(t, a, b, 1, "element %d of %v", i, list)
		if a != b {
			differ++
		}
	}
	require.LessOrEqual(t, differ, 1+want.Len()/50, "elements of %v that are one apart", list)
	return list
}

func TestQuantizedOperatorsComputeWithIntegers(t *testing.T) {
	attrs := func(kv ...any) optest.Attrs {
		a := optest.Attrs{}
		for i := 0; i < len(kv); i += 2 {
			a[kv[i].(string)] = kv[i+1]
		}
		return a
	}
	image, row := []int{2, 4, 9, 9}, []int{3, 16}
	for _, c := range []struct {
		want  string
		shape []int
		build func(b *quantizedGraph)
	}{
		{"QLinearConv", image, func(b *quantizedGraph) {
			b.weights("w", 1, 0, true, 6, 4, 3, 3)
			b.line("y ~ Conv(x, w)", "z_y", attrs("pads", []int{1, 1, 1, 1}))
		}},
		{"QLinearConv", image, func(b *quantizedGraph) {
			b.weights("w", 6, 0, true, 6, 2, 3, 3)
			b.Const("b", tensor.Of(tensor.Shape{6}, float32(1), -2, 3, 0.5, 0, 4))
			b.line("y ~ Conv(x, w, b)", "z_i", attrs("group", 2, "strides", []int{2, 2}))
		}},
		{"QLinearConv", image, func(b *quantizedGraph) {
			b.weights("w", 1, 0, false, 6, 4, 1, 1)
			b.Const("b_q", tensor.Of(tensor.Shape{6}, int32(100), -2000, 3, 5000, 0, 77)).Const("zero", tensor.Scalar[int32](0))
			b.Node("Mul", []string{"s_x", "w_s"}, []string{"b_s"}, nil)
			b.Node("DequantizeLinear", []string{"b_q", "b_s", "zero"}, []string{"b"}, nil)
			b.Node("DequantizeLinear", []string{"x", "s_x", "z_x"}, []string{"f"}, nil)
			b.Node("Conv", []string{"f", "w", "b"}, []string{"c"}, nil)
			b.line("y ~ Relu(c)", "z_0", nil)
		}},
		{"DequantizeLinear FusedConv QuantizeLinear", image, func(b *quantizedGraph) { // relu cuts off what y could hold
			b.weights("w", 1, 0, true, 6, 4, 1, 1)
			b.Node("DequantizeLinear", []string{"x", "s_x", "z_x"}, []string{"f"}, nil)
			b.Node("Conv", []string{"f", "w"}, []string{"c"}, nil)
			b.line("y ~ Relu(c)", "z_y", nil)
		}},
		{"QLinearMatMul", row, func(b *quantizedGraph) {
			b.weights("w", 5, 1, true, 16, 5)
			b.line("y ~ MatMul(x, w)", "z_y", nil)
		}},
		{"QLinearMatMul", row, func(b *quantizedGraph) { // stored transposed, with a scale for each row
			b.weights("v", 5, 0, true, 5, 16)
			b.Node("Transpose", []string{"v"}, []string{"w"}, attrs("perm", []int{1, 0}))
			b.line("y ~ MatMul(x, w)", "z_y", nil)
		}},
		{"MatMulIntegerToFloat", row, func(b *quantizedGraph) {
			b.weights("w", 1, 1, true, 16, 5)
			b.Node("DequantizeLinear", []string{"x", "s_x", "z_x"}, []string{"f"}, nil)
			b.Node("MatMul", []string{"f", "w"}, []string{"y"}, nil)
		}},
		{"QGemm", row, func(b *quantizedGraph) {
			b.weights("w", 5, 0, true, 5, 16)
			b.Const("b", tensor.Of(tensor.Shape{5}, float32(1), -2, 3, 0.5, 0))
			b.line("y ~ Gemm(x, w, b)", "z_y", attrs("transB", 1))
		}},
		{"QLinearAdd", row, func(b *quantizedGraph) { b.line("y ~ Add(x, x)", "z_y", nil) }},
		{"QLinearMul", row, func(b *quantizedGraph) { b.line("y ~ Mul(x, x)", "z_y", nil) }},
		{"QLinearSigmoid", row, func(b *quantizedGraph) { b.line("y ~ Sigmoid(x)", "z_y", nil) }},
		{"QLinearLeakyRelu", row, func(b *quantizedGraph) { b.line("y ~ LeakyRelu(x)", "z_y", attrs("alpha", float32(0.1))) }},
		{"QLinearSoftmax", row, func(b *quantizedGraph) { b.line("y ~ Softmax(x)", "z_y", nil) }},
		{"QLinearGlobalAveragePool", image, func(b *quantizedGraph) { b.line("y ~ GlobalAveragePool(x)", "z_y", nil) }},
		{"QLinearAveragePool", image, func(b *quantizedGraph) {
			b.line("y ~ AveragePool(x)", "z_y", attrs("kernel_shape", []int{3, 3}))
		}},
		{"QLinearConcat", row, func(b *quantizedGraph) { b.line("y ~ Concat(x, x)", "z_y", attrs("axis", 1)) }},
		{"DequantizeLinear Tanh QuantizeLinear", row, func(b *quantizedGraph) { b.line("y ~ Tanh(x)", "z_y", nil) }},
		{"MaxPool Transpose", image, func(b *quantizedGraph) { // as it is, since the scale stays
			b.Node("DequantizeLinear", []string{"x", "s_x", "z_x"}, []string{"f"}, nil)
			b.Node("MaxPool", []string{"f"}, []string{"p"}, attrs("kernel_shape", []int{2, 2}))
			b.Node("Transpose", []string{"p"}, []string{"q"}, attrs("perm", []int{0, 2, 3, 1}))
			b.Node("QuantizeLinear", []string{"q", "s_x", "z_x"}, []string{"r"}, nil)
			b.Node("Identity", []string{"r"}, []string{"y"}, nil)
		}},
	} {
		for seed := range uint64(5) {
			list := integer(t, func() *quantizedGraph {
				b := newQuantized(seed)
				dims := make([]any, len(c.shape))
				for i, d := range c.shape {
					dims[i] = d
				}
				b.Input("x", tensor.U8, dims...)
				c.build(b)
				b.Output("y")
				return b
			}, c.shape...)
			require.Equal(t, c.want, strings.TrimSuffix(list, " Identity"))
		}
	}
}

// TestQuantizedNetworkStaysInIntegers has what stands between a conversion and
// the operator that it is for, and a residual connection.
func TestQuantizedNetworkStaysInIntegers(t *testing.T) {
	list := integer(t, func() *quantizedGraph {
		b := newQuantized(8)
		b.Input("x", tensor.U8, 1, 4, 8, 8)
		b.weights("w", 4, 0, true, 4, 4, 3, 3)
		b.weights("v", 1, 0, true, 10, 64)
		b.Const("flat", tensor.Of(tensor.Shape{2}, int64(1), -1))
		pads := optest.Attrs{"pads": []int{1, 1, 1, 1}}
		b.line("a ~ Conv(x, w)", "z_y", pads)
		b.Node("DequantizeLinear", []string{"a", "s_y", "z_y"}, []string{"a_float2"}, nil)
		b.Node("DequantizeLinear", []string{"x", "s_x", "z_x"}, []string{"r_float2"}, nil)
		b.line("s ~ Add(a_float2, r_float2)", "z_y", nil)
		b.Node("DequantizeLinear", []string{"s", "s_y", "z_y"}, []string{"s_float2"}, nil)
		b.Node("MaxPool", []string{"s_float2"}, []string{"p"}, optest.Attrs{"kernel_shape": []int{2, 2}, "strides": []int{2, 2}})
		b.Node("QuantizeLinear", []string{"p", "s_y", "z_y"}, []string{"p_q"}, nil)
		b.Node("DequantizeLinear", []string{"p_q", "s_y", "z_y"}, []string{"p_float2"}, nil)
		b.Node("Reshape", []string{"p_float2", "flat"}, []string{"f"}, nil)
		b.Node("QuantizeLinear", []string{"f", "s_y", "z_y"}, []string{"f_q"}, nil)
		b.Node("DequantizeLinear", []string{"f_q", "s_y", "z_y"}, []string{"f_float2"}, nil)
		b.line("y ~ Gemm(f_float2, v)", "z_y", optest.Attrs{"transB": 1})
		b.Output("y")
		return b
	}, 1, 4, 8, 8)
	require.Equal(t, "QLinearConv QLinearAdd MaxPool Reshape QGemm", list)
}

func TestDynamicallyQuantizedProducts(t *testing.T) {
	const text = `
		p = MatMulInteger(q, W, z, zero)
		s = Mul(scale, w_scale)
		y0 = Mul(f, s)
		y = Add(y0, b)`
	for _, c := range []struct{ want, text string }{
		{"DynamicQuantizeLinear MatMulIntegerToFloat", text},
		{"DynamicQuantizeLinear MatMulIntegerToFloat", replace(text, "y0 =", "y =", "y = Add(y0, b)", "")},
		{"DynamicQuantizeLinear MatMulIntegerToFloat Add", replace(text, "(y0, b)", "(y0, x4)")},
		{"DynamicQuantizeLinear MatMulInteger Cast Mul Mul Add", replace(text, "Mul(scale, w", "Mul(other, w")},
		{"DynamicQuantizeLinear MatMulInteger Cast Mul Mul Add", replace(text, "w_scale", "column")},
	} {
		build := func() g {
			b := optest.NewGraph(17).Input("x", tensor.F32, "n", 6).Input("x4", tensor.F32, "n", 4).Input("other", tensor.F32)
			b.Const("W", tensor.Of(tensor.Shape{6, 4}, slices.Repeat([]int8{1, -20, 127, -128, 5, 77}, 4)...)).Const("zero", tensor.Scalar[int8](2))
			b.Const("w_scale", tensor.Of(tensor.Shape{4}, float32(0.01), 0.02, 0.03, 0.04)).Const("b", tensor.Of(tensor.Shape{4}, float32(1), 2, 3, 4))
			b.Const("column", tensor.Of(tensor.Shape{1, 4}, float32(0.01), 0.02, 0.03, 0.04))
			b.Node("DynamicQuantizeLinear", []string{"x"}, []string{"q", "scale", "z"}, nil)
			for _, l := range split(c.text) {
				node(b, l, nil)
				if strings.HasPrefix(l, "p =") {
					b.Node("Cast", []string{"p"}, []string{"f"}, optest.Attrs{"to": int(tensor.F32)})
				}
			}
			return b.Output("y")
		}
		in := map[string]tensor.Value{"x": random(3, 6), "x4": random(3, 4), "other": tensor.Scalar[float32](0.02)}
		require.Equal(t, c.want, rewritten(t, build, in), c.text)
	}
}
