package ml

import (
	"fmt"

	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// DictVectorizer makes a row of the values of a map, each at the position of
// its key in the vocabulary. Keys that the map does not have give zeros or
// empty strings.
var dictVectorizer1 = ops.Def{
	Domain: domain, Name: "DictVectorizer", Since: 1,
	Sig:   "X:any -> Y:T2",
	Types: ops.Types{"T2": tensor.SetOf(tensor.I64, tensor.F32, tensor.F64, tensor.Str)},
	New: func(n *ops.Node) (ops.Kernel, error) {
		if err := only(n, "string_vocabulary", "int64_vocabulary"); err != nil {
			return nil, err
		}
		if n.Has("string_vocabulary") {
			return &dictVectorizer[string]{n.Strings("string_vocabulary")}, nil
		}
		return &dictVectorizer[int64]{int64s(n.Ints("int64_vocabulary"))}, nil
	},
}

type dictVectorizer[K string | int64] struct{ vocabulary []K }

func (k *dictVectorizer[K]) Run(c *ops.Call) error {
	m, ok := c.Inputs[0].(*tensor.Map)
	if !ok || m.Keys.DType() != tensor.DTypeOf[K]() {
		return fmt.Errorf("input 0 (X): got %s, want a map from %v", tensor.Describe(c.Inputs[0]), tensor.DTypeOf[K]())
	}
	d := m.Of.Elem
	if len(m.Values) > 0 {
		d = m.Values[0].Type().Elem
	}
	if !tensor.SetOf(tensor.I64, tensor.F32, tensor.F64, tensor.Str).Has(d) {
		return fmt.Errorf("input 0 (X): got %s, want values of int64, float32, float64 or string", tensor.Describe(m))
	}
	y, err := c.Output(0, d, tensor.Shape{1, len(k.vocabulary)})
	if err != nil {
		return err
	}
	at := make(map[K]int, len(m.Values))
	for i, key := range tensor.Data[K](m.Keys) {
		at[key] = i
	}
	for i, key := range k.vocabulary {
		p, ok := at[key]
		if !ok {
			tensor.ZeroElems(y, i, 1)
			continue
		}
		v, ok := m.Values[p].(*tensor.Tensor)
		if !ok || v.Len() != 1 || v.DType() != d {
			return fmt.Errorf("input 0 (X): key %v: got %s, want one %v", key, tensor.Describe(m.Values[p]), d)
		}
		tensor.CopyElems(y, i, v, 0, 1)
	}
	return nil
}
