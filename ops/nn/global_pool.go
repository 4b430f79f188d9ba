package nn

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/pool"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// The global poolings reduce all spatial dimensions to 1.
var (
	globalAveragePool1 = ops.Def{
		Name: "GlobalAveragePool", Since: 1,
		Sig: "X:T -> Y:T", Types: ops.Types{"T": ops.Floats},
		New: ops.Widen(func(n *ops.Node) (ops.Kernel, error) { return globalPool{kind: globalAverage}, nil }),
	}
	globalMaxPool1 = ops.Def{
		Name: "GlobalMaxPool", Since: 1,
		Sig: "X:T -> Y:T", Types: ops.Types{"T": ops.Floats},
		New: ops.Widen(func(n *ops.Node) (ops.Kernel, error) { return globalPool{kind: globalMax}, nil }),
	}

	// GlobalLpPool takes p as a float in version 1, as an integer from 2 on.
	globalLpPool1 = ops.Def{
		Name: "GlobalLpPool", Since: 1,
		Sig: "X:T -> Y:T", Types: ops.Types{"T": ops.Floats},
		New: ops.Widen(func(n *ops.Node) (ops.Kernel, error) { return newGlobalLpPool(float64(n.Float("p", 2))) }),
	}
	globalLpPool2 = ops.Def{
		Name: "GlobalLpPool", Since: 2,
		Sig: "X:T -> Y:T", Types: ops.Types{"T": ops.Floats},
		New: ops.Widen(func(n *ops.Node) (ops.Kernel, error) { return newGlobalLpPool(float64(n.Int("p", 2))) }),
	}
)

type globalKind int

const (
	globalAverage globalKind = iota
	globalMax
	globalNorm
)

type globalPool struct {
	kind globalKind
	p    float64
}

func newGlobalLpPool(p float64) (ops.Kernel, error) {
	return globalPool{globalNorm, p}, checkNorm(p)
}

// checkNorm returns an error where p makes no norm.
func checkNorm(p float64) error {
	if !(p > 0) {
		return fmt.Errorf("attribute p: got %v, want more than 0", p)
	}
	return nil
}

// globalMemo keeps the memory of the shape of the result.
type globalMemo struct{ shape tensor.Shape }

func (k globalPool) Run(c *ops.Call) error {
	x := c.Tensor(0)
	if _, err := spatial("X", 0, x); err != nil {
		return err
	}
	m := ops.Memo[globalMemo](c)
	shape := append(m.shape[:0], x.Shape()...)
	for i := 2; i < len(shape); i++ {
		shape[i] = 1
	}
	m.shape = shape
	y, err := c.Output(0, x.DType(), shape)
	if err != nil {
		return err
	}
	if x.DType() == tensor.F64 {
		runGlobal[float64](c, k, x, y)
	} else {
		runGlobal[float32](c, k, x, y)
	}
	return nil
}

func runGlobal[T pool.Float](c *ops.Call, k globalPool, x, y *tensor.Tensor) {
	planes, n := x.Shape().Span(0, 2), x.Shape().Span(2, x.Rank())
	in, out := tensor.Data[T](x), tensor.Data[T](y)
	switch k.kind {
	case globalAverage:
		pool.GlobalAverage(c.Pool, planes, n, in, out)
	case globalMax:
		pool.GlobalMax(c.Pool, planes, n, in, out)
	case globalNorm:
		pool.GlobalNorm(c.Pool, planes, n, k.p, in, out)
	}
}
