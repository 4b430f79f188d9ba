//go:build 386 || amd64 || arm || arm64 || wasm

package onnxgo

import (
	"fmt"
	"maps"
	"slices"

	onnxgo "github.com/owulveryck/onnx-go"
	gorgonia "gorgonia.org/tensor"

	"github.com/onnxrun/onnxrun/onnx"
)

// attributes converts the attributes of an operation, whose Go types are those
// that onnx-go decodes.
func attributes(o onnxgo.Operation) ([]*onnx.Attr, error) {
	var l []*onnx.Attr
	for _, name := range slices.Sorted(maps.Keys(o.Attributes)) {
		a := &onnx.Attr{Name: name}
		switch v := o.Attributes[name].(type) {
		case float32:
			a.Kind, a.Float = onnx.AttrFloat, v
		case int64:
			a.Kind, a.Int = onnx.AttrInt, v
		case string:
			a.Kind, a.String = onnx.AttrString, v
		case []float32:
			a.Kind, a.Floats = onnx.AttrFloats, v
		case []int64:
			a.Kind, a.Ints = onnx.AttrInts, v
		case []string:
			a.Kind, a.Strings = onnx.AttrStrings, v
		case gorgonia.Tensor:
			t, err := fromGorgonia(v)
			if err != nil {
				return nil, fmt.Errorf("operator %s: attribute %s: %w", o.Name, name, err)
			}
			a.Kind, a.Tensor = onnx.AttrTensor, t
		default:
			return nil, &onnxgo.ErrNotImplemented{
				Operator:       o.Name,
				AttributeName:  name,
				AttributeValue: v,
				Message:        fmt.Sprintf("a %T is no attribute", v),
			}
		}
		l = append(l, a)
	}
	return l, nil
}
