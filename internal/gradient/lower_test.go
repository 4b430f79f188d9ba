package gradient_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/onnxrun/onnxrun/internal/gradient"
	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/runtime"
	"github.com/onnxrun/onnxrun/tensor"
)

// product is h = a·b, y = h·sin(b).
func product() *optest.Builder {
	return optest.NewGraph(18).Input("a", tensor.F64).Input("b", tensor.F64).
		Node("Mul", []string{"a", "b"}, []string{"h"}, nil).
		Node("Sin", []string{"b"}, []string{"s"}, nil).
		Node("Mul", []string{"h", "s"}, []string{"y"}, nil)
}

func scalars(a, b float64) values {
	return values{"a": tensor.Scalar(a), "b": tensor.Scalar(b)}
}

func TestIntermediateValuesMayBeIndependent(t *testing.T) {
	b := product()
	gradientNode(b, []string{"h", "b"}, nil, "y", []string{"h", "b"}, []string{"dh", "db"})
	out := run(t, open(t, model(b.Output("dh", "db"))), scalars(2, 3))
	expect(t, "dh", out["dh"], math.Sin(3))
	expect(t, "db", out["db"], 6*math.Cos(3)) // h stays
}

func TestTheDerivativeIsTakenAtTheValuesGiven(t *testing.T) {
	b := product()
	// a and b have changed places.
	gradientNode(b, []string{"a", "b"}, nil, "y", []string{"b", "a"}, []string{"da", "db"})
	// One value stands for both.
	gradientNode(b, []string{"a"}, []string{"b"}, "y", []string{"b", "b"}, []string{"da2"})
	out := run(t, open(t, model(b.Output("y", "da", "db", "da2"))), scalars(2, 3))
	expect(t, "y", out["y"], 6*math.Sin(3))
	expect(t, "da", out["da"], 2*math.Sin(2))
	expect(t, "db", out["db"], 3*math.Sin(2)+6*math.Cos(2))
	expect(t, "da2", out["da2"], 3*math.Sin(3))
}

func TestZerosAndOnesAndOutputsLeftOut(t *testing.T) {
	b := product().Input("c", tensor.F64, 2, 3)
	gradientNode(b, []string{"a", "c", "y"}, nil, "y", []string{"a", "c", "y"}, []string{"", "dc", "dy"})
	gradientNode(b, []string{"a"}, nil, "s", []string{"a"}, []string{"da"})
	in := scalars(2, 3)
	in["c"] = tensor.Of(tensor.Shape{2, 3}, 1.0, 2, 3, 4, 5, 6)
	out := run(t, open(t, model(b.Output("dc", "dy", "da"))), in)
	expect(t, "dc", out["dc"], 0, 0, 0, 0, 0, 0)
	expect(t, "dy", out["dy"], 1)
	expect(t, "da", out["da"], 0)
	if s := out["dc"].(*tensor.Tensor).Shape(); !s.Equal(tensor.Shape{2, 3}) {
		t.Errorf("dc: got shape %v", s)
	}
}

func TestDerivativesOfDerivatives(t *testing.T) {
	b := optest.NewGraph(18).Input("a", tensor.F64).
		Node("Sin", []string{"a"}, []string{"y0"}, nil)
	for i := range 4 {
		gradientNode(b, []string{"a"}, nil, fmt.Sprint("y", i), []string{"a"}, []string{fmt.Sprint("y", i+1)})
	}
	out := run(t, open(t, model(b.Output("y1", "y2", "y3", "y4"))), values{"a": tensor.Scalar(0.5)})
	expect(t, "y1", out["y1"], math.Cos(0.5))
	expect(t, "y2", out["y2"], -math.Sin(0.5))
	expect(t, "y3", out["y3"], -math.Cos(0.5))
	expect(t, "y4", out["y4"], math.Sin(0.5))
}

func TestGradientComesBeforeWhatItDifferentiates(t *testing.T) {
	b := product()
	gradientNode(b, []string{"a"}, []string{"b"}, "y", []string{"a", "b"}, []string{"da"})
	n := b.Graph.Nodes
	n[0], n[len(n)-1] = n[len(n)-1], n[0]
	out := run(t, open(t, model(b.Output("da"))), scalars(2, 3))
	expect(t, "da", out["da"], 3*math.Sin(3))
}

func TestGradientInABody(t *testing.T) {
	for _, taken := range []bool{true, false} {
		b := product().Input("cond", tensor.Boolean)
		then, otherwise := b.Body("then"), b.Body("else")
		gradientNode(then, []string{"a"}, []string{"b"}, "y", []string{"a", "b"}, []string{"d1"})
		then.Node("Exp", []string{"a"}, []string{"e"}, nil)
		gradientNode(otherwise, []string{"a"}, []string{"b"}, "y", []string{"b", "b"}, []string{"d2"})
		b.Node("If", []string{"cond"}, []string{"d"}, optest.Attrs{"then_branch": then.Output("d1"), "else_branch": otherwise.Output("d2")})
		in := scalars(2, 5)
		in["cond"] = tensor.Scalar(taken)
		out := run(t, open(t, model(b.Output("d"))), in)
		expect(t, "d", out["d"], 5*math.Sin(5))
	}
}

// The names in a function are the function's own, whatever is named so around
// its calls.
func TestGradientInAFunction(t *testing.T) {
	f := optest.NewGraph(18).Input("a", tensor.F64).Node("Exp", []string{"a"}, []string{"y"}, nil)
	gradientNode(f, []string{"a"}, nil, "y", []string{"a"}, []string{"d"})
	f.Output("d")
	b := product().Node("Slope", []string{"b"}, []string{"out"}, nil).Output("out")
	b.Graph.Nodes[len(b.Graph.Nodes)-1].Domain = "own"
	m := model(b)
	m.Opsets = append(m.Opsets, onnx.OpsetID{Domain: "own", Version: 1})
	m.Functions = []*onnx.Function{{Domain: "own", Name: "Slope", Opsets: m.Opsets, Body: f.Graph}}
	out := run(t, open(t, m), scalars(2, 3))
	expect(t, "out", out["out"], math.Exp(3))
}

func TestDropoutPassesTheAdjointWhereItPassedTheValue(t *testing.T) {
	b := optest.NewGraph(18).Input("x", tensor.F32, 200).
		Const("ratio", tensor.Scalar(float32(0.25))).Const("training", tensor.Scalar(true)).
		Node("Dropout", []string{"x", "ratio", "training"}, []string{"y"}, nil)
	gradientNode(b, []string{"x"}, nil, "y", []string{"x"}, []string{"d"})
	x := make([]float32, 200)
	for i := range x {
		x[i] = 1
	}
	out := run(t, open(t, model(b.Output("y", "d"))), values{"x": tensor.Of(tensor.Shape{200}, x...)})
	y, d := tensor.Data[float32](out["y"].(*tensor.Tensor)), tensor.Data[float32](out["d"].(*tensor.Tensor))
	dropped := 0
	for i := range y {
		if y[i] != d[i] { // y = mask/(1-ratio) for ones
			t.Fatalf("element %d: got %v, want %v", i, d[i], y[i])
		}
		if y[i] == 0 {
			dropped++
		}
	}
	if dropped == 0 || dropped == 200 {
		t.Errorf("%d of 200 elements dropped", dropped)
	}
}

func TestRotationsAreUndone(t *testing.T) {
	b := optest.NewGraph(23).Input("x", tensor.F32, 1, 1, 1, 2).
		Const("cos", tensor.Of(tensor.Shape{1, 1, 1}, float32(0.6))).Const("sin", tensor.Of(tensor.Shape{1, 1, 1}, float32(0.8))).
		Node("RotaryEmbedding", []string{"x", "cos", "sin"}, []string{"r"}, nil).
		Const("w", tensor.Of(tensor.Shape{2}, float32(1), 2)).Node("Mul", []string{"r", "w"}, []string{"y"}, nil)
	gradientNode(b, []string{"x"}, nil, "y", []string{"x"}, []string{"d"})
	out := run(t, open(t, model(b.Output("d"))), values{"x": tensor.Of(tensor.Shape{1, 1, 1, 2}, float32(3), 4)})
	// y = (0.6a - 0.8b) + 2(0.8a + 0.6b)
	d := tensor.Data[float32](out["d"].(*tensor.Tensor))
	if math.Abs(float64(d[0]-2.2)) > 1e-6 || math.Abs(float64(d[1]-0.4)) > 1e-6 {
		t.Errorf("got %v, want [2.2 0.4]", d)
	}
}

func TestHalfPrecision(t *testing.T) {
	half := func(v ...float32) *tensor.Tensor {
		d := make([]tensor.Float16, len(v))
		for i := range v {
			d[i] = tensor.ToFloat16(v[i])
		}
		return tensor.Of(tensor.Shape{len(v)}, d...)
	}
	b := optest.NewGraph(20).Input("x", tensor.F16, 2).
		Node("Elu", []string{"x"}, []string{"e"}, nil).Node("Mul", []string{"e", "e"}, []string{"y"}, nil)
	gradientNode(b, []string{"x"}, nil, "y", []string{"x"}, []string{"d"})
	out := run(t, open(t, model(b.Output("d"))), values{"x": half(2, -1)})["d"].(*tensor.Tensor)
	if out.DType() != tensor.F16 {
		t.Fatalf("got %v", out)
	}
	d := tensor.Data[tensor.Float16](out)
	e := math.Exp(-1)
	for i, want := range []float64{4, 2 * (e - 1) * e} {
		if got := float64(d[i].Float32()); math.Abs(got-want) > 2e-3 {
			t.Errorf("d[%d]: got %v, want %v", i, got, want)
		}
	}
}

func TestNoDerivativeIsNeededWhereNoneFlows(t *testing.T) {
	// The Loop's count depends on x by way of integers alone.
	b := optest.NewGraph(18).Input("x", tensor.F64, 3).Const("yes", tensor.Scalar(true)).Const("one", tensor.Scalar(1.0))
	body := b.Body("body").Input("i", tensor.I64).Input("c", tensor.Boolean).Input("s", tensor.F64)
	body.Node("Identity", []string{"c"}, []string{"c2"}, nil).Node("Add", []string{"s", "one"}, []string{"s2"}, nil).Output("c2", "s2")
	b.Node("ArgMax", []string{"x"}, []string{"n"}, optest.Attrs{"keepdims": 0}).
		Node("Loop", []string{"n", "yes", "one"}, []string{"count"}, optest.Attrs{"body": body}).
		Node("Mul", []string{"x", "count"}, []string{"y"}, nil)
	gradientNode(b, []string{"x"}, nil, "y", []string{"x"}, []string{"d"})
	out := run(t, open(t, model(b.Output("d"))), values{"x": tensor.Of(tensor.Shape{3}, 1.0, 2, 3)})
	expect(t, "d", out["d"], 3, 3, 3)
}

func refused(t *testing.T, b *optest.Builder, want string) error {
	t.Helper()
	_, err := runtime.New(model(b))
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got error %v, want one with %q", err, want)
	}
	return err
}

func TestOperatorsWithoutDerivativeAreNamed(t *testing.T) {
	b := optest.NewGraph(18).Input("x", tensor.F64, 3, 3).Node("Unheard", []string{"x"}, []string{"y"}, nil)
	gradientNode(b, []string{"x"}, nil, "y", []string{"x"}, []string{"d"})
	if err := refused(t, b.Output("d"), `"Unheard_0"`); !errors.Is(err, ops.ErrUnsupported) {
		t.Errorf("%v does not wrap ErrUnsupported", err)
	}
}

func TestWrongGradientsAreRefused(t *testing.T) {
	for _, c := range []struct {
		xs, zs        []string
		y             string
		given, output []string
		want          string
	}{
		{[]string{"nobody"}, nil, "y", []string{"a"}, []string{"d"}, `no value "nobody"`},
		{[]string{"a"}, nil, "\xff", []string{"a"}, []string{"d"}, "no value"},
		{[]string{"a"}, nil, "", []string{"a"}, []string{"d"}, "attribute y"},
		{nil, nil, "y", []string{"a"}, []string{"d"}, "attribute xs"},
		{[]string{"a"}, []string{"b"}, "y", []string{"a"}, []string{"d"}, "1 inputs, want 2"},
		{[]string{"a"}, []string{"b"}, "y", []string{"a", ""}, []string{"d"}, "missing"},
		{[]string{"a"}, nil, "y", []string{"a"}, []string{"d", "e"}, "2 outputs"},
		{[]string{"a"}, nil, "d", []string{"a"}, []string{"d"}, "cycle"},
		{[]string{"a", "a"}, nil, "y", []string{"a", "b"}, []string{"d"}, "twice"},
	} {
		b := product()
		gradientNode(b, c.xs, c.zs, c.y, c.given, c.output)
		refused(t, b.Output("d"), c.want)
	}
	b := product().Node("Gradient", []string{"a"}, []string{"d"}, optest.Attrs{"xs": 1, "y": []float32{1}})
	b.Graph.Nodes[3].Domain, b.Graph.Nodes[3].Opset = domain, 1
	refused(t, b.Output("d"), "attribute xs")
}

// Each derivative of a product has about twice as many nodes as the one before.
func TestDerivativesDoNotGrowWithoutBound(t *testing.T) {
	b := optest.NewGraph(18).Input("a", tensor.F64).Node("Exp", []string{"a"}, []string{"e"}, nil).
		Node("Tanh", []string{"e"}, []string{"t"}, nil).Node("Mul", []string{"e", "t"}, []string{"y0"}, nil)
	for i := range 40 {
		gradientNode(b, []string{"a"}, nil, fmt.Sprint("y", i), []string{"a"}, []string{fmt.Sprint("y", i+1)})
	}
	refused(t, b.Output("y40"), "nodes")
}

// What stands around a Gradient may be any nonsense; the error is then that of
// the node itself.
func TestNonsenseOnThePathIsRefusedWithoutPanic(t *testing.T) {
	const huge = math.MaxInt/2 + 1
	odd := []optest.Attrs{nil,
		{"then_branch": optest.NewGraph(22), "else_branch": optest.NewGraph(22), "body": optest.NewGraph(22), "num_scan_inputs": 7},
		{"then_branch": 1, "body": "x", "num_scan_inputs": -1, "scan_input_axes": []int{1, 2, 3}, "activations": []string{"?"}, "pooled_shape": []int{-1, huge}},
		{"axis": huge, "axes": []int{huge, -huge}, "perm": []int{7, -1}, "pads": []int{1}, "kernel_shape": []int{}, "strides": []int{0, 0, 0}, "group": -1, "num_groups": 0, "size": -5, "p": 0, "equation": "?...->,->"},
		{"axis": "x", "axes": "x", "perm": 1, "pads": "x", "kernel_shape": 1, "strides": float32(1), "group": "x", "equation": 1, "alpha": "x", "reduction": 1, "mode": 3},
		{"axis": math.MinInt, "equation": "abcdefghijklmnopqrstuvwxyzaABCDEFGHIJKLMNOPQRSTUVWXYZ->", "auto_pad": "SAME_LOWER", "output_shape": []int{}, "training_mode": 1, "keepdims": 0},
	}
	for _, op := range gradient.Operators() {
		for _, version := range []int{1, 6, 11, 22} {
			for n := range 4 {
				for _, a := range odd {
					b := optest.NewGraph(version).Input("x", tensor.F64)
					in := []string{"x", "x", "", "x"}[:n]
					out := []string{"y", "", "z"}[:min(n+1, 3)]
					addNode(b, op, in, out, a)
					b.Node("Sum", out[:1], []string{"loss"}, nil)
					gradientNode(b, []string{"x"}, nil, "loss", []string{"x"}, []string{"d"})
					s, err := runtime.New(model(b.Output("d")), runtime.WithMemoryLimit(1<<20))
					if err == nil {
						s.Run(t.Context(), values{"x": tensor.Scalar(1.0)})
					}
				}
			}
		}
	}
}
