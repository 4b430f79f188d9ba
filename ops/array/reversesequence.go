package array

import (
	"fmt"

	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// ReverseSequence reverses the first sequence_lens[b] entries along the time
// axis of each batch entry b; the others stay. One axis is 0 and the other 1.
var reverseSequence10 = ops.Def{
	Name: "ReverseSequence", Since: 10,
	Sig: "input:T, sequence_lens:int64 -> Y:T",
	New: func(n *ops.Node) (ops.Kernel, error) {
		k := reverseSequence{batch: n.Int("batch_axis", 1), time: n.Int("time_axis", 0)}
		if min(k.batch, k.time) != 0 || max(k.batch, k.time) != 1 {
			return nil, fmt.Errorf("attributes batch_axis and time_axis: got %d and %d, want 0 and 1 or 1 and 0", k.batch, k.time)
		}
		return k, nil
	},
}

type reverseSequence struct{ batch, time int }

func (k reverseSequence) Run(c *ops.Call) error {
	x, lens := c.Tensor(0), tensor.Data[int64](c.Tensor(1))
	if x.Rank() < 2 {
		return fmt.Errorf("input 0 (input): got %v, want two dimensions at least", x)
	}
	batches, steps := x.Dim(k.batch), x.Dim(k.time)
	if c.Tensor(1).Rank() != 1 || len(lens) != batches {
		return fmt.Errorf("input 1 (sequence_lens): got %v, want one length for each of %d batch entries", c.Tensor(1), batches)
	}
	if x.Len() == 0 {
		c.SetOutput(0, x)
		return nil
	}
	for b, l := range lens {
		if l < 0 || l > int64(steps) {
			return fmt.Errorf("input 1 (sequence_lens): length %d of batch entry %d is outside of [0, %d]", l, b, steps)
		}
	}
	s, err := c.Scratch(tensor.I64, batches*steps)
	if err != nil {
		return err
	}
	defer c.Release(s)
	from := tensor.Data[int64](s)
	bStride, tStride := steps, 1
	if k.time == 0 {
		bStride, tStride = 1, batches
	}
	for b, l := range lens {
		for t := range steps {
			r := t
			if int64(t) < l {
				r = int(l) - 1 - t
			}
			from[b*bStride+t*tStride] = int64(b*bStride + r*tStride)
		}
	}
	y, err := c.Output(0, x.DType(), x.Shape())
	if err != nil {
		return err
	}
	takeRows(c, y, x, 1, len(from), x.Shape().Span(2, x.Rank()), from)
	return nil
}
