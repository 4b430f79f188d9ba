package ml

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// ZipMap makes a map from labels, in ascending order, to scores of every row.
// The scores are views of the input.
var zipMap1 = ops.Def{
	Domain: domain, Name: "ZipMap", Since: 1,
	Sig: "X:float32 -> Z:any",
	New: func(n *ops.Node) (ops.Kernel, error) {
		l, err := readLabels(n, "classlabels_strings", "classlabels_int64s")
		if err != nil {
			return nil, err
		}
		k := &zipMap{labels: l.len()}
		if l.strs != nil {
			var keys []string
			keys, k.columns = distinct(l.strs)
			k.keys = tensor.Of(tensor.Shape{len(keys)}, keys...)
		} else {
			var keys []int64
			keys, k.columns = distinct(l.ints)
			k.keys = tensor.Of(tensor.Shape{len(keys)}, keys...)
		}
		return k, nil
	},
}

type zipMap struct {
	labels  int
	keys    *tensor.Tensor
	columns []int // of each key; the last one of its name
}

// distinct returns the labels in ascending order.
func distinct[T cmp.Ordered](l []T) (keys []T, columns []int) {
	at := make(map[T]int, len(l))
	for i, v := range l {
		at[v] = i
	}
	keys = slices.Sorted(maps.Keys(at))
	for _, v := range keys {
		columns = append(columns, at[v])
	}
	return keys, columns
}

func (k *zipMap) Run(c *ops.Call) error {
	x := c.Tensor(0)
	n, f, err := rowsOf(x)
	if err != nil {
		return err
	}
	if f != k.labels {
		return fmt.Errorf("input 0 (X): got %v, want %d columns, one for each label", x, k.labels)
	}
	flat, err := x.Reshape(tensor.Shape{n * f})
	if err != nil {
		return err
	}
	scalar := tensor.Type{Kind: tensor.KindTensor, Elem: tensor.F32, HasShape: true}
	seq := &tensor.Sequence{
		Of:    tensor.Type{Kind: tensor.KindMap, Elem: k.keys.DType(), Of: &scalar},
		Elems: make([]tensor.Value, n),
	}
	cells := make([]tensor.Tensor, n*len(k.columns))
	for r := range n {
		m := &tensor.Map{Of: scalar, Keys: k.keys, Values: make([]tensor.Value, len(k.columns))}
		for i, col := range k.columns {
			cell := &cells[r*len(k.columns)+i]
			*cell = *flat.At(r*f + col)
			m.Values[i] = cell
		}
		seq.Elems[r] = m
	}
	c.SetOutput(0, seq)
	return nil
}
