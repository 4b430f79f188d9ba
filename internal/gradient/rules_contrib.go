package gradient

import (
	"fmt"

	"github.com/onnxrun/onnxrun/onnx"
)

// The operators of com.microsoft that exporters and optimizers of graphs for
// training write most.

var quickGeluRule = expandTo(func(v *vjp) *onnx.Value {
	return v.mul(v.x(0), v.op("Sigmoid", v.scale(v.float("alpha", 1.702), v.x(0))))
}, 0)

// biasGeluRule is Gelu of a sum; that with a tangent may lack the second term.
func biasGeluRule(tangent bool) rule {
	return expandTo(func(v *vjp) *onnx.Value {
		x := v.x(0)
		if v.x(1) != nil {
			x = v.addOp(x, v.x(1))
		}
		return v.gelu(x, tangent)
	}, 0, 1)
}

// simplifiedNormRule is rmsNormRule with a second output.
var simplifiedNormRule = rule{inputs: []int{0, 1}, expand: func(v *vjp) []*onnx.Value {
	x := v.x(0)
	axes := v.axesFrom(v.int("axis", -1), x)
	inv := v.invStdDev(v.mean(v.square(x), axes))
	return []*onnx.Value{v.affine(v.mul(x, inv), v.x(1), nil), inv}
}}

// skipNormRule normalizes the sum of two values and a bias, which stands at the
// given input, around its mean or as it is.
func skipNormRule(center bool, bias int) rule {
	return rule{expand: func(v *vjp) []*onnx.Value {
		sum := v.addOp(v.x(0), v.x(1))
		if v.x(bias) != nil {
			sum = v.addOp(sum, v.x(bias))
		}
		last := v.ints(-1)
		mean, d := v.mean(sum, last), sum
		var beta *onnx.Value
		if center {
			d, beta = v.sub(sum, mean), v.x(3)
		}
		inv := v.rsqrt(v.plus(v.mean(v.square(d), last), v.float("epsilon", 1e-12)))
		return []*onnx.Value{v.affine(v.mul(d, inv), v.x(2), beta), mean, inv, sum}
	}}
}

// fusedMatMulRule: the transposes are labels of an Einsum.
var fusedMatMulRule = expandTo(func(v *vjp) *onnx.Value {
	if v.int("transBatchA", 0) != 0 || v.int("transBatchB", 0) != 0 {
		v.unsupported("no derivative is known with transposed batches")
		return v.x(0)
	}
	a, b := "mk", "kn"
	if v.int("transA", 0) != 0 {
		a = "km"
	}
	if v.int("transB", 0) != 0 {
		b = "nk"
	}
	y := v.with("Einsum", attrs("equation", fmt.Sprintf("...%s,...%s->...mn", a, b)), v.x(0), v.x(1))
	return v.scale(v.float("alpha", 1), y)
})

// inverseRule: d(X⁻¹) = -X⁻¹ dX X⁻¹
var inverseRule = rule{vjp: func(v *vjp) {
	y := v.y(0)
	v.give(0, v.neg(v.with("Einsum", attrs("equation", "...ji,...jk,...lk->...il"), y, v.g, y)))
}}
