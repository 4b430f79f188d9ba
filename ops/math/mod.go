package math

import (
	"errors"
	"slices"

	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
	"github.com/onnxrun/onnxrun/tensor"
)

// Mod computes the remainder of A / B. The attribute fmod chooses its sign:
// that of B, as Python's %, or with 1 that of A, as C's fmod; before version 28
// floats take only the latter. A remainder of integers by 0 is an error.
var mod10 = ops.Def{
	Name: "Mod", Since: 10,
	Sig:   "A:T, B:T -> C:T",
	Types: ops.Types{"T": ops.Numeric},
	New: func(n *ops.Node) (ops.Kernel, error) {
		if n.Bool("fmod", false) {
			return fmod, nil
		}
		return intMod, nil
	},
	Reuse: ops.Elementwise(2),
}

var mod28 = ops.Def{
	Name: "Mod", Since: 28,
	Sig:   "A:T, B:T -> C:T",
	Types: ops.Types{"T": ops.Numeric},
	New: func(n *ops.Node) (ops.Kernel, error) {
		if n.Bool("fmod", false) {
			return fmod, nil
		}
		return floorMod, nil
	},
	Reuse: ops.Elementwise(2),
}

var floatRem = elementwise.FloatBinary(vec.RemFloat[float32](), vec.RemFloat[float64]())

var fmod = &elementwise.Binary{
	Grain: vec.GrainSlow,
	Loops: slices.Concat(floatRem, elementwise.IntBinary(
		vec.Rem[int8](), vec.Rem[int16](), vec.Rem[int32](), vec.Rem[int64](),
		vec.Rem[uint8](), vec.Rem[uint16](), vec.Rem[uint32](), vec.Rem[uint64](),
	)),
	Check: intDivisor,
}

var floorMod = &elementwise.Binary{
	Grain: vec.GrainSlow,
	Loops: slices.Concat(
		elementwise.FloatBinary(vec.ModFloat[float32](), vec.ModFloat[float64]()),
		elementwise.IntBinary(
			vec.Mod[int8](), vec.Mod[int16](), vec.Mod[int32](), vec.Mod[int64](),
			vec.Mod[uint8](), vec.Mod[uint16](), vec.Mod[uint32](), vec.Mod[uint64](),
		)),
	Check: intDivisor,
}

// intMod is floorMod of integers alone.
var intMod = &elementwise.Binary{
	Grain: floorMod.Grain,
	Loops: floorMod.Loops,
	Check: func(a, b *tensor.Tensor) error {
		if ops.Floats.Has(b.DType()) {
			return errors.New("attribute fmod: got 0, want 1 for floats")
		}
		return intDivisor(a, b)
	},
}
