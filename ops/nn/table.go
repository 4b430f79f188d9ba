// Package nn holds the operators of neural networks: convolutions, poolings
// and what the standard keeps with them.
package nn

import "github.com/onnxrun/onnxrun/ops"

// Defs are the operators of this category.
var Defs = []ops.Def{
	averagePool1,
	col2Im18,
	conv1,
	convInteger10,
	convTranspose1,
	deformConv19,
	dropout1, dropout7, dropout10, dropout12,
	globalAveragePool1,
	globalLpPool1, globalLpPool2,
	globalMaxPool1,
	lpPool1, lpPool2,
	maxPool1,
	qLinearConv10,
	shrink9,
	maxUnpool9,
}
