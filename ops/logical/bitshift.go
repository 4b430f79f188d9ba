package logical

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
)

// BitShift moves the bits of X by Y places to the LEFT or to the RIGHT. Zeros
// come in, on the left copies of the sign, so that a shift by the width of the
// type or more, or by less than 0, leaves 0, to the right the sign. Signed types
// are new in version 28.
var bitShift11 = ops.Def{
	Name: "BitShift", Since: 11,
	Sig:   "X:T, Y:T -> Z:T",
	Types: ops.Types{"T": ops.Ints},
	New: func(n *ops.Node) (ops.Kernel, error) {
		switch d := n.Str("direction", ""); d {
		case "LEFT":
			return shiftLeft, nil
		case "RIGHT":
			return shiftRight, nil
		default:
			return nil, fmt.Errorf("attribute direction: got %q, want LEFT or RIGHT", d)
		}
	},
	Reuse: ops.Elementwise(2),
}

var shiftLeft = &elementwise.Binary{
	Grain: vec.GrainMove,
	Loops: []elementwise.BinaryLoop{
		elementwise.Loop2(vec.ShiftLeft[uint8]()), elementwise.Loop2(vec.ShiftLeft[uint16]()),
		elementwise.Loop2(vec.ShiftLeft[uint32]()), elementwise.Loop2(vec.ShiftLeft[uint64]()),
		elementwise.Loop2(vec.ShiftLeft[int8]()), elementwise.Loop2(vec.ShiftLeft[int16]()),
		elementwise.Loop2(vec.ShiftLeft[int32]()), elementwise.Loop2(vec.ShiftLeft[int64]()),
	},
}

var shiftRight = &elementwise.Binary{
	Grain: vec.GrainMove,
	Loops: []elementwise.BinaryLoop{
		elementwise.Loop2(vec.ShiftRight[uint8]()), elementwise.Loop2(vec.ShiftRight[uint16]()),
		elementwise.Loop2(vec.ShiftRight[uint32]()), elementwise.Loop2(vec.ShiftRight[uint64]()),
		elementwise.Loop2(vec.ShiftRight[int8]()), elementwise.Loop2(vec.ShiftRight[int16]()),
		elementwise.Loop2(vec.ShiftRight[int32]()), elementwise.Loop2(vec.ShiftRight[int64]()),
	},
}
