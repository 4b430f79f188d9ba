// Package contrib holds the operators of the domain com.microsoft, which
// onnxruntime's optimizer and exporters put into models. They follow
// onnxruntime's documentation (docs/ContribOperators.md) and its results.
package contrib

import "github.com/onnxrun/onnxrun/ops"

// Defs are the operators of this category.
var Defs = []ops.Def{
	attention1,
	biasGelu1,
	embedLayerNormalization1,
	expandDims1,
	fastGelu1,
	fusedConv1,
	fusedGemm1,
	fusedMatMul1, fusedMatMulActivation1, transposeMatMul1,
	gelu1,
	groupNorm1,
	groupQueryAttention1,
	inverse1,
	layerNormalizationONNX1,
	matMulNBits1,
	multiHeadAttention1,
	nhwcMaxPool1,
	pad1,
	quickGelu1,
	rotaryEmbedding1,
	simplifiedLayerNormalization1, simplifiedLayerNormalizationONNX1,
	skipGroupNorm1,
	skipLayerNormalization1,
	skipSimplifiedLayerNormalization1,
	tokenizer1,
	trilu1,
}

const domain = "com.microsoft"

// narrow are the element types of operators that compute in float32.
var narrow = ops.Floats &^ tensorF64
