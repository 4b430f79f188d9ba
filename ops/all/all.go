// Package all is the default registry: the operators of every category.
package all

import (
	"sync"

	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/array"
	"github.com/onnxrun/onnxrun/ops/attention"
	"github.com/onnxrun/onnxrun/ops/contrib"
	"github.com/onnxrun/onnxrun/ops/contribq"
	"github.com/onnxrun/onnxrun/ops/controlflow"
	"github.com/onnxrun/onnxrun/ops/detection"
	"github.com/onnxrun/onnxrun/ops/fused"
	"github.com/onnxrun/onnxrun/ops/generator"
	"github.com/onnxrun/onnxrun/ops/image"
	"github.com/onnxrun/onnxrun/ops/logical"
	"github.com/onnxrun/onnxrun/ops/math"
	"github.com/onnxrun/onnxrun/ops/ml"
	"github.com/onnxrun/onnxrun/ops/nn"
	"github.com/onnxrun/onnxrun/ops/normalization"
	"github.com/onnxrun/onnxrun/ops/optional"
	"github.com/onnxrun/onnxrun/ops/quantization"
	"github.com/onnxrun/onnxrun/ops/reduction"
	"github.com/onnxrun/onnxrun/ops/rnn"
	"github.com/onnxrun/onnxrun/ops/sequence"
	"github.com/onnxrun/onnxrun/ops/text"
	"github.com/onnxrun/onnxrun/ops/training"
)

// Registry returns the operators of every category.
var Registry = sync.OnceValue(func() *ops.Registry {
	return ops.NewRegistry(
		array.Defs,
		attention.Defs,
		contrib.Defs,
		contribq.Defs,
		controlflow.Defs,
		detection.Defs,
		fused.Defs,
		generator.Defs,
		image.Defs,
		logical.Defs,
		math.Defs,
		ml.Defs,
		nn.Defs,
		normalization.Defs,
		optional.Defs,
		quantization.Defs,
		reduction.Defs,
		rnn.Defs,
		sequence.Defs,
		text.Defs,
		training.Defs,
	)
})
