// Package all is the default registry: the operators of every category.
package all

import (
	"sync"

	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/array"
	"github.com/onnxrun/onnxrun/ops/controlflow"
)

// Registry returns the operators of every category.
var Registry = sync.OnceValue(func() *ops.Registry {
	return ops.NewRegistry(
		array.Defs,
		controlflow.Defs,
	)
})
