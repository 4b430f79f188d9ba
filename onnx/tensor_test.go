package onnx

import (
	"bytes"
	"math"
	"slices"
	"testing"

	"github.com/onnxrun/onnxrun/tensor"
)

// sameTensor fails the test unless both have one type, shape and elements, bit
// by bit.
func sameTensor(t *testing.T, got, want *tensor.Tensor) {
	t.Helper()
	if got.DType() != want.DType() || !got.Shape().Equal(want.Shape()) {
		t.Fatalf("got %v, want %v", got, want)
	}
	if want.DType() == tensor.Str {
		if g, w := tensor.Data[string](got), tensor.Data[string](want); !slices.Equal(g, w) {
			t.Fatalf("got %q, want %q", g, w)
		}
		return
	}
	if !bytes.Equal(got.Bytes(), want.Bytes()) {
		t.Fatalf("got % x, want % x", got.Bytes(), want.Bytes())
	}
}

// Every element type, as raw_data and as the field of its type in packed and
// unpacked encoding. The bytes are the standard's, written down by hand.
var encodings = []struct {
	want     *tensor.Tensor
	raw      []byte // nil where the type has no raw form
	packed   pb
	unpacked pb
}{
	{
		tensor.Of(tensor.Shape{2}, float32(1.5), float32(-2)),
		[]byte{0, 0, 0xc0, 0x3f, 0, 0, 0, 0xc0},
		pb{}.packedFloats(4, 1.5, -2), pb{}.float(4, 1.5).float(4, -2),
	},
	{
		tensor.Of(tensor.Shape{3}, uint8(0), uint8(7), uint8(255)),
		[]byte{0, 7, 255},
		pb{}.packedInts(5, 0, 7, 255), pb{}.ints(5, 0, 7, 255),
	},
	{
		tensor.Of(tensor.Shape{3}, int8(-128), int8(-1), int8(127)),
		[]byte{0x80, 0xff, 0x7f},
		pb{}.packedInts(5, -128, -1, 127), pb{}.ints(5, -128, 255, 127),
	},
	{
		tensor.Of(tensor.Shape{2}, uint16(65535), uint16(258)),
		[]byte{0xff, 0xff, 2, 1},
		pb{}.packedInts(5, 65535, 258), pb{}.ints(5, 65535, 258),
	},
	{
		tensor.Of(tensor.Shape{2}, int16(-32768), int16(258)),
		[]byte{0, 0x80, 2, 1},
		pb{}.packedInts(5, -32768, 258), pb{}.ints(5, -32768, 258),
	},
	{
		tensor.Of(tensor.Shape{2}, int32(math.MinInt32), int32(67305985)),
		[]byte{0, 0, 0, 0x80, 1, 2, 3, 4},
		pb{}.packedInts(5, math.MinInt32, 67305985), pb{}.ints(5, math.MinInt32, 67305985),
	},
	{
		tensor.Of(tensor.Shape{2}, int64(math.MinInt64), int64(1)),
		[]byte{0, 0, 0, 0, 0, 0, 0, 0x80, 1, 0, 0, 0, 0, 0, 0, 0},
		pb{}.packedInts(7, math.MinInt64, 1), pb{}.ints(7, math.MinInt64, 1),
	},
	{
		tensor.Of(tensor.Shape{3}, "", "a\x00b", "\xff"),
		nil,
		pb{}.str(6, "", "a\x00b", "\xff"), nil,
	},
	{
		tensor.Of(tensor.Shape{3}, true, false, true),
		[]byte{1, 0, 0xfe}, // anything but zero is true
		pb{}.packedInts(5, 1, 0, 2), pb{}.ints(5, 1, 0, -1),
	},
	{
		tensor.Of(tensor.Shape{2}, tensor.Float16(0x3c00), tensor.Float16(0xc000)),
		[]byte{0, 0x3c, 0, 0xc0},
		pb{}.packedInts(5, 0x3c00, 0xc000), pb{}.ints(5, 0x3c00, -16384),
	},
	{
		tensor.Of(tensor.Shape{2}, 1.5, -2.0),
		[]byte{0, 0, 0, 0, 0, 0, 0xf8, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0xc0},
		pb{}.packedDoubles(10, 1.5, -2), pb{}.double(10, 1.5).double(10, -2),
	},
	{
		tensor.Of(tensor.Shape{2}, uint32(math.MaxUint32), uint32(1)),
		[]byte{0xff, 0xff, 0xff, 0xff, 1, 0, 0, 0},
		pb{}.packedInts(11, math.MaxUint32, 1), pb{}.ints(11, math.MaxUint32, 1),
	},
	{
		tensor.Of(tensor.Shape{2}, uint64(math.MaxUint64), uint64(1)),
		[]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0, 0, 0, 0, 0, 0, 0},
		pb{}.packedInts(11, -1, 1), pb{}.ints(11, -1, 1),
	},
	{
		tensor.Of(tensor.Shape{1}, complex64(complex(1, -2))),
		[]byte{0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0},
		pb{}.packedFloats(4, 1, -2), pb{}.float(4, 1).float(4, -2),
	},
	{
		tensor.Of(tensor.Shape{1}, complex(1.5, -2)),
		[]byte{0, 0, 0, 0, 0, 0, 0xf8, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0xc0},
		pb{}.packedDoubles(10, 1.5, -2), pb{}.double(10, 1.5).double(10, -2),
	},
	{
		tensor.Of(tensor.Shape{2}, tensor.BFloat16(0x3f80), tensor.BFloat16(0xc000)),
		[]byte{0x80, 0x3f, 0, 0xc0},
		pb{}.packedInts(5, 0x3f80, 0xc000), pb{}.ints(5, 0x3f80, 0xc000),
	},
	{
		tensor.Of(tensor.Shape{2}, tensor.Float8E4M3FN(0x38), tensor.Float8E4M3FN(0xff)),
		[]byte{0x38, 0xff}, pb{}.packedInts(5, 0x38, 0xff), pb{}.ints(5, 0x38, 0xff),
	},
	{
		tensor.Of(tensor.Shape{2}, tensor.Float8E4M3FNUZ(0x40), tensor.Float8E4M3FNUZ(0x80)),
		[]byte{0x40, 0x80}, pb{}.packedInts(5, 0x40, 0x80), pb{}.ints(5, 0x40, 0x80),
	},
	{
		tensor.Of(tensor.Shape{2}, tensor.Float8E5M2(0x3c), tensor.Float8E5M2(0xfc)),
		[]byte{0x3c, 0xfc}, pb{}.packedInts(5, 0x3c, 0xfc), pb{}.ints(5, 0x3c, 0xfc),
	},
	{
		tensor.Of(tensor.Shape{2}, tensor.Float8E5M2FNUZ(0x40), tensor.Float8E5M2FNUZ(0x80)),
		[]byte{0x40, 0x80}, pb{}.packedInts(5, 0x40, 0x80), pb{}.ints(5, 0x40, 0x80),
	},
	{
		tensor.Of(tensor.Shape{2}, tensor.Float8E8M0(0x7f), tensor.Float8E8M0(0xff)),
		[]byte{0x7f, 0xff}, pb{}.packedInts(5, 0x7f, 0xff), pb{}.ints(5, 0x7f, 0xff),
	},
	{ // the first of two elements is in the low half of a byte; the last byte is filled up
		tensor.Of(tensor.Shape{3}, tensor.Uint4(1), tensor.Uint4(15), tensor.Uint4(8)),
		[]byte{0xf1, 0x08}, pb{}.packedInts(5, 0xf1, 0x08), pb{}.ints(5, 0xf1, 0xa8),
	},
	{
		tensor.Of(tensor.Shape{3}, tensor.Int4(1), tensor.Int4(-1), tensor.Int4(-8)),
		[]byte{0xf1, 0x08}, pb{}.packedInts(5, 0xf1, 0x08), pb{}.ints(5, -15, 0x78),
	},
	{
		tensor.Of(tensor.Shape{2, 2}, tensor.Float4E2M1(1), tensor.Float4E2M1(15), tensor.Float4E2M1(8), tensor.Float4E2M1(0)),
		[]byte{0xf1, 0x08}, pb{}.packedInts(5, 0xf1, 0x08), pb{}.ints(5, 0xf1, 0x08),
	},
	{ // four elements to a byte, the first in the lowest bits
		tensor.Of(tensor.Shape{5}, tensor.Uint2(1), tensor.Uint2(2), tensor.Uint2(3), tensor.Uint2(0), tensor.Uint2(3)),
		[]byte{0x39, 0x03}, pb{}.packedInts(5, 0x39, 0x03), pb{}.ints(5, 0x39, 0x03),
	},
	{
		tensor.Of(tensor.Shape{5}, tensor.Int2(1), tensor.Int2(-2), tensor.Int2(-1), tensor.Int2(0), tensor.Int2(-1)),
		[]byte{0x39, 0x03}, pb{}.packedInts(5, 0x39, 0x03), pb{}.ints(5, 0x39, 0xf3),
	},
}

func tensorHead(t *tensor.Tensor) pb {
	var b pb
	for _, d := range t.Shape() {
		b = b.int(1, int64(d))
	}
	return b.int(2, int64(t.DType())).str(8, "x")
}

func TestTensorsOfEveryTypeDecodeFromEveryField(t *testing.T) {
	var seen tensor.DTypes
	for _, e := range encodings {
		seen |= tensor.SetOf(e.want.DType())
		forms := map[string]pb{"packed": e.packed, "unpacked": e.unpacked}
		if e.raw != nil {
			forms["raw"] = pb{}.bytes(9, e.raw)
		}
		for form, data := range forms {
			if data == nil {
				continue
			}
			t.Run(e.want.DType().String()+" "+form, func(t *testing.T) {
				got, name, err := DecodeTensor(append(tensorHead(e.want), data...))
				if err != nil {
					t.Fatal(err)
				}
				if name != "x" {
					t.Errorf("got name %q", name)
				}
				sameTensor(t, got, e.want)
			})
		}
	}
	for d := tensor.F32; d.Valid(); d++ {
		if !seen.Has(d) {
			t.Errorf("%v is not tested", d)
		}
	}
}

func TestTensorsEncodeToRawData(t *testing.T) {
	for _, e := range encodings {
		got, err := EncodeTensor(e.want, "x")
		if err != nil {
			t.Fatal(err)
		}
		var want pb
		switch {
		case e.want.DType() == tensor.Str:
			want = pb{}.int(1, 3).int(2, 8).str(6, "", "a\x00b", "\xff").str(8, "x")
		case e.want.DType() == tensor.Boolean:
			want = tensorHead(e.want).bytes(9, []byte{1, 0, 1})
		default:
			want = tensorHead(e.want).bytes(9, e.raw)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%v: got % x, want % x", e.want, got, want)
		}
	}
}

func TestTensorShapes(t *testing.T) {
	for _, c := range []struct {
		name string
		b    pb
		want *tensor.Tensor
	}{
		{"scalar", pb{}.int(2, 1).packedFloats(4, 3), tensor.Scalar(float32(3))},
		{"packed dims", pb{}.packedInts(1, 1, 2).int(2, 6).packedInts(5, 4, 5), tensor.Of(tensor.Shape{1, 2}, int32(4), int32(5))},
		{"packed in two pieces", pb{}.int(1, 3).int(2, 6).packedInts(5, 4).packedInts(5, 5).int(5, 6), tensor.Of(tensor.Shape{3}, int32(4), int32(5), int32(6))},
		{"empty without data", pb{}.int(1, 0).int(2, 1), tensor.Of[float32](tensor.Shape{0})},
		{"empty with empty raw_data", pb{}.ints(1, 2, 0).int(2, 1).bytes(9, nil), tensor.Of[float32](tensor.Shape{2, 0})},
		{"empty strings", pb{}.int(1, 0).int(2, 8), tensor.Of[string](tensor.Shape{0})},
		{"empty of 4 bits", pb{}.int(1, 0).int(2, 22), tensor.Of[tensor.Int4](tensor.Shape{0})},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, _, err := DecodeTensor(c.b)
			if err != nil {
				t.Fatal(err)
			}
			sameTensor(t, got, c.want)
		})
	}
}

func TestRawDataIsNotCopied(t *testing.T) {
	b := pbFloats("x", 1, 2)
	got, _, err := DecodeTensor(b)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)-1] = 0xc0 // the sign of the last element
	if v := tensor.Data[float32](got)[1]; v != -2 {
		t.Errorf("got %v, want the element that the message now has", v)
	}
}

func TestTensorsThatAreRefused(t *testing.T) {
	for _, c := range []struct {
		name, want string
		b          pb
	}{
		{"no type", "data_type: no element type is given", pb{}.int(1, 1)},
		{"unknown type", "data_type: 27 is not a known element type", pb{}.int(1, 1).int(2, 27)},
		{"negative type", "data_type: -1 is not", pb{}.int(1, 1).int(2, -1)},
		{"no data", "float_data: 0 numbers for float32[2], want 2", pb{}.int(1, 2).int(2, 1)},
		{"huge without data", "float_data: 0 numbers for float32[100000000], want", pb{}.int(1, 1e8).int(2, 1)},
		{"huge bool without data", "int32_data: 0 numbers", pb{}.int(1, 1e8).int(2, 9)},
		{"huge strings without data", "string_data: 0 numbers", pb{}.int(1, 1e8).int(2, 8)},
		{"size overflows", "dims: shape", pb{}.ints(1, 1<<30, 1<<30, 1<<30).int(2, 1)},
		{"size overflows beside zero", "dims: shape", pb{}.ints(1, 0, 1<<30, 1<<30, 1<<30).int(2, 1)},
		{"negative dimension", "dims: shape [-1]", pb{}.int(1, -1).int(2, 1)},
		{"raw too short", "raw_data: 12 bytes for float32[2 3], want 24", pb{}.ints(1, 2, 3).int(2, 1).bytes(9, make([]byte, 12))},
		{"raw too long", "raw_data: 5 bytes for uint8[4], want 4", pb{}.ints(1, 4).int(2, 2).bytes(9, make([]byte, 5))},
		{"raw in an empty tensor", "raw_data: 1 bytes for uint8[0]", pb{}.ints(1, 0).int(2, 2).bytes(9, make([]byte, 1))},
		{"raw of 4 bits too short", "raw_data: 1 bytes for int4[3], want 2", pb{}.ints(1, 3).int(2, 22).bytes(9, make([]byte, 1))},
		{"raw strings", "raw_data: strings cannot be raw data", pb{}.ints(1, 1).int(2, 8).bytes(9, make([]byte, 1))},
		{"raw and typed", "float_data: the tensor has raw_data, too", pbFloats("x", 1).packedFloats(4, 1)},
		{"wrong field", "int64_data: float32 elements are stored in float_data", pb{}.int(1, 1).int(2, 1).int(7, 1)},
		{"too many numbers", "int64_data: 2 numbers for int64[1], want 1", pb{}.int(1, 1).int(2, 7).ints(7, 1, 2)},
		{"odd complex", "float_data: 3 numbers for complex64[2], want 4", pb{}.int(1, 2).int(2, 14).packedFloats(4, 1, 2, 3)},
		{"part of a float", "float_data", pb{}.int(1, 1).int(2, 1).bytes(4, []byte{1, 2, 3})},
		{"number too large", "int32_data: element 1 does not fit 8 bits", pb{}.int(1, 2).int(2, 2).ints(5, 1, 256)},
		{"number too large for uint32", "uint64_data: element 0 is out of range", pb{}.int(1, 1).int(2, 12).ints(11, 1<<32)},
		{"endless number", "int64_data: element 0", pb{}.int(1, 1).int(2, 7).bytes(7, append(bytes.Repeat([]byte{0xff}, 10), 1))},
		{"number cut off", "int64_data", pb{}.int(1, 1).int(2, 7).bytes(7, []byte{1, 0x80})},
		{"segment", "segment", pb{}.int(1, 1).int(2, 1).msg(3, pb{}.int(1, 0).int(2, 1))},
		{"external", "external_data: external data is refused", pb{}.int(1, 1).int(2, 1).int(14, 1)},
		{"unknown location", "data_location: 2", pb{}.int(1, 1).int(2, 1).int(14, 2)},
		{"wire type", "field 9: wire type 0, want 2", pb{}.int(1, 1).int(2, 1).int(9, 1)},
		{"truncated", "unexpected EOF", pbFloats("x", 1, 2)[:10]},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := DecodeTensor(c.b)
			wantError(t, err, c.want)
		})
	}
}
