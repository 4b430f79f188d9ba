// Package detection holds the operators of object detection: the category
// "object_detection" of the ONNX standard, and the other pooling of regions.
package detection

import "github.com/onnxrun/onnxrun/ops"

// Defs are the operators of this category.
var Defs = []ops.Def{
	maxRoiPool1,
	nonMaxSuppression10,
	roiAlign10, roiAlign16,
}
