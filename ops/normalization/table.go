// Package normalization holds the operators that bring data to a common scale:
// those that subtract means and divide by deviations or norms, and softmax and
// its kin. In the ONNX standard they stand in the categories "nn" and "math".
package normalization

import "github.com/onnxrun/onnxrun/ops"

// Defs are the operators of this category.
var Defs = []ops.Def{
	batchNormalization1, batchNormalization7, batchNormalization9, batchNormalization14,
	layerNormalization17, rmsNormalization23,
	groupNormalization18, groupNormalization21,
	instanceNormalization1, instanceNormalization6,
	meanVarianceNormalization1, meanVarianceNormalization9,
	lrn1, lpNormalization1,
	softmax1, softmax13,
	logSoftmax1, logSoftmax13,
	hardmax1, hardmax13,
}
