// Package array holds the operators that move, select and describe elements
// without computing on them: the category "tensor" of the ONNX standard.
package array

import "github.com/onnxrun/onnxrun/ops"

// Defs are the operators of this category.
var Defs = []ops.Def{
	affineGrid20,
	bitCast26,
	cast1, cast6, cast19, cast24,
	castLike15, castLike19, castLike24,
	centerCropPad18,
	compress9,
	concat1, concat4,
	depthToSpace1, depthToSpace11,
	expand8,
	flatten1,
	gather1,
	gatherElements11,
	gatherND11, gatherND12,
	gridSample16, gridSample20,
	identity1,
	isInf10,
	isNaN9,
	nonZero9,
	oneHot9, oneHot11,
	pad1, pad2, pad11, pad18, pad19,
	reshape1, reshape5, reshape14,
	resize10, resize11, resize13, resize18, resize19,
	reverseSequence10,
	scatter9, scatterElements11, scatterElements16, scatterElements18,
	scatterND11, scatterND16, scatterND18,
	shape1, shape15,
	size1,
	slice1, slice10,
	spaceToDepth1, spaceToDepth28,
	split1, split2, split13, split18,
	squeeze1, squeeze13,
	tensorScatter24,
	tile1, tile6,
	topK1, topK10, topK11,
	transpose1,
	trilu14,
	unique11,
	unsqueeze1, unsqueeze13,
	upsample1, upsample7, upsample9,
	where9,
}
