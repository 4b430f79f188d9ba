// Package fused holds operators that do at once what several of the standard's
// do one after another. They are in a domain of this project's own, and graph
// rewrites put them in; no model needs to know them.
package fused

import "github.com/onnxrun/onnxrun/ops"

// Domain is where these operators live.
const Domain = "org.onnxrun"

// Defs are the operators of this category.
var Defs = []ops.Def{
	attention1,
	chain1,
	convAdd1,
	linear1,
}
