package logical

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
)

// BitShift moves the bits of X by Y places to the LEFT or to the RIGHT; zeros
// come in, so that a shift by the width of the type or more leaves 0.
var bitShift11 = ops.Def{
	Name: "BitShift", Since: 11,
	Sig:   "X:T, Y:T -> Z:T",
	Types: ops.Types{"T": ops.UnsignedInt},
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
	},
}

var shiftRight = &elementwise.Binary{
	Grain: vec.GrainMove,
	Loops: []elementwise.BinaryLoop{
		elementwise.Loop2(vec.ShiftRight[uint8]()), elementwise.Loop2(vec.ShiftRight[uint16]()),
		elementwise.Loop2(vec.ShiftRight[uint32]()), elementwise.Loop2(vec.ShiftRight[uint64]()),
	},
}
