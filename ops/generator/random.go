package generator

import (
	"fmt"
	"math"

	"github.com/onnxrun/onnxrun/internal/random"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// seed is the attribute of that name, a float of which the fraction is cut
// off. With one, each run gives the same numbers; without, or with NaN, they
// differ.
type seed struct {
	fixed bool
	value uint32
}

func newSeed(n *ops.Node) seed {
	if !n.Has("seed") {
		return seed{}
	}
	v := math.Trunc(float64(n.Float("seed", 0)))
	if v != v || math.Abs(v) >= 1<<62 {
		return seed{}
	}
	return seed{true, uint32(int64(v))}
}

func (s seed) source() *random.Source {
	if s.fixed {
		return random.New(s.value)
	}
	return random.Unseeded()
}

// distribution draws elements: float64 numbers that are scaled and shifted in
// the precision of the output.
type distribution struct {
	seed
	to           tensor.DType // Undefined where the input says
	normal       bool         // uniform from [0, 1) where not
	scale, shift float64
}

func newNormal(n *ops.Node, to tensor.DType) distribution {
	return distribution{newSeed(n), to, true, float64(n.Float("scale", 1)), float64(n.Float("mean", 0))}
}

func newUniform(n *ops.Node, to tensor.DType) distribution {
	low, high := float64(n.Float("low", 0)), float64(n.Float("high", 1))
	return distribution{newSeed(n), to, false, high - low, low}
}

// draw makes the first output.
func (k distribution) draw(c *ops.Call, d tensor.DType, shape tensor.Shape) error {
	y, err := c.Output(0, d, shape)
	if err != nil {
		return err
	}
	s := k.source()
	next := s.Float64
	if k.normal {
		next = s.Normal
	}
	switch d {
	case tensor.F32:
		scale, shift := float32(k.scale), float32(k.shift)
		for i, v := 0, tensor.Data[float32](y); i < len(v); i++ {
			v[i] = float32(float32(next())*scale) + shift
		}
	case tensor.F64:
		for i, v := 0, tensor.Data[float64](y); i < len(v); i++ {
			v[i] = float64(next()*k.scale) + k.shift
		}
	case tensor.F16:
		scale, shift := tensor.ToFloat16(float32(k.scale)).Float32(), tensor.ToFloat16(float32(k.shift)).Float32()
		for i, v := 0, tensor.Data[tensor.Float16](y); i < len(v); i++ {
			x := tensor.ToFloat16(float32(next())).Float32()
			x = tensor.ToFloat16(x * scale).Float32()
			v[i] = tensor.ToFloat16(x + shift)
		}
	case tensor.BF16:
		scale, shift := tensor.ToBFloat16(float32(k.scale)).Float32(), tensor.ToBFloat16(float32(k.shift)).Float32()
		for i, v := 0, tensor.Data[tensor.BFloat16](y); i < len(v); i++ {
			x := tensor.ToBFloat16(float32(next())).Float32()
			x = tensor.ToBFloat16(x * scale).Float32()
			v[i] = tensor.ToBFloat16(x + shift)
		}
	}
	return nil
}

// ofShape builds a kernel that draws the shape of the attribute.
func ofShape(n *ops.Node, build func(*ops.Node, tensor.DType) distribution) (ops.Kernel, error) {
	to, err := typeAttr(n, tensor.F32, ops.Floats)
	if err != nil {
		return nil, err
	}
	k, shape := build(n, to), tensor.Shape(n.RequiredInts("shape"))
	return ops.Func(func(c *ops.Call) error { return k.draw(c, k.to, shape) }), nil
}

// like builds a kernel that draws the shape, and the type unless the attribute
// gives one, of the input.
func like(n *ops.Node, build func(*ops.Node, tensor.DType) distribution) (ops.Kernel, error) {
	to, err := typeAttr(n, tensor.Undefined, ops.Floats)
	if err != nil {
		return nil, err
	}
	k := build(n, to)
	return ops.Func(func(c *ops.Call) error {
		x, d := c.Tensor(0), k.to
		if d == tensor.Undefined {
			d = x.DType()
		}
		if !ops.Floats.Has(d) {
			return fmt.Errorf("input 0 (input): got %v, and no attribute dtype: want one of %v", x, ops.Floats)
		}
		return k.draw(c, d, x.Shape())
	}), nil
}

// typeAttr reads the attribute dtype, one of the given types where it is there.
// Opset 1 exporters write 0 for "not given".
func typeAttr(n *ops.Node, def tensor.DType, set tensor.DTypes) (tensor.DType, error) {
	d := def
	if n.Has("dtype") && n.Int("dtype", 0) != int(tensor.Undefined) {
		if d = n.DType("dtype", def); !set.Has(d) {
			return d, fmt.Errorf("attribute dtype: got %v, want one of %v", d, set)
		}
	}
	return d, nil
}
