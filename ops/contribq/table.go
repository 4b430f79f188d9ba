// Package contribq holds the quantized operators of the domain com.microsoft,
// which onnxruntime's quantizer and optimizer put into models. They follow
// onnxruntime's documentation (docs/ContribOperators.md) and its results. Most
// of them are an operator of the standard between a conversion of its inputs
// and one of its output.
package contribq

import (
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// Defs are the operators of this category.
var Defs = []ops.Def{
	dequantizeLinear1,
	dynamicQuantizeLSTM1,
	dynamicQuantizeMatMul1,
	matMulIntegerToFloat1,
	qAttention1,
	qGemm1,
	qLinearAdd1,
	qLinearAveragePool1,
	qLinearConcat1,
	qLinearGlobalAveragePool1,
	qLinearLeakyRelu1,
	qLinearMul1,
	qLinearSigmoid1,
	qLinearSoftmax1,
	quantizeLinear1,
}

const domain = "com.microsoft"

var byteTypes = tensor.SetOf(tensor.I8, tensor.U8)
