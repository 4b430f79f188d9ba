package onnx

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/onnxrun/onnxrun/tensor"
)

// Bounds of what Inline makes: functions that call functions let a small file
// ask for a model of any size.
const (
	maxInlined   = 1 << 20 // nodes
	maxInlineRef = 1 << 24 // inputs, outputs and attributes of nodes, and inputs and outputs of graphs
	maxCallDepth = 256     // functions in functions
)

// Inline replaces the calls of the model's own functions by their bodies, in
// sub-graphs too, and empties Functions: no node refers to one any more. An
// attribute of the body that refers to one of the function takes the value that
// the call gives, or else the default, and is dropped where there is neither.
// New values get names that are not yet in the model. The nodes of a body keep
// the Opset that the function imports, which may be another than the model's;
// imports of domains that the model lacks are added to it.
//
// Functions that call themselves, and those that would expand to more than
// about a million nodes, are an error, which leaves the model unfit for use.
func (m *Model) Inline() error {
	if len(m.Functions) == 0 {
		return nil
	}
	in := &inliner{
		model: m, functions: make(map[funcID]*Function), names: make(map[string]int), nodeNames: make(map[string]int),
		domains: make(map[string]bool), imported: make(map[*Function]bool),
	}
	for _, o := range m.Opsets {
		in.domains[o.Domain] = true
	}
	for _, f := range m.Functions {
		if _, ok := in.functions[f.id()]; !ok {
			in.functions[f.id()] = f
		}
	}
	in.takeNames(m.Graph)
	if err := in.graph(m.Graph, nil, 0); err != nil {
		return err
	}
	m.Functions = nil
	m.Graph.UpdateCaptures()
	return nil
}

// funcID is what a call and its function have in common.
type funcID struct{ domain, name, overload string }

func (f *Function) id() funcID { return funcID{f.Domain, f.Name, f.Overload} }

func (n *Node) call() funcID { return funcID{n.Domain, n.OpType, n.Overload} }

func (id funcID) String() string {
	s := id.name
	if id.domain != "" {
		s = id.domain + "." + s
	}
	if id.overload != "" {
		s += ":" + id.overload
	}
	return shown(s)
}

type inliner struct {
	model     *Model
	functions map[funcID]*Function
	names     map[string]int // taken by values, with the number to try next
	nodeNames map[string]int
	domains   map[string]bool // that the model imports
	imported  map[*Function]bool
	nodes     int
	refs      int
}

// takeNames notes the names of all values and nodes of a graph and those inside
// of it.
func (in *inliner) takeNames(g *Graph) {
	take := func(l []*Value) {
		for _, v := range l {
			if v != nil {
				in.names[v.Name] = 1
			}
		}
	}
	take(g.Inputs)
	take(g.Initializers)
	for _, n := range g.Nodes {
		in.nodeNames[n.Name] = 1
		take(n.Inputs) // among them those that nothing defines
		take(n.Outputs)
		for _, sub := range n.Graphs() {
			in.takeNames(sub)
		}
	}
}

// unique returns a name like base that is not among names, and adds it.
func unique(names map[string]int, base string) string {
	if len(base) > 160 {
		base = strings.ToValidUTF8(base[:80]+base[len(base)-80:], "")
	}
	name := base
	for {
		if _, taken := names[name]; !taken {
			break
		}
		names[base]++
		name = fmt.Sprintf("%s_%d", base, names[base])
	}
	names[name] = 1
	return name
}

// graph replaces the calls in a graph and those inside of it. calls are the
// functions being expanded around it, depth its depth in graphs.
func (in *inliner) graph(g *Graph, calls []*Function, depth int) error {
	if depth >= maxDepth {
		return errDepth
	}
	var out []*Node
	for _, n := range g.Nodes {
		if err := in.node(&out, g, n, calls, depth); err != nil {
			return err
		}
	}
	g.Nodes = out
	return nil
}

// node appends to out what a node becomes.
func (in *inliner) node(out *[]*Node, g *Graph, n *Node, calls []*Function, depth int) error {
	f := in.functions[n.call()]
	if f == nil {
		*out = append(*out, n)
		for _, sub := range n.Graphs() {
			if err := in.graph(sub, calls, depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	if slices.Contains(calls, f) {
		return fmt.Errorf("function %v calls itself", f.id())
	}
	if len(calls) >= maxCallDepth {
		return fmt.Errorf("function %v: calls in calls deeper than %d", f.id(), maxCallDepth)
	}
	body, err := in.expand(g, n, f)
	if err != nil {
		return fmt.Errorf("call of function %v by node %s: %w", f.id(), describeNode(n), err)
	}
	calls = append(calls, f)
	for _, b := range body {
		if err := in.node(out, g, b, calls, depth); err != nil {
			return err
		}
	}
	return nil
}

// expand returns a copy of the body of f in place of its call n in graph g.
func (in *inliner) expand(g *Graph, n *Node, f *Function) ([]*Node, error) {
	c := &cloner{inliner: in, values: make(map[*Value]*Value), attrs: make(map[string]*Attr), prefix: n.Name}
	if c.prefix == "" {
		c.prefix = f.Name
	}
	if len(n.Inputs) > len(f.Body.Inputs) || len(n.Outputs) > len(f.Body.Outputs) {
		return nil, fmt.Errorf("it has %d inputs and %d outputs, the function %d and %d",
			len(n.Inputs), len(n.Outputs), len(f.Body.Inputs), len(f.Body.Outputs))
	}
	if err := in.spend(0, len(f.Body.Inputs)+len(f.Body.Outputs)+len(f.Defaults)); err != nil {
		return nil, err
	}
	for i, v := range f.Body.Inputs {
		c.values[v] = nil
		if i < len(n.Inputs) {
			c.values[v] = n.Inputs[i]
		}
	}
	for _, a := range f.Defaults {
		c.attrs[a.Name] = a
	}
	for _, a := range n.Attrs {
		c.attrs[a.Name] = a
	}
	// An output of the body becomes the value that the call puts out. Where
	// that cannot be, because it is an input or put out twice, Identity does it.
	var copies []*Node
	for i, v := range f.Body.Outputs {
		if i >= len(n.Outputs) || n.Outputs[i] == nil {
			continue
		}
		if v == nil || v.Graph != f.Body {
			return nil, fmt.Errorf("output %d is not defined in the function", i)
		}
		if _, mapped := c.values[v]; !mapped {
			c.values[v] = n.Outputs[i]
			if n.Outputs[i].Type.Kind == tensor.KindUnknown {
				n.Outputs[i].Type = unnamed(v.Type)
			}
			continue
		}
		src := c.values[v]
		if src == nil {
			return nil, fmt.Errorf("output %d is an input that it leaves out", i)
		}
		copies = append(copies, in.identity(n, src, n.Outputs[i]))
	}
	nodes, err := c.nodes(g, f.Body.Nodes)
	if err != nil {
		return nil, err
	}
	in.imports(f)
	return append(nodes, copies...), nil
}

// imports adds what a function imports to the model's imports, where the model
// has none of the domain.
func (in *inliner) imports(f *Function) {
	if in.imported[f] {
		return
	}
	in.imported[f] = true
	for _, o := range f.Opsets {
		if !in.domains[o.Domain] {
			in.domains[o.Domain] = true
			in.model.Opsets = append(in.model.Opsets, o)
		}
	}
}

// identity returns a node that copies src to dst for the call n. From version
// 16 on it does so for values of every kind.
func (in *inliner) identity(n *Node, src, dst *Value) *Node {
	if !in.domains[""] {
		in.domains[""] = true
		in.model.Opsets = append(in.model.Opsets, OpsetID{Version: 16})
	}
	id := &Node{Name: unique(in.nodeNames, n.Name+"/Identity"), OpType: "Identity", Opset: max(in.model.Opset(""), 16), Inputs: []*Value{src}, Outputs: []*Value{dst}}
	dst.Producer = id
	return id
}

// spend counts what is made, and fails when it is too much.
func (in *inliner) spend(nodes, refs int) error {
	in.nodes += nodes
	in.refs += refs
	if in.nodes > maxInlined || in.refs > maxInlineRef {
		return errors.New("the functions expand to too many nodes")
	}
	return nil
}
