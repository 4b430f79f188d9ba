package generator

import (
	"errors"
	"fmt"
	"math"

	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// Range lists start, start+delta, start+2·delta … up to but not including
// limit. Floats are computed in float64 and rounded once.
var range11 = ops.Def{
	Name: "Range", Since: 11,
	Sig:   "start:T, limit:T, delta:T -> output:T",
	Types: ops.Types{"T": rangeTypes},
	New:   func(n *ops.Node) (ops.Kernel, error) { return ops.Func(rangeOf), nil },
}

// From version 27 on stash_type names the type to which halfs are rounded on
// the way. Nothing is computed in less than it.
var range27 = ops.Def{
	Name: "Range", Since: 27,
	Sig:   "start:T, limit:T, delta:T -> output:T",
	Types: ops.Types{"T": rangeTypes},
	New: func(n *ops.Node) (ops.Kernel, error) {
		if d := n.DType("stash_type", tensor.F32); d != tensor.F32 && d != tensor.F64 {
			return nil, fmt.Errorf("attribute stash_type: got %v, want float32 or float64", d)
		}
		return ops.Func(rangeOf), nil
	},
}

var rangeTypes = ops.Floats | tensor.SetOf(tensor.I16, tensor.I32, tensor.I64)

func rangeOf(c *ops.Call) error {
	for i, name := range []string{"start", "limit", "delta"} {
		if t := c.Tensor(i); t.Rank() > 1 || t.Len() != 1 {
			return fmt.Errorf("input %d (%s): got %v, want a scalar", i, name, t)
		}
	}
	switch d := c.Tensor(0).DType(); d {
	case tensor.I16:
		return rangeInt[int16](c)
	case tensor.I32:
		return rangeInt[int32](c)
	case tensor.I64:
		return rangeInt[int64](c)
	case tensor.F32:
		return rangeFloat[float32](c)
	case tensor.F64:
		return rangeFloat[float64](c)
	default:
		return rangeHalf(c, d)
	}
}

func rangeInt[T int16 | int32 | int64](c *ops.Call) error {
	start, limit, delta := int64(tensor.Data[T](c.Tensor(0))[0]), int64(tensor.Data[T](c.Tensor(1))[0]), int64(tensor.Data[T](c.Tensor(2))[0])
	if delta == 0 {
		return errors.New("input 2 (delta) is 0")
	}
	// Distances of int64 numbers fit uint64.
	var n uint64
	switch {
	case delta > 0 && start < limit:
		n = (uint64(limit)-uint64(start)-1)/uint64(delta) + 1
	case delta < 0 && start > limit:
		n = (uint64(start)-uint64(limit)-1)/-uint64(delta) + 1
	}
	if n > math.MaxInt64 {
		return fmt.Errorf("%d elements are too many", n)
	}
	y, err := c.Output(0, tensor.DTypeOf[T](), tensor.Shape{int(n)})
	if err != nil {
		return err
	}
	v := start
	for i, out := 0, tensor.Data[T](y); i < len(out); i++ {
		out[i] = T(v)
		v += delta
	}
	return nil
}

func rangeFloat[T float32 | float64](c *ops.Call) error {
	start, delta := float64(tensor.Data[T](c.Tensor(0))[0]), float64(tensor.Data[T](c.Tensor(2))[0])
	n, err := rangeLen(start, float64(tensor.Data[T](c.Tensor(1))[0]), delta)
	if err != nil {
		return err
	}
	y, err := c.Output(0, tensor.DTypeOf[T](), tensor.Shape{n})
	if err != nil {
		return err
	}
	for i, out := 0, tensor.Data[T](y); i < len(out); i++ {
		out[i] = T(start + float64(float64(i)*delta))
	}
	return nil
}

func rangeHalf(c *ops.Call, d tensor.DType) error {
	var v [3]float64
	for i := range v {
		wide := tensor.Of(tensor.Shape{1}, 0.0)
		if err := tensor.Convert(wide, c.Tensor(i), tensor.Conversion{}); err != nil {
			return err
		}
		v[i] = tensor.Data[float64](wide)[0]
	}
	n, err := rangeLen(v[0], v[1], v[2])
	if err != nil {
		return err
	}
	y, err := c.Output(0, d, tensor.Shape{n})
	if err != nil {
		return err
	}
	for i := range n {
		x := float32(v[0] + float64(float64(i)*v[2]))
		if d == tensor.F16 {
			tensor.Data[tensor.Float16](y)[i] = tensor.ToFloat16(x)
		} else {
			tensor.Data[tensor.BFloat16](y)[i] = tensor.ToBFloat16(x)
		}
	}
	return nil
}

// rangeLen returns the number of elements.
func rangeLen(start, limit, delta float64) (int, error) {
	n := math.Ceil((limit - start) / delta)
	switch {
	case delta == 0 || n != n || math.IsInf(start, 0):
		return 0, fmt.Errorf("start %v, limit %v and delta %v make no range", start, limit, delta)
	case n >= 1<<62:
		return 0, fmt.Errorf("start %v, limit %v and delta %v make too many elements", start, limit, delta)
	}
	return int(max(n, 0)), nil
}
