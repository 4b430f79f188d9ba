package ml

import (
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// CategoryMapper maps strings to integers, or integers to strings, by two
// lists of one length.
var categoryMapper1 = ops.Def{
	Domain: domain, Name: "CategoryMapper", Since: 1,
	Sig:   "X:T1 -> Y:T2",
	Types: ops.Types{"T1": tensor.SetOf(tensor.Str, tensor.I64), "T2": tensor.SetOf(tensor.Str, tensor.I64)},
	New: func(n *ops.Node) (ops.Kernel, error) {
		return newTwoWay(n, n.Strings("cats_strings"), int64s(n.Ints("cats_int64s")))
	},
}
