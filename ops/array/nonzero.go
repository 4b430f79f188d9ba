package array

import (
	"math"

	"github.com/onnxrun/onnxrun/internal/kernel/move"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// NonZero lists the coordinates of the elements that are not zero (not empty,
// for strings), one row for each dimension.
var nonZero9 = ops.Def{
	Name: "NonZero", Since: 9,
	Sig:   "X:T -> Y:int64",
	Types: ops.Types{"T": ops.Classic},
	New:   func(n *ops.Node) (ops.Kernel, error) { return ops.Func(nonZero), nil },
}

func nonZero(c *ops.Call) error {
	x := c.Tensor(0)
	flags, err := c.Scratch(tensor.Boolean, x.Len())
	if err != nil {
		return err
	}
	defer c.Release(flags)
	f := flags.Bytes()
	if x.DType() == tensor.Str {
		for i, s := range tensor.Data[string](x) {
			f[i] = 0
			if s != "" {
				f[i] = 1
			}
		}
	} else {
		flagNonZero(f, x)
	}
	n := move.Count(f)
	y, err := c.Output(0, tensor.I64, tensor.Shape{x.Rank(), n})
	if err != nil {
		return err
	}
	move.Coordinates(tensor.Data[int64](y), f, x.Shape(), n)
	return nil
}

// flagNonZero flags the elements that are not zero of either sign.
func flagNonZero(flags []byte, x *tensor.Tensor) {
	const abs32, abs64 = math.MaxInt32, math.MaxInt64
	b := x.Bytes()
	switch d := x.DType(); {
	case d == tensor.Boolean || d == tensor.U8 || d == tensor.I8:
		move.Flags(flags, b, 0xFF)
	case d == tensor.F16 || d == tensor.BF16:
		move.Flags(flags, move.View[uint16](b), math.MaxInt16)
	case d == tensor.F32:
		move.Flags(flags, move.View[uint32](b), abs32)
	case d == tensor.F64:
		move.Flags(flags, move.View[uint64](b), abs64)
	case d == tensor.C64:
		move.Flags(flags, move.View[uint64](b), abs32<<32|abs32)
	case d == tensor.C128:
		parts := move.View[[2]uint64](b)
		for i, v := range parts {
			flags[i] = 0
			if (v[0]|v[1])&abs64 != 0 {
				flags[i] = 1
			}
		}
	case d.Size() == 2:
		move.Flags(flags, move.View[uint16](b), math.MaxUint16)
	case d.Size() == 4:
		move.Flags(flags, move.View[uint32](b), math.MaxUint32)
	case d.Size() == 8:
		move.Flags(flags, move.View[uint64](b), math.MaxUint64)
	}
}
