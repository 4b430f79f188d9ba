// Package text holds the operators on strings, the category "text" of the ONNX
// standard, and TfIdfVectorizer.
package text

import "github.com/onnxrun/onnxrun/ops"

// Defs are the operators of this category.
var Defs = []ops.Def{
	regexFullMatch20,
	stringConcat20,
	stringNormalizer10,
	stringSplit20,
	tfIdfVectorizer9,
}
