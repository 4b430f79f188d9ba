package training

import (
	"errors"

	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// Gradient is the derivative of the value that its attribute y names, by those
// that xs names. It needs the graph around it and is no kernel: the runtime
// replaces it by the nodes that compute it (internal/gradient) before it plans.
var gradient1 = ops.Def{
	Domain: domain, Name: "Gradient", Since: 1,
	Sig: "Inputs+:any -> Outputs+:T2", Types: ops.Types{"T2": tensor.SetOf(tensor.F16, tensor.F32, tensor.F64)},
	New: func(*ops.Node) (ops.Kernel, error) {
		return nil, errors.New("it has not been replaced by the nodes of its derivative")
	},
}
