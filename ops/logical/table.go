// Package logical holds the operators that compare, and those on truth values
// and bits.
package logical

import "github.com/onnxrun/onnxrun/ops"

// Defs are the operators of this category.
var Defs = []ops.Def{
	and1, and7,
	bitShift11,
	bitwiseAnd18,
	bitwiseNot18,
	bitwiseOr18,
	bitwiseXor18,
	equal1, equal7,
	greater1, greater7,
	greaterOrEqual12,
	less1, less7,
	lessOrEqual12,
	not1,
	or1, or7,
	xor1, xor7,
}
