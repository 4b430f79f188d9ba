package array

import (
	"math"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
)

func TestCastVersions(t *testing.T) {
	x := tensor.Of[float32](tensor.Shape{2, 1}, 1.9, -1.9)
	for name, want := range map[string]tensor.DType{"FLOAT16": tensor.F16, "DOUBLE": tensor.F64, "INT32": tensor.I32, "BOOL": tensor.Boolean} {
		y := optest.MustRun(t, Defs, optest.Node{Op: "Cast", Opset: 1, Attrs: optest.Attrs{"to": name}}, x)[0]
		if y.DType() != want || y.Rank() != 2 {
			t.Errorf("%s: got %v", name, y)
		}
	}
	same := optest.MustRun(t, Defs, optest.Node{Op: "Cast", Opset: 1, Attrs: optest.Attrs{"to": "FLOAT"}}, x)[0]
	if same != x {
		t.Errorf("a cast to its own type is not the input: %v", same)
	}
	is[int8](t, optest.MustRun(t, Defs, optest.Node{Op: "Cast", Opset: 6, Attrs: optest.Attrs{"to": int(tensor.I8)}}, x)[0], tensor.Shape{2, 1}, 1, -1)
	is(t, optest.MustRun(t, Defs, optest.Node{Op: "Cast", Opset: 9, Attrs: optest.Attrs{"to": int(tensor.Str)}}, x)[0], tensor.Shape{2, 1}, "1.9", "-1.9")
	is(t, optest.MustRun(t, Defs, optest.Node{Op: "Cast", Opset: 9, Attrs: optest.Attrs{"to": int(tensor.F64)}}, tensor.Scalar("-INF"))[0], tensor.Shape{}, math.Inf(-1))

	big := tensor.Of[float32](tensor.Shape{1}, 1e6)
	attrs := optest.Attrs{"to": int(tensor.F8E4M3FN), "saturate": 0}
	is[tensor.Float8E4M3FN](t, optest.MustRun(t, Defs, optest.Node{Op: "Cast", Opset: 19, Attrs: attrs}, big)[0], tensor.Shape{1}, 0x7F)
	attrs["saturate"] = 1
	is[tensor.Float8E4M3FN](t, optest.MustRun(t, Defs, optest.Node{Op: "Cast", Opset: 23, Attrs: attrs}, big)[0], tensor.Shape{1}, 0x7E)
	for mode, want := range map[string]tensor.Float8E8M0{"up": 128, "down": 127, "nearest": 127} {
		is(t, optest.MustRun(t, Defs, optest.Node{Op: "Cast", Opset: 24, Attrs: optest.Attrs{"to": int(tensor.F8E8M0), "round_mode": mode}}, tensor.Scalar(1.2))[0], tensor.Shape{}, want)
		is(t, optest.MustRun(t, Defs, optest.Node{Op: "CastLike", Opset: 25, Attrs: optest.Attrs{"round_mode": mode}}, tensor.Scalar(1.2), tensor.Scalar[tensor.Float8E8M0](0))[0], tensor.Shape{}, want)
	}
}

func TestCastWorksInParts(t *testing.T) {
	const n = 100001
	x := tensor.Of(tensor.Shape{n}, ramp[float64](n)...)
	y := optest.MustRun(t, Defs, optest.Node{Op: "Cast", Opset: 13, Threads: 3, Attrs: optest.Attrs{"to": int(tensor.I32)}}, x)[0]
	is(t, y, tensor.Shape{n}, ramp[int32](n)...)
}

func TestCastLikeTakesTheTypeOfItsSecondInput(t *testing.T) {
	x := tensor.Of[float32](tensor.Shape{1}, 300.7)
	is[uint8](t, optest.MustRun(t, Defs, optest.Node{Op: "CastLike", Opset: 15}, x, tensor.Of[uint8](tensor.Shape{0}))[0], tensor.Shape{1}, 44)
	is[tensor.Float8E5M2](t, optest.MustRun(t, Defs, optest.Node{Op: "CastLike", Opset: 19, Attrs: optest.Attrs{"saturate": 0}}, tensor.Scalar(math.Inf(1)), tensor.Scalar[tensor.Float8E5M2](0))[0], tensor.Shape{}, 0x7C)
	fails(t, "attribute saturate", optest.Node{Op: "CastLike", Opset: 15, Attrs: optest.Attrs{"saturate": 0}}, x, x)
}

func TestCastRefusesWhatItCannotConvert(t *testing.T) {
	x := tensor.Scalar[float32](1)
	n := optest.Node{Op: "Cast", Opset: 13}
	fails(t, "attribute to is missing", n, x)
	n.Attrs = optest.Attrs{"to": int(tensor.C64)}
	fails(t, "attribute to: got complex64", n, x)
	n.Attrs = optest.Attrs{"to": 77}
	fails(t, "77 is not an element type", n, x)
	n.Attrs = optest.Attrs{"to": int(tensor.F32)}
	fails(t, "input 0 (input): got complex64[]", n, tensor.Scalar[complex64](1))
	fails(t, `element 1: "x" is not a number`, n, tensor.Of(tensor.Shape{2}, "1", "x"))
	fails(t, "attribute saturate", optest.Node{Op: "Cast", Opset: 13, Attrs: optest.Attrs{"to": 1, "saturate": 1}}, x)
	fails(t, `no element type is named "quark"`, optest.Node{Op: "Cast", Opset: 1, Attrs: optest.Attrs{"to": "QUARK"}}, x)
	fails(t, "attribute round_mode", optest.Node{Op: "Cast", Opset: 24, Attrs: optest.Attrs{"to": 1, "round_mode": "sideways"}}, x)
}

func TestBitCastKeepsBits(t *testing.T) {
	run := func(to tensor.DType, x *tensor.Tensor) *tensor.Tensor {
		return optest.MustRun(t, Defs, optest.Node{Op: "BitCast", Opset: 26, Attrs: optest.Attrs{"to": int(to)}}, x)[0]
	}
	is[int32](t, run(tensor.I32, tensor.Of[float32](tensor.Shape{2, 1}, 1, -0.5)), tensor.Shape{2, 1}, 0x3F800000, -0x41000000)
	is(t, run(tensor.F16, tensor.Scalar[uint16](0x3C00)), tensor.Shape{}, tensor.ToFloat16(1))
	is[uint8](t, run(tensor.U8, tensor.Of(tensor.Shape{2}, true, false)), tensor.Shape{2}, 1, 0)
	is(t, run(tensor.Boolean, tensor.Of[uint8](tensor.Shape{3}, 0, 1, 2)), tensor.Shape{3}, false, true, true)
	is[tensor.Int4](t, run(tensor.I4, tensor.Of[tensor.Uint4](tensor.Shape{3}, 7, 8, 15)), tensor.Shape{3}, 7, -8, -1)
	is[tensor.Uint4](t, run(tensor.U4, tensor.Of[tensor.Int4](tensor.Shape{2}, -8, -1)), tensor.Shape{2}, 8, 15)
	is[tensor.Float4E2M1](t, run(tensor.F4E2M1, tensor.Of[tensor.Int4](tensor.Shape{1}, -1)), tensor.Shape{1}, 15)
	is[tensor.Int2](t, run(tensor.I2, tensor.Of[tensor.Uint2](tensor.Shape{2}, 1, 3)), tensor.Shape{2}, 1, -1)

	n := optest.Node{Op: "BitCast", Opset: 26, Attrs: optest.Attrs{"to": int(tensor.I64)}}
	fails(t, "want 64", n, tensor.Scalar[float32](1))
	fails(t, "input 0 (input): got string", n, tensor.Scalar("s"))
	n.Attrs = optest.Attrs{"to": int(tensor.U8)}
	fails(t, "of 4 bits an element, want 8", n, tensor.Scalar[tensor.Int4](1))
	n.Attrs = optest.Attrs{"to": int(tensor.Str)}
	fails(t, "string has no bits", n, tensor.Scalar[tensor.Int4](1))
}
