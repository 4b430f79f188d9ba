//go:build 386 || amd64 || arm || arm64 || wasm

package onnxgo

import (
	"errors"
	"fmt"

	gorgonia "gorgonia.org/tensor"

	"github.com/onnxrun/onnxrun/tensor"
)

// Node is one value of the graph: an input, an initializer or an output of an
// operation. It is an onnx.Namer and an onnx.DataCarrier of onnx-go.
type Node struct {
	graph *Graph
	id    int64
	name  string
	named bool // by SetName; onnx-go gives inputs and outputs that are left out the name ""
	early int  // how often a tensor was set before the first operation
	value *value
	edges []edge  // from this node
	users []*Node // that have edges to this one
}

// value is what all nodes of one name stand for: onnx-go makes a node of its
// own for an input that is an output, too, or that value_info lists.
type value struct {
	id       int64           // of its first node
	tensor   gorgonia.Tensor // what was set last, or computed by the last run
	declared tensor.DType    // the element type of the first tensor that onnx-go set
	typed    bool            // onnx-go has set a tensor, if only for its type
	twice    bool            // onnx-go has set a tensor and then another
	late     bool            // a tensor was set since onnx-go was done with tensors
	producer *operation
	asked    bool // for its tensor
	run      int  // the number of the run that the tensor is of
}

// ID returns the number of the node, from 0 in the order of NewNode.
func (n *Node) ID() int64 { return n.id }

// GetName returns the name of the value.
func (n *Node) GetName() string { return n.name }

// SetName names the value. Nodes of one name stand for the same value.
func (n *Node) SetName(name string) {
	g := n.graph
	if n.named && n.name != name {
		n.value = &value{id: n.id}
	}
	n.name, n.named = name, true
	if v, ok := g.named[name]; ok {
		n.value = v
	} else {
		g.named[name] = n.value
	}
	g.session.discard()
}

// absent reports whether the node stands for an input or output that is left
// out.
func (n *Node) absent() bool { return n.named && n.name == "" }

// String names the node for messages.
func (n *Node) String() string {
	if n.name == "" {
		return fmt.Sprintf("node %d", n.id)
	}
	return fmt.Sprintf("%q", n.name)
}

// SetTensor sets the value of an input or initializer. Every Run reads an
// input's anew, so that its elements may be changed in between.
func (n *Node) SetTensor(t gorgonia.Tensor) error {
	if n.absent() {
		return errors.New("onnxgo: a value without a name has no tensor")
	}
	if d, ok := t.(*gorgonia.Dense); ok && d == nil {
		t = nil
	}
	g, v := n.graph, n.value
	v.tensor, v.run = t, g.session.runs
	if len(g.ops) > 0 { // onnx-go sets all tensors before it applies operations
		if !v.late {
			v.late = true
			g.session.discard() // which may have taken it for constant
		}
		return nil
	}
	n.early++
	v.typed = true
	v.twice = v.twice || n.early > 1
	if v.declared == tensor.Undefined && t != nil {
		v.declared = dtypeOf(t.Dtype())
	}
	return nil
}

// GetTensor returns the value: what SetTensor set, or what the last Run
// computed. Of the values that other nodes read a Run keeps those that somebody
// has asked for before; the first to ask after a Run makes the graph compute it
// from the inputs of that Run. It is nil where that fails.
func (n *Node) GetTensor() gorgonia.Tensor {
	v := n.value
	if v.producer == nil {
		return v.tensor
	}
	v.asked = true
	if v.run < n.graph.session.runs {
		n.graph.compute(v)
	}
	return v.tensor
}
