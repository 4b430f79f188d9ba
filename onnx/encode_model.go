package onnx

import (
	"errors"
	"fmt"
	"math"

	"github.com/onnxrun/onnxrun/tensor"
)

// maxMessage is the greatest size of a protobuf message.
const maxMessage = math.MaxInt32

// Encode encodes a ModelProto. Data that was external becomes a part of it,
// elements are written as raw_data whatever field they came from. It fails
// where a value has no name or the result would be larger than a protobuf
// message may be, which is 2 GiB.
func Encode(m *Model) ([]byte, error) {
	b, err := (&encoder{}).model(m)
	if err != nil {
		return nil, err
	}
	return b.bytes(), nil
}

func (e *encoder) model(m *Model) (*message, error) {
	if m.Graph == nil {
		return nil, errors.New("the model has no graph")
	}
	b := &message{}
	b.int(1, m.IRVersion)
	b.string(2, m.ProducerName)
	b.string(3, m.ProducerVersion)
	b.string(4, m.Domain)
	b.int(5, m.ModelVersion)
	b.string(6, m.Doc)
	g, err := e.graph(m.Graph)
	if err != nil {
		return nil, at("graph", err)
	}
	b.message(7, g)
	b.opsets(8, m.Opsets)
	b.pairs(14, m.Metadata)
	for _, t := range m.Training {
		b.putBytes(20, t.Raw)
	}
	for i, f := range m.Functions {
		fn, err := e.function(f)
		if err != nil {
			return nil, atNamed("functions", i, f.Name, err)
		}
		b.message(25, fn)
	}
	b.add(m.Unknown)
	if b.size > maxMessage {
		return nil, fmt.Errorf("the model takes %d bytes, and a file at most %d: save its tensors to a file of their own", b.size, maxMessage)
	}
	return b, nil
}

func (m *message) opsets(num int, l []OpsetID) {
	for _, o := range l {
		var c message
		c.putString(1, o.Domain)
		c.putInt(2, o.Version)
		m.message(num, &c)
	}
}

func (e *encoder) function(f *Function) (*message, error) {
	b := &message{}
	b.string(1, f.Name)
	if f.Body == nil {
		return nil, errors.New("the function has no body")
	}
	if err := b.values(4, "input", f.Body.Inputs); err != nil {
		return nil, err
	}
	if err := b.values(5, "output", f.Body.Outputs); err != nil {
		return nil, err
	}
	b.strings(6, f.Attrs)
	if err := e.nodes(b, 7, f.Body.Nodes); err != nil {
		return nil, err
	}
	b.string(8, f.Doc)
	b.opsets(9, f.Opsets)
	b.string(10, f.Domain)
	for i, a := range f.Defaults {
		c, err := e.attr(a)
		if err != nil {
			return nil, atNamed("attribute_proto", i, a.Name, err)
		}
		b.message(11, c)
	}
	b.infos(12, f.Body.Infos)
	b.string(13, f.Overload)
	b.pairs(14, f.Metadata)
	b.add(f.Unknown)
	return b, nil
}

// values writes the names of a node's or function's inputs or outputs.
func (m *message) values(num int, field string, l []*Value) error {
	for i, v := range l {
		switch {
		case v == nil:
			m.putString(num, "")
		case v.Name == "":
			return atIndex(field, i, errors.New("the value has no name"))
		default:
			m.putString(num, v.Name)
		}
	}
	return nil
}

func (m *message) infos(num int, l []*Value) {
	for _, v := range l {
		m.message(num, valueInfo(v))
	}
}

func valueInfo(v *Value) *message {
	m := &message{}
	m.string(1, v.Name)
	if v.Type.Kind != tensor.KindUnknown {
		m.message(2, typeProto(v.Type))
	}
	m.string(3, v.Doc)
	m.pairs(4, v.Metadata)
	return m
}

func (e *encoder) graph(g *Graph) (*message, error) {
	b := &message{}
	if err := e.nodes(b, 1, g.Nodes); err != nil {
		return nil, err
	}
	b.string(2, g.Name)
	var sparse []*message
	for i, v := range g.Initializers {
		l := v.constLabel
		l.name = v.Name
		var c *message
		var err error
		switch t := v.Const.(type) {
		case *tensor.Tensor:
			if c, err = tensorProto(t, l, e.external); err == nil {
				b.message(5, c)
			}
		case *tensor.Sparse:
			c, err = e.sparse(t, l)
			sparse = append(sparse, c)
		default:
			err = fmt.Errorf("a value of type %T cannot be an initializer", v.Const)
		}
		if err != nil {
			return nil, atNamed("initializer", i, v.Name, err)
		}
	}
	b.string(10, g.Doc)
	b.infos(11, g.Inputs)
	b.infos(12, g.Outputs)
	b.infos(13, g.Infos)
	for _, q := range g.Quantization {
		var c message
		c.string(1, q.Tensor)
		c.pairs(2, q.Params)
		b.message(14, &c)
	}
	for _, c := range sparse {
		b.message(15, c)
	}
	b.pairs(16, g.Metadata)
	b.add(g.Unknown)
	return b, nil
}

func (e *encoder) nodes(b *message, num int, l []*Node) error {
	for i, n := range l {
		c, err := e.node(n)
		if err != nil {
			return atNamed("node", i, n.Name, err)
		}
		b.message(num, c)
	}
	return nil
}

func (e *encoder) node(n *Node) (*message, error) {
	b := &message{}
	if err := b.values(1, "input", n.Inputs); err != nil {
		return nil, err
	}
	if err := b.values(2, "output", n.Outputs); err != nil {
		return nil, err
	}
	b.string(3, n.Name)
	b.string(4, n.OpType)
	for i, a := range n.Attrs {
		c, err := e.attr(a)
		if err != nil {
			return nil, atNamed("attribute", i, a.Name, err)
		}
		b.message(5, c)
	}
	b.string(6, n.Doc)
	b.string(7, n.Domain)
	b.string(8, n.Overload)
	b.pairs(9, n.Metadata)
	b.add(n.Unknown)
	return b, nil
}
