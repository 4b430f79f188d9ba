package array

import (
	"github.com/onnxrun/onnxrun/internal/kernel/move"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// IsNaN says which elements are not a number.
var isNaN9 = ops.Def{
	Name: "IsNaN", Since: 9,
	Sig:   "X:T1 -> Y:bool",
	Types: ops.Types{"T1": ops.Floats | ops.Float8s},
	New: func(n *ops.Node) (ops.Kernel, error) {
		return ops.Func(func(c *ops.Call) error {
			return classify(c, func(d tensor.DType, flags, x []byte) {
				switch d {
				case tensor.F16:
					move.Above(flags, move.View[uint16](x), 0x7FFF, 0x7C00)
				case tensor.BF16:
					move.Above(flags, move.View[uint16](x), 0x7FFF, 0x7F80)
				case tensor.F32:
					move.Above(flags, move.View[uint32](x), 1<<31-1, 0xFF<<23)
				case tensor.F64:
					move.Above(flags, move.View[uint64](x), 1<<63-1, 0x7FF<<52)
				case tensor.F8E4M3FN:
					move.Above(flags, x, 0x7F, 0x7E)
				case tensor.F8E5M2:
					move.Above(flags, x, 0x7F, 0x7C)
				default: // the types without a negative zero, whose code is NaN
					move.Equal(flags, x, 0xFF, 0x80)
				}
			})
		}), nil
	},
}

// IsInf says which elements are infinite, of either sign or one.
var isInf10 = ops.Def{
	Name: "IsInf", Since: 10,
	Sig:   "X:T1 -> Y:bool",
	Types: ops.Types{"T1": ops.Floats | ops.Float8s},
	New: func(n *ops.Node) (ops.Kernel, error) {
		neg, pos := n.Bool("detect_negative", true), n.Bool("detect_positive", true)
		return ops.Func(func(c *ops.Call) error {
			return classify(c, func(d tensor.DType, flags, x []byte) {
				switch {
				case !neg && !pos:
					clear(flags)
				case d == tensor.F16:
					infinite(flags, move.View[uint16](x), 0x7C00, 1<<15, neg, pos)
				case d == tensor.BF16:
					infinite(flags, move.View[uint16](x), 0x7F80, 1<<15, neg, pos)
				case d == tensor.F32:
					infinite(flags, move.View[uint32](x), 0xFF<<23, 1<<31, neg, pos)
				case d == tensor.F64:
					infinite(flags, move.View[uint64](x), 0x7FF<<52, 1<<63, neg, pos)
				case d == tensor.F8E5M2:
					infinite(flags, x, 0x7C, 0x80, neg, pos)
				default: // types without infinities
					clear(flags)
				}
			})
		}), nil
	},
}

// infinite flags the elements whose bits are inf, with the sign bit where neg
// and without it where pos, one of which holds.
func infinite[E uint8 | uint16 | uint32 | uint64](flags []byte, x []E, inf, sign E, neg, pos bool) {
	mask, want := ^E(0), inf
	switch {
	case neg && pos:
		mask = ^sign
	case neg:
		want |= sign
	}
	move.Equal(flags, x, mask, want)
}

// classify makes the first output one flag for each element of the first input.
func classify(c *ops.Call, flag func(d tensor.DType, flags, x []byte)) error {
	x := c.Tensor(0)
	y, err := c.Output(0, tensor.Boolean, x.Shape())
	if err != nil {
		return err
	}
	size := x.DType().Size()
	c.Pool.For(x.Len(), 1<<15, func(lo, hi int) {
		flag(x.DType(), y.Bytes()[lo:hi], x.Bytes()[lo*size:hi*size])
	})
	return nil
}
