package attention

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/attention"
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// CausalConvWithState convolves each channel with its filter over what came
// up to each position; the state carries the last elements from call to call.
var causalConvWithState27 = ops.Def{
	Name: "CausalConvWithState", Since: 27,
	Sig:   "input:T, weight:T, bias?:T, past_state?:T -> output:T, present_state:T",
	Types: ops.Types{"T": narrowFloats},
	New: func(n *ops.Node) (ops.Kernel, error) {
		return &causalConv{swish: n.Enum("activation", "none", "silu", "swish") != "none"}, nil
	},
}

type causalConv struct{ swish bool }

var swish = vec.Swish32(1)

func (k *causalConv) Run(c *ops.Call) error {
	x, w, bias, past := c.Tensor(0), c.Tensor(1), c.Tensor(2), c.Tensor(3)
	if x.Rank() != 3 {
		return fmt.Errorf("input 0 (input): got %v, want 3 dimensions", x)
	}
	p := &attention.CausalConv{Batch: x.Dim(0), Channels: x.Dim(1), Length: x.Dim(2)}
	if w.Rank() != 3 || w.Dim(0) != p.Channels || w.Dim(1) != 1 || w.Dim(2) < 1 {
		return fmt.Errorf("input 1 (weight): got %v, want shape [%d 1 k]", w, p.Channels)
	}
	p.Kernel = w.Dim(2)
	if bias != nil && !bias.Shape().Equal(tensor.Shape{p.Channels}) {
		return fmt.Errorf("input 2 (bias): got %v, want %d elements", bias, p.Channels)
	}
	state := tensor.Shape{p.Batch, p.Channels, p.Kernel - 1}
	if past != nil && !past.Shape().Equal(state) {
		return fmt.Errorf("input 3 (past_state): got %v, want shape %v", past, state)
	}
	if k.swish {
		p.Activation = swish
	}
	mem := &memory{c: c}
	defer mem.release()
	for i, dst := range []*[]float32{&p.X, &p.Weight, &p.Bias, &p.Past} {
		if !c.Has(i) {
			continue
		}
		var err error
		if *dst, err = wide[float32](mem, c.Tensor(i)); err != nil {
			return err
		}
	}
	y, err := output[float32](mem, 0, x.DType(), x.Shape())
	if err != nil {
		return err
	}
	present, err := output[float32](mem, 1, x.DType(), state)
	if err != nil {
		return err
	}
	p.Y, p.Present = y.data, present.data
	attention.RunCausalConv(c.Pool, p)
	if err := y.done(); err != nil {
		return err
	}
	return present.done()
}
