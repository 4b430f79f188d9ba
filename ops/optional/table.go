// Package optional holds the operators on values that may be absent.
package optional

import "github.com/onnxrun/onnxrun/ops"

// Defs are the operators of this category.
var Defs = []ops.Def{
	optional15,
	optionalGetElement15,
	optionalHasElement15,
}
