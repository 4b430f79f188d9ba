package ml

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// CastMap makes a row of the values of a map from integers, in the order of
// the keys (DENSE) or each at its key (SPARSE).
var castMap1 = ops.Def{
	Domain: domain, Name: "CastMap", Since: 1,
	Sig:   "X:any -> Y:T2",
	Types: ops.Types{"T2": tensor.SetOf(tensor.Str, tensor.F32, tensor.I64)},
	New: func(n *ops.Node) (ops.Kernel, error) {
		k := &castMap{size: -1}
		switch n.Enum("cast_to", "TO_FLOAT", "TO_STRING", "TO_INT64") {
		case "TO_FLOAT":
			k.to = tensor.F32
		case "TO_STRING":
			k.to = tensor.Str
		default:
			k.to = tensor.I64
		}
		size := n.Int("max_map", 1)
		if n.Enum("map_form", "DENSE", "SPARSE") == "SPARSE" {
			if k.size = size; size < 0 {
				return nil, fmt.Errorf("attribute max_map: got %d, want a length", size)
			}
		}
		return k, nil
	},
}

type castMap struct {
	to   tensor.DType
	size int // of the sparse form, else -1
}

func (k *castMap) Run(c *ops.Call) error {
	m, ok := c.Inputs[0].(*tensor.Map)
	if !ok || m.Keys.DType() != tensor.I64 {
		return fmt.Errorf("input 0 (X): got %s, want a map from int64", tensor.Describe(c.Inputs[0]))
	}
	keys := tensor.Data[int64](m.Keys)
	order := make([]int, len(keys))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(keys[a], keys[b]) })
	size := len(keys)
	if k.size >= 0 {
		size = k.size
	}
	y, err := c.Output(0, k.to, tensor.Shape{1, size})
	if err != nil {
		return err
	}
	k.pad(y)
	for i, p := range order {
		at := i
		if k.size >= 0 {
			if keys[p] < 0 || keys[p] >= int64(size) {
				return fmt.Errorf("input 0 (X): key %d is outside of [0, %d]", keys[p], size-1)
			}
			at = int(keys[p])
		}
		if err := k.set(y, at, m.Values[p]); err != nil {
			return fmt.Errorf("input 0 (X): key %d: %w", keys[p], err)
		}
	}
	return nil
}

// pad fills y with what onnxruntime puts where no key is.
func (k *castMap) pad(y *tensor.Tensor) {
	if k.to != tensor.Str {
		tensor.ZeroElems(y, 0, y.Len())
		return
	}
	s := tensor.Data[string](y)
	for i := range s {
		s[i] = "0.f"
	}
}

func (k *castMap) set(y *tensor.Tensor, at int, v tensor.Value) error {
	t, ok := v.(*tensor.Tensor)
	if !ok || t.Len() != 1 || t.DType() != tensor.F32 && t.DType() != tensor.Str {
		return fmt.Errorf("got %s, want a float32 or a string", tensor.Describe(v))
	}
	var f float64
	if t.DType() == tensor.F32 {
		f = float64(tensor.Data[float32](t)[0])
		if k.to == tensor.Str {
			tensor.Data[string](y)[at] = strconv.FormatFloat(f, 'f', 6, 64)
			return nil
		}
	} else {
		s := tensor.Data[string](t)[0]
		if k.to == tensor.Str {
			tensor.Data[string](y)[at] = s
			return nil
		}
		s = strings.TrimSpace(s)
		if i, err := strconv.ParseInt(s, 10, 64); err == nil && k.to == tensor.I64 {
			tensor.Data[int64](y)[at] = i
			return nil
		}
		var err error
		if f, err = strconv.ParseFloat(s, 64); err != nil {
			return fmt.Errorf("%q is not a number", s)
		}
	}
	one := tensor.Of(tensor.Shape{1}, f)
	if k.to == tensor.F32 {
		tensor.Data[float32](y)[at] = float32(f)
		return nil
	}
	i, err := tensor.New(tensor.I64, one.Shape())
	if err != nil {
		return err
	}
	if err := tensor.Convert(i, one, tensor.Conversion{}); err != nil {
		return err
	}
	tensor.CopyElems(y, at, i, 0, 1)
	return nil
}
