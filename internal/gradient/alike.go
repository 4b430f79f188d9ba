package gradient

import "github.com/onnxrun/onnxrun/onnx"

// Where an operand of an operator that broadcasts is known to be as large as
// the result, its adjoint need not be added up. Much of what rules make is of
// that kind, and so are the cells of recurrent layers, which count most.

// elementwise are the operators whose output is as large as input 0, whatever
// their other inputs.
var elementwise = map[string]bool{
	"Abs": true, "Neg": true, "Reciprocal": true, "Sqrt": true, "Exp": true, "Log": true, "Erf": true,
	"Sin": true, "Cos": true, "Tan": true, "Asin": true, "Acos": true, "Atan": true,
	"Sinh": true, "Cosh": true, "Tanh": true, "Asinh": true, "Acosh": true, "Atanh": true,
	"Relu": true, "LeakyRelu": true, "ThresholdedRelu": true, "Elu": true, "Celu": true, "Selu": true, "Gelu": true,
	"Mish": true, "Swish": true, "Shrink": true, "Sigmoid": true, "HardSigmoid": true, "HardSwish": true,
	"Softplus": true, "Softsign": true, "Softmax": true, "LogSoftmax": true, "Clip": true, "Sign": true,
	"Floor": true, "Ceil": true, "Round": true, "Identity": true, "Cast": true, "CastLike": true, "Dropout": true,
}

// broadcasting are the operators whose inputs are broadcast to the output.
var broadcasting = map[string]bool{"Add": true, "Sub": true, "Mul": true, "Div": true, "Pow": true, "Sum": true, "Mean": true, "Max": true, "Min": true}

// deepest bounds how many nodes origin looks back in one go.
const deepest = 1000

// alike says that values are as large as another one.
func (l *lowerer) alike(as *onnx.Value, values ...*onnx.Value) {
	for _, v := range values {
		if v != as {
			l.origins[v] = l.origin(as, 0)
		}
	}
}

// origin returns a value that is as large as v: the same one for two values
// means that they are as large.
func (l *lowerer) origin(v *onnx.Value, depth int) *onnx.Value {
	if o := l.origins[v]; o != nil {
		return o
	}
	o, n := v, v.Producer
	if n != nil && n.Domain == "" && len(n.Outputs) > 0 && n.Outputs[0] == v && len(n.Inputs) > 0 && depth < deepest {
		switch {
		case elementwise[n.OpType] && n.Inputs[0] != nil:
			o = l.origin(n.Inputs[0], depth+1)
		case broadcasting[n.OpType]:
			o = l.commonOrigin(n, depth)
		}
	}
	l.origins[v] = o
	return o
}

// commonOrigin is that of all inputs but scalars, or else the output itself.
func (l *lowerer) commonOrigin(n *onnx.Node, depth int) *onnx.Value {
	var common *onnx.Value
	for _, x := range n.Inputs {
		if x == nil || isScalar(x) {
			continue
		}
		o := l.origin(x, depth+1)
		if common != nil && o != common {
			return n.Outputs[0]
		}
		common = o
	}
	if common == nil {
		return n.Outputs[0]
	}
	return common
}

// isScalar reports whether a value is known to be one, such as the numbers that
// rules make.
func isScalar(v *onnx.Value) bool {
	if n := v.Producer; n != nil && n.OpType == "CastLike" && n.Domain == "" && len(n.Inputs) > 0 && n.Inputs[0] != nil {
		return rankOf(n.Inputs[0]) == 0
	}
	return rankOf(v) == 0
}

// isWhole reports whether input i is known to be as large as output 0.
func (v *vjp) isWhole(i int) bool {
	return v.x(i) != nil && v.origin(v.x(i), 0) == v.origin(v.y(0), 0)
}
