//go:build 386 || amd64 || arm || arm64 || wasm

package onnxgo

import (
	"testing"

	onnxgo "github.com/owulveryck/onnx-go"
	gorgonia "gorgonia.org/tensor"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/tensor"
)

// TestPlanLastsUntilTheGraphChanges also pins which values are constants.
func TestPlanLastsUntilTheGraphChanges(t *testing.T) {
	b := optest.NewGraph(9).Input("x", tensor.F32, 2).Const("w", tensor.Of(tensor.Shape{2}, float32(3), 4)).
		Node("Mul", []string{"x", "w"}, []string{"h"}, nil).
		Node("Neg", []string{"h"}, []string{"y"}, nil).Output("y")
	b.Graph.Outputs[0].Type = tensor.TensorOf(tensor.F32)
	data, err := onnx.Encode(b.Model())
	if err != nil {
		t.Fatal(err)
	}
	g := NewGraph()
	m := onnxgo.NewModel(g)
	if err := m.UnmarshalBinary(data); err != nil {
		t.Fatal(err)
	}
	node := func(name string) *Node {
		n, _ := m.GetNodeByName(name)
		return n.(*Node)
	}
	set := func(name string, v ...float32) {
		if err := node(name).SetTensor(gorgonia.New(gorgonia.WithShape(len(v)), gorgonia.WithBacking(v))); err != nil {
			t.Fatal(err)
		}
	}
	run := func() any {
		if err := g.Run(); err != nil {
			t.Fatal(err)
		}
		return g.session.plan
	}
	set("x", 1, 2)
	first := run()
	if len(g.session.model.inputs) != 1 || len(g.session.model.outputs) != 1 {
		t.Errorf("got %d inputs and %d outputs, want 1 and 1", len(g.session.model.inputs), len(g.session.model.outputs))
	}
	set("x", 3, 4, 5)
	if err := g.Run(); err == nil {
		t.Error("shapes [3] and [2] do not broadcast")
	}
	set("x", 3)
	node("y").GetTensor()
	if run() != first {
		t.Error("another input made the graph plan again")
	}
	set("w", 1, 2)
	second := run()
	if second == first {
		t.Error("the initializer that was set is still constant")
	}
	set("w", 3, 4)
	if run() != second {
		t.Error("the initializer that was set before is constant again")
	}
	node("h").GetTensor()
	third := run()
	if third == second || len(g.session.model.outputs) != 2 {
		t.Error("a value that was asked for is not kept")
	}
	node("h").GetTensor()
	if run() != third {
		t.Error("a value that is kept made the graph plan again")
	}
}
