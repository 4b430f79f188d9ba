package math

import (
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
	"github.com/onnxrun/onnxrun/tensor"
)

// Pow computes X^Y in the type of X. Integer powers wrap around; the integer
// power of a negative exponent, or of a fractional one, loses its fraction.
var pow1 = ops.Def{
	Name: "Pow", Since: 1,
	Sig:   "X:T, Y:T -> Z:T",
	Types: ops.Types{"T": ops.Floats},
	New: ops.Widen(func(n *ops.Node) (ops.Kernel, error) {
		k, err := powLoops.BuildLegacy(n)
		return pow{k}, err
	}),
	Reuse: ops.Elementwise(1),
}

var pow7 = ops.Def{
	Name: "Pow", Since: 7,
	Sig: "X:T, Y:T1 -> Z:T",
	Types: ops.Types{
		"T":  ops.Floats | tensor.SetOf(tensor.I32, tensor.I64),
		"T1": ops.Numeric,
	},
	New:   ops.Widen(func(*ops.Node) (ops.Kernel, error) { return pow{powLoops}, nil }),
	Reuse: ops.Elementwise(1),
}

var powLoops = &elementwise.Binary{
	Grain: vec.GrainSlow,
	Loops: []elementwise.BinaryLoop{
		elementwise.Loop2(vec.Pow32()),
		elementwise.Loop2(vec.PowFloat[float32]()),
		elementwise.Loop2(vec.PowFloat[float64]()),
		elementwise.Loop2(vec.PowInt[int32, int64]()),
		elementwise.Loop2(vec.PowInt[int64, int64]()),
		elementwise.Loop2(vec.PowInt[int32, uint64]()),
		elementwise.Loop2(vec.PowInt[int64, uint64]()),
		elementwise.Loop2(vec.PowIntFloat[int32]()),
		elementwise.Loop2(vec.PowIntFloat[int64]()),
	},
}

// pow brings the exponents to one of the types that powLoops have: float64 for
// float powers, the widest of their kind for integer ones.
type pow struct{ loops ops.Kernel }

func (k pow) Run(c *ops.Call) error {
	x, y := c.Tensor(0), c.Tensor(1)
	d := tensor.F64
	switch {
	case x.DType() == y.DType() && ops.Floats.Has(x.DType()):
		return k.loops.Run(c)
	case ops.Floats.Has(x.DType()) || ops.Floats.Has(y.DType()):
	case ops.UnsignedInt.Has(y.DType()):
		d = tensor.U64
	default:
		d = tensor.I64
	}
	if y.DType() == d {
		return k.loops.Run(c)
	}
	e, err := c.Scratch(d, y.Shape()...)
	if err != nil {
		return err
	}
	defer c.Release(e)
	convert(e, y)
	in := c.Inputs
	defer func() { c.Inputs = in }()
	c.Inputs = []tensor.Value{x, e}
	return k.loops.Run(c)
}

// convert writes the numbers of src, of any type but the 16-bit floats, to dst,
// float64 or an integer of 64 bits.
func convert(dst, src *tensor.Tensor) {
	switch src.DType() {
	case tensor.F32:
		convertFrom[float32](dst, src)
	case tensor.F64:
		convertFrom[float64](dst, src)
	case tensor.I8:
		convertFrom[int8](dst, src)
	case tensor.I16:
		convertFrom[int16](dst, src)
	case tensor.I32:
		convertFrom[int32](dst, src)
	case tensor.I64:
		convertFrom[int64](dst, src)
	case tensor.U8:
		convertFrom[uint8](dst, src)
	case tensor.U16:
		convertFrom[uint16](dst, src)
	case tensor.U32:
		convertFrom[uint32](dst, src)
	case tensor.U64:
		convertFrom[uint64](dst, src)
	}
}

func convertFrom[T interface {
	tensor.Element
	vec.Number
}](dst, src *tensor.Tensor) {
	x := tensor.Data[T](src)
	switch dst.DType() {
	case tensor.F64:
		vec.ConvertSlice(tensor.Data[float64](dst), x)
	case tensor.I64:
		vec.ConvertSlice(tensor.Data[int64](dst), x)
	case tensor.U64:
		vec.ConvertSlice(tensor.Data[uint64](dst), x)
	}
}
