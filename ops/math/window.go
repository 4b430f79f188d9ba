package math

import (
	"fmt"
	gomath "math"

	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// The window operators compute a₀ - a₁ cos(2πi/N) + a₂ cos(4πi/N) for i from 0
// to size-1, N being the size, or with periodic 0 one less. They are kept in
// one file for being one formula.
var (
	hannWindow17     = windowDef("HannWindow", 0.5, 0.5, 0)
	hammingWindow17  = windowDef("HammingWindow", 25./46, 21./46, 0)
	blackmanWindow17 = windowDef("BlackmanWindow", 0.42, 0.5, 0.08)
)

func windowDef(name string, a0, a1, a2 float64) ops.Def {
	return ops.Def{
		Name: name, Since: 17,
		Sig:   "size:T1 -> output:T2",
		Types: ops.Types{"T1": ops.Indices, "T2": ops.Numeric},
		New: func(n *ops.Node) (ops.Kernel, error) {
			d, err := outputType(n)
			return &cosineWindow{[3]float64{a0, a1, a2}, n.Bool("periodic", true), d}, err
		},
	}
}

// outputType reads the attribute output_datatype, which is a numeric one.
func outputType(n *ops.Node) (tensor.DType, error) {
	d := n.DType("output_datatype", tensor.F32)
	if !ops.Numeric.Has(d) {
		return d, fmt.Errorf("attribute output_datatype: got %v, want one of %v", d, ops.Numeric)
	}
	return d, nil
}

type cosineWindow struct {
	a        [3]float64
	periodic bool
	dtype    tensor.DType
}

func (k *cosineWindow) Run(c *ops.Call) error {
	size, err := scalarInt(c, 0, "size")
	if err != nil {
		return err
	}
	if size < 0 {
		return fmt.Errorf("input 0 (size): got %d, want at least 0", size)
	}
	y, err := c.Output(0, k.dtype, tensor.Shape{size})
	if err != nil {
		return err
	}
	period := size
	if !k.periodic {
		period = max(size-1, 1) // a single element is the middle of the window
	}
	storeNumbers(c, y, func(i int) float64 {
		if !k.periodic && size == 1 {
			return k.a[0] + k.a[1] + k.a[2]
		}
		t := 2 * gomath.Pi * float64(i) / float64(period)
		return k.a[0] - k.a[1]*gomath.Cos(t) + k.a[2]*gomath.Cos(2*t)
	})
	return nil
}

// storeNumbers writes f(i) to element i of y, of any numeric type.
func storeNumbers(c *ops.Call, y *tensor.Tensor, f func(i int) float64) {
	switch y.DType() {
	case tensor.F32:
		store(c, tensor.Data[float32](y), f)
	case tensor.F64:
		store(c, tensor.Data[float64](y), f)
	case tensor.I8:
		store(c, tensor.Data[int8](y), f)
	case tensor.I16:
		store(c, tensor.Data[int16](y), f)
	case tensor.I32:
		store(c, tensor.Data[int32](y), f)
	case tensor.I64:
		store(c, tensor.Data[int64](y), f)
	case tensor.U8:
		store(c, tensor.Data[uint8](y), f)
	case tensor.U16:
		store(c, tensor.Data[uint16](y), f)
	case tensor.U32:
		store(c, tensor.Data[uint32](y), f)
	case tensor.U64:
		store(c, tensor.Data[uint64](y), f)
	case tensor.F16:
		dst := tensor.Data[tensor.Float16](y)
		c.Pool.For(len(dst), vec.GrainSlow, func(lo, hi int) {
			for i := lo; i < hi; i++ {
				dst[i] = tensor.ToFloat16(float32(f(i)))
			}
		})
	case tensor.BF16:
		dst := tensor.Data[tensor.BFloat16](y)
		c.Pool.For(len(dst), vec.GrainSlow, func(lo, hi int) {
			for i := lo; i < hi; i++ {
				dst[i] = tensor.ToBFloat16(float32(f(i)))
			}
		})
	}
}

func store[T vec.Number](c *ops.Call, dst []T, f func(i int) float64) {
	c.Pool.For(len(dst), vec.GrainSlow, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			dst[i] = vec.Convert[T](f(i))
		}
	})
}
