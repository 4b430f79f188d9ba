// Package array holds the operators that move, select and describe elements
// without computing on them: the category "tensor" of the ONNX standard.
package array

import "github.com/onnxrun/onnxrun/ops"

// Defs are the operators of this category.
var Defs = []ops.Def{
	squeeze1, squeeze13,
}
