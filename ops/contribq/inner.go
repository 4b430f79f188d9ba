package contribq

import (
	"fmt"
	"sync"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/array"
	"github.com/onnxrun/onnxrun/ops/contrib"
	"github.com/onnxrun/onnxrun/ops/math"
	"github.com/onnxrun/onnxrun/ops/nn"
	"github.com/onnxrun/onnxrun/ops/normalization"
	"github.com/onnxrun/onnxrun/tensor"
)

// registry has the operators that stand within those of this package.
var registry = sync.OnceValue(func() *ops.Registry {
	return ops.NewRegistry(array.Defs, contrib.Defs, math.Defs, nn.Defs, normalization.Defs)
})

// opset is the version of the operators within.
const opset = 21

// inner describes an operator within another.
type inner struct {
	op     string
	domain string
	opset  int // 0: opset
	attrs  []*onnx.Attr
	// constants are its inputs as far as they are known, nil where not; as many
	// as it has.
	constants []*tensor.Tensor
}

func (in inner) build() (ops.Kernel, error) {
	node := &onnx.Node{OpType: in.op, Domain: in.domain, Opset: in.opset, Attrs: in.attrs, Outputs: []*onnx.Value{{}}}
	if in.opset == 0 {
		node.Opset = opset
	}
	for range in.constants {
		node.Inputs = append(node.Inputs, &onnx.Value{})
	}
	_, k, err := registry().Build(node, func(i int) tensor.Value {
		if t := in.constants[i]; t != nil {
			return t
		}
		return nil
	})
	return k, err
}

// call runs an inner operator for its output i; absent inputs are nil. The
// output is to be released.
func call(c *ops.Call, k ops.Kernel, outputs int, in ...*tensor.Tensor) ([]*tensor.Tensor, error) {
	sub := *c
	sub.Wanted, sub.Last, sub.Reuse = nil, nil, nil
	sub.Outputs = make([]tensor.Value, outputs)
	sub.Inputs = make([]tensor.Value, len(in))
	for i, t := range in {
		if t != nil {
			sub.Inputs[i] = t
		}
	}
	if err := k.Run(&sub); err != nil {
		return nil, err
	}
	out := make([]*tensor.Tensor, outputs)
	for i, v := range sub.Outputs {
		out[i], _ = v.(*tensor.Tensor)
	}
	return out, nil
}

// pass returns attributes of a node for an inner one.
func pass(n *ops.Node, names ...string) []*onnx.Attr {
	n.Ignore(names...)
	var l []*onnx.Attr
	for _, name := range names {
		if a := n.Attr(name); a != nil {
			l = append(l, a)
		}
	}
	return l
}

// standard returns the build function of an operator of the standard that an
// operator here shares.
func standard(table []ops.Def, name string, since int) func(*ops.Node) (ops.Kernel, error) {
	for i := range table {
		if table[i].Name == name && table[i].Since == since {
			return table[i].New
		}
	}
	panic(fmt.Sprintf("no operator %s %d", name, since))
}
