package gradient

import "github.com/onnxrun/onnxrun/onnx"

// optimizer computes new values of a variable and of what the method remembers
// of it, given the variable, its gradient and what is remembered.
type optimizer func(v *vjp, rate, count *onnx.Value, in []*onnx.Value) []*onnx.Value

// optimizerRule is that of an update of any number of variables at once, with
// so many memories for each: the inputs are the rate, the count of updates, all
// variables, their gradients, their first memories …
func optimizerRule(memories int, f optimizer) rule {
	return rule{expand: func(v *vjp) []*onnx.Value {
		group := 2 + memories
		n := (len(v.n.Inputs) - 2) / group
		if n < 1 || len(v.n.Inputs) != 2+n*group {
			v.unsupported("%d inputs", len(v.n.Inputs))
			return nil
		}
		out := make([]*onnx.Value, n*(group-1))
		for i := range n {
			var in []*onnx.Value
			for k := range group {
				in = append(in, v.x(2+k*n+i))
			}
			like := func(i int) *onnx.Value { return v.scalar(v.op("CastLike", v.x(i), in[0])) }
			in[1] = v.addOp(v.scale(v.float("norm_coefficient", 0), in[0]), in[1])
			for k, o := range f(v, like(0), like(1), in) {
				out[k*n+i] = o
			}
		}
		return out
	}}
}

func (v *vjp) rootPlusEpsilon(x *onnx.Value) *onnx.Value {
	return v.plus(v.op("Sqrt", x), v.float("epsilon", 1e-6))
}

var adagradRule = optimizerRule(1, func(v *vjp, rate, count *onnx.Value, in []*onnx.Value) []*onnx.Value {
	x, g, squares := in[0], in[1], in[2]
	rate = v.div(rate, v.plus(v.scale(v.float("decay_factor", 0), count), 1))
	squares = v.addOp(squares, v.square(g))
	return []*onnx.Value{v.sub(x, v.div(v.mul(rate, g), v.rootPlusEpsilon(squares))), squares}
})

// adamRule: after the first update the averages are corrected for their start.
var adamRule = optimizerRule(2, func(v *vjp, rate, count *onnx.Value, in []*onnx.Value) []*onnx.Value {
	x, g, mean, squares := in[0], in[1], in[2], in[3]
	alpha, beta := v.float("alpha", float64(float32(0.9))), v.float("beta", float64(float32(0.999)))
	rest := func(base float64) *onnx.Value {
		some := v.op("Max", count, v.num(1, count))
		return v.sub(v.num(1, count), v.op("Pow", v.num(base, count), some))
	}
	rate = v.mul(rate, v.where(v.above(count, 0), v.div(v.op("Sqrt", rest(beta)), rest(alpha)), v.num(1, count)))
	mean = v.addOp(v.scale(alpha, mean), v.scale(1-alpha, g))
	squares = v.addOp(v.scale(beta, squares), v.scale(1-beta, v.square(g)))
	x = v.sub(x, v.div(v.mul(rate, mean), v.rootPlusEpsilon(squares)))
	return []*onnx.Value{v.scale(1-v.float("norm_coefficient_post", 0), x), mean, squares}
})

var momentumRule = optimizerRule(1, func(v *vjp, rate, count *onnx.Value, in []*onnx.Value) []*onnx.Value {
	x, g, sum := in[0], in[1], in[2]
	alpha := v.float("alpha", 0)
	beta := v.where(v.above(count, 0), v.num(v.float("beta", 0), count), v.num(1, count))
	sum = v.addOp(v.scale(alpha, sum), v.mul(beta, g))
	step := sum
	if v.str("mode", "standard") == "nesterov" {
		step = v.addOp(g, v.scale(alpha, sum))
	}
	return []*onnx.Value{v.sub(x, v.mul(rate, step)), sum}
})
