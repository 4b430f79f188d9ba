package gradient

import (
	"math"

	"github.com/onnxrun/onnxrun/onnx"
)

// unary is the rule of y = f(x) by the derivative, written in x and y.
func unary(derivative func(v *vjp, x, y *onnx.Value) *onnx.Value) rule {
	return rule{inputs: []int{0}, vjp: func(v *vjp) {
		v.give(0, v.mul(v.g, derivative(v, v.x(0), v.y(0))))
	}}
}

// gate is unary where the derivative is a choice: it lets the adjoint pass
// times a factor (nil for 1) where the condition holds, times another (nil for
// 0) elsewhere.
func gate(choice func(v *vjp, x, y *onnx.Value) (cond, then, otherwise *onnx.Value)) rule {
	return rule{inputs: []int{0}, vjp: func(v *vjp) {
		cond, a, b := choice(v, v.x(0), v.y(0))
		if a == nil {
			a = v.num(1, v.x(0))
		}
		v.give(0, v.mul(v.g, v.where(cond, a, b)))
	}}
}

func (t *tape) above(x *onnx.Value, bound float64) *onnx.Value {
	return t.op("Greater", x, t.num(bound, x))
}

func (t *tape) below(x *onnx.Value, bound float64) *onnx.Value {
	return t.op("Less", x, t.num(bound, x))
}

// expBelow is exp(x/scale), and 1 where x is positive: there the branch is not
// taken, and must not overflow.
func (t *tape) expBelow(x *onnx.Value, scale float64) *onnx.Value {
	return t.op("Exp", t.scale(1/scale, t.op("Min", x, t.num(0, x))))
}

var (
	absRule        = unary(func(v *vjp, x, _ *onnx.Value) *onnx.Value { return v.op("Sign", x) })
	negRule        = rule{vjp: func(v *vjp) { v.give(0, v.neg(v.g)) }}
	reciprocalRule = unary(func(v *vjp, _, y *onnx.Value) *onnx.Value { return v.neg(v.square(y)) })
	sqrtRule       = unary(func(v *vjp, x, y *onnx.Value) *onnx.Value { return v.div(v.num(0.5, x), y) })
	expRule        = unary(func(_ *vjp, _, y *onnx.Value) *onnx.Value { return y })
	logRule        = unary(func(v *vjp, x, _ *onnx.Value) *onnx.Value { return v.op("Reciprocal", x) })
	erfRule        = unary(func(v *vjp, x, _ *onnx.Value) *onnx.Value {
		return v.scale(2/math.SqrtPi, v.op("Exp", v.neg(v.square(x))))
	})

	sinRule  = unary(func(v *vjp, x, _ *onnx.Value) *onnx.Value { return v.op("Cos", x) })
	cosRule  = unary(func(v *vjp, x, _ *onnx.Value) *onnx.Value { return v.neg(v.op("Sin", x)) })
	tanRule  = unary(func(v *vjp, _, y *onnx.Value) *onnx.Value { return v.plus(v.square(y), 1) })
	asinRule = unary(func(v *vjp, x, _ *onnx.Value) *onnx.Value { return v.rsqrt(v.oneMinusSquare(x)) })
	acosRule = unary(func(v *vjp, x, _ *onnx.Value) *onnx.Value { return v.neg(v.rsqrt(v.oneMinusSquare(x))) })
	atanRule = unary(func(v *vjp, x, _ *onnx.Value) *onnx.Value {
		return v.op("Reciprocal", v.plus(v.square(x), 1))
	})
	sinhRule  = unary(func(v *vjp, x, _ *onnx.Value) *onnx.Value { return v.op("Cosh", x) })
	coshRule  = unary(func(v *vjp, x, _ *onnx.Value) *onnx.Value { return v.op("Sinh", x) })
	tanhRule  = unary(func(v *vjp, _, y *onnx.Value) *onnx.Value { return v.oneMinusSquare(y) })
	asinhRule = unary(func(v *vjp, x, _ *onnx.Value) *onnx.Value { return v.rsqrt(v.plus(v.square(x), 1)) })
	acoshRule = unary(func(v *vjp, x, _ *onnx.Value) *onnx.Value { return v.rsqrt(v.plus(v.square(x), -1)) })
	atanhRule = unary(func(v *vjp, x, _ *onnx.Value) *onnx.Value { return v.op("Reciprocal", v.oneMinusSquare(x)) })
)

func (t *tape) rsqrt(x *onnx.Value) *onnx.Value { return t.op("Reciprocal", t.op("Sqrt", x)) }

func (t *tape) oneMinusSquare(x *onnx.Value) *onnx.Value { return t.sub(t.num(1, x), t.square(x)) }

var addRule = rule{vjp: func(v *vjp) {
	v.giveSum(0, v.g)
	v.giveRight(v.g)
}}

var subRule = rule{vjp: func(v *vjp) {
	v.giveSum(0, v.g)
	v.giveRight(v.neg(v.g))
}}

var mulRule = rule{vjp: func(v *vjp) {
	if v.wants(0) {
		v.giveSum(0, v.mul(v.g, v.right()))
	}
	if v.wants(1) {
		v.giveRight(v.mul(v.g, v.x(0)))
	}
}}

var divRule = rule{vjp: func(v *vjp) {
	d := v.div(v.g, v.right())
	v.giveSum(0, d)
	if v.wants(1) {
		v.giveRight(v.neg(v.mul(d, v.y(0))))
	}
}}

// A base of 0 has no logarithm; its power stays 0 when the exponent moves.
var powRule = rule{vjp: func(v *vjp) {
	a, b := v.x(0), v.op("CastLike", v.right(), v.x(0))
	if v.wants(0) {
		lower := v.op("Pow", a, v.plus(b, -1))
		isZero := v.op("Equal", b, v.num(0, b))
		v.giveSum(0, v.mul(v.g, v.where(isZero, nil, v.mul(b, lower))))
	}
	if v.wants(1) {
		isZero := v.op("Equal", a, v.num(0, a))
		log := v.op("Log", v.where(isZero, v.num(1, a), a))
		v.giveRight(v.op("CastLike", v.mul(v.g, v.mul(v.y(0), log)), v.x(1)))
	}
}}

// With fmod the quotient is cut towards zero, without it down.
var modRule = rule{vjp: func(v *vjp) {
	v.giveSum(0, v.g)
	if v.wants(1) {
		q := v.div(v.sub(v.x(0), v.y(0)), v.x(1))
		v.giveSum(1, v.neg(v.mul(v.g, v.op("Round", q))))
	}
}}

// right is the second operand. Before version 7 the attribute axis may say
// which dimension of the first its first one meets.
func (v *vjp) right() *onnx.Value {
	axis := v.n.Attr("axis")
	if v.n.Opset >= 7 || axis == nil || v.int("broadcast", 0) == 0 {
		return v.x(1)
	}
	at := v.ints(axis.Int)
	if axis.Int < 0 {
		at = v.addOp(at, v.rank(v.x(0)))
	}
	ones := v.fill(1, v.sub(v.sub(v.rank(v.x(0)), at), v.rank(v.x(1))))
	return v.reshape(v.x(1), v.concat(v.shape(v.x(1)), ones))
}

// giveRight is giveSum for the second operand.
func (v *vjp) giveRight(d *onnx.Value) {
	if !v.wants(1) {
		return
	}
	if r := v.right(); r != v.x(1) {
		v.give(1, v.reshapeLike(v.sumTo(d, r), v.x(1)))
		return
	}
	v.giveSum(1, d)
}

var sumRule = rule{vjp: func(v *vjp) {
	for i := range v.n.Inputs {
		if v.wants(i) {
			v.giveSum(i, v.g)
		}
	}
}}

var meanRule = rule{vjp: func(v *vjp) {
	g := v.scale(1/float64(max(len(v.n.Inputs), 1)), v.g)
	for i := range v.n.Inputs {
		if v.wants(i) {
			v.giveSum(i, g)
		}
	}
}}

// Where several inputs are the largest (smallest), they share.
var extremeRule = rule{vjp: func(v *vjp) {
	var masks []*onnx.Value
	for _, x := range v.n.Inputs {
		masks = append(masks, v.op("CastLike", v.op("Equal", x, v.y(0)), v.g))
	}
	share := v.div(v.g, v.op("Sum", masks...))
	for i := range v.n.Inputs {
		if v.wants(i) {
			v.giveSum(i, v.mul(share, masks[i]))
		}
	}
}}

var whereRule = rule{inputs: []int{1, 2}, vjp: func(v *vjp) {
	if v.wants(1) {
		v.giveSum(1, v.where(v.x(0), v.g, nil))
	}
	if v.wants(2) {
		v.giveSum(2, v.where(v.x(0), nil, v.g))
	}
}}

// The bounds are attributes up to version 10. Where they cross, the upper one
// wins.
var clipRule = rule{vjp: func(v *vjp) {
	x, lo, hi := v.x(0), v.x(1), v.x(2)
	if v.n.Opset < 11 {
		lo, hi = nil, nil
		if v.n.Attr("min") != nil {
			lo = v.num(v.float("min", 0), x)
		}
		if v.n.Attr("max") != nil {
			hi = v.num(v.float("max", 0), x)
		}
	}
	g, raised := v.g, x
	if lo != nil {
		raised = v.op("Max", x, lo)
	}
	if hi != nil {
		over := v.op("Greater", raised, hi)
		if v.wants(2) {
			v.giveSum(2, v.where(over, g, nil))
		}
		g = v.where(over, nil, g)
	}
	if lo != nil {
		under := v.op("Less", x, lo)
		if v.wants(1) {
			v.giveSum(1, v.where(under, g, nil))
		}
		g = v.where(under, nil, g)
	}
	v.give(0, g)
}}

var identityRule = rule{inputs: []int{0}, vjp: func(v *vjp) { v.give(0, v.g) }}

var castRule = rule{inputs: []int{0}, vjp: func(v *vjp) { v.give(0, v.op("CastLike", v.g, v.x(0))) }}

// The mask and the ratio say what training let through.
var dropoutRule = rule{inputs: []int{0}, vjp: func(v *vjp) {
	training := v.x(2)
	if v.n.Opset >= 7 && v.n.Opset < 12 || v.n.Opset < 7 && v.int("is_test", 0) != 0 || v.n.Opset >= 12 && training == nil {
		v.give(0, v.g)
		return
	}
	g := v.mul(v.g, v.op("CastLike", v.y(1), v.g))
	kept := v.num(1-v.float("ratio", 0.5), g)
	if v.n.Opset >= 12 {
		kept = v.keptPart()
	}
	v.give(0, v.div(g, kept))
}}

// keptPart is what a Dropout divides by: the part of the elements that is kept
// in training, 1 otherwise.
func (v *vjp) keptPart() *onnx.Value {
	x, ratio := v.x(0), v.num(0.5, v.x(0))
	if v.x(1) != nil {
		ratio = v.op("CastLike", v.x(1), x)
	}
	return v.where(v.x(2), v.sub(v.num(1, x), ratio), v.num(1, x))
}
