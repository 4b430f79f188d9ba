package onnx

import (
	"errors"
	"fmt"
	"math"
)

// Decode decodes a ModelProto. The model's tensors share memory with data,
// which must stay unchanged as long as they are used. External data is refused
// unless FromDir says where it lies; a model with external data must be closed.
func Decode(data []byte, opts ...DecodeOption) (*Model, error) {
	c := decodeConfig{}
	for _, o := range opts {
		o(&c)
	}
	m := &mapping{}
	var files *externalFiles
	if c.dir != "" {
		files = newFolder(c.dir, m)
		defer files.close()
	}
	model, err := decodeModel(data, m, files)
	if err != nil {
		m.close()
		return nil, err
	}
	return model, nil
}

// DecodeOption changes how Decode reads.
type DecodeOption func(*decodeConfig)

type decodeConfig struct{ dir string }

// FromDir allows external data, in the regular files of a folder.
func FromDir(dir string) DecodeOption { return func(c *decodeConfig) { c.dir = dir } }

// decoder is the state of one decoding.
type decoder struct {
	owner     any            // keeps alive the bytes that tensors share
	files     *externalFiles // nil where external data is refused
	irVersion int64
	opsets    map[string]int // by domain, of the model or function at hand
	undefined map[string]*Value
	depth     int
	objects   int
}

// maxObjects bounds the nodes, values and attributes of a model: an empty one
// takes two bytes of the file and a hundred times that in memory.
const maxObjects = 1 << 23

func (d *decoder) count() error {
	if d.objects++; d.objects > maxObjects {
		return fmt.Errorf("more than %d nodes, values and attributes", maxObjects)
	}
	return nil
}

func decodeModel(data []byte, owner *mapping, files *externalFiles) (*Model, error) {
	d := &decoder{owner: owner, files: files}
	m := &Model{mapping: owner}
	var graph []byte
	var functions [][]byte
	err := eachField(data, func(f *field) error {
		switch f.num {
		case 1:
			m.IRVersion = f.int()
		case 2:
			m.ProducerName = f.string()
		case 3:
			m.ProducerVersion = f.string()
		case 4:
			m.Domain = f.string()
		case 5:
			m.ModelVersion = f.int()
		case 6:
			m.Doc = f.string()
		case 7:
			f.merge(&graph)
		case 8:
			return addOpset(&m.Opsets, f)
		case 14:
			return addPair(&m.Metadata, f)
		case 20:
			m.Training = append(m.Training, &TrainingInfo{Raw: append([]byte(nil), f.message()...)})
		case 25:
			functions = append(functions, f.message())
		default:
			m.Unknown = append(m.Unknown, f.raw...)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if graph == nil {
		return nil, errors.New("the file has no graph: it is no ONNX model")
	}
	d.irVersion = m.IRVersion
	d.scopeOpsets(m.Opsets)
	if m.Graph, err = d.graph(graph, nil, nil); err != nil {
		return nil, at("graph", err)
	}
	for i, b := range functions {
		fn, err := d.function(b)
		if err != nil {
			return nil, atIndex("functions", i, err)
		}
		m.Functions = append(m.Functions, fn)
	}
	return m, nil
}

// scopeOpsets makes the imports at hand known to the nodes decoded next, and
// starts a new set of undefined names.
func (d *decoder) scopeOpsets(ids []OpsetID) {
	d.opsets = make(map[string]int, len(ids))
	for _, o := range ids {
		if _, ok := d.opsets[o.Domain]; !ok {
			d.opsets[o.Domain] = int(o.Version)
		}
	}
	d.undefined = make(map[string]*Value)
}

// addOpset decodes an OperatorSetIdProto.
func addOpset(l *[]OpsetID, f *field) error {
	var o OpsetID
	err := eachField(f.message(), func(f *field) error {
		switch f.num {
		case 1:
			o.Domain = NormDomain(f.string())
		case 2:
			if o.Version = f.int(); o.Version < 0 || o.Version > math.MaxInt32 {
				return fmt.Errorf("version %d is out of range", o.Version)
			}
		}
		return nil
	})
	*l = append(*l, o)
	return atIndex("opset_import", len(*l)-1, err)
}

// addPair decodes a StringStringEntryProto.
func addPair(l *[]Pair, f *field) error {
	var p Pair
	err := eachField(f.message(), func(f *field) error {
		switch f.num {
		case 1:
			p.Key = f.string()
		case 2:
			p.Value = f.string()
		}
		return nil
	})
	*l = append(*l, p)
	if err != nil {
		return fmt.Errorf("key and value: %w", err)
	}
	return nil
}

// function decodes a FunctionProto.
func (d *decoder) function(msg []byte) (*Function, error) {
	fn := &Function{Body: &Graph{}}
	g := fn.Body
	var inputs, outputs []string
	var nodes, defaults, infos [][]byte
	err := eachField(msg, func(f *field) error {
		switch f.num {
		case 1:
			fn.Name = f.string()
		case 4:
			inputs = append(inputs, f.string())
		case 5:
			outputs = append(outputs, f.string())
		case 6:
			fn.Attrs = append(fn.Attrs, f.string())
		case 7:
			nodes = append(nodes, f.message())
		case 8:
			fn.Doc = f.string()
		case 9:
			return addOpset(&fn.Opsets, f)
		case 10:
			fn.Domain = NormDomain(f.string())
		case 11:
			defaults = append(defaults, f.message())
		case 12:
			infos = append(infos, f.message())
		case 13:
			fn.Overload = f.string()
		case 14:
			return addPair(&fn.Metadata, f)
		default:
			fn.Unknown = append(fn.Unknown, f.raw...)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	g.Name = fn.Name
	d.scopeOpsets(fn.Opsets)
	s := newScope(g, nil, nil)
	for i, name := range inputs {
		v, err := d.define(s, &Value{Name: name, IsInput: true})
		if err != nil {
			return nil, atIndex("input", i, err)
		}
		g.Inputs = append(g.Inputs, v)
	}
	if err := d.nodes(s, nodes, infos); err != nil {
		return nil, err
	}
	for i, name := range outputs {
		v, err := d.use(s, name)
		if err != nil {
			return nil, atIndex("output", i, err)
		}
		g.Outputs = append(g.Outputs, v)
	}
	for i, b := range defaults {
		a, err := d.attr(b, nil, nil)
		if err != nil {
			return nil, atIndex("attribute_proto", i, err)
		}
		fn.Defaults = append(fn.Defaults, a)
	}
	return fn, nil
}
