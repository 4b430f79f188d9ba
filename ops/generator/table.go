// Package generator holds the operators that make tensors from attributes,
// shapes and random numbers.
package generator

import "github.com/onnxrun/onnxrun/ops"

// Defs are the operators of this category.
var Defs = []ops.Def{
	constant1,
	constantOfShape9,
}
