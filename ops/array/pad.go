package array

import (
	"fmt"
	"math"

	"github.com/onnxrun/onnxrun/internal/kernel/pad"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// Pad extends a tensor at the edges of its dimensions, or cuts them where pads
// are negative; both at once cut first. Pads and the constant are attributes
// up to version 2 (in version 1 pads are called paddings) and inputs from 11
// on; 18 adds axes and 19 the mode wrap.
var pad1 = ops.Def{
	Name: "Pad", Since: 1,
	Sig:   "data:T -> output:T",
	Types: ops.Types{"T": ops.Floats},
	New: func(n *ops.Node) (ops.Kernel, error) {
		return newPad(n, n.RequiredInts("paddings"), "constant", "reflect", "edge"), nil
	},
}

var pad2 = ops.Def{
	Name: "Pad", Since: 2,
	Sig:   "data:T -> output:T",
	Types: ops.Types{"T": ops.Floats},
	New: func(n *ops.Node) (ops.Kernel, error) {
		return newPad(n, n.RequiredInts("pads"), "constant", "reflect", "edge"), nil
	},
}

var pad11 = ops.Def{
	Name: "Pad", Since: 11,
	Sig: "data:T, pads:int64, constant_value?:T -> output:T",
	New: func(n *ops.Node) (ops.Kernel, error) {
		return newPad(n, nil, "constant", "reflect", "edge"), nil
	},
}

var pad18 = ops.Def{
	Name: "Pad", Since: 18,
	Sig:   "data:T, pads:int64, constant_value?:T, axes?:Tind -> output:T",
	Types: ops.Types{"Tind": ops.Indices},
	New: func(n *ops.Node) (ops.Kernel, error) {
		return newPad(n, nil, "constant", "reflect", "edge"), nil
	},
}

var pad19 = ops.Def{
	Name: "Pad", Since: 19,
	Sig:   "data:T, pads:int64, constant_value?:T, axes?:Tind -> output:T",
	Types: ops.Types{"Tind": ops.Indices},
	New: func(n *ops.Node) (ops.Kernel, error) {
		return newPad(n, nil, "constant", "reflect", "edge", "wrap"), nil
	},
}

type padKernel struct {
	mode  pad.Mode
	pads  []int   // the attribute; nil where they are an input
	value float32 // the attribute
}

func newPad(n *ops.Node, pads []int, modes ...string) *padKernel {
	k := &padKernel{pads: pads}
	k.mode = map[string]pad.Mode{
		"constant": pad.Constant, "reflect": pad.Reflect, "edge": pad.Edge, "wrap": pad.Wrap,
	}[n.Enum("mode", modes...)]
	if pads != nil {
		k.value = n.Float("value", 0)
	}
	return k
}

func (k *padKernel) Run(c *ops.Call) error {
	x, pads := c.Tensor(0), k.pads
	var axes []int
	var err error
	if c.Has(1) {
		if pads, err = intsInput(c, 1, "pads"); err != nil {
			return err
		}
	}
	if c.Has(3) {
		if axes, err = intsInput(c, 3, "axes"); err != nil {
			return err
		}
	}
	s, err := padShape(x.Shape(), pads, axes)
	if err != nil {
		return err
	}
	fill, err := k.fill(c)
	if err != nil {
		return err
	}
	return padTo(c, s, k.mode, fill)
}

// maxPad keeps the sums of a dimension and its pads within an int.
const maxPad = math.MaxInt / 4

// padShape distributes pads, all befores and then all afters, to the axes that
// they are for; nil axes are all.
func padShape(shape tensor.Shape, pads, axes []int) (*pad.Shape, error) {
	r := len(shape)
	if axes == nil {
		axes = make([]int, r)
		for i := range axes {
			axes[i] = i
		}
	}
	if len(pads) != 2*len(axes) {
		return nil, fmt.Errorf("got %d pads, want two for each of %d axes", len(pads), len(axes))
	}
	s := &pad.Shape{In: shape, Before: make([]int, r), After: make([]int, r)}
	seen := make([]bool, r)
	for i, a := range axes {
		axis, err := shape.Axis(a)
		if err != nil {
			return nil, fmt.Errorf("axes: %w", err)
		}
		if seen[axis] {
			return nil, fmt.Errorf("axes: axis %d is given twice", axis)
		}
		seen[axis] = true
		before, after := pads[i], pads[len(axes)+i]
		if min(before, after) < -maxPad || max(before, after) > maxPad || shape[axis] > maxPad {
			return nil, fmt.Errorf("pads %d and %d of dimension %d are out of range", before, after, axis)
		}
		s.Before[axis], s.After[axis] = before, after
	}
	return s, nil
}

// fill returns the element to pad with as a tensor, nil for zero.
func (k *padKernel) fill(c *ops.Call) (*tensor.Tensor, error) {
	if v := c.Tensor(2); v != nil {
		if v.Len() != 1 {
			return nil, fmt.Errorf("input 2 (constant_value): got %v, want one element", v)
		}
		return v, nil
	}
	if k.value == 0 {
		return nil, nil
	}
	v, err := tensor.New(c.Tensor(0).DType(), tensor.Shape{})
	if err != nil {
		return nil, err
	}
	return v, tensor.Convert(v, tensor.Scalar(k.value), tensor.Conversion{})
}

// padTo makes output 0 of input 0.
func padTo(c *ops.Call, s *pad.Shape, m pad.Mode, fill *tensor.Tensor) error {
	x := c.Tensor(0)
	out := tensor.Shape(s.Out())
	for i, d := range out {
		if d < 0 {
			return fmt.Errorf("pads %d and %d cut off more than dimension %d of %v", s.Before[i], s.After[i], i, x)
		}
	}
	if i := s.Extends(); i >= 0 && m != pad.Constant && out.Check(1) == nil && out.Len() > 0 {
		return fmt.Errorf("dimension %d of %v has nothing to extend it with", i, x)
	}
	if out.Equal(x.Shape()) && allZero(s.Before) && allZero(s.After) {
		c.SetOutput(0, x)
		return nil
	}
	y, err := c.Output(0, x.DType(), out)
	if err != nil {
		return err
	}
	if x.DType() == tensor.Str {
		v := ""
		if fill != nil {
			v = tensor.Data[string](fill)[0]
		}
		pad.Elems(c.Pool, tensor.Data[string](y), tensor.Data[string](x), s, m, v)
		return nil
	}
	v := make([]byte, 16)
	if fill != nil {
		v = fill.Bytes()
	}
	pad.Bytes(c.Pool, y.Bytes(), x.Bytes(), x.DType().Size(), s, m, v)
	return nil
}

func allZero(l []int) bool {
	for _, v := range l {
		if v != 0 {
			return false
		}
	}
	return true
}
