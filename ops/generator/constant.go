package generator

import (
	"errors"
	"fmt"
	"strings"

	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// maxDense bounds the elements that a sparse constant may stand for: nothing in
// the file justifies the memory of its zeros.
const maxDense = 1 << 28

// Constant returns the value of its one attribute: value, from version 11 on
// sparse_value, which is returned dense, and from 12 on value_float and the
// like.
var constant1 = ops.Def{
	Name: "Constant", Since: 1,
	Sig: "-> output:T",
	New: newConstant,
}

func newConstant(n *ops.Node) (ops.Kernel, error) {
	var v *tensor.Tensor
	var err error
	var given []string
	for _, a := range n.Attrs {
		given = append(given, a.Name)
	}
	if len(given) != 1 {
		return nil, fmt.Errorf("got attributes [%s], want exactly one value", strings.Join(given, " "))
	}
	switch given[0] {
	case "value":
		v = n.Tensor("value")
	case "sparse_value":
		if s := n.SparseTensor("sparse_value"); s != nil {
			v, err = s.Dense(maxDense)
		}
	case "value_float":
		v = tensor.Scalar(n.Float("value_float", 0))
	case "value_floats":
		v, err = vector(n.Floats("value_floats"))
	case "value_int":
		v = tensor.Scalar(int64(n.Int("value_int", 0)))
	case "value_ints":
		l := n.Ints("value_ints")
		wide := make([]int64, len(l))
		for i, x := range l {
			wide[i] = int64(x)
		}
		v, err = vector(wide)
	case "value_string":
		v = tensor.Scalar(n.Str("value_string", ""))
	case "value_strings":
		v, err = vector(n.Strings("value_strings"))
	}
	if err != nil {
		return nil, fmt.Errorf("attribute %s: %w", given[0], err)
	}
	return constant{v}, nil
}

func vector[T tensor.Element](l []T) (*tensor.Tensor, error) {
	return tensor.FromSlice(tensor.Shape{len(l)}, l)
}

type constant struct{ value *tensor.Tensor }

func (k constant) Run(c *ops.Call) error {
	if k.value == nil {
		return errors.New("the value is missing")
	}
	c.SetOutput(0, k.value)
	return nil
}
