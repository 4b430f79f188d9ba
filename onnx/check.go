package onnx

import (
	"fmt"
	"strconv"

	"github.com/onnxrun/onnxrun/tensor"
)

// The versions of the format that this package knows.
const (
	MinIRVersion = 3
	MaxIRVersion = 14
)

// maxProblems is where Check stops: who made a thousand mistakes made one.
const maxProblems = 1000

// Check examines the structure of a model and returns what is wrong with it,
// nil if nothing is: names, order, attributes, types and imports, as far as
// they can be judged without knowing any operator.
func Check(m *Model) []Problem {
	c := &checker{model: m}
	if m.Graph == nil {
		c.report(place{what: "model"}, "the graph is missing")
		return c.problems
	}
	model := place{what: "model"}
	switch v := m.IRVersion; {
	case v == 0:
		c.report(model, "ir_version is missing")
	case v < MinIRVersion:
		c.report(model, "IR version %d is not supported, the oldest that is is %d", v, MinIRVersion)
	case v > MaxIRVersion:
		c.minor(model, "IR version %d is not known, the newest that is is %d", v, MaxIRVersion)
	}
	c.opsets(model, m.Opsets)
	keys := make(map[string]bool)
	for _, p := range m.Metadata {
		if keys[p.Key] {
			c.minor(model, "metadata %q is there twice", p.Key)
		}
		keys[p.Key] = true
	}
	c.functions = make(map[funcID]*Function)
	c.declared = make(map[*Function]map[string]bool)
	for _, f := range m.Functions {
		if c.functions[f.id()] != nil {
			c.report(functionPlace(f), "the function is defined twice")
		}
		c.functions[f.id()] = f
	}
	for _, f := range m.Functions {
		c.declare(f)
	}
	c.root(place{what: "graph", name: m.Graph.Name}, m.Graph, m.Opsets, nil)
	for _, f := range m.Functions {
		c.function(f)
	}
	c.recursion()
	return c.problems
}

type checker struct {
	model     *Model
	functions map[funcID]*Function
	declared  map[*Function]map[string]bool // names of attributes
	opset     map[string]bool               // domains imported by what is checked
	problems  []Problem
}

// place is where in a model something stands. It becomes text only when there
// is something to report.
type place struct {
	in   *place // nil outermost
	what string // "node"
	i    int    // number of an element, where what is one of several
	many bool
	name string
	node *Node // describes itself
}

func (p place) String() string {
	s := p.what
	if p.many {
		s += " " + strconv.Itoa(p.i)
	}
	switch {
	case p.node != nil:
		s += " " + describeNode(p.node)
	case p.name != "" && p.many:
		s += " (" + shown(p.name) + ")"
	case p.name != "":
		s += " " + shown(p.name)
	}
	if p.in != nil {
		return p.in.String() + ", " + s
	}
	return s
}

// at is a place inside of p, one of several.
func (p *place) at(what string, i int, name string) place {
	return place{in: p, what: what, i: i, many: true, name: name}
}

func functionPlace(f *Function) place { return place{what: "function", name: f.id().String()} }

func (c *checker) report(where place, format string, args ...any) {
	if len(c.problems) < maxProblems {
		c.problems = append(c.problems, Problem{Where: where.String(), Message: fmt.Sprintf(format, args...)})
	}
}

func (c *checker) minor(where place, format string, args ...any) {
	if n := len(c.problems); n < maxProblems {
		c.report(where, format, args...)
		c.problems[n].Minor = true
	}
}

// opsets checks the imports of a model or function.
func (c *checker) opsets(where place, ids []OpsetID) {
	if len(ids) == 0 {
		c.report(where, "no operator set is imported")
	}
	seen := make(map[string]int64)
	for _, o := range ids {
		if v, ok := seen[o.Domain]; ok && v != o.Version {
			c.report(where, "operator set %q is imported in versions %d and %d", o.Domain, v, o.Version)
		}
		if o.Version < 1 {
			c.report(where, "operator set %q is imported without a version", o.Domain)
		}
		seen[o.Domain] = o.Version
	}
}

// root checks a graph that lies in no other, of the model or of function f.
func (c *checker) root(where place, g *Graph, ids []OpsetID, f *Function) {
	c.opset = make(map[string]bool)
	for _, o := range ids {
		c.opset[o.Domain] = true
	}
	s := &checkScope{graph: g, names: make(map[string]bool), defined: make(map[*Value]bool), function: f}
	if f == nil {
		for i, v := range g.Inputs {
			c.interfaceType(where.at("input", i, v.Name), v)
		}
		for i, v := range g.Outputs {
			if v != nil {
				c.interfaceType(where.at("output", i, v.Name), v)
			}
		}
	}
	c.graph(where, s)
}

// interfaceType checks that an input or output of the model has a type.
func (c *checker) interfaceType(where place, v *Value) {
	switch v.Type.Kind {
	case tensor.KindUnknown:
		c.minor(where, "the type is missing")
	case tensor.KindTensor, tensor.KindSparse:
		if v.Type.Elem == tensor.Undefined {
			c.minor(where, "the element type is missing")
		}
	case tensor.KindMap, tensor.KindSequence, tensor.KindOptional:
		if v.Type.Of == nil {
			c.minor(where, "the type of the elements is missing")
		}
	}
}

// declare notes the attributes of a function.
func (c *checker) declare(f *Function) {
	seen := make(map[string]bool)
	c.declared[f] = seen
	attr := func(name string) {
		if seen[name] {
			c.report(functionPlace(f), "attribute %q is declared twice", name)
		}
		seen[name] = true
	}
	for _, name := range f.Attrs {
		attr(name)
	}
	for _, a := range f.Defaults {
		attr(a.Name)
		if a.Kind == AttrUndefined {
			c.report(functionPlace(f), "the default of attribute %q has no type", a.Name)
		}
	}
}

// function checks a function's own things and its body.
func (c *checker) function(f *Function) {
	where := functionPlace(f)
	if f.Name == "" {
		c.report(where, "the name is missing")
	}
	c.opsets(where, f.Opsets)
	c.root(where, f.Body, f.Opsets, f)
}

// recursion reports functions that call themselves, whether or not anything
// calls them.
func (c *checker) recursion() {
	const (
		open = 1 // being looked at
		done = 2
	)
	state := make(map[*Function]int)
	type entry struct {
		f     *Function
		calls []*Function
	}
	for _, f := range c.model.Functions {
		if state[f] == done {
			continue
		}
		// The stack is a list of its own: a file may chain any number of
		// functions.
		stack := []entry{{f, c.calls(f)}}
		state[f] = open
		for len(stack) > 0 {
			top := &stack[len(stack)-1]
			if len(top.calls) == 0 {
				state[top.f] = done
				stack = stack[:len(stack)-1]
				continue
			}
			next := top.calls[0]
			top.calls = top.calls[1:]
			switch state[next] {
			case open:
				c.report(functionPlace(next), "the function calls itself by way of function %v", top.f.id())
			case 0:
				state[next] = open
				stack = append(stack, entry{next, c.calls(next)})
			}
		}
	}
}

// calls returns the functions that a function calls.
func (c *checker) calls(f *Function) []*Function {
	var l []*Function
	f.Body.Walk(func(_ *Graph, n *Node) {
		if callee := c.functions[n.call()]; callee != nil {
			l = append(l, callee)
		}
	})
	return l
}
