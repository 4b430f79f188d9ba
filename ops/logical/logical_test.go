package logical_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/ops/logical"
	"github.com/onnxrun/onnxrun/tensor"
)

func vector[T tensor.Element](v ...T) *tensor.Tensor { return tensor.Of(tensor.Shape{len(v)}, v...) }

func call(t *testing.T, op string, opset int, attrs optest.Attrs, in ...tensor.Value) *tensor.Tensor {
	t.Helper()
	return optest.MustRun(t, logical.Defs, optest.Node{Op: op, Opset: opset, Attrs: attrs}, in...)[0]
}

func wantBools(t *testing.T, what string, got *tensor.Tensor, want ...bool) {
	t.Helper()
	if g := tensor.Data[bool](got); !slices.Equal(g, want) {
		t.Errorf("%s: got %v, want %v", what, g, want)
	}
}

// TestComparisons runs each comparison on pairs that are less, equal and
// greater, in all types.
func TestComparisons(t *testing.T) {
	f16 := func(v ...float32) *tensor.Tensor {
		h := make([]tensor.Float16, len(v))
		tensor.NarrowToFloat16(h, v)
		return vector(h...)
	}
	bf16 := func(v ...float32) *tensor.Tensor {
		h := make([]tensor.BFloat16, len(v))
		tensor.NarrowToBFloat16(h, v)
		return vector(h...)
	}
	for _, p := range [][2]*tensor.Tensor{
		{vector[float32](1, 2, 3), vector[float32](2, 2, 2)},
		{vector(1., 2, 3), vector(2., 2, 2)},
		{f16(1, 2, 3), f16(2, 2, 2)},
		{bf16(1, 2, 3), bf16(2, 2, 2)},
		{vector[int8](-1, 2, 3), vector[int8](2, 2, 2)},
		{vector[int16](-1, 2, 3), vector[int16](2, 2, 2)},
		{vector[int32](-1, 2, 3), vector[int32](2, 2, 2)},
		{vector[int64](-1, 2, 3), vector[int64](2, 2, 2)},
		{vector[uint8](1, 2, 200), vector[uint8](2, 2, 2)},
		{vector[uint16](1, 2, 65000), vector[uint16](2, 2, 2)},
		{vector[uint32](1, 2, 1<<31), vector[uint32](2, 2, 2)},
		{vector[uint64](1, 2, 1<<63), vector[uint64](2, 2, 2)},
	} {
		a, b := p[0], p[1]
		scalar, err := b.Rows(1, 2).Reshape(nil)
		if err != nil {
			t.Fatal(err)
		}
		for op, want := range map[string][]bool{
			"Less":           {true, false, false},
			"LessOrEqual":    {true, true, false},
			"Equal":          {false, true, false},
			"Greater":        {false, false, true},
			"GreaterOrEqual": {false, true, true},
		} {
			wantBools(t, op+" of "+a.String(), call(t, op, 16, nil, a, b), want...)
			wantBools(t, op+" of a scalar and "+a.String(), call(t, op, 16, nil, a, scalar), want...)
			mirrored := slices.Clone(want)
			if op != "Equal" {
				mirrored[0], mirrored[2] = want[2], want[0]
			}
			wantBools(t, op+" of mirrored "+a.String(), call(t, op, 16, nil, scalar, a), mirrored...)
		}
	}
}

func TestComparisonsOfNaNAndZeros(t *testing.T) {
	nan, minus := math.NaN(), math.Copysign(0, -1)
	a, b := vector(nan, 1, nan, 0), vector(1, nan, nan, minus)
	for _, op := range []string{"Less", "Greater"} {
		wantBools(t, op, call(t, op, 13, nil, a, b), false, false, false, false)
	}
	for _, op := range []string{"Equal", "LessOrEqual", "GreaterOrEqual"} {
		wantBools(t, op, call(t, op, 16, nil, a, b), false, false, false, true)
	}
}

func TestEqualOfStringsAndBools(t *testing.T) {
	wantBools(t, "strings", call(t, "Equal", 19, nil, vector("a", "b", ""), tensor.Scalar("a")), true, false, false)
	wantBools(t, "bools", call(t, "Equal", 7, nil, vector(true, false), vector(true, true)), true, false)
}

func TestTruthTables(t *testing.T) {
	a, b := vector(false, false, true, true), vector(false, true, false, true)
	wantBools(t, "And", call(t, "And", 7, nil, a, b), false, false, false, true)
	wantBools(t, "Or", call(t, "Or", 7, nil, a, b), false, true, true, true)
	wantBools(t, "Xor", call(t, "Xor", 7, nil, a, b), false, true, true, false)
	wantBools(t, "Not", call(t, "Not", 1, nil, b), true, false, true, false)
	wantBools(t, "And with a scalar", call(t, "And", 7, nil, tensor.Scalar(true), b), false, true, false, true)
}

func TestLegacyBroadcast(t *testing.T) {
	a := tensor.Of(tensor.Shape{2, 2}, true, true, false, false)
	wantBools(t, "And", call(t, "And", 1, optest.Attrs{"broadcast": 1, "axis": 0}, a, vector(true, false)), true, true, false, false)
	if _, err := optest.Run(logical.Defs, optest.Node{Op: "And", Opset: 1}, a, vector(true, false)); err == nil || !strings.Contains(err.Error(), "broadcast is 0") {
		t.Errorf("without broadcast: got error %v", err)
	}
}

func TestBitwise(t *testing.T) {
	a, b := vector[uint8](0b1100, 0xFF), vector[uint8](0b1010, 0x0F)
	for op, want := range map[string][]uint8{"BitwiseAnd": {0b1000, 0x0F}, "BitwiseOr": {0b1110, 0xFF}, "BitwiseXor": {0b0110, 0xF0}} {
		if got := tensor.Data[uint8](call(t, op, 18, nil, a, b)); !slices.Equal(got, want) {
			t.Errorf("%s: got %b, want %b", op, got, want)
		}
	}
	if got := tensor.Data[int64](call(t, "BitwiseNot", 18, nil, vector[int64](0, -1, 5))); !slices.Equal(got, []int64{-1, 0, -6}) {
		t.Errorf("BitwiseNot: got %v", got)
	}
}

func TestBitShift(t *testing.T) {
	x, by := vector[uint16](16, 4, 1, 0x8000), vector[uint16](1, 2, 16, 1)
	if got := tensor.Data[uint16](call(t, "BitShift", 11, optest.Attrs{"direction": "LEFT"}, x, by)); !slices.Equal(got, []uint16{32, 16, 0, 0}) {
		t.Errorf("LEFT: got %v", got)
	}
	if got := tensor.Data[uint16](call(t, "BitShift", 11, optest.Attrs{"direction": "RIGHT"}, x, by)); !slices.Equal(got, []uint16{8, 1, 0, 0x4000}) {
		t.Errorf("RIGHT: got %v", got)
	}
	if _, err := optest.Run(logical.Defs, optest.Node{Op: "BitShift", Opset: 11}, x, by); err == nil || !strings.Contains(err.Error(), "direction") {
		t.Errorf("without direction: got error %v", err)
	}
}
