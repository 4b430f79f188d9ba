package gradient

import "github.com/onnxrun/onnxrun/onnx"

var nllLossRule = expandTo(func(v *vjp) *onnx.Value { return v.nll(v.x(0)) }, 0, 2)

var softmaxCrossEntropyRule = rule{inputs: []int{0, 2}, expand: func(v *vjp) []*onnx.Value {
	log := v.with("LogSoftmax", attrs("axis", 1), v.x(0))
	return []*onnx.Value{v.nll(log), log}
}}

// nll is the negative log likelihood of the labels (input 1), weighted by input
// 2, of log probabilities [N, C, …].
func (v *vjp) nll(log *onnx.Value) *onnx.Value {
	labels := v.with("Cast", attrs("to", 7), v.x(1)) // int64
	ignored := v.op("Equal", labels, v.ints(v.int("ignore_index", 0)))
	ignores := v.n.Attr("ignore_index") != nil
	if ignores {
		labels = v.where(ignored, v.ints(0), labels)
	}
	one := v.ints(1)
	picked := v.with("GatherElements", attrs("axis", 1), log, v.op("Unsqueeze", labels, one))
	loss := v.neg(v.op("Squeeze", picked, one))
	weights := v.expandLike(v.num(1, log), labels)
	if v.x(2) != nil {
		weights = v.op("Gather", v.x(2), labels)
	}
	if ignores {
		weights = v.where(ignored, nil, weights)
	}
	loss = v.mul(loss, weights)
	all := attrs("keepdims", 0)
	switch v.str("reduction", "mean") {
	case "none":
		return loss
	case "sum":
		return v.with("ReduceSum", all, loss)
	}
	return v.div(v.with("ReduceSum", all, loss), v.with("ReduceSum", all, weights))
}
