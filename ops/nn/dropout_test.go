package nn

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

var dropoutDefs = []ops.Def{dropout1, dropout7, dropout10, dropout12}

func TestDropoutHandsOnInInference(t *testing.T) {
	x := tensor.Of[float32](tensor.Shape{2}, 1, -2)
	for _, n := range []optest.Node{
		{Opset: 1, Attrs: optest.Attrs{"is_test": 1, "consumed_inputs": []int{0}}},
		{Opset: 7, Attrs: optest.Attrs{"ratio": float32(0.3)}},
		{Opset: 10},
		{Opset: 13, Attrs: optest.Attrs{"seed": 3}},
	} {
		n.Op, n.Outputs = "Dropout", 2
		out := optest.MustRun(t, dropoutDefs, n, x)
		if out[0] != x {
			t.Errorf("version %d: got %v", n.Opset, out[0])
		}
		mask := out[1]
		if n.Opset < 10 {
			if !slices.Equal(tensor.Data[float32](mask), []float32{1, 1}) {
				t.Errorf("version %d: mask %v", n.Opset, mask)
			}
		} else if !slices.Equal(tensor.Data[bool](mask), []bool{true, true}) {
			t.Errorf("version %d: mask %v", n.Opset, mask)
		}
	}
}

func TestDropoutTrainsAsTheReference(t *testing.T) {
	// RandomState(0) begins 0.5488, 0.7152, 0.6028, 0.5449, 0.4237.
	x := tensor.Of(tensor.Shape{5}, 1, 2, 3, math.Inf(1), 5)
	n := optest.Node{Op: "Dropout", Opset: 12, Outputs: 2, Attrs: optest.Attrs{"seed": 0}}
	out := optest.MustRun(t, dropoutDefs, n, x, tensor.Scalar(0.6), tensor.Scalar(true))
	if y := tensor.Data[float64](out[0]); !slices.Equal(y, []float64{0, 5, 7.5, 0, 0}) {
		t.Errorf("got %v", y)
	}
	if m := tensor.Data[bool](out[1]); !slices.Equal(m, []bool{false, true, true, false, false}) {
		t.Errorf("got mask %v", m)
	}
	h := optest.MustRun(t, dropoutDefs, n, tensor.Of(tensor.Shape{2}, tensor.ToFloat8E4M3FN(1, true), tensor.ToFloat8E4M3FN(2, true)), nil, tensor.Scalar(true))
	if y := tensor.Data[tensor.Float8E4M3FN](h[0]); y[0].Float32() != 2 || y[1].Float32() != 4 {
		t.Errorf("got float8 %v", y)
	}
	out = optest.MustRun(t, dropoutDefs, n, x, tensor.Scalar[float32](0), tensor.Scalar(true))
	if out[0] != x {
		t.Errorf("ratio 0: got %v", out[0])
	}
}

func TestDropoutOfOldVersionsTrainsWithoutIsTest(t *testing.T) {
	const size = 20000
	x, _ := tensor.New(tensor.F32, tensor.Shape{size})
	for i := range size {
		tensor.Data[float32](x)[i] = 3
	}
	n := optest.Node{Op: "Dropout", Opset: 6, Outputs: 2, Attrs: optest.Attrs{"ratio": float32(0.25)}}
	out := optest.MustRun(t, dropoutDefs, n, x)
	kept := 0
	for i, v := range tensor.Data[float32](out[0]) {
		m := tensor.Data[float32](out[1])[i]
		if v != 4*m || (m != 0 && m != 1) {
			t.Fatalf("element %d: got %v with mask %v", i, v, m)
		}
		kept += int(m)
	}
	if math.Abs(float64(kept)-0.75*size) > 6*math.Sqrt(size*0.75*0.25) {
		t.Errorf("kept %d of %d", kept, size)
	}
}

func TestDropoutRefusesImpossibleRatios(t *testing.T) {
	x := tensor.Of[float32](tensor.Shape{1}, 1)
	for _, r := range []float32{-0.1, 1, float32(math.NaN())} {
		_, err := optest.Run(dropoutDefs, optest.Node{Op: "Dropout", Opset: 12}, x, tensor.Scalar(r), tensor.Scalar(true))
		if err == nil || !strings.Contains(err.Error(), "less than 1") {
			t.Errorf("ratio %v: got %v", r, err)
		}
		if _, err = optest.Run(dropoutDefs, optest.Node{Op: "Dropout", Opset: 7, Attrs: optest.Attrs{"ratio": r}}, x); err == nil {
			t.Errorf("attribute ratio %v: no error", r)
		}
	}
	_, err := optest.Run(dropoutDefs, optest.Node{Op: "Dropout", Opset: 12}, x, nil, tensor.Of[bool](tensor.Shape{2}, true, true))
	if err == nil || !strings.Contains(err.Error(), "want a scalar") {
		t.Errorf("got %v", err)
	}
}
