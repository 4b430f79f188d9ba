package math

import (
	"github.com/onnxrun/onnxrun/internal/kernel/reduce"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// CumProd computes running products along an axis. Floats are accumulated in
// float64.
var cumProd26 = ops.Def{
	Name: "CumProd", Since: 26,
	Sig:   "x:T, axis:T2 -> y:T",
	Types: ops.Types{"T": cumTypes, "T2": ops.Indices},
	New: ops.Widen(func(n *ops.Node) (ops.Kernel, error) {
		return newCumulative(n, func(c *ops.Call, y, x *tensor.Tensor, s reduce.Scan) {
			switch x.DType() {
			case tensor.F32:
				reduce.CumProd[float32, float64](c.Pool, tensor.Data[float32](y), tensor.Data[float32](x), s)
			case tensor.F64:
				reduce.CumProd[float64, float64](c.Pool, tensor.Data[float64](y), tensor.Data[float64](x), s)
			case tensor.I32:
				reduce.CumProd[int32, int32](c.Pool, tensor.Data[int32](y), tensor.Data[int32](x), s)
			case tensor.I64:
				reduce.CumProd[int64, int64](c.Pool, tensor.Data[int64](y), tensor.Data[int64](x), s)
			case tensor.U32:
				reduce.CumProd[uint32, uint32](c.Pool, tensor.Data[uint32](y), tensor.Data[uint32](x), s)
			case tensor.U64:
				reduce.CumProd[uint64, uint64](c.Pool, tensor.Data[uint64](y), tensor.Data[uint64](x), s)
			}
		}), nil
	}),
	Reuse: ops.Elementwise(1),
}
