//go:build 386 || amd64 || arm || arm64 || wasm

package onnxgo

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"

	gorgonia "gorgonia.org/tensor"

	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// element is a type that the elements of a gorgonia tensor may have and ONNX
// has, too.
type element interface {
	bool | int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64 |
		float32 | float64 | complex64 | complex128 | string
}

// dtypeOf returns the element type of a gorgonia tensor, Undefined where ONNX
// has none like it.
func dtypeOf(d gorgonia.Dtype) tensor.DType {
	if d.Type == nil {
		return tensor.Undefined
	}
	switch d.Kind() {
	case reflect.Bool:
		return tensor.Boolean
	case reflect.Int8:
		return tensor.I8
	case reflect.Int16:
		return tensor.I16
	case reflect.Int32:
		return tensor.I32
	case reflect.Int64, reflect.Int:
		return tensor.I64
	case reflect.Uint8:
		return tensor.U8
	case reflect.Uint16:
		return tensor.U16
	case reflect.Uint32:
		return tensor.U32
	case reflect.Uint64, reflect.Uint:
		return tensor.U64
	case reflect.Float32:
		return tensor.F32
	case reflect.Float64:
		return tensor.F64
	case reflect.Complex64:
		return tensor.C64
	case reflect.Complex128:
		return tensor.C128
	case reflect.String:
		return tensor.Str
	}
	return tensor.Undefined
}

// fromGorgonia returns a tensor of the elements of t, which are copied only
// where they do not lie row by row: in views and transposed tensors.
func fromGorgonia(t gorgonia.Tensor) (*tensor.Tensor, error) {
	var d *gorgonia.Dense
	switch x := t.(type) {
	case *gorgonia.Dense:
		d = x
	case *gorgonia.CS:
		if x != nil {
			d = x.Dense()
		}
	default:
		return nil, fmt.Errorf("got a %T, want a *tensor.Dense", t)
	}
	switch {
	case d == nil:
		return nil, errors.New("the tensor is nil")
	case !d.IsNativelyAccessible():
		return nil, errors.New("the memory of the tensor cannot be read from here")
	}
	switch data := d.Data(); dtypeOf(d.Dtype()) {
	case tensor.Boolean:
		return elements[bool](d, data)
	case tensor.I8:
		return elements[int8](d, data)
	case tensor.I16:
		return elements[int16](d, data)
	case tensor.I32:
		return elements[int32](d, data)
	case tensor.I64:
		return elements[int64](d, widened[int, int64](data))
	case tensor.U8:
		return elements[uint8](d, data)
	case tensor.U16:
		return elements[uint16](d, data)
	case tensor.U32:
		return elements[uint32](d, data)
	case tensor.U64:
		return elements[uint64](d, widened[uint, uint64](data))
	case tensor.F32:
		return elements[float32](d, data)
	case tensor.F64:
		return elements[float64](d, data)
	case tensor.C64:
		return elements[complex64](d, data)
	case tensor.C128:
		return elements[complex128](d, data)
	case tensor.Str:
		return elements[string](d, data)
	}
	return nil, fmt.Errorf("elements of type %v are none of ONNX", d.Dtype())
}

// widened converts what Data returns of a tensor of Go's int or uint.
func widened[From int | uint, To int64 | uint64](data any) any {
	switch x := data.(type) {
	case From:
		return To(x)
	case []From:
		l := make([]To, len(x))
		for i, v := range x {
			l[i] = To(v)
		}
		return l
	}
	return data
}

// elements returns a tensor over data, which is what d.Data returns: the memory
// that d's strides refer to, or the only element.
func elements[T element](d *gorgonia.Dense, data any) (*tensor.Tensor, error) {
	shape := tensor.Shape(slices.Clone(d.Shape()))
	if err := shape.Check(16); err != nil {
		return nil, err
	}
	l, ok := data.([]T)
	if one, scalar := data.(T); scalar {
		l = []T{one}
	} else if !ok {
		return nil, fmt.Errorf("a tensor of %v has a %T", d.Dtype(), data)
	}
	strides, err := stridesOf(d, shape)
	if err != nil {
		return nil, err
	}
	n, end := shape.Len(), 1 // end: one more than the index of the last element
	for i, s := range strides {
		end += (shape[i] - 1) * s
	}
	switch {
	case n == 0:
		l = nil
	case end > len(l):
		return nil, fmt.Errorf("a tensor of shape %v has only %d elements", shape, len(l))
	case slices.Equal(strides, shape.Strides()):
		l = l[:n]
	default:
		l = gather(l, shape, strides)
	}
	return tensor.FromSlice(shape, l)
}

// stridesOf returns the strides for each dimension. gorgonia leaves them out
// for a single element, and gives vectors of any rank only one.
func stridesOf(d *gorgonia.Dense, shape tensor.Shape) ([]int, error) {
	given := d.Strides()
	if len(given) == len(shape) && !slices.ContainsFunc(given, func(s int) bool { return s < 0 }) {
		strides := slices.Clone(given)
		for i, dim := range shape {
			if dim == 1 {
				strides[i] = shape.Strides()[i] // it does not matter
			}
		}
		return strides, nil
	}
	strides := shape.Strides()
	n := shape.Len()
	if n <= 1 {
		return strides, nil
	}
	if i := slices.Index(shape, n); i >= 0 && len(given) == 1 && given[0] >= 0 {
		strides[i] = given[0]
		return strides, nil
	}
	return nil, fmt.Errorf("a tensor of shape %v has strides %v", shape, given)
}

// gather copies elements row by row.
func gather[T element](src []T, shape tensor.Shape, strides []int) []T {
	dst := make([]T, 0, shape.Len())
	at := make([]int, len(shape))
	for i := 0; ; {
		dst = append(dst, src[i])
		k := len(shape) - 1
		for ; k >= 0; k-- {
			i += strides[k]
			if at[k]++; at[k] < shape[k] {
				break
			}
			i -= strides[k] * shape[k]
			at[k] = 0
		}
		if k < 0 {
			return dst
		}
	}
}

// exactly returns a tensor of the same values as elements of type d, or an
// error where a value would change. Undefined stands for any type.
func exactly(t *tensor.Tensor, d tensor.DType) (*tensor.Tensor, error) {
	if d == tensor.Undefined || d == t.DType() {
		return t, nil
	}
	failed := fmt.Errorf("got %v, want %v", t, d)
	if !ops.Numeric.Has(d) || !ops.Numeric.Has(t.DType()) {
		return nil, failed
	}
	to, err := tensor.New(d, t.Shape())
	if err != nil {
		return nil, err
	}
	back, err := tensor.New(t.DType(), t.Shape())
	if err != nil {
		return nil, err
	}
	if tensor.Convert(to, t, tensor.Conversion{}) != nil || tensor.Convert(back, to, tensor.Conversion{}) != nil {
		return nil, failed
	}
	if !bytes.Equal(back.Bytes(), t.Bytes()) {
		return nil, fmt.Errorf("%w, and some of the values are none of that", failed)
	}
	return to, nil
}

// toGorgonia returns a copy of v, whose memory may be that of an input or of a
// constant. An error wraps ops.ErrUnsupported.
func toGorgonia(v tensor.Value) (gorgonia.Tensor, error) {
	t, ok := v.(*tensor.Tensor)
	if !ok {
		return nil, ops.Unsupportedf("%s is no tensor", tensor.Describe(v))
	}
	switch t.DType() {
	case tensor.Boolean:
		return dense[bool](t)
	case tensor.I8:
		return dense[int8](t)
	case tensor.I16:
		return dense[int16](t)
	case tensor.I32:
		return dense[int32](t)
	case tensor.I64:
		return dense[int64](t)
	case tensor.U8:
		return dense[uint8](t)
	case tensor.U16:
		return dense[uint16](t)
	case tensor.U32:
		return dense[uint32](t)
	case tensor.U64:
		return dense[uint64](t)
	case tensor.F32:
		return dense[float32](t)
	case tensor.F64:
		return dense[float64](t)
	case tensor.C64:
		return dense[complex64](t)
	case tensor.C128:
		return dense[complex128](t)
	case tensor.Str:
		return dense[string](t)
	}
	return nil, ops.Unsupportedf("gorgonia has no tensors of %v", t.DType())
}

func dense[T element](t *tensor.Tensor) (d gorgonia.Tensor, err error) {
	defer func() {
		if r := recover(); r != nil { // newer versions panic on empty tensors
			d, err = nil, ops.Unsupportedf("gorgonia cannot hold %v: %v", t, r)
		}
	}()
	l, err := tensor.Values[T](t)
	if err != nil {
		return nil, err
	}
	l = slices.Clone(l)
	if t.Rank() == 0 {
		return gorgonia.New(gorgonia.FromScalar(l[0])), nil
	}
	return gorgonia.New(gorgonia.WithShape(t.Shape()...), gorgonia.WithBacking(l)), nil
}
