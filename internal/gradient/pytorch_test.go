package gradient_test

import (
	"math"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
)

// wave is f(0), f(step) … as PyTorch was given it.
func wave(f func(float64) float64, step, start float64, shape ...int) *tensor.Tensor {
	d := make([]float64, tensor.Shape(shape).Len())
	for i := range d {
		d[i] = f(float64(i)*step + start)
	}
	return tensor.Of(tensor.Shape(shape), d...)
}

func expect(t *testing.T, what string, v tensor.Value, want ...float64) {
	t.Helper()
	got, err := tensor.Values[float64](v.(*tensor.Tensor))
	if err != nil || len(got) != len(want) {
		t.Fatalf("%s: got %v (%v), want %v", what, got, err, want)
	}
	for i := range got {
		if !(math.Abs(got[i]-want[i]) <= 1e-9*(1+math.Abs(want[i]))) {
			t.Errorf("%s[%d]: got %.12g, want %.12g", what, i, got[i], want[i])
		}
	}
}

func TestTrainingOfAConvolutionalNetworkAsPyTorchDoes(t *testing.T) {
	b := optest.NewGraph(17).Input("x", tensor.F64, "n", 2, 6).Input("w", tensor.F64, 3, 2, 3).
		Input("g", tensor.F64, 3).Input("b", tensor.F64, 3).Input("fc", tensor.F64, 4, 9).
		Const("mean", tensor.Of(tensor.Shape{3}, 0.0, 0, 0)).Const("var", tensor.Of(tensor.Shape{3}, 1.0, 1, 1)).
		Const("labels", i64(1, 3)).
		Node("Conv", []string{"x", "w"}, []string{"conv"}, optest.Attrs{"pads": []int{1, 1}}).
		Node("BatchNormalization", []string{"conv", "g", "b", "mean", "var"}, []string{"bn"}, optest.Attrs{"training_mode": 1}).
		Node("Relu", []string{"bn"}, []string{"relu"}, nil).
		Node("MaxPool", []string{"relu"}, []string{"pool"}, optest.Attrs{"kernel_shape": []int{2}, "strides": []int{2}}).
		Node("Flatten", []string{"pool"}, []string{"flat"}, nil).
		Node("Gemm", []string{"flat", "fc"}, []string{"logits"}, optest.Attrs{"transB": 1}).
		Node("SoftmaxCrossEntropyLoss", []string{"logits", "labels"}, []string{"loss"}, nil)
	names := []string{"x", "w", "g", "b"}
	gradientNode(b, names, []string{"fc"}, "loss", []string{"x", "w", "g", "b", "fc"}, []string{"dx", "dw", "dg", "db"})
	b.Output("loss", "dx", "dw", "dg", "db")
	out := run(t, open(t, model(b)), values{
		"x": wave(math.Sin, 0.7, 0, 2, 2, 6), "w": wave(math.Cos, 1.3, 0, 3, 2, 3), "fc": wave(math.Sin, 0.9, 1, 4, 9),
		"g": tensor.Of(tensor.Shape{3}, 0.5, 1, 1.5), "b": tensor.Of(tensor.Shape{3}, 0.1, -0.2, 0.3),
	})
	expect(t, "loss", out["loss"], 1.04180401604)
	expect(t, "dx", out["dx"], 0.096723968915, -0.195166252498, 0.11312181705, 0.139707288136, -0.44350807875, -0.033695885349, 0.0884539742422, 0.241174402774, -0.0769758973965, -0.0150046915797, 0.319301259608, -0.219939927761, 0.0548920354761, -0.0220932469549, -0.301585170699, 0.00809004456471, 0.083804346034, -0.13330151639, -0.0313760642505, 0.0732883927209, 0.222857313796, -0.0825655483861, -0.0617954078414, 0.0527738080695)
	expect(t, "dw", out["dw"], 0.0394080184659, 0.048244510365, 0.0586230013663, -0.0778470745657, -0.0789098012466, -0.0221369735451, -0.157744260396, -0.0593786506408, -0.111447760671, 0.00101484363927, -0.120747796565, 0.00844904489959, -0.0994495580215, -0.37202218164, -0.295843052472, 0.415932129806, 0.595386847395, 0.11185955845)
	expect(t, "dg", out["dg"], 1.15776192262, -0.301939090424, -0.273043328972)
	expect(t, "db", out["db"], 0.900428609776, -0.319656386634, 0.287814797944)
}

func TestAttentionAsPyTorchDoes(t *testing.T) {
	b := optest.NewGraph(20).Input("q", tensor.F64, 3, 2).Input("k", tensor.F64, 4, 2).Input("v", tensor.F64, 4, 3).
		Const("root", tensor.Scalar(math.Sqrt2)).Const("ones", tensor.Of(tensor.Shape{3}, 1.0, 1, 1)).
		Node("Transpose", []string{"k"}, []string{"kt"}, nil).
		Node("MatMul", []string{"q", "kt"}, []string{"qk"}, nil).
		Node("Div", []string{"qk", "root"}, []string{"scaled"}, nil).
		Node("Softmax", []string{"scaled"}, []string{"s"}, nil).
		Node("MatMul", []string{"s", "v"}, []string{"sv"}, nil).
		Node("LayerNormalization", []string{"sv", "ones"}, []string{"ln"}, nil).
		Node("Gelu", []string{"ln"}, []string{"o"}, nil).
		Node("ReduceSumSquare", []string{"o"}, []string{"loss"}, optest.Attrs{"keepdims": 0})
	names := []string{"q", "k", "v"}
	gradientNode(b, names, nil, "loss", names, []string{"dq", "dk", "dv"})
	b.Output("dq", "dk", "dv")
	out := run(t, open(t, model(b)), values{
		"q": wave(math.Sin, 1, 0, 3, 2), "k": wave(math.Cos, 1, 0, 4, 2), "v": wave(math.Sin, 2, 0, 4, 3),
	})
	expect(t, "dq", out["dq"], 0.0026428674151, -0.0075134312651, -0.000250789749182, 0.00136889725215, -0.00193095697739, 0.016071087621)
	expect(t, "dk", out["dk"], 0.00204122244462, 0.0221958749702, 0.0080556401008, 0.0131947798257, -0.00758397522318, -0.0132086433808, -0.00251288732224, -0.0221820114151)
	expect(t, "dv", out["dv"], 0.00915140606313, 0.00250277124226, -0.0116541773054, -0.084094357285, 0.00663425889871, 0.0774600983863, -0.0201793789573, 0.00413482072724, 0.01604455823, 0.0153432629774, 0.00257822584053, -0.0179214888179)
}

// Where a function has a kink, or several elements are the largest, the choice
// is PyTorch's.
func TestKinksAndTiesAsInPyTorch(t *testing.T) {
	a, c := tensor.Of(tensor.Shape{4}, 1.0, 1, -1, 0), tensor.Of(tensor.Shape{4}, 1.0, 0, -1, 0)
	for _, k := range []struct {
		op     string
		inputs []string
		want   []float64
	}{
		{"Max", []string{"a", "c"}, []float64{0.5, 1, 0.5, 0.5}},
		{"ReduceMax", []string{"a"}, []float64{0.5, 0.5, 0, 0}},
		{"Relu", []string{"a"}, []float64{1, 1, 0, 0}},
		{"Abs", []string{"a"}, []float64{1, 1, -1, 0}},
		{"ReduceL2", []string{"zero"}, []float64{0, 0, 0, 0}},
		{"Pow", []string{"a", "two"}, []float64{2, 2, -2, 0}},
	} {
		b := optest.NewGraph(18).Input("a", tensor.F64, 4).Input("c", tensor.F64, 4).Input("zero", tensor.F64, 4).
			Const("two", tensor.Scalar(2.0)).Node(k.op, k.inputs, []string{"y"}, nil)
		gradientNode(b, k.inputs[:1], nil, "y", k.inputs[:1], []string{"d"})
		out := run(t, open(t, model(b.Output("d"))), values{"a": a, "c": c, "zero": tensor.Of(tensor.Shape{4}, 0.0, 0, 0, 0)})
		expect(t, k.op, out["d"], k.want...)
	}
}
