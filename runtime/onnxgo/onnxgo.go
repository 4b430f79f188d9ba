//go:build 386 || amd64 || arm || arm64 || wasm

// Package onnxgo runs the models of github.com/owulveryck/onnx-go on this
// project's operators: Graph is a backend.ComputationBackend, and a program
// that has
//
//	b := gorgonnx.NewGraph()
//
// changes that one line to
//
//	b := onnxgo.NewGraph()
//
// What comes in is the graph that onnx-go decodes, node by node, and
// gorgonia.org/tensor values; what goes out are gorgonia tensors at the nodes
// of the outputs. In between the first Run makes a runtime.Session of it, and
// later ones use that until the graph changes.
//
// # Operator set
//
// onnx-go does not tell a backend which operator set a model was written for,
// nor the domain of an operator, so Graph has to assume one. Unless an option
// says otherwise it takes each operator as operator set 9 has it, which is
// what onnx-go and its test cases are about; where the node's inputs,
// outputs and attributes do not fit that, it takes the next version that they
// fit, newer ones first. That finds a Slice with its starts as an input (10)
// or a ReduceSum with axes as one (13). It cannot find a change that leaves
// no trace in the node: of these Softmax, LogSoftmax and Hardmax matter, which
// from 13 on work along one axis, the last by default, and before flatten all
// axes from the given one on, the second by default.
//
// WithOpsetOf reads the right versions from the model's own bytes, WithOpset
// names one; operators are then taken as that operator set has them and in no
// other version. An operator that ai.onnx does not have is looked for in the
// other domains.
//
// # Differences from gorgonnx
//
// A node that reads one value twice gets it twice; an output that other nodes
// read is computed, too; operators may have any number of outputs; scalars and
// the other shapes follow ONNX. An input whose element type is not what the
// model declares is converted where that changes no value and refused where it
// does. Outputs are new tensors at every Run, which later ones leave alone.
//
// What the model gives as initializers is taken as constant: SetTensor changes
// it, and makes the next Run plan again; elements must not be changed in place.
// Inputs may be.
//
// Operators with sub-graphs (If, Loop, Scan), float16 and 8-bit tensors are
// beyond what onnx-go decodes; package runtime runs such models. The package
// exists only for the architectures that gorgonia compiles for.
package onnxgo

import (
	"fmt"
	"maps"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/all"
	"github.com/onnxrun/onnxrun/runtime"
)

// DefaultOpset is the version of the ai.onnx operators that a graph assumes
// where nothing tells it.
const DefaultOpset = 9

// Option changes how a graph is made or runs.
type Option func(*Graph)

// WithOpset says which version of the ai.onnx operators the model is written
// for.
func WithOpset(version int) Option {
	return func(g *Graph) { g.imports[""] = version }
}

// WithOpsetOf reads from an encoded model, the bytes that UnmarshalBinary will
// get, which versions of the operators it is written for. Bytes that are no
// model make ApplyOperation and Run fail.
func WithOpsetOf(model []byte) Option {
	return func(g *Graph) {
		m, err := onnx.Decode(model)
		if err != nil {
			g.fail(fmt.Errorf("WithOpsetOf: %w", err))
			return
		}
		maps.Copy(g.imports, imports(m))
	}
}

func imports(m *onnx.Model) map[string]int {
	l := make(map[string]int)
	for _, o := range m.Opsets {
		l[o.Domain] = int(o.Version)
	}
	return l
}

// WithRegistry replaces the operators; see ops.Registry.With for adding some.
func WithRegistry(r *ops.Registry) Option {
	return func(g *Graph) { g.registry = r }
}

// WithSession passes options to the session that runs the graph.
func WithSession(opts ...runtime.Option) Option {
	return func(g *Graph) { g.session.options = append(g.session.options, opts...) }
}

// NewGraph returns an empty graph, for onnx.NewModel of onnx-go to fill.
func NewGraph(opts ...Option) *Graph {
	g := &Graph{
		nodes:    make(map[int64]*Node),
		named:    make(map[string]*value),
		imports:  make(map[string]int),
		registry: all.Registry(),
	}
	for _, o := range opts {
		o(g)
	}
	g.versions = versionsOf(g.registry)
	return g
}
