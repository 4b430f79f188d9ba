// Package sequence holds the operators on sequences of tensors.
package sequence

import "github.com/onnxrun/onnxrun/ops"

// Defs are the operators of this category.
var Defs = []ops.Def{
	concatFromSequence11,
	sequenceAt11,
	sequenceConstruct11,
	sequenceEmpty11,
	sequenceErase11,
	sequenceInsert11,
	sequenceLength11,
	sequenceMap17,
	splitToSequence11,
}
