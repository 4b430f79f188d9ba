// Package attention holds the operators of attention: scaled dot product
// attention and its variants, linear attention, the rotation of embeddings by
// position and the causal convolution with a state.
package attention

import "github.com/onnxrun/onnxrun/ops"

// Defs are the operators of this category.
var Defs = []ops.Def{
	attention23, attention24, attention25,
	causalConvWithState27,
	flexAttention1,
	linearAttention27,
	rotaryEmbedding23,
}
