package onnx

import (
	"fmt"

	"github.com/onnxrun/onnxrun/tensor"
)

// scope is what names mean in a graph: its own values, then those of the
// graphs around it.
type scope struct {
	graph  *Graph
	outer  *scope
	node   *capturer // the node whose attribute the graph is; nil outermost
	values map[string]*Value
}

func newScope(g *Graph, outer *scope, node *capturer) *scope {
	return &scope{graph: g, outer: outer, node: node, values: make(map[string]*Value)}
}

// define adds a value to a scope. Of two definitions of a name the first
// counts; the other is kept as a value of its own that nothing refers to, for
// Check to find.
func (d *decoder) define(s *scope, v *Value) (*Value, error) {
	if err := d.count(); err != nil {
		return nil, err
	}
	v.Graph = s.graph
	if v.Name == "" {
		return v, nil
	}
	if _, ok := s.values[v.Name]; !ok {
		s.values[v.Name] = v
	}
	return v, nil
}

// use finds what a name means in a scope, and records it as a capture of the
// nodes between the use and the definition. A name that nothing defines gets a
// value without a graph; the empty name is nil.
func (d *decoder) use(s *scope, name string) (*Value, error) {
	if name == "" {
		return nil, nil
	}
	for at := s; at != nil; at = at.outer {
		v, ok := at.values[name]
		if !ok {
			continue
		}
		for in := s; in != at; in = in.outer {
			in.node.add(v)
		}
		return v, nil
	}
	v, ok := d.undefined[name]
	if !ok {
		v = &Value{Name: name}
		d.undefined[name] = v
		return v, d.count()
	}
	return v, nil
}

// problem records what Check will report of a graph.
func (g *Graph) problem(format string, args ...any) {
	g.problems = append(g.problems, Problem{Message: fmt.Sprintf(format, args...)})
}

// graph decodes a GraphProto inside of outer, as an attribute of node; both
// are nil for a model's own graph. Definitions are decoded before uses, which
// come first in the file: a use may mean something of this graph that the file
// has further down.
func (d *decoder) graph(msg []byte, outer *scope, node *capturer) (g *Graph, err error) {
	err = d.deeper(func() error {
		g, err = d.graphHere(msg, outer, node)
		return err
	})
	return g, err
}

func (d *decoder) graphHere(msg []byte, outer *scope, node *capturer) (*Graph, error) {
	g := &Graph{}
	s := newScope(g, outer, node)
	if outer != nil {
		g.Outer = outer.graph
	}
	var nodes, inits, sparse, inputs, outputs, infos [][]byte
	err := eachField(msg, func(f *field) error {
		switch f.num {
		case 1:
			nodes = append(nodes, f.message())
		case 2:
			g.Name = f.string()
		case 5:
			inits = append(inits, f.message())
		case 10:
			g.Doc = f.string()
		case 11:
			inputs = append(inputs, f.message())
		case 12:
			outputs = append(outputs, f.message())
		case 13:
			infos = append(infos, f.message())
		case 14:
			return g.addQuantization(f)
		case 15:
			sparse = append(sparse, f.message())
		case 16:
			return addPair(&g.Metadata, f)
		default:
			g.Unknown = append(g.Unknown, f.raw...)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i, b := range inputs {
		v, err := d.valueInfo(b)
		if err == nil {
			v.IsInput = true
			v, err = d.define(s, v)
		}
		if err != nil {
			return nil, atIndex("input", i, err)
		}
		g.Inputs = append(g.Inputs, v)
	}
	for i, b := range inits {
		t, l, err := d.tensor(b)
		if err == nil {
			err = d.initializer(s, t, l)
		}
		if err != nil {
			return nil, atNamed("initializer", i, l.name, err)
		}
	}
	for i, b := range sparse {
		t, l, err := d.sparse(b)
		if err == nil {
			err = d.initializer(s, t, l)
		}
		if err != nil {
			return nil, atNamed("sparse_initializer", i, l.name, err)
		}
	}
	if err := d.nodes(s, nodes, infos); err != nil {
		return nil, err
	}
	for i, b := range outputs {
		if err := d.output(s, b); err != nil {
			return nil, atIndex("output", i, err)
		}
	}
	return g, nil
}

// initializer adds an initializer, which may be an input too.
func (d *decoder) initializer(s *scope, c tensor.Value, l label) error {
	v := s.values[l.name]
	switch {
	case v == nil:
		var err error
		if v, err = d.define(s, &Value{Name: l.name}); err != nil {
			return err
		}
	case v.Const != nil:
		s.graph.problem("initializer %q: the name is defined twice", l.name)
		return nil
	default:
		v.Fixed = d.irVersion < 4
	}
	v.Const, v.constLabel = c, l
	s.graph.Initializers = append(s.graph.Initializers, v)
	return nil
}

// output decodes an entry of a graph's outputs.
func (d *decoder) output(s *scope, msg []byte) error {
	info, err := d.valueInfo(msg)
	if err != nil {
		return err
	}
	v, err := d.use(s, info.Name)
	if err != nil {
		return err
	}
	if v == nil {
		v = info
	}
	if v.Graph == s.graph {
		s.graph.declare(v, info)
	}
	s.graph.Outputs = append(s.graph.Outputs, v)
	return nil
}

// declare adds to a value what another entry of the file says of it.
func (g *Graph) declare(v, info *Value) {
	switch {
	case v.Type.Kind == tensor.KindUnknown:
		v.Type = info.Type
	case !v.Type.Accepts(info.Type) && info.Type.Kind != tensor.KindUnknown:
		g.problem("value %q: declared as %v and as %v", v.Name, v.Type, info.Type)
	}
	if v.Doc == "" {
		v.Doc = info.Doc
	}
	if v.Metadata == nil {
		v.Metadata = info.Metadata
	}
}

// valueInfo decodes a ValueInfoProto.
func (d *decoder) valueInfo(msg []byte) (*Value, error) {
	v := &Value{}
	var typ []byte
	err := eachField(msg, func(f *field) error {
		switch f.num {
		case 1:
			v.Name = f.string()
		case 2:
			f.merge(&typ)
		case 3:
			v.Doc = f.string()
		case 4:
			return addPair(&v.Metadata, f)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	v.Type, err = d.typeProto(typ)
	return v, at("type", err)
}

// infos applies value_info. Entries for names that the graph does not define
// are left behind by tools that rename, and harmless.
func (d *decoder) infos(s *scope, msgs [][]byte) error {
	seen := make(map[string]bool, len(msgs))
	for i, b := range msgs {
		info, err := d.valueInfo(b)
		if err == nil {
			err = d.count()
		}
		if err != nil {
			return atIndex("value_info", i, err)
		}
		if seen[info.Name] {
			s.graph.problem("value_info %q: the name is declared twice", info.Name)
			continue
		}
		seen[info.Name] = true
		v := s.values[info.Name]
		if v == nil {
			v = info
		} else {
			s.graph.declare(v, info)
		}
		s.graph.Infos = append(s.graph.Infos, v)
	}
	return nil
}

func (g *Graph) addQuantization(f *field) error {
	var q QuantAnnotation
	err := eachField(f.message(), func(f *field) error {
		switch f.num {
		case 1:
			q.Tensor = f.string()
		case 2:
			return addPair(&q.Params, f)
		}
		return nil
	})
	g.Quantization = append(g.Quantization, q)
	return atIndex("quantization_annotation", len(g.Quantization)-1, err)
}
