//go:build 386 || amd64 || arm || arm64 || wasm

package onnxgo

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/onnxrun/onnxrun/onnx"
)

// irVersion is that of the models made here, which need not list initializers
// as inputs.
const irVersion = 8

// model is a graph as a session runs it.
type model struct {
	graph   *Graph
	onnx    *onnx.Model
	values  map[*value]*onnx.Value
	inputs  map[string]*Node // what a run reads
	outputs map[string]*Node // what a run computes
	first   int64            // the first node that an operation computes
}

func (g *Graph) model() (*model, error) {
	m := &model{
		graph:   g,
		onnx:    &onnx.Model{IRVersion: irVersion, ProducerName: "onnx-go", Graph: &onnx.Graph{Name: "onnx-go"}},
		values:  make(map[*value]*onnx.Value),
		inputs:  make(map[string]*Node),
		outputs: make(map[string]*Node),
		first:   math.MaxInt64,
	}
	for _, n := range g.computed() {
		m.first = min(m.first, n.value.id)
	}
	for _, op := range g.ops {
		if err := m.add(op); err != nil {
			return nil, err
		}
	}
	if err := m.onnx.Graph.Sort(); err != nil { // where a cycle has no end, either
		return nil, err
	}
	m.addOutputs()
	if len(m.outputs) == 0 {
		return nil, errors.New("the graph computes nothing")
	}
	return m, nil
}

// computed returns the nodes that operations compute.
func (g *Graph) computed() []*Node {
	var l []*Node
	for _, op := range g.ops {
		for _, n := range op.outputs {
			if !n.absent() {
				l = append(l, n)
			}
		}
	}
	return l
}

// add makes a node of an operation.
func (m *model) add(op *operation) error {
	attrs, err := attributes(op.Operation)
	if err != nil {
		return err
	}
	node := &onnx.Node{OpType: op.Name, Attrs: attrs}
	for _, n := range op.outputs {
		v := m.value(n)
		if v != nil {
			v.Producer = node
		}
		node.Outputs = append(node.Outputs, v)
	}
	if !slices.ContainsFunc(node.Outputs, func(v *onnx.Value) bool { return v != nil }) {
		return nil // nobody can tell whether it has run
	}
	inputs := op.inputs()
	if m.madeUp(op.Name, inputs) {
		inputs = nil
	}
	for _, n := range inputs {
		v, err := m.input(n)
		if err != nil {
			return fmt.Errorf("operator %s: %w", op.Name, err)
		}
		node.Inputs = append(node.Inputs, v)
	}
	m.graph.setVersion(node)
	if m.onnx.Opset(node.Domain) == 0 {
		m.onnx.Opsets = append(m.onnx.Opsets, onnx.OpsetID{Domain: node.Domain, Version: int64(node.Opset)})
	}
	m.onnx.Graph.Nodes = append(m.onnx.Graph.Nodes, node)
	return nil
}

// madeUp recognizes the input that onnx-go gives to operations without any: a
// value named after the node that nothing defines.
func (m *model) madeUp(op string, inputs []*Node) bool {
	if len(inputs) != 1 || !strings.HasSuffix(inputs[0].name, "/input") {
		return false
	}
	v := inputs[0].value
	return v.producer == nil && v.tensor == nil || m.graph.takesNone(op)
}

// value returns the model's value for a node, nil for one that is left out.
func (m *model) value(n *Node) *onnx.Value {
	if n.absent() {
		return nil
	}
	v := m.values[n.value]
	if v == nil {
		v = &onnx.Value{Name: n.name, Graph: m.onnx.Graph}
		if !n.named {
			v.Name = m.graph.unusedName(n)
		}
		m.values[n.value] = v
	}
	return v
}

func (g *Graph) unusedName(n *Node) string {
	name := fmt.Sprintf("#%d", n.id)
	for g.named[name] != nil {
		name += "#"
	}
	return name
}

// input returns the model's value for a node that is read, and makes it an
// input or an initializer where no operation computes it.
func (m *model) input(n *Node) (*onnx.Value, error) {
	known := m.values[n.value] != nil
	v := m.value(n)
	if v == nil || known || n.value.producer != nil {
		return v, nil
	}
	g := m.onnx.Graph
	if !m.constant(n) {
		v.IsInput = true
		g.Inputs = append(g.Inputs, v)
		m.inputs[v.Name] = n
		return v, nil
	}
	t, err := fromGorgonia(n.value.tensor)
	if err != nil {
		return nil, fmt.Errorf("initializer %v: %w", n, err)
	}
	v.Const, v.Type = t, t.Type()
	g.Initializers = append(g.Initializers, v)
	return v, nil
}

// constant reports whether the tensor of a value that nothing computes is an
// initializer. onnx-go does not tell. But the node of an initializer that is
// an input, too, gets a tensor twice, and the nodes of the others come after
// those of the outputs.
func (m *model) constant(n *Node) bool {
	v := n.value
	return v.tensor != nil && !v.late && n.named && (v.twice || v.id > m.first)
}

// addOutputs lists what a run has to compute: what somebody has asked for, and
// what nothing reads. Not all the latter are outputs of the model, but onnx-go
// sets a tensor for those that are.
func (m *model) addOutputs() {
	read := make(map[*onnx.Value]bool)
	for _, n := range m.onnx.Graph.Nodes {
		for _, v := range n.Inputs {
			read[v] = true
		}
	}
	computed := m.graph.computed()
	typed := slices.ContainsFunc(computed, func(n *Node) bool { return n.value.typed && !read[m.values[n.value]] })
	for _, n := range computed {
		v := m.values[n.value]
		if n.value.asked || !read[v] && (n.value.typed || !typed) {
			m.outputs[v.Name] = n
			m.onnx.Graph.Outputs = append(m.onnx.Graph.Outputs, v)
		}
	}
}
