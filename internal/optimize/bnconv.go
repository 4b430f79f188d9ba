package optimize

import (
	"math"
	"slices"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/tensor"
)

// foldBatchNormConv turns
//
//	y = conv(scale · (x − mean) / √(var + ε) + B, W, b)
//
// into one convolution with the weights W·s of each input channel and the bias
// b + Σ W·(B − mean·s), where s = scale / √(var + ε). Where zeros are padded to the
// normalized image, no bias says what they come to, and everything stays.
func foldBatchNormConv(g *graph) {
	uses, keep := g.uses(), g.protected()
	r := renaming{}
	for _, b := range g.bodies() {
		gone := map[*onnx.Node]bool{}
		for _, conv := range b.Nodes {
			r.read(conv)
			if conv.OpType != "Conv" || conv.Domain != "" || len(conv.Inputs) < 2 || conv.Inputs[0] == nil || !unpadded(conv) {
				continue
			}
			v := conv.Inputs[0]
			bn := v.Producer
			if bn == nil || bn.OpType != "BatchNormalization" || bn.Domain != "" || gone[bn] || v.Graph != b || uses[v] != 1 || keep[v] || !infers(bn) {
				continue
			}
			w, bias, ok := absorbed(conv, bn)
			if !ok {
				continue
			}
			name := conv.Outputs[0].Name
			conv.Inputs = []*onnx.Value{bn.Inputs[0], newConstant(b, name+"/W", w), newConstant(b, name+"/B", bias)}
			gone[bn] = true
		}
		b.Nodes = slices.DeleteFunc(b.Nodes, func(n *onnx.Node) bool { return gone[n] })
	}
}

// unpadded reports whether a convolution is certain to read nothing beyond its image.
func unpadded(conv *onnx.Node) bool {
	if a := conv.Attr("auto_pad"); a != nil && a.String != "" && a.String != "NOTSET" && a.String != "VALID" {
		return false
	}
	a := conv.Attr("pads")
	return a == nil || !slices.ContainsFunc(a.Ints, func(p int64) bool { return p != 0 })
}

// absorbed returns the weights and bias of the convolution that normalizes first; ok
// is false where the operands are not constants of matching float32 shapes.
func absorbed(conv, bn *onnx.Node) (w, b *tensor.Tensor, ok bool) {
	wt := floatConstant(conv.Inputs[1])
	group := intOf(conv, "group", 1)
	if wt == nil || wt.Rank() < 3 || wt.Len() == 0 || group < 1 || wt.Dim(0)%group != 0 || conv.Outputs[0] == nil {
		return nil, nil, false
	}
	features, each := wt.Dim(0), wt.Dim(1)
	var stats [4][]float32
	for i := range stats {
		t := floatConstant(bn.Inputs[1+i])
		if t == nil || t.Len()%group != 0 || t.Len()/group != each {
			return nil, nil, false
		}
		stats[i] = tensor.Data[float32](t)
	}
	bias := make([]float32, features)
	if len(conv.Inputs) > 2 && conv.Inputs[2] != nil {
		t := floatConstant(conv.Inputs[2])
		if t == nil || t.Len() != features {
			return nil, nil, false
		}
		copy(bias, tensor.Data[float32](t))
	}
	epsilon := float32(1e-5)
	if a := bn.Attr("epsilon"); a != nil {
		epsilon = a.Float
	}
	w = wt.Clone()
	wd, size := tensor.Data[float32](w), wt.Shape().Span(2, wt.Rank())
	for f := range features {
		sum := float64(bias[f])
		for j := range each {
			c := f/(features/group)*each + j
			s := float64(stats[0][c]) / math.Sqrt(float64(stats[3][c])+float64(epsilon))
			shift := float64(stats[1][c]) - float64(stats[2][c])*s
			row := wd[(f*each+j)*size:][:size]
			for i, v := range row {
				sum += float64(v) * shift
				row[i] = float32(float64(v) * s)
			}
		}
		bias[f] = float32(sum)
	}
	return w, tensor.Of(tensor.Shape{features}, bias...), true
}
