package optest

import (
	"fmt"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/tensor"
)

// Builder builds graphs for tests node by node.
type Builder struct {
	Graph  *onnx.Graph
	Opset  int
	outer  *Builder
	values map[string]*onnx.Value
}

// NewGraph returns a builder of a model's graph.
func NewGraph(opset int) *Builder {
	return &Builder{Graph: &onnx.Graph{Name: "g"}, Opset: opset, values: map[string]*onnx.Value{}}
}

// Body returns a builder of a sub-graph, which may use the values of b by name.
func (b *Builder) Body(name string) *Builder {
	s := NewGraph(b.Opset)
	s.Graph.Name, s.Graph.Outer, s.outer = name, b.Graph, b
	return s
}

// Input declares a graph input; dims may be numbers, -1 for an unknown one, or
// names.
func (b *Builder) Input(name string, d tensor.DType, dims ...any) *Builder {
	v := &onnx.Value{Name: name, Type: typeOf(d, dims), Graph: b.Graph, IsInput: true}
	b.Graph.Inputs = append(b.Graph.Inputs, v)
	b.values[name] = v
	return b
}

func typeOf(d tensor.DType, dims []any) tensor.Type {
	t := tensor.TensorOf(d)
	t.HasShape = true
	for _, x := range dims {
		switch x := x.(type) {
		case int:
			t.Dims = append(t.Dims, tensor.Dim{Size: x})
		case string:
			t.Dims = append(t.Dims, tensor.Dim{Size: -1, Name: x})
		}
	}
	return t
}

// Const adds an initializer.
func (b *Builder) Const(name string, t *tensor.Tensor) *Builder {
	v := &onnx.Value{Name: name, Type: t.Type(), Const: t, Graph: b.Graph}
	b.Graph.Initializers = append(b.Graph.Initializers, v)
	b.values[name] = v
	return b
}

// Node adds a node. Inputs and outputs are names, "" where one is absent; an
// attribute may also be a *Builder, a sub-graph.
func (b *Builder) Node(op string, inputs, outputs []string, attrs Attrs) *Builder {
	n := &onnx.Node{Name: fmt.Sprintf("%s_%d", op, len(b.Graph.Nodes)), OpType: op, Opset: b.Opset}
	for _, name := range inputs {
		n.Inputs = append(n.Inputs, b.lookup(name))
	}
	for _, name := range outputs {
		if name == "" {
			n.Outputs = append(n.Outputs, nil)
			continue
		}
		v := &onnx.Value{Name: name, Graph: b.Graph, Producer: n}
		b.values[name] = v
		n.Outputs = append(n.Outputs, v)
	}
	for name, a := range attrs {
		if s, ok := a.(*Builder); ok {
			n.Attrs = append(n.Attrs, &onnx.Attr{Name: name, Kind: onnx.AttrGraph, Graph: s.Graph})
			continue
		}
		n.Attrs = append(n.Attrs, attr(name, a))
	}
	b.Graph.Nodes = append(b.Graph.Nodes, n)
	return b
}

func (b *Builder) lookup(name string) *onnx.Value {
	if name == "" {
		return nil
	}
	for s := b; s != nil; s = s.outer {
		if v := s.values[name]; v != nil {
			return v
		}
	}
	return &onnx.Value{Name: name}
}

// Output declares graph outputs.
func (b *Builder) Output(names ...string) *Builder {
	for _, name := range names {
		b.Graph.Outputs = append(b.Graph.Outputs, b.lookup(name))
	}
	return b
}

// Model returns the model.
func (b *Builder) Model() *onnx.Model {
	return &onnx.Model{IRVersion: 10, Opsets: []onnx.OpsetID{{Domain: "", Version: int64(b.Opset)}}, Graph: b.Graph}
}
