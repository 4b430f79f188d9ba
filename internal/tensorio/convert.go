package tensorio

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/onnxrun/onnxrun/tensor"
)

// Convert returns t with elements of type d. It refuses where a value would
// change, with one exception: float64 is rounded to float32, which is what
// models are computed in. With d Undefined it returns t.
func Convert(t *tensor.Tensor, d tensor.DType) (*tensor.Tensor, error) {
	from := t.DType()
	if from == d || d == tensor.Undefined {
		return t, nil
	}
	if from == tensor.Str || d == tensor.Str || isComplex(from) != isComplex(d) {
		return nil, fmt.Errorf("%v elements cannot be converted to %v", from, d)
	}
	out, err := tensor.New(d, t.Shape())
	if err != nil {
		return nil, err
	}
	if err := tensor.Convert(out, t, tensor.Conversion{}); err != nil {
		return nil, err
	}
	if isComplex(d) {
		return out, exactBack(t, out)
	}
	return out, exact(t, out)
}

func isComplex(d tensor.DType) bool { return d == tensor.C64 || d == tensor.C128 }

func isFloat(d tensor.DType) bool {
	switch d {
	case tensor.F16, tensor.F32, tensor.F64, tensor.BF16, tensor.F8E4M3FN, tensor.F8E4M3FNUZ,
		tensor.F8E5M2, tensor.F8E5M2FNUZ, tensor.F8E8M0, tensor.F4E2M1:
		return true
	}
	return false
}

// blockLen is how many elements are compared at a time.
const blockLen = 4096

// exact returns an error that names the first element of which dst has another
// value than src. As float64 the two tell any difference but those beyond its
// 53 bits, which only integers have and which the way back shows.
func exact(src, dst *tensor.Tensor) error {
	rounds := src.DType() == tensor.F64 && dst.DType() == tensor.F32
	for lo := 0; lo < src.Len(); lo += blockLen {
		s, d := part(src, lo), part(dst, lo)
		a, err := float64s(s)
		if err != nil {
			return err
		}
		b, err := float64s(d)
		if err != nil {
			return err
		}
		for i := range a {
			same := a[i] == b[i] || a[i] != a[i] && b[i] != b[i]
			if rounds {
				same = !math.IsInf(b[i], 0) || math.IsInf(a[i], 0)
			}
			if !same {
				return notExact(src, dst, lo+i)
			}
		}
		if !isFloat(s.DType()) {
			if err := exactBack(s, d); err != nil {
				return err
			}
		}
	}
	return nil
}

// exactBack converts dst back and compares it with src.
func exactBack(src, dst *tensor.Tensor) error {
	back, err := tensor.New(src.DType(), src.Shape())
	if err != nil {
		return err
	}
	if err := tensor.Convert(back, dst, tensor.Conversion{}); err != nil {
		return err
	}
	if bytes.Equal(back.Bytes(), src.Bytes()) {
		return nil
	}
	size := src.DType().Size()
	for i := range src.Len() {
		if !bytes.Equal(back.Bytes()[i*size:(i+1)*size], src.Bytes()[i*size:(i+1)*size]) {
			return notExact(src, dst, i)
		}
	}
	return nil
}

// part returns a one-dimensional view of at most blockLen elements from lo on.
func part(t *tensor.Tensor, lo int) *tensor.Tensor {
	flat, err := t.Reshape(tensor.Shape{t.Len()})
	if err != nil {
		panic(err) // a tensor always takes the shape of its length
	}
	return flat.Rows(lo, min(lo+blockLen, t.Len()))
}

func float64s(t *tensor.Tensor) ([]float64, error) {
	if t.DType() == tensor.F64 {
		return tensor.Data[float64](t), nil
	}
	f, err := tensor.New(tensor.F64, t.Shape())
	if err != nil {
		return nil, err
	}
	err = tensor.Convert(f, t, tensor.Conversion{})
	return tensor.Data[float64](f), err
}

func notExact(src, dst *tensor.Tensor, i int) error {
	return fmt.Errorf("element %s is %s in %v, which is no %v", index(src.Shape(), i), tensor.FormatElement(src, i), src.DType(), dst.DType())
}

// index writes where the i-th element stands: [2 0 7].
func index(shape tensor.Shape, i int) string {
	at := make(tensor.Shape, len(shape))
	for k := len(shape) - 1; k >= 0; k-- {
		if shape[k] > 0 {
			at[k], i = i%shape[k], i/shape[k]
		}
	}
	return at.String()
}

// Widened returns t with elements of a type that files of other programs have:
// bfloat16 and float8 become float32, the integers of 4 and 2 bits bytes. No
// value changes.
func Widened(t *tensor.Tensor) (*tensor.Tensor, error) {
	d := t.DType()
	switch {
	case d == tensor.I4 || d == tensor.I2:
		d = tensor.I8
	case d == tensor.U4 || d == tensor.U2:
		d = tensor.U8
	case isFloat(d) && d != tensor.F16 && d != tensor.F64:
		d = tensor.F32
	}
	return Convert(t, d)
}

// Fit gives a tensor that lacks dimensions of a declared type those of size 1:
// the batch, which stands where the type says or else in front, and those that
// the type itself declares as 1. With rows set, the first dimension may have
// any size. A value that cannot be made to fit is returned as it is: the run
// says what is wrong with it.
func Fit(v tensor.Value, want tensor.Type, rows bool) (fitted tensor.Value, added bool) {
	t, ok := v.(*tensor.Tensor)
	const most = 3 // more are no oversight, and trying them all would take long
	if !ok || !want.HasShape || len(want.Dims) > maxRank || t.Rank() >= len(want.Dims) || t.Rank()+most < len(want.Dims) {
		return v, false
	}
	dims := slices.Clone(want.Dims)
	if rows {
		dims[0].Size = -1
	}
	batch := BatchAxis(want)
	shape, ok := insertOnes(t.Shape(), dims, 0, batch)
	if !ok {
		if shape, ok = insertOnes(t.Shape(), dims, 0, -1); !ok {
			return v, false
		}
	}
	f, err := t.Reshape(shape)
	if err != nil {
		return v, false
	}
	return f, true
}

// insertOnes returns shape with a 1 for each of the dims that it lacks from at
// on: the batch, if there is one, surely, and others that are declared as 1.
func insertOnes(shape tensor.Shape, dims []tensor.Dim, at, batch int) (tensor.Shape, bool) {
	if len(dims) == 0 {
		return nil, len(shape) == 0
	}
	if batch == at || dims[0].Size == 1 {
		if rest, ok := insertOnes(shape, dims[1:], at+1, batch); ok && (batch != at || !dims[0].Known() || dims[0].Size == 1) {
			return append(tensor.Shape{1}, rest...), true
		}
	}
	if batch == at || len(shape) == 0 || dims[0].Known() && dims[0].Size != shape[0] {
		return nil, false
	}
	rest, ok := insertOnes(shape[1:], dims[1:], at+1, batch)
	return append(tensor.Shape{shape[0]}, rest...), ok
}

// batchName reports whether a dimension's name is one that exporters give the
// batch.
func batchName(name string) bool {
	n := strings.ToLower(name)
	return strings.Contains(n, "batch") || n == "n" || n == "b"
}

// BatchAxis returns the dimension of a declared type that says that it is the
// batch, by its denotation or name; 0 where none does.
func BatchAxis(want tensor.Type) int {
	for i, d := range want.Dims {
		if d.Tag == "DATA_BATCH" {
			return i
		}
	}
	for i, d := range want.Dims {
		if batchName(d.Name) {
			return i
		}
	}
	return 0
}
