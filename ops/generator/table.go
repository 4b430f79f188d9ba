// Package generator holds the operators that make tensors from attributes,
// shapes and random numbers.
package generator

import "github.com/onnxrun/onnxrun/ops"

// Defs are the operators of this category.
var Defs = []ops.Def{
	bernoulli15,
	constant1,
	constantOfShape9,
	eyeLike9,
	multinomial7,
	randomNormal1,
	randomNormalLike1,
	randomUniform1,
	randomUniformLike1,
	range11, range27,
}
