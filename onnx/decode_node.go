package onnx

import (
	"errors"
	"fmt"
	"math/bits"

	"github.com/onnxrun/onnxrun/tensor"
	"google.golang.org/protobuf/encoding/protowire"
)

// nodeMessage is a NodeProto of which the names are not resolved yet.
type nodeMessage struct {
	node   *Node
	inputs []string
	attrs  [][]byte
}

// nodes decodes the nodes of a graph or function: first what they define, so
// that value_info can say more of it, then what they use.
func (d *decoder) nodes(s *scope, msgs, infos [][]byte) error {
	l := make([]nodeMessage, len(msgs))
	for i, b := range msgs {
		if err := d.node(s, b, &l[i]); err != nil {
			return atNamed("node", i, l[i].node.Name, err)
		}
	}
	if err := d.infos(s, infos); err != nil {
		return err
	}
	s.graph.Nodes = make([]*Node, len(l))
	for i, m := range l {
		if err := d.resolve(s, &m); err != nil {
			return atNamed("node", i, m.node.Name, err)
		}
		s.graph.Nodes[i] = m.node
	}
	return nil
}

// node decodes a NodeProto as far as it says what the node defines.
func (d *decoder) node(s *scope, msg []byte, m *nodeMessage) error {
	n := &Node{}
	m.node = n
	err := eachField(msg, func(f *field) error {
		switch f.num {
		case 1:
			m.inputs = append(m.inputs, f.string())
		case 2:
			name := f.string()
			var v *Value
			if name != "" {
				var err error
				if v, err = d.define(s, &Value{Name: name, Producer: n}); err != nil {
					return err
				}
			}
			n.Outputs = append(n.Outputs, v)
		case 3:
			n.Name = f.string()
		case 4:
			n.OpType = f.string()
		case 5:
			m.attrs = append(m.attrs, f.message())
		case 6:
			n.Doc = f.string()
		case 7:
			n.Domain = NormDomain(f.string())
		case 8:
			n.Overload = f.string()
		case 9:
			return addPair(&n.Metadata, f)
		default:
			n.Unknown = append(n.Unknown, f.raw...)
		}
		return nil
	})
	if err != nil {
		return err
	}
	n.Opset = d.opsets[n.Domain]
	return d.count()
}

// resolve finds what the names that a node uses mean, and decodes its
// attributes.
func (d *decoder) resolve(s *scope, m *nodeMessage) error {
	n := m.node
	n.Inputs = make([]*Value, len(m.inputs))
	for i, name := range m.inputs {
		v, err := d.use(s, name)
		if err != nil {
			return atIndex("input", i, err)
		}
		n.Inputs[i] = v
	}
	c := &capturer{node: n}
	for i, b := range m.attrs {
		a, err := d.attr(b, s, c)
		if err != nil {
			return atNamed("attribute", i, a.Name, err)
		}
		n.Attrs = append(n.Attrs, a)
	}
	return nil
}

// attrFields are the value fields of AttributeProto, by kind.
var attrFields = [...]string{AttrFloat: "f", AttrInt: "i", AttrString: "s", AttrTensor: "t", AttrGraph: "g",
	AttrFloats: "floats", AttrInts: "ints", AttrStrings: "strings", AttrTensors: "tensors", AttrGraphs: "graphs",
	AttrSparseTensor: "sparse_tensor", AttrSparseTensors: "sparse_tensors", AttrTypeProto: "tp", AttrTypeProtos: "type_protos"}

// attr decodes an AttributeProto of a node in scope s. Graphs capture for c,
// which is nil where no node is at hand.
func (d *decoder) attr(msg []byte, s *scope, c *capturer) (*Attr, error) {
	a := &Attr{}
	if err := d.count(); err != nil {
		return a, err
	}
	var have uint32 // kinds whose fields are there
	var kind int64
	var floatList, intList, single []byte
	var list [][]byte
	set := func(k AttrKind) { have |= 1 << k }
	err := eachField(msg, func(f *field) error {
		switch f.num {
		case 1:
			a.Name = f.string()
		case 2:
			set(AttrFloat)
			a.Float = f.float()
		case 3:
			set(AttrInt)
			a.Int = f.int()
		case 4:
			set(AttrString)
			a.String = f.string()
		case 5:
			set(AttrTensor)
			f.merge(&single)
		case 6:
			set(AttrGraph)
			f.merge(&single)
		case 7:
			set(AttrFloats)
			f.packed(&floatList, protowire.Fixed32Type)
		case 8:
			set(AttrInts)
			f.packed(&intList, protowire.VarintType)
		case 9:
			set(AttrStrings)
			a.Strings = append(a.Strings, f.string())
		case 10:
			set(AttrTensors)
			list = append(list, f.message())
		case 11:
			set(AttrGraphs)
			list = append(list, f.message())
		case 13:
			a.Doc = f.string()
		case 14:
			set(AttrTypeProto)
			f.merge(&single)
		case 15:
			set(AttrTypeProtos)
			list = append(list, f.message())
		case 20:
			kind = f.int()
		case 21:
			a.Ref = f.string()
		case 22:
			set(AttrSparseTensor)
			f.merge(&single)
		case 23:
			set(AttrSparseTensors)
			list = append(list, f.message())
		default:
			a.unknown = append(a.unknown, f.raw...)
		}
		return nil
	})
	if err == nil {
		err = a.setKind(kind, have)
	}
	if err == nil && a.Kind != AttrUndefined && have != 0 {
		err = d.attrValue(a, single, list, floatList, intList, s, c)
	}
	return a, err
}

// setKind finds the kind of an attribute from its type field, or where the
// file is older than that field, from the field that holds the value.
func (a *Attr) setKind(kind int64, have uint32) error {
	if kind < 0 || int(kind) >= len(attrFields) {
		return at("type", fmt.Errorf("%d is no known attribute type", kind))
	}
	a.Kind = AttrKind(kind)
	if a.Kind == AttrUndefined && bits.OnesCount32(have) == 1 {
		a.Kind = AttrKind(bits.TrailingZeros32(have))
	}
	if other := have &^ (1 << a.Kind); other != 0 {
		return at(attrFields[bits.TrailingZeros32(other)], fmt.Errorf("the attribute's type is %v", a.Kind))
	}
	if a.Ref != "" && have != 0 {
		return at("ref_attr_name", errors.New("the attribute has a value, too"))
	}
	if a.Ref == "" && have == 0 {
		switch a.Kind {
		case AttrTensor, AttrGraph, AttrSparseTensor, AttrTypeProto:
			return at(attrFields[a.Kind], fmt.Errorf("the %v is missing", a.Kind))
		}
	}
	return nil
}

// attrValue decodes the value of an attribute of known kind from its field.
func (d *decoder) attrValue(a *Attr, single []byte, list [][]byte, floatList, intList []byte, s *scope, c *capturer) (err error) {
	field := attrFields[a.Kind]
	switch a.Kind {
	case AttrFloats:
		a.Floats, err = floats(floatList)
	case AttrInts:
		a.Ints, err = ints(intList)
	case AttrTensor:
		var l label
		a.Tensor, l, err = d.tensor(single)
		a.TensorName, a.labels = l.name, []label{l}
	case AttrGraph:
		a.Graph, err = d.graph(single, s, c)
	case AttrSparseTensor:
		a.Sparse, _, err = d.sparse(single)
	case AttrTypeProto:
		a.Type, err = d.typeProto(single)
	case AttrTensors:
		a.labels = make([]label, len(list))
		i := 0
		a.Tensors, err = decodeList(field, list, func(b []byte) (t *tensor.Tensor, err error) {
			t, a.labels[i], err = d.tensor(b)
			i++
			return t, err
		})
		return err
	case AttrGraphs:
		a.Graphs, err = decodeList(field, list, func(b []byte) (*Graph, error) { return d.graph(b, s, c) })
		return err
	case AttrSparseTensors:
		a.SparseTensors, err = decodeList(field, list, func(b []byte) (*tensor.Sparse, error) {
			t, _, err := d.sparse(b)
			return t, err
		})
		return err
	case AttrTypeProtos:
		a.Types, err = decodeList(field, list, d.typeProto)
		return err
	}
	return at(field, err)
}

func decodeList[T any](field string, list [][]byte, decode func([]byte) (T, error)) ([]T, error) {
	out := make([]T, len(list))
	for i, b := range list {
		v, err := decode(b)
		if err != nil {
			return nil, atIndex(field, i, err)
		}
		out[i] = v
	}
	return out, nil
}
