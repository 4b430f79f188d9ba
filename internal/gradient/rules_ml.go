package gradient

import (
	"slices"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/tensor"
)

// The operators of ai.onnx.ml take any numbers and give float32.

func (v *vjp) floats(name string) []float32 {
	if a := v.n.Attr(name); a != nil && a.Kind == onnx.AttrFloats {
		return a.Floats
	}
	return nil
}

// features is the input as float32.
func (v *vjp) features(i int) *onnx.Value {
	return v.with("Cast", attrs("to", int(tensor.F32)), v.x(i))
}

// vector is a constant.
func (t *tape) vector(l []float32, def ...float32) *onnx.Value {
	if len(l) == 0 {
		l = def
	}
	return t.constant(tensor.Of(tensor.Shape{len(l)}, l...))
}

var scalerRule = expandTo(func(v *vjp) *onnx.Value {
	return v.mul(v.sub(v.features(0), v.vector(v.floats("offset"), 0)), v.vector(v.floats("scale"), 1))
}, 0)

var normalizerRule = expandTo(func(v *vjp) *onnx.Value {
	x := v.features(0)
	op := map[string]string{"L1": "ReduceL1", "L2": "ReduceL2"}[v.str("norm", "MAX")]
	if op == "" {
		op = "ReduceMax"
	}
	d := v.op(op, x, v.ints(-1))
	return v.div(x, v.where(v.op("Equal", d, v.num(0, d)), v.num(1, d), d))
}, 0)

// imputerRule: what is not replaced stays as it is.
var imputerRule = rule{vjp: func(v *vjp) { v.give(0, v.where(v.op("Equal", v.x(0), v.y(0)), v.g, nil)) }}

var arrayFeatureExtractorRule = expandTo(func(v *vjp) *onnx.Value {
	return v.reshapeLike(v.with("Gather", attrs("axis", -1), v.x(0), v.flat(v.x(1))), v.y(0))
}, 0)

// featureVectorizerRule: columns side by side, cut or filled up to a width.
var featureVectorizerRule = expandTo(func(v *vjp) *onnx.Value {
	widths := v.list("inputdimensions")
	var l []*onnx.Value
	for i := range v.n.Inputs {
		x := v.features(i)
		first := v.op("Slice", v.shape(x), v.ints(0), v.op("Min", v.ints(1), v.sub(v.rank(x), v.ints(1))))
		rows := v.prod(first) // 1 of a vector
		x = v.reshape(x, v.concat(rows, v.div(v.size(x), v.op("Max", rows, v.ints(1)))))
		if i < len(widths) {
			x = v.op("Pad", x, v.concat(v.ints(0), v.sub(v.ints(widths[i]), v.dim(x, 1))), nil, v.ints(1))
		}
		l = append(l, x)
	}
	return v.with("Concat", attrs("axis", 1), l...)
})

// linear is a function of each row for each target.
func (v *vjp) linear(targets int, intercepts []float32) *onnx.Value {
	c := v.floats("coefficients")
	if targets < 1 || len(c) == 0 || len(c)%targets != 0 {
		v.unsupported("%d coefficients for %d targets", len(c), targets)
		return v.x(0)
	}
	weights := v.constant(tensor.Of(tensor.Shape{targets, len(c) / targets}, c...))
	x := v.reshape(v.features(0), v.ints(-1, int64(len(c)/targets)))
	return v.with("Gemm", attrs("transB", 1), x, weights, v.vector(intercepts, 0))
}

// transformed applies the attribute post_transform to scores of n columns.
func (v *vjp) transformed(s *onnx.Value, n int) *onnx.Value {
	switch how := v.str("post_transform", "NONE"); {
	case how == "LOGISTIC":
		return v.op("Sigmoid", s)
	case how == "SOFTMAX" && n > 1:
		return v.op("Softmax", s)
	case how == "PROBIT" || how == "SOFTMAX_ZERO" && n > 1:
		v.unsupported("post_transform %s has no derivative", how)
	}
	return s
}

var linearRegressorRule = expandTo(func(v *vjp) *onnx.Value {
	targets := int(v.int("targets", 1))
	return v.transformed(v.linear(targets, v.floats("intercepts")), targets)
}, 0)

// linearClassifierRule: of two classes there may be a function for the second
// alone.
var linearClassifierRule = rule{inputs: []int{0}, expand: func(v *vjp) []*onnx.Value {
	classes := 0
	for _, name := range []string{"classlabels_strings", "classlabels_ints"} {
		if a := v.n.Attr(name); a != nil {
			classes = max(classes, len(a.Strings), len(a.Ints))
		}
	}
	intercepts := v.floats("intercepts")
	if len(intercepts) == 0 {
		v.unsupported("no derivative is known without intercepts")
		return nil
	}
	s := v.linear(len(intercepts), intercepts)
	if len(intercepts) == classes {
		return []*onnx.Value{nil, v.transformed(s, classes)}
	}
	first := v.sub(v.num(1, s), s)
	switch how := v.str("post_transform", "NONE"); how {
	case "LOGISTIC":
		first, s = v.op("Sigmoid", v.neg(s)), v.op("Sigmoid", s)
	case "PROBIT":
		v.unsupported("post_transform %s has no derivative", how)
	}
	return []*onnx.Value{nil, v.with("Concat", attrs("axis", 1), first, s)}
}}

// svmRegressorRule weighs how alike a row and the support vectors are.
var svmRegressorRule = rule{inputs: []int{0}, expand: func(v *vjp) []*onnx.Value {
	count := int(v.int("n_supports", 0))
	rho, c, vectors := v.floats("rho"), v.floats("coefficients"), v.floats("support_vectors")
	if v.int("one_class", 0) != 0 {
		return []*onnx.Value{v.zeros(v.y(0))}
	}
	if count <= 0 {
		return []*onnx.Value{v.transformed(v.linear(1, rho), 1)}
	}
	if len(vectors) == 0 || len(vectors)%count != 0 || len(c) != count {
		v.unsupported("%d numbers for %d vectors", len(vectors), count)
		return nil
	}
	p := slices.Concat(v.floats("kernel_params"), []float32{0, 0, 0})
	gamma, coef, degree := float64(p[0]), float64(p[1]), float64(p[2])
	size := len(vectors) / count
	x := v.reshape(v.features(0), v.ints(-1, int64(size)))
	support := v.constant(tensor.Of(tensor.Shape{count, size}, vectors...))
	alike := v.with("Gemm", attrs("transB", 1), x, support)
	switch v.str("kernel_type", "LINEAR") {
	case "POLY":
		alike = v.op("Pow", v.plus(v.scale(gamma, alike), coef), v.num(degree, alike))
	case "RBF":
		apart := v.sub(v.op("Unsqueeze", x, v.ints(1)), support)
		alike = v.op("Exp", v.scale(-gamma, v.with("ReduceSumSquare", attrs("keepdims", 0), apart, v.ints(-1))))
	case "SIGMOID":
		alike = v.op("Tanh", v.plus(v.scale(gamma, alike), coef))
	}
	weights := v.constant(tensor.Of(tensor.Shape{count, 1}, c...))
	return []*onnx.Value{v.transformed(v.addOp(v.op("MatMul", alike, weights), v.vector(rho, 0)), 1)}
}}
