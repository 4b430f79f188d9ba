package ml

import (
	"fmt"

	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// Scaler computes (X - offset) * scale, with one number for all features or
// one for each.
var scaler1 = ops.Def{
	Domain: domain, Name: "Scaler", Since: 1,
	Sig:   "X:T -> Y:float32",
	Types: ops.Types{"T": numbers},
	Reuse: ops.Elementwise(1),
	New: func(n *ops.Node) (ops.Kernel, error) {
		k := &scaler{offset: widened(n.Floats("offset")), scale: widened(n.Floats("scale"))}
		if len(k.offset) == 0 {
			k.offset = []float64{0}
		}
		if len(k.scale) == 0 {
			k.scale = []float64{1}
		}
		return k, nil
	},
}

type scaler struct{ offset, scale []float64 }

func (k *scaler) Run(c *ops.Call) error {
	x := c.Tensor(0)
	f := 1
	if r := x.Rank(); r > 0 {
		f = x.Dim(r - 1)
	}
	if err := perFeature("offset", len(k.offset), f); err != nil {
		return err
	}
	if err := perFeature("scale", len(k.scale), f); err != nil {
		return err
	}
	y, err := c.Output(0, tensor.F32, x.Shape())
	if err != nil || x.Len() == 0 {
		return err
	}
	out := tensor.Data[float32](y)
	c.Pool.For(x.Len()/f, 1+4096/f, func(lo, hi int) {
		switch x.DType() {
		case tensor.F32:
			scale(out[lo*f:hi*f], tensor.Data[float32](x)[lo*f:], f, k)
		case tensor.F64:
			scale(out[lo*f:hi*f], tensor.Data[float64](x)[lo*f:], f, k)
		case tensor.I64:
			scale(out[lo*f:hi*f], tensor.Data[int64](x)[lo*f:], f, k)
		case tensor.I32:
			scale(out[lo*f:hi*f], tensor.Data[int32](x)[lo*f:], f, k)
		}
	})
	return nil
}

// perFeature fails where a list of got numbers is neither one for all f
// features nor one for each.
func perFeature(name string, got, f int) error {
	if got != 1 && got != f {
		return fmt.Errorf("attribute %s: got %d numbers, want 1 or %d, the features of X", name, got, f)
	}
	return nil
}

type number interface {
	float32 | float64 | int32 | int64
}

func scale[T number](y []float32, x []T, f int, k *scaler) {
	for len(y) > 0 {
		for j, v := range x[:f] {
			o, s := k.offset[0], k.scale[0]
			if len(k.offset) > 1 {
				o = k.offset[j]
			}
			if len(k.scale) > 1 {
				s = k.scale[j]
			}
			y[j] = float32((float64(v) - o) * s)
		}
		x, y = x[f:], y[f:]
	}
}
