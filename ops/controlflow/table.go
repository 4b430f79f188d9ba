// Package controlflow holds the operators that run sub-graphs: If, and the
// tick loops Loop and Scan.
package controlflow

import "github.com/onnxrun/onnxrun/ops"

// Defs are the operators of this category.
var Defs = []ops.Def{
	if1,
	loop1,
	scan8, scan9,
	aheadLoop, aheadScan,
}
