package conformance

import (
	"math"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/tensor"
)

// quantum is the step of quantization of an output: what a difference of 1 in
// its integers makes. Two correct programs may round a sum to neighbours.
type quantum struct {
	integers bool    // the output has the integers themselves
	step     float64 // of an output of floats, 0 where it is not quantized
}

// quanta returns the step of each output of a model.
func quanta(path string) ([]quantum, error) {
	m, err := onnx.Load(path)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	var l []quantum
	for _, v := range m.Graph.Outputs {
		l = append(l, quantumOf(v))
	}
	return l, nil
}

// quantumOf follows an output back, through what only moves elements, to where
// it is quantized.
func quantumOf(v *onnx.Value) quantum {
	for v != nil && v.Producer != nil {
		switch n := v.Producer; n.OpType {
		case "QuantizeLinear", "QLinearConv", "QLinearMatMul", "QGemm", "QLinearAdd", "QLinearMul", "QLinearConcat",
			"QLinearSigmoid", "QLinearLeakyRelu", "QLinearSoftmax", "QLinearAveragePool", "QLinearGlobalAveragePool":
			return quantum{integers: true}
		case "DequantizeLinear":
			if len(n.Inputs) < 2 || n.Inputs[1] == nil {
				return quantum{}
			}
			scale, ok := n.Inputs[1].Const.(*tensor.Tensor)
			if !ok || scale.DType() != tensor.F32 {
				return quantum{}
			}
			var q quantum
			for _, s := range tensor.Data[float32](scale) {
				q.step = max(q.step, math.Abs(float64(s)))
			}
			return q
		case "Identity", "Reshape", "Flatten", "Transpose", "Squeeze", "Unsqueeze":
			v = n.Inputs[0]
		default:
			return quantum{}
		}
	}
	return quantum{}
}

// compare is the function compare where a difference of one step is none.
func (q quantum) compare(got, want tensor.Value, o Options) difference {
	if q.step > 0 {
		o.ATol += q.step
	}
	g, ok := got.(*tensor.Tensor)
	w, isTensor := want.(*tensor.Tensor)
	if q.integers && ok && isTensor && g.DType() == w.DType() && g.Shape().Equal(w.Shape()) && w.DType().Size() <= 2 {
		// Integers of up to 16 bits are exact as floats.
		a, errA := floats(g)
		b, errB := floats(w)
		if errA == nil && errB == nil {
			return compareTensors(a, b, Options{ATol: 1})
		}
	}
	return compare(got, want, o)
}

func floats(t *tensor.Tensor) (*tensor.Tensor, error) {
	f, err := tensor.New(tensor.F32, t.Shape())
	if err != nil {
		return nil, err
	}
	return f, tensor.Convert(f, t, tensor.Conversion{})
}
