// Package reduction holds the operators that fold a tensor along some of its
// dimensions.
package reduction

import "github.com/onnxrun/onnxrun/ops"

// Defs are the operators of this category.
var Defs = []ops.Def{
	argMax1,
	argMin1,
	l1Norm1, l1Norm18,
	l2Norm1, l2Norm18,
	reduceLogSum1, reduceLogSum18,
	reduceLogSumExp1, reduceLogSumExp18,
	reduceMax1, reduceMax18,
	reduceMean1, reduceMean18,
	reduceMin1, reduceMin18,
	reduceProd1, reduceProd18,
	reduceSum1, reduceSum13,
	reduceSumSquare1, reduceSumSquare18,
}
