package optimize

import (
	"slices"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/tensor"
)

// foldConvScale turns
//
//	y = conv(x, W, b) · s
//	y = conv(x, W, b) + s
//
// with one constant s for each output channel, or one for all, into a convolution
// with the weights W·s and the bias b·s, or the bias b + s: the spelling of a batch
// normalization that has been computed already. Transposed convolutions are folded
// in the same way.
func foldConvScale(g *graph) {
	uses := g.uses()
	for _, b := range g.bodies() {
		b.Nodes = slices.DeleteFunc(b.Nodes, func(n *onnx.Node) bool {
			if n.Domain != "" || n.OpType != "Mul" && n.OpType != "Add" || n.Opset < oldest || len(n.Inputs) != 2 || !single(n) {
				return false
			}
			at := 0
			if constantOf(n.Inputs[0]) != nil {
				at = 1
			}
			v, s := n.Inputs[at], floatConstant(n.Inputs[1-at])
			if v == nil || s == nil || v.Producer == nil || v.Graph != b || uses[v] != 1 {
				return false
			}
			conv := v.Producer
			if conv.OpType != "Conv" && conv.OpType != "ConvTranspose" || conv.Domain != "" || len(conv.Inputs) < 2 || !single(conv) {
				return false
			}
			w, bias, ok := scaled(conv, s, n.OpType == "Mul")
			if !ok {
				return false
			}
			name := n.Outputs[0].Name
			conv.Inputs = []*onnx.Value{conv.Inputs[0], conv.Inputs[1], newConstant(b, name+"/B", bias)}
			if w != nil {
				conv.Inputs[1] = newConstant(b, name+"/W", w)
			}
			conv.Outputs[0] = n.Outputs[0]
			n.Outputs[0].Producer = conv
			return true
		})
	}
}

// scaled returns the weights, nil if they stay, and the bias of a convolution whose
// channels are multiplied with s, or have it added; ok is false where the operands
// are not constants of matching float32 shapes.
func scaled(conv *onnx.Node, s *tensor.Tensor, multiply bool) (w, b *tensor.Tensor, ok bool) {
	wt := floatConstant(conv.Inputs[1])
	if wt == nil || wt.Rank() < 3 || wt.Len() == 0 || s.Rank() > wt.Rank() {
		return nil, nil, false
	}
	m, channel := channelsOf(conv, wt)
	// The channels are as many dimensions from the end as the image's.
	at := s.Rank() - (wt.Rank() - 1)
	if m < 1 || s.Len() != 1 && (s.Len() != m || at < 0 || s.Dim(at) != m) {
		return nil, nil, false
	}
	bias := make([]float32, m)
	if len(conv.Inputs) > 2 && conv.Inputs[2] != nil {
		t := floatConstant(conv.Inputs[2])
		if t == nil || t.Len() != m {
			return nil, nil, false
		}
		copy(bias, tensor.Data[float32](t))
	}
	factor := func(i int) float32 { return tensor.Data[float32](s)[i%s.Len()] } // of m or 1
	if !multiply {
		for i := range bias {
			bias[i] += factor(i)
		}
		return nil, tensor.Of(tensor.Shape{m}, bias...), true
	}
	for i := range bias {
		bias[i] *= factor(i)
	}
	w = wt.Clone()
	d := tensor.Data[float32](w)
	for i := range d {
		d[i] *= factor(channel(i))
	}
	return w, tensor.Of(tensor.Shape{m}, bias...), true
}
