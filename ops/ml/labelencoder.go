package ml

import (
	"fmt"
	"math"
	"slices"

	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// LabelEncoder replaces labels. Version 1 knows strings and their positions in
// a list, version 2 maps keys to values, version 4 takes them as tensors, too,
// and compares floats by value where version 2 compares their bits.
var labelEncoder1 = ops.Def{
	Domain: domain, Name: "LabelEncoder", Since: 1,
	Sig:   "X:T1 -> Y:T2",
	Types: ops.Types{"T1": tensor.SetOf(tensor.Str, tensor.I64), "T2": tensor.SetOf(tensor.Str, tensor.I64)},
	New: func(n *ops.Node) (ops.Kernel, error) {
		classes := n.Strings("classes_strings")
		index := make([]int64, len(classes))
		for i := range index {
			index[i] = int64(i)
		}
		return newTwoWay(n, classes, index)
	},
}

var labelEncoder2 = ops.Def{
	Domain: domain, Name: "LabelEncoder", Since: 2,
	Sig:   "X:T1 -> Y:T2",
	Types: ops.Types{"T1": tensor.SetOf(tensor.Str, tensor.I64, tensor.F32), "T2": tensor.SetOf(tensor.Str, tensor.I64, tensor.F32)},
	New: func(n *ops.Node) (ops.Kernel, error) {
		return newLabelEncoder(n, false)
	},
}

var labelTypes = tensor.SetOf(tensor.Str, tensor.I64, tensor.F32, tensor.I32, tensor.I16, tensor.F64)

var labelEncoder4 = ops.Def{
	Domain: domain, Name: "LabelEncoder", Since: 4,
	Sig:   "X:T1 -> Y:T2",
	Types: ops.Types{"T1": labelTypes, "T2": labelTypes},
	New: func(n *ops.Node) (ops.Kernel, error) {
		return newLabelEncoder(n, true)
	},
}

func newLabelEncoder(n *ops.Node, tensors bool) (ops.Kernel, error) {
	keys, err := labelList(n, "keys", tensors)
	if err != nil {
		return nil, err
	}
	values, err := labelList(n, "values", tensors)
	if err != nil {
		return nil, err
	}
	other, err := tensor.New(values.DType(), tensor.Shape{1})
	if err != nil {
		return nil, err
	}
	str, i, f := n.Str("default_string", "_Unused"), n.Int("default_int64", -1), n.Float("default_float", negativeZero)
	switch values.DType() {
	case tensor.Str:
		tensor.Data[string](other)[0] = str
	case tensor.F32, tensor.F64:
		err = tensor.Convert(other, tensor.Of(tensor.Shape{1}, f), tensor.Conversion{})
	default:
		err = tensor.Convert(other, tensor.Of(tensor.Shape{1}, int64(i)), tensor.Conversion{})
	}
	if err != nil {
		return nil, err
	}
	if tensors {
		if t := n.Tensor("default_tensor"); t != nil {
			other = t
		}
	}
	return newMapping(keys, values, other, tensors, tensors)
}

var negativeZero = float32(math.Copysign(0, -1))

// labelList reads one of prefix_strings, prefix_int64s, prefix_floats and
// prefix_tensor as a vector.
func labelList(n *ops.Node, prefix string, tensors bool) (*tensor.Tensor, error) {
	var found []*tensor.Tensor
	if l := n.Strings(prefix + "_strings"); l != nil {
		found = append(found, tensor.Of(tensor.Shape{len(l)}, l...))
	}
	if l := n.Ints(prefix + "_int64s"); l != nil {
		found = append(found, tensor.Of(tensor.Shape{len(l)}, int64s(l)...))
	}
	if l := n.Floats(prefix + "_floats"); l != nil {
		found = append(found, tensor.Of(tensor.Shape{len(l)}, l...))
	}
	if tensors {
		if t := n.Tensor(prefix + "_tensor"); t != nil {
			found = append(found, t)
		}
	}
	// Some writers give the lists that they do not use as empty ones.
	full := slices.DeleteFunc(slices.Clone(found), func(t *tensor.Tensor) bool { return t.Len() == 0 })
	switch {
	case len(full) == 1:
		found = full
	case len(found) != 1:
		return nil, fmt.Errorf("attributes %s_*: got %d lists, want one", prefix, len(found))
	}
	if !labelTypes.Has(found[0].DType()) {
		return nil, fmt.Errorf("attribute %s_tensor: got %v, want one of %v", prefix, found[0], labelTypes)
	}
	return found[0], nil
}

func int64s(l []int) []int64 {
	out := make([]int64, len(l))
	for i, v := range l {
		out[i] = int64(v)
	}
	return out
}

// twoWay maps strings to integers and back, whatever comes in.
type twoWay struct{ toInt, toString *mapping }

// newTwoWay takes the strings and their integers and reads the defaults. Of
// equal ones the last counts.
func newTwoWay(n *ops.Node, strs []string, ints []int64) (ops.Kernel, error) {
	if len(strs) != len(ints) {
		return nil, fmt.Errorf("got %d strings and %d integers, want as many", len(strs), len(ints))
	}
	s, i := tensor.Of(tensor.Shape{len(strs)}, strs...), tensor.Of(tensor.Shape{len(ints)}, ints...)
	toInt, err := newMapping(s, i, tensor.Scalar(int64(n.Int("default_int64", -1))), true, true)
	if err != nil {
		return nil, err
	}
	toString, err := newMapping(i, s, tensor.Scalar(n.Str("default_string", "_Unused")), true, true)
	return twoWay{toInt, toString}, err
}

func (k twoWay) Run(c *ops.Call) error {
	if c.Tensor(0).DType() == tensor.Str {
		return k.toInt.Run(c)
	}
	return k.toString.Run(c)
}
