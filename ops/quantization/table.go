// Package quantization holds the operators that convert between numbers and
// the narrow types that stand for them.
package quantization

import "github.com/onnxrun/onnxrun/ops"

// Defs are the operators of this category.
var Defs = []ops.Def{
	dequantizeLinear10, dequantizeLinear13, dequantizeLinear21, dequantizeLinear23,
	dynamicQuantizeLinear11,
	quantizeLinear10, quantizeLinear13, quantizeLinear19, quantizeLinear21, quantizeLinear23,
}
