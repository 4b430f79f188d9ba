package quantization

import (
	"github.com/onnxrun/onnxrun/internal/kernel/quant"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// DynamicQuantizeLinear quantizes to uint8 with the scale and the zero point
// that let it cover the elements and 0. Where all elements are 0, the standard
// leaves the scale open; here it is 1, as in onnxruntime.
var dynamicQuantizeLinear11 = ops.Def{
	Name: "DynamicQuantizeLinear", Since: 11,
	Sig: "x:float32 -> y:uint8, y_scale:float32, y_zero_point:uint8",
	New: func(n *ops.Node) (ops.Kernel, error) { return ops.Func(dynamicQuantizeLinear), nil },
}

func dynamicQuantizeLinear(c *ops.Call) error {
	x := c.Tensor(0)
	y, err := c.Output(0, tensor.U8, x.Shape())
	if err != nil {
		return err
	}
	scale, err := c.Output(1, tensor.F32, tensor.Shape{})
	if err != nil {
		return err
	}
	zero, err := c.Output(2, tensor.U8, tensor.Shape{})
	if err != nil {
		return err
	}
	s, z := quant.Dynamic(quant.Range(tensor.Data[float32](x)))
	tensor.Data[float32](scale)[0], tensor.Data[uint8](zero)[0] = s, z
	if x.Len() == 0 {
		return nil
	}
	q := &quant.Quantizer{Layout: quant.Whole(x.Len()), Scales: []float32{s}, Zeros: []int32{int32(z)}, Hi: 255}
	runInt(c, q, tensor.Data[uint8](y), loader(x))
	return nil
}
