package tensorio

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/onnxrun/onnxrun/tensor"
)

func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "npy", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// elements prints a tensor whole.
func elements(x *tensor.Tensor) string {
	var s []string
	for i := range x.Len() {
		s = append(s, tensor.FormatElement(x, i))
	}
	return fmt.Sprintf("%v: %s", x, strings.Join(s, " "))
}

// The files in testdata/npy were written by numpy from arange(6).reshape(2, 3)
// with some arithmetic.
func TestDecodeNPYReadsWhatNumPyWrites(t *testing.T) {
	for _, c := range []struct {
		file string
		want tensor.DType
		text string
	}{
		{"f4.npy", 0, "float32[2 3]: 0.0 0.25 0.5 0.75 1.0 1.25"},
		{"f8_big.npy", 0, "float64[2 3]: 0.0 0.125 0.25 0.375 0.5 0.625"},
		{"f2.npy", 0, "float16[2 3]: 0.0 0.5 1.0 1.5 2.0 2.5"},
		{"bool.npy", 0, "bool[2 3]: False True False True False True"},
		{"i1.npy", 0, "int8[2 3]: -3 -2 -1 0 1 2"},
		{"i8_fortran.npy", 0, "int64[2 3]: -3 -2 -1 0 1 2"},
		{"u2_big_fortran.npy", 0, "uint16[2 3]: 0 1 2 3 4 5"},
		{"version2.npy", 0, "int32[2 3]: 0 1 2 3 4 5"},
		{"U.npy", 0, "string[1 3]: a béta "},
		{"U_fortran.npy", 0, "string[2 2]: a b c d"},
		{"S.npy", 0, "string[2]: ab c"},
		{"scalar.npy", 0, "float32[]: 2.5"},
		{"empty.npy", 0, "float32[0 3]: "},
		{"bf16.npy", tensor.BF16, "bfloat16[2 3]: 0.0 0.5 1.0 1.5 2.0 2.5"},
		{"f4_fortran3.npy", 0, "float32[2 3 4]: 0.0 1.0 2.0 3.0 4.0 5.0 6.0 7.0 8.0 9.0 10.0 11.0 12.0 13.0 14.0 15.0 16.0 17.0 18.0 19.0 20.0 21.0 22.0 23.0"},
	} {
		x, err := DecodeNPY(read(t, c.file), c.want)
		if err != nil {
			t.Errorf("%s: %v", c.file, err)
			continue
		}
		if got := elements(x); got != c.text {
			t.Errorf("%s: got %s, want %s", c.file, got, c.text)
		}
	}
	x, err := DecodeNPY(read(t, "c8.npy"), 0)
	if err != nil || !slices.Equal(tensor.Data[complex64](x), []complex64{3i, 1 + 4i, 2 + 5i, 3, 4 + 1i, 5 + 2i}) {
		t.Errorf("c8.npy: got %v, %v", x, err)
	}
}

func npy(header string, data int) []byte {
	b := []byte(npyMagic + "\x01\x00")
	b = append(b, byte(len(header)), byte(len(header)>>8))
	return append(append(b, header...), make([]byte, data)...)
}

func TestDecodeNPYSaysWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		data []byte
		want string
	}{
		{nil, "not a .npy file"},
		{[]byte("\x93NUMPY\x01"), "cut off"},
		{[]byte("\x93NUMPY\x01\x00\xff\x00{"), "cut off"},
		{[]byte("\x93NUMPY\x09\x00\xff\x00{"), "version 9"},
		{[]byte("\x93NUMPY\x02\x00\xff\xff\xff\xff{"), "at most"},
		{npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", 23), "[2 3] elements of float32 take 24 bytes, the file has 23"},
		{npy("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }", 8), "too many elements"},
		{npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000,), }", 8), "the file has 8"},
		{npy("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", 8), `dimension "-1" is no size`},
		{npy("{'descr': '<f4', 'fortran_order': Maybe, 'shape': (1,), }", 8), "want True or False"},
		{npy("{'descr': '<f4', 'shape': (1,), }", 8), "fortran_order is missing"},
		{npy("{'descr': '<f4', 'descr': '<f4'}", 8), "stands twice"},
		{npy("{'descr': '<f3', 'fortran_order': False, 'shape': (1,), }", 8), "f3"},
		{npy("{'descr': '<f16', 'fortran_order': False, 'shape': (1,), }", 16), "f16"},
		{npy("{'descr': '<M8[ns]', 'fortran_order': False, 'shape': (1,), }", 8), "no element type"},
		{npy("{'descr': '<U0', 'fortran_order': False, 'shape': (1000000000,), }", 8), "length 0"},
		{npy("{'descr': '<U1', 'fortran_order': False, 'shape': (1,), }\xff\xff\xff\xff", 0), ""},
		{read(t, "object.npy"), "pickled Python objects"},
		{read(t, "struct.npy"), "structured arrays"},
		{read(t, "bf16.npy"), "raw elements of 2 bytes"},
	} {
		if _, err := DecodeNPY(c.data, 0); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.80q: got %v, want an error with %q", c.data, err, c.want)
		}
	}
}

func TestEncodeNPYWritesWhatDecodeReads(t *testing.T) {
	for _, c := range []struct {
		x    *tensor.Tensor
		text string
	}{
		{tensor.Of(tensor.Shape{2, 1}, float32(1), float32(math.Inf(-1))), "float32[2 1]: 1.0 -inf"},
		{tensor.Of(tensor.Shape{3}, true, false, true), "bool[3]: True False True"},
		{tensor.Of(tensor.Shape{}, int64(math.MinInt64)), "int64[]: -9223372036854775808"},
		{tensor.Of(tensor.Shape{1}, uint64(math.MaxUint64)), "uint64[1]: 18446744073709551615"},
		{tensor.Of(tensor.Shape{2}, "", "größer"), "string[2]:  größer"},
		{tensor.Of(tensor.Shape{0, 3}, []float32{}...), "float32[0 3]: "},
		{tensor.Of(tensor.Shape{2}, tensor.ToFloat16(0.5), tensor.ToFloat16(2)), "float16[2]: 0.5 2.0"},
		{tensor.Of(tensor.Shape{2}, tensor.ToBFloat16(0.5), tensor.ToBFloat16(2)), "float32[2]: 0.5 2.0"},
		{tensor.Of(tensor.Shape{2}, tensor.Int4(-8), tensor.Int4(7)), "int8[2]: -8 7"},
		{tensor.Of(tensor.Shape{1}, tensor.ToFloat8E4M3FN(1.5, true)), "float32[1]: 1.5"},
	} {
		var b bytes.Buffer
		if err := EncodeNPY(&b, c.x); err != nil {
			t.Errorf("%v: %v", c.x, err)
			continue
		}
		if at := bytes.IndexByte(b.Bytes(), '\n') + 1; at%64 != 0 {
			t.Errorf("%v: elements begin at %d", c.x, at)
		}
		x, err := DecodeNPY(b.Bytes(), 0)
		if err != nil {
			t.Errorf("%v: %v", c.x, err)
		} else if got := elements(x); got != c.text {
			t.Errorf("got %s, want %s", got, c.text)
		}
	}
}

// The header is byte for byte what numpy 2 writes.
func TestEncodeNPYWritesNumPysHeader(t *testing.T) {
	for _, name := range []string{"f4.npy", "scalar.npy", "U.npy", "empty.npy", "i1.npy", "bool.npy"} {
		want := read(t, name)
		x, err := DecodeNPY(want, 0)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := EncodeNPY(&b, x); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(b.Bytes(), want) {
			t.Errorf("%s: got %q, want %q", name, b.Bytes(), want)
		}
	}
}

func TestArchivePicksByNameOrTheOnlyArray(t *testing.T) {
	z, err := OpenNPZ(read(t, "two.npz"))
	if err != nil {
		t.Fatal(err)
	}
	if got := z.Names(); !slices.Equal(got, []string{"x", "y"}) {
		t.Errorf("names: %q", got)
	}
	x, err := z.Pick("x", 0)
	if err != nil || elements(x) != "float32[2 3]: 0.0 1.0 2.0 3.0 4.0 5.0" {
		t.Errorf("x: %v, %v", x, err)
	}
	if _, err := z.Pick("z", 0); err == nil || err.Error() != `the archive has no array "z"; it has "x", "y"` {
		t.Errorf("z: %v", err)
	}
	if z, err = OpenNPZ(read(t, "packed.npz")); err != nil {
		t.Fatal(err)
	}
	if x, err = z.Pick("anything", 0); err != nil || x.String() != "float32[100 100]" {
		t.Errorf("the only array: %v, %v", x, err)
	}
}

func TestEncodeNPZKeepsNamesWithSlashes(t *testing.T) {
	var b bytes.Buffer
	names := []string{"/fc/out:0", "y"}
	if err := EncodeNPZ(&b, names, []*tensor.Tensor{tensor.Scalar(float32(1)), tensor.Scalar(int8(2))}); err != nil {
		t.Fatal(err)
	}
	z, err := OpenNPZ(b.Bytes())
	if err != nil || !slices.Equal(z.Names(), names) {
		t.Fatalf("%q, %v", z.Names(), err)
	}
	if x, err := z.Pick("/fc/out:0", 0); err != nil || elements(x) != "float32[]: 1.0" {
		t.Errorf("%v, %v", x, err)
	}
}
