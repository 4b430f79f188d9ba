package ml

import (
	"fmt"

	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// Imputer replaces the elements that equal one value, which may be NaN, by a
// value for all features or one for each. Integers have attributes of their
// own.
var imputer1 = ops.Def{
	Domain: domain, Name: "Imputer", Since: 1,
	Sig:   "X:T -> Y:T",
	Types: ops.Types{"T": numbers},
	Reuse: ops.Elementwise(1),
	New: func(n *ops.Node) (ops.Kernel, error) {
		k := &imputer{
			floats: n.Floats("imputed_value_floats"), float: n.Float("replaced_value_float", 0),
			ints: int64s(n.Ints("imputed_value_int64s")), int: int64(n.Int("replaced_value_int64", 0)),
		}
		if (len(k.floats) > 0) == (len(k.ints) > 0) {
			return nil, fmt.Errorf("attributes imputed_value_floats and imputed_value_int64s: got %d and %d values, want one list of them", len(k.floats), len(k.ints))
		}
		return k, nil
	},
}

type imputer struct {
	floats []float32
	float  float32
	ints   []int64
	int    int64
}

func (k *imputer) Run(c *ops.Call) error {
	x := c.Tensor(0)
	isFloat := x.DType() == tensor.F32 || x.DType() == tensor.F64
	if isFloat != (len(k.floats) > 0) {
		return fmt.Errorf("input 0 (X): got %v, but the imputed values are for another type", x)
	}
	f := 1
	if r := x.Rank(); r > 0 {
		f = x.Dim(r - 1)
	}
	if err := perFeature("imputed_value", max(len(k.floats), len(k.ints)), f); err != nil {
		return err
	}
	y, err := c.Output(0, x.DType(), x.Shape())
	if err != nil {
		return err
	}
	switch x.DType() {
	case tensor.F32:
		impute(tensor.Data[float32](y), tensor.Data[float32](x), k.floats, k.float)
	case tensor.F64:
		impute(tensor.Data[float64](y), tensor.Data[float64](x), k.floats, k.float)
	case tensor.I64:
		impute(tensor.Data[int64](y), tensor.Data[int64](x), k.ints, k.int)
	case tensor.I32:
		impute(tensor.Data[int32](y), tensor.Data[int32](x), k.ints, k.int)
	}
	return nil
}

// impute compares in the type of the attributes' elements or the wider T.
func impute[T number, A float32 | int64](y, x []T, values []A, replaced A) {
	nan := replaced != replaced
	j := 0
	for i, v := range x {
		if hit := v == T(replaced) && A(T(replaced)) == replaced; hit || nan && v != v {
			v = T(values[j])
		}
		y[i] = v
		if j++; j == len(values) {
			j = 0
		}
	}
}
