package contribq

import (
	"github.com/onnxrun/onnxrun/internal/kernel/quant"
	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// QLinearAdd and QLinearMul are Add and Mul of quantized tensors that are
// broadcast.
var (
	qLinearAdd1 = binary("QLinearAdd", "Add")
	qLinearMul1 = binary("QLinearMul", "Mul")
)

func binary(name, op string) ops.Def {
	return ops.Def{
		Domain: domain, Name: name, Since: 1,
		Sig:   "A:T, A_scale:float32, A_zero_point?:T, B:T, B_scale:float32, B_zero_point?:T, C_scale:float32, C_zero_point?:T -> C:T",
		Types: ops.Types{"T": byteTypes},
		New: func(n *ops.Node) (ops.Kernel, error) {
			k, err := inner{op: op, constants: make([]*tensor.Tensor, 2)}.build()
			return ops.Func(func(c *ops.Call) error { return runBinary(c, k, op == "Mul") }), err
		},
	}
}

func runBinary(c *ops.Call, k ops.Kernel, mul bool) error {
	d := c.Tensor(0).DType()
	pc, err := paramsOf(c, 6, 7, d)
	if err != nil {
		return err
	}
	var p [2]params
	for i := range p {
		if p[i], err = paramsOf(c, 3*i+1, 3*i+2, d); err != nil {
			return err
		}
	}
	if a, b := c.Tensor(0), c.Tensor(3); a.Shape().Equal(b.Shape()) {
		y, err := c.Output(0, d, a.Shape())
		if err != nil {
			return err
		}
		q := &quant.Combination{
			Signed: d == tensor.I8, Mul: mul, ScaleA: p[0].scale, ScaleB: p[1].scale, Scale: pc.scale,
			ZeroA: p[0].zero, ZeroB: p[1].zero, Zero: pc.zero,
		}
		c.Pool.For(y.Len(), grain, func(lo, hi int) { q.Combine(y.Bytes()[lo:hi], a.Bytes()[lo:hi], b.Bytes()[lo:hi]) })
		return nil
	}
	var in [2]*tensor.Tensor
	for i := range in {
		if in[i], err = dequantize(c, c.Tensor(3*i), p[i]); err != nil {
			return err
		}
		defer c.Release(in[i])
	}
	out, err := call(c, k, 1, in[0], in[1])
	if err != nil {
		return err
	}
	defer c.Release(out[0])
	y, err := c.Output(0, d, out[0].Shape())
	if err != nil {
		return err
	}
	quantize(c, y, out[0], pc)
	return nil
}

const unarySig = "X:T, X_scale:float32, X_zero_point?:T, Y_scale:float32, Y_zero_point?:T -> Y:T"

// QLinearSigmoid and QLinearLeakyRelu are tables of what becomes of each byte.
var (
	qLinearSigmoid1   = unary("QLinearSigmoid", "Sigmoid", func(*ops.Node) []*onnx.Attr { return nil })
	qLinearLeakyRelu1 = unary("QLinearLeakyRelu", "LeakyRelu", func(n *ops.Node) []*onnx.Attr { return pass(n, "alpha") })
)

func unary(name, op string, attrs func(*ops.Node) []*onnx.Attr) ops.Def {
	return ops.Def{
		Domain: domain, Name: name, Since: 1, Sig: unarySig, Types: ops.Types{"T": byteTypes},
		New: func(n *ops.Node) (ops.Kernel, error) {
			k, err := inner{op: op, attrs: attrs(n), constants: make([]*tensor.Tensor, 1)}.build()
			return ops.Func(func(c *ops.Call) error { return runUnary(c, k) }), err
		},
	}
}

func runUnary(c *ops.Call, k ops.Kernel) error {
	x := c.Tensor(0)
	px, err := paramsOf(c, 1, 2, x.DType())
	if err != nil {
		return err
	}
	py, err := paramsOf(c, 3, 4, x.DType())
	if err != nil {
		return err
	}
	table, err := tableOf(c, x.DType(), px, py, k)
	if err != nil {
		return err
	}
	y, err := c.Output(0, x.DType(), x.Shape())
	if err != nil {
		return err
	}
	lookUp(c, y.Bytes(), x.Bytes(), table)
	return nil
}

// tableOf returns what each byte becomes by an operator, which may be nil,
// between two scales.
func tableOf(c *ops.Call, d tensor.DType, px, py params, k ops.Kernel) (*[256]byte, error) {
	var table [256]byte
	for i := range table {
		table[i] = byte(i)
	}
	t, err := tensor.FromBytes(d, tensor.Shape{256}, table[:], nil)
	if err != nil {
		return nil, err
	}
	f, err := dequantize(c, t, px)
	if err != nil {
		return nil, err
	}
	defer c.Release(f)
	if k != nil {
		out, err := call(c, k, 1, f)
		if err != nil {
			return nil, err
		}
		defer c.Release(out[0])
		f = out[0]
	}
	quantize(c, t, f, py)
	return &table, nil
}

func lookUp(c *ops.Call, dst, src []byte, table *[256]byte) {
	c.Pool.For(len(dst), grain, func(lo, hi int) {
		out := dst[lo:hi]
		for i, v := range src[lo:hi] {
			out[i] = table[v]
		}
	})
}
