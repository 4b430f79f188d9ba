package nn

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/random"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// Dropout hands its input on; in training it sets a random part, ratio of it,
// to zero and scales the rest by 1/(1-ratio). The mask says what was kept.
// Versions 1 and 6 train unless is_test is set, and their mask, as that of 7,
// has the type of the data; 7 and 10 never train; from 12 on ratio and
// training_mode are inputs.
var dropout1 = ops.Def{
	Name: "Dropout", Since: 1,
	Sig: "data:T -> output:T, mask?:T", Types: dropoutTypes,
	New: func(n *ops.Node) (ops.Kernel, error) {
		n.Ignore("consumed_inputs")
		k, err := newDropout(n)
		k.training, k.dataMask = !n.Bool("is_test", false), true
		return k, err
	},
}

var dropout7 = ops.Def{
	Name: "Dropout", Since: 7,
	Sig: "data:T -> output:T, mask?:T", Types: dropoutTypes,
	New: func(n *ops.Node) (ops.Kernel, error) {
		k, err := newDropout(n)
		k.dataMask = true
		return k, err
	},
}

var dropout10 = ops.Def{
	Name: "Dropout", Since: 10,
	Sig: "data:T -> output:T, mask?:bool", Types: dropoutTypes,
	New: func(n *ops.Node) (ops.Kernel, error) {
		k, err := newDropout(n)
		return k, err
	},
}

var dropout12 = ops.Def{
	Name: "Dropout", Since: 12,
	Sig:   "data:T, ratio?:T1, training_mode?:bool -> output:T, mask?:bool",
	Types: ops.Types{"T": ops.Floats | ops.Float8s, "T1": ops.Floats | ops.Float8s},
	New: func(n *ops.Node) (ops.Kernel, error) {
		return dropout{ratio: 0.5, seeded: n.Has("seed"), seed: uint32(n.Int("seed", 0))}, nil
	},
}

var dropoutTypes = ops.Types{"T": ops.Floats}

type dropout struct {
	ratio    float64 // where it is no input
	training bool    // where it is no input
	dataMask bool    // whether the mask has the type of the data
	seeded   bool
	seed     uint32
}

func newDropout(n *ops.Node) (dropout, error) {
	r := float64(n.Float("ratio", 0.5))
	return dropout{ratio: r}, checkRatio(r)
}

func checkRatio(r float64) error {
	if !(r >= 0 && r < 1) {
		return fmt.Errorf("ratio: got %v, want 0 or more and less than 1", r)
	}
	return nil
}

func (k dropout) Run(c *ops.Call) error {
	x, ratio, training := c.Tensor(0), k.ratio, k.training
	if t := c.Tensor(2); t != nil {
		if t.Len() != 1 {
			return fmt.Errorf("input 2 (training_mode): got %v, want a scalar", t)
		}
		training = tensor.Data[bool](t)[0]
	}
	if t := c.Tensor(1); t != nil && training {
		if t.Len() != 1 {
			return fmt.Errorf("input 1 (ratio): got %v, want a scalar", t)
		}
		wide := tensor.Of(tensor.Shape{1}, 0.0)
		if err := tensor.Convert(wide, t, tensor.Conversion{}); err != nil {
			return err
		}
		ratio = tensor.Data[float64](wide)[0]
		if err := checkRatio(ratio); err != nil {
			return fmt.Errorf("input 1: %w", err)
		}
	}
	if !training || ratio == 0 {
		c.SetOutput(0, x)
		if !c.Wants(1) {
			return nil
		}
		mask, err := c.Scratch(tensor.Boolean, x.Shape()...)
		if err != nil {
			return err
		}
		defer c.Release(mask)
		for i, m := 0, mask.Bytes(); i < len(m); i++ {
			m[i] = 1
		}
		return k.setMask(c, mask)
	}
	return k.train(c, ratio)
}

// train drops elements as numpy's RandomState(seed).uniform() < ratio says.
func (k dropout) train(c *ops.Call, ratio float64) error {
	x := c.Tensor(0)
	y, err := c.Output(0, x.DType(), x.Shape())
	if err != nil {
		return err
	}
	mask, err := c.Scratch(tensor.Boolean, x.Shape()...)
	if err != nil {
		return err
	}
	defer c.Release(mask)
	source := random.Unseeded()
	if k.seeded {
		source = random.New(k.seed)
	}
	kept := mask.Bytes()
	for i := range kept {
		kept[i] = 0
		if source.Float64() >= ratio {
			kept[i] = 1
		}
	}
	scale := 1 / (1 - ratio)
	switch x.DType() {
	case tensor.F32:
		dropElements(tensor.Data[float32](y), tensor.Data[float32](x), kept, scale)
	case tensor.F64:
		dropElements(tensor.Data[float64](y), tensor.Data[float64](x), kept, scale)
	default:
		wide, err := c.Scratch(tensor.F32, x.Shape()...)
		if err != nil {
			return err
		}
		defer c.Release(wide)
		if err := tensor.Convert(wide, x, tensor.Conversion{}); err != nil {
			return err
		}
		w := tensor.Data[float32](wide)
		dropElements(w, w, kept, scale)
		if err := tensor.Convert(y, wide, tensor.Conversion{}); err != nil {
			return err
		}
	}
	return k.setMask(c, mask)
}

// setMask makes the second output, if it is wanted, the flags.
func (k dropout) setMask(c *ops.Call, flags *tensor.Tensor) error {
	if !c.Wants(1) {
		return nil
	}
	d := tensor.Boolean
	if k.dataMask {
		d = c.Tensor(0).DType()
	}
	mask, err := c.Output(1, d, flags.Shape())
	if err != nil {
		return err
	}
	return tensor.Convert(mask, flags, tensor.Conversion{})
}

func dropElements[T float32 | float64](dst, src []T, kept []byte, scale float64) {
	for i, v := range src {
		// A dropped infinity or NaN is zero, too.
		dst[i] = 0
		if kept[i] != 0 {
			dst[i] = T(float64(v) * scale)
		}
	}
}
