package contrib

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
	"github.com/onnxrun/onnxrun/tensor"
)

// Gelu computes X Φ(X), Φ being the normal distribution.
var gelu1 = ops.Def{
	Domain: domain, Name: "Gelu", Since: 1,
	Sig: "X:T -> Y:T", Types: ops.Types{"T": ops.Floats},
	New:   (&elementwise.Unary{Grain: vec.GrainMath, Loops: elementwise.Floats(vec.Gelu32, vec.Gelu64)}).Build,
	Reuse: ops.Elementwise(1),
}

// QuickGelu computes X sigmoid(alpha X).
var quickGelu1 = ops.Def{
	Domain: domain, Name: "QuickGelu", Since: 1,
	Sig: "X:T -> Y:T", Types: ops.Types{"T": ops.Floats},
	New: func(n *ops.Node) (ops.Kernel, error) {
		alpha := n.Float("alpha", 1.702)
		return &elementwise.Unary{Grain: vec.GrainMath, Loops: elementwise.Floats(vec.Swish32(alpha), vec.Swish64(float64(alpha)))}, nil
	},
	Reuse: ops.Elementwise(1),
}

// FastGelu is Gelu by way of the hyperbolic tangent, of X or X + bias.
var fastGelu1 = ops.Def{
	Domain: domain, Name: "FastGelu", Since: 1,
	Sig: "X:T, bias?:T -> Y:T", Types: ops.Types{"T": ops.Floats},
	New:   ops.Widen(func(*ops.Node) (ops.Kernel, error) { return biasGelu{vec.GeluTanh32, vec.GeluTanh64}, nil }),
	Reuse: ops.Elementwise(1),
}

// BiasGelu is Gelu of A + B, B having one element for each of A's last
// dimension.
var biasGelu1 = ops.Def{
	Domain: domain, Name: "BiasGelu", Since: 1,
	Sig: "A:T, B:T -> C:T", Types: ops.Types{"T": ops.Floats},
	New:   ops.Widen(func(*ops.Node) (ops.Kernel, error) { return biasGelu{vec.Gelu32, vec.Gelu64}, nil }),
	Reuse: ops.Elementwise(1),
}

// biasGelu is a function of the sum of a tensor and an optional vector.
type biasGelu struct {
	f32 func(dst, x []float32)
	f64 func(dst, x []float64)
}

func (k biasGelu) Run(c *ops.Call) error {
	x, bias := c.Tensor(0), c.Tensor(1)
	if bias != nil && (bias.Rank() != 1 || x.Rank() < 1 || bias.Dim(0) != x.Dim(x.Rank()-1)) {
		return fmt.Errorf("input 1: got %v, want a vector of as many elements as the last dimension of input 0, %v", bias, x)
	}
	y, err := c.Output(0, x.DType(), x.Shape())
	if err != nil {
		return err
	}
	if x.DType() == tensor.F64 {
		runBias(c, y, x, bias, vec.Add[float64]().VV, k.f64)
	} else {
		runBias(c, y, x, bias, vec.Add[float32]().VV, k.f32)
	}
	return nil
}

func runBias[T float32 | float64](c *ops.Call, y, x, bias *tensor.Tensor, add func(dst, a, b []T), f func(dst, x []T)) {
	dst, src := tensor.Data[T](y), tensor.Data[T](x)
	if bias == nil {
		c.Pool.For(len(dst), vec.GrainMath, func(lo, hi int) { f(dst[lo:hi], src[lo:hi]) })
		return
	}
	b := tensor.Data[T](bias)
	if len(b) == 0 {
		return
	}
	c.Pool.For(len(dst)/len(b), 1+vec.GrainMath/len(b), func(lo, hi int) {
		for i := lo * len(b); i < hi*len(b); i += len(b) {
			row := dst[i : i+len(b)]
			add(row, src[i:i+len(b)], b)
			f(row, row)
		}
	})
}
