package onnx

import (
	"errors"

	"github.com/onnxrun/onnxrun/tensor"
)

// attr encodes an AttributeProto.
func (e *encoder) attr(a *Attr) (*message, error) {
	b := &message{}
	b.string(1, a.Name)
	if a.Ref == "" {
		if err := e.attrValue(b, a); err != nil {
			return nil, err
		}
	}
	b.string(13, a.Doc)
	b.int(20, int64(a.Kind))
	b.string(21, a.Ref)
	b.add(a.unknown)
	return b, nil
}

func (e *encoder) attrValue(b *message, a *Attr) error {
	switch a.Kind {
	case AttrFloat:
		b.putFloat(2, a.Float)
	case AttrInt:
		b.putInt(3, a.Int)
	case AttrString:
		b.putString(4, a.String)
	case AttrFloats: // not packed, as the schema has it
		for _, v := range a.Floats {
			b.putFloat(7, v)
		}
	case AttrInts:
		for _, v := range a.Ints {
			b.putInt(8, v)
		}
	case AttrStrings:
		b.strings(9, a.Strings)
	case AttrTensor:
		l := a.label(0)
		l.name = a.TensorName
		c, err := e.tensor(a.Tensor, l)
		return b.field(5, c, "t", err)
	case AttrGraph:
		c, err := e.subgraph(a.Graph)
		return b.field(6, c, "g", err)
	case AttrTensors:
		for i, t := range a.Tensors {
			c, err := e.tensor(t, a.label(i))
			if err := b.field(10, c, "tensors", err); err != nil {
				return err
			}
		}
	case AttrGraphs:
		for _, g := range a.Graphs {
			c, err := e.subgraph(g)
			if err := b.field(11, c, "graphs", err); err != nil {
				return err
			}
		}
	case AttrTypeProto:
		b.message(14, typeProto(a.Type))
	case AttrTypeProtos:
		for _, t := range a.Types {
			b.message(15, typeProto(t))
		}
	case AttrSparseTensor:
		c, err := e.sparse(a.Sparse, label{})
		return b.field(22, c, "sparse_tensor", err)
	case AttrSparseTensors:
		for _, s := range a.SparseTensors {
			c, err := e.sparse(s, label{})
			if err := b.field(23, c, "sparse_tensors", err); err != nil {
				return err
			}
		}
	}
	return nil
}

// label returns what the message of tensor i said besides its value.
func (a *Attr) label(i int) label {
	if i < len(a.labels) {
		return a.labels[i]
	}
	return label{}
}

// field adds a message, or returns the error of encoding it.
func (m *message) field(num int, c *message, name string, err error) error {
	if err == nil {
		m.message(num, c)
	}
	return at(name, err)
}

func (e *encoder) subgraph(g *Graph) (*message, error) {
	if g == nil {
		return nil, errors.New("the graph is missing")
	}
	return e.graph(g)
}

// typeProto encodes a TypeProto.
func typeProto(t tensor.Type) *message {
	m, c := &message{}, &message{}
	switch t.Kind {
	case tensor.KindTensor, tensor.KindSparse:
		c.int(1, int64(t.Elem))
		if t.HasShape {
			c.message(2, shapeProto(t.Dims))
		}
		m.message(map[tensor.Kind]int{tensor.KindTensor: 1, tensor.KindSparse: 8}[t.Kind], c)
	case tensor.KindSequence, tensor.KindOptional:
		if t.Of != nil {
			c.message(1, typeProto(*t.Of))
		}
		m.message(map[tensor.Kind]int{tensor.KindSequence: 4, tensor.KindOptional: 9}[t.Kind], c)
	case tensor.KindMap:
		c.int(1, int64(t.Elem))
		if t.Of != nil {
			c.message(2, typeProto(*t.Of))
		}
		m.message(5, c)
	case tensor.KindOpaque:
		c.string(1, t.OpaqueDomain)
		c.string(2, t.OpaqueName)
		m.message(7, c)
	}
	m.string(6, t.Tag)
	return m
}

func shapeProto(dims []tensor.Dim) *message {
	m := &message{}
	for _, d := range dims {
		var c message
		if d.Known() {
			c.putInt(1, int64(d.Size))
		} else {
			c.string(2, d.Name)
		}
		c.string(3, d.Tag)
		m.message(1, &c)
	}
	return m
}
