// Package optest runs single operators in tests, without a model.
package optest

import (
	"context"
	"fmt"
	"testing"

	"github.com/onnxrun/onnxrun/internal/par"
	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// Attrs are a node's attributes: float32, int, string, *tensor.Tensor,
// tensor.Type, and slices []float32, []int, []string.
type Attrs map[string]any

// Node describes a node to run.
type Node struct {
	Op      string
	Domain  string
	Opset   int
	Attrs   Attrs
	Outputs int // how many outputs are wanted; 0 means 1
	Threads int
	// Constants says that all inputs are known before the run.
	Constants bool
}

// Run builds and runs a node found in the table, and returns its outputs. A nil
// input is absent.
func Run(table []ops.Def, n Node, inputs ...tensor.Value) ([]tensor.Value, error) {
	r := ops.NewRegistry(table)
	node := &onnx.Node{Name: "test", OpType: n.Op, Domain: n.Domain, Opset: n.Opset}
	for i, v := range inputs {
		var in *onnx.Value
		if v != nil {
			in = &onnx.Value{Name: fmt.Sprint("in", i)}
		}
		node.Inputs = append(node.Inputs, in)
	}
	for i := range max(n.Outputs, 1) {
		node.Outputs = append(node.Outputs, &onnx.Value{Name: fmt.Sprint("out", i), Producer: node})
	}
	for name, v := range n.Attrs {
		node.Attrs = append(node.Attrs, attr(name, v))
	}
	constant := func(i int) tensor.Value { return nil }
	if n.Constants {
		constant = func(i int) tensor.Value { return inputs[i] }
	}
	def, kernel, err := r.Build(node, constant)
	if err != nil {
		return nil, err
	}
	if err := def.CheckInputs(inputs); err != nil {
		return nil, err
	}
	c := &ops.Call{
		Inputs:  inputs,
		Outputs: make([]tensor.Value, len(node.Outputs)),
		Arena:   &tensor.Arena{Limit: 1 << 30, Poison: true},
		Pool:    par.New(max(n.Threads, 1)),
		Ctx:     context.Background(),
		Reuse:   def.Reuse,
	}
	if err := kernel.Run(c); err != nil {
		return nil, err
	}
	return c.Outputs, nil
}

// MustRun is Run for nodes that must succeed; it returns the outputs as tensors.
func MustRun(t testing.TB, table []ops.Def, n Node, inputs ...tensor.Value) []*tensor.Tensor {
	t.Helper()
	out, err := Run(table, n, inputs...)
	if err != nil {
		t.Fatalf("%s: %v", n.Op, err)
	}
	ts := make([]*tensor.Tensor, len(out))
	for i, v := range out {
		ts[i], _ = v.(*tensor.Tensor)
	}
	return ts
}

func attr(name string, v any) *onnx.Attr {
	a := &onnx.Attr{Name: name}
	switch v := v.(type) {
	case float32:
		a.Kind, a.Float = onnx.AttrFloat, v
	case int:
		a.Kind, a.Int = onnx.AttrInt, int64(v)
	case string:
		a.Kind, a.String = onnx.AttrString, v
	case *tensor.Tensor:
		a.Kind, a.Tensor = onnx.AttrTensor, v
	case tensor.Type:
		a.Kind, a.Type = onnx.AttrTypeProto, v
	case []float32:
		a.Kind, a.Floats = onnx.AttrFloats, v
	case []int:
		a.Kind = onnx.AttrInts
		for _, i := range v {
			a.Ints = append(a.Ints, int64(i))
		}
	case []string:
		a.Kind, a.Strings = onnx.AttrStrings, v
	default:
		panic(fmt.Sprintf("attribute %s: %T", name, v))
	}
	return a
}
