package conformance

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/onnxrun/onnxrun/runtime"
	"github.com/onnxrun/onnxrun/tensor"
)

// A light model is a whole architecture whose weights are constants computed
// in the graph: NAME.onnx with NAME_output_0.pb … beside it. Its input is, as
// the official runner has it, the ramp k/n over the n elements of each input.

// LightATol is how far outputs of light models may be off, as a part of the
// largest expected value: their weights, all alike, make sums of many equal
// terms, of which each order of adding gives another.
const LightATol = 1e-3

// lightOutput returns the file of an expected output of a light model.
func lightOutput(model string, i int) string {
	return fmt.Sprintf("%s_output_%d.pb", strings.TrimSuffix(model, ".onnx"), i)
}

func replayLight(ctx context.Context, s *runtime.Session, model string, o Options, r *Result) error {
	inputs := map[string]tensor.Value{}
	for _, in := range s.Inputs() {
		if in.Optional {
			continue
		}
		x, err := ramp(in.Type)
		if err != nil {
			return fmt.Errorf("input %q: %w", in.Name, err)
		}
		inputs[in.Name] = x
	}
	outputs, err := s.Run(ctx, inputs)
	if err != nil {
		return err
	}
	for i, info := range s.Outputs() {
		file := lightOutput(model, i)
		if _, err := os.Stat(file); err != nil {
			break
		}
		want, err := readValue(file, info.Type)
		if err != nil {
			return err
		}
		each := o
		if t, ok := want.(*tensor.Tensor); ok {
			for _, v := range numbers(t) {
				each.ATol = max(each.ATol, LightATol*max(v, -v))
			}
		}
		r.judge(s, fmt.Sprintf("output %d (%s)", i, info.Name), outputs[info.Name], want, each, i)
	}
	return nil
}

// ramp returns the float32 tensor of the declared shape, 1 where it is open,
// whose element k of n is k/n.
func ramp(t tensor.Type) (*tensor.Tensor, error) {
	if t.Kind != tensor.KindTensor || t.Elem != tensor.F32 || !t.HasShape {
		return nil, fmt.Errorf("got type %v, want float32 with a shape", t)
	}
	shape := make(tensor.Shape, len(t.Dims))
	for i, d := range t.Dims {
		shape[i] = max(d.Size, 1)
	}
	x, err := tensor.New(tensor.F32, shape)
	if err != nil {
		return nil, err
	}
	v := tensor.Data[float32](x)
	for k := range v {
		v[k] = float32(float64(k) / float64(len(v)))
	}
	return x, nil
}
