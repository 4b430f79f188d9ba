// Package image holds the operators that read images.
package image

import "github.com/onnxrun/onnxrun/ops"

// Defs are the operators of this category.
var Defs = []ops.Def{imageDecoder20}
