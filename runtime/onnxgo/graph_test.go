//go:build 386 || amd64 || arm || arm64 || wasm

package onnxgo_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	onnxgo "github.com/owulveryck/onnx-go"
	"github.com/owulveryck/onnx-go/backend"
	"gonum.org/v1/gonum/graph"
	gorgonia "gorgonia.org/tensor"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/onnx"
	ours "github.com/onnxrun/onnxrun/runtime/onnxgo"
	"github.com/onnxrun/onnxrun/tensor"
)

var (
	_ backend.ComputationBackend = (*ours.Graph)(nil)
	_ onnxgo.Namer               = (*ours.Node)(nil)
	_ onnxgo.DataCarrier         = (*ours.Node)(nil)
)

// encode returns the model's bytes. Outputs without a declared type become
// float32 of two dimensions, since onnx-go wants a type for every output.
func encode(t *testing.T, b *optest.Builder) []byte {
	t.Helper()
	m := b.Model()
	for _, v := range b.Graph.Outputs {
		if v.Type.Kind == tensor.KindUnknown {
			v.Type = tensor.Type{Kind: tensor.KindTensor, Elem: tensor.F32, HasShape: true, Dims: []tensor.Dim{{Size: 1}, {Size: 2}}}
		}
	}
	data, err := onnx.Encode(m)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// load has onnx-go decode a model into a new graph.
func load(t *testing.T, data []byte, opts ...ours.Option) (*onnxgo.Model, *ours.Graph) {
	t.Helper()
	g := ours.NewGraph(opts...)
	m := onnxgo.NewModel(g)
	if err := m.UnmarshalBinary(data); err != nil {
		t.Fatal(err)
	}
	return m, g
}

func vec(v ...float32) *gorgonia.Dense {
	return gorgonia.New(gorgonia.WithShape(len(v)), gorgonia.WithBacking(v))
}

func matrix(rows, cols int, v ...float32) *gorgonia.Dense {
	return gorgonia.New(gorgonia.WithShape(rows, cols), gorgonia.WithBacking(v))
}

// outputs sets the inputs, runs the graph, and returns the outputs.
func outputs(t *testing.T, m *onnxgo.Model, g *ours.Graph, inputs ...gorgonia.Tensor) []gorgonia.Tensor {
	t.Helper()
	for i, x := range inputs {
		if err := m.SetInput(i, x); err != nil {
			t.Fatal(err)
		}
	}
	if err := g.Run(); err != nil {
		t.Fatal(err)
	}
	out, err := m.GetOutputTensors()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func expect(t *testing.T, got gorgonia.Tensor, want ...float32) {
	t.Helper()
	if got == nil {
		t.Fatalf("got no tensor, want %v", want)
	}
	if g, ok := got.Data().([]float32); !ok || !slices.Equal(g, want) {
		t.Fatalf("got %v, want %v", got.Data(), want)
	}
}

func twice(b *optest.Builder) *optest.Builder {
	return b.Input("x", tensor.F32, 3).Node("Add", []string{"x", "x"}, []string{"y"}, nil).Output("y")
}

func TestValueReadTwiceIsReadTwice(t *testing.T) {
	b := optest.NewGraph(9).Input("x", tensor.F32, 2).Input("y", tensor.F32, 1).
		Node("Concat", []string{"x", "y", "x"}, []string{"z"}, optest.Attrs{"axis": 0}).Output("z")
	m, g := load(t, encode(t, b))
	expect(t, outputs(t, m, g, vec(1, 2), vec(3))[0], 1, 2, 3, 1, 2)
}

func TestOutputsOutliveLaterRuns(t *testing.T) {
	m, g := load(t, encode(t, twice(optest.NewGraph(9))))
	first := outputs(t, m, g, vec(1, 2, 3))[0]
	expect(t, outputs(t, m, g, vec(4, 5, 6))[0], 8, 10, 12)
	expect(t, first, 2, 4, 6)
}

func TestElementsOfAnInputMayChangeBetweenRuns(t *testing.T) {
	m, g := load(t, encode(t, twice(optest.NewGraph(9))))
	x := m.GetInputTensors()[0] // onnx-go's own, of the declared type
	for i := range 3 {
		x.SetAt(float32(i), i)
	}
	expect(t, outputs(t, m, g)[0], 0, 2, 4)
	x.SetAt(float32(9), 0)
	expect(t, outputs(t, m, g)[0], 18, 2, 4)
}

func TestOutputMemoryIsTheCallers(t *testing.T) {
	b := optest.NewGraph(9).Input("x", tensor.F32, 2).Const("w", tensor.Of(tensor.Shape{2}, float32(3), 4)).
		Node("Identity", []string{"w"}, []string{"v"}, nil).
		Node("Identity", []string{"x"}, []string{"y"}, nil).Output("v", "y")
	m, g := load(t, encode(t, b))
	x := vec(1, 2)
	for _, o := range outputs(t, m, g, x) {
		o.SetAt(float32(-1), 0)
	}
	expect(t, x, 1, 2)
	out := outputs(t, m, g)
	expect(t, out[0], 3, 4)
	expect(t, out[1], 1, 2)
}

func TestInputsAndOutputsThatAreLeftOut(t *testing.T) {
	// With weights of 0, h' = h/2 in each of two steps.
	h := tensor.Of(tensor.Shape{1, 1, 1}, float32(8))
	zero := tensor.Of(tensor.Shape{1, 3, 1}, float32(0), 0, 0)
	b := optest.NewGraph(7).Input("x", tensor.F32, 2, 1, 1).Const("w", zero).Const("h", h).
		Node("GRU", []string{"x", "w", "w", "", "", "h"}, []string{"", "y"}, optest.Attrs{"hidden_size": 1}).
		Node("GRU", []string{"x", "w", "w", "", "", "y"}, []string{"", "z"}, optest.Attrs{"hidden_size": 1}).Output("y", "z")
	m, g := load(t, encode(t, b))
	out := outputs(t, m, g, gorgonia.New(gorgonia.WithShape(2, 1, 1), gorgonia.WithBacking([]float32{1, 2})))
	expect(t, out[0], 2)
	expect(t, out[1], 0.5)
}

func TestOperationsWithoutInputs(t *testing.T) {
	b := optest.NewGraph(9).
		Node("Constant", nil, []string{"a"}, optest.Attrs{"value": tensor.Of(tensor.Shape{2}, float32(1), 2)}).
		Node("Constant", nil, []string{"b"}, optest.Attrs{"value": tensor.Of(tensor.Shape{2}, float32(10), 20)}).
		Node("Add", []string{"a", "b"}, []string{"y"}, nil).Output("y")
	for _, n := range b.Graph.Nodes {
		n.Name = ""
	}
	m, g := load(t, encode(t, b))
	expect(t, outputs(t, m, g)[0], 11, 22)
}

func TestOutputThatOtherNodesRead(t *testing.T) {
	b := optest.NewGraph(9).Input("x", tensor.F32, 2).
		Node("Neg", []string{"x"}, []string{"h"}, nil).
		Node("Exp", []string{"h"}, []string{"e"}, nil).
		Node("Add", []string{"h", "h"}, []string{"y"}, nil).Output("h", "y", "e")
	m, g := load(t, encode(t, b))
	out := outputs(t, m, g, vec(1, 2))
	expect(t, out[0], -1, -2)
	expect(t, out[1], -2, -4)
	out = outputs(t, m, g, vec(5, 6))
	expect(t, out[0], -5, -6)
	expect(t, out[1], -10, -12)
}

func TestValueAskedForAfterARunIsOfThatRun(t *testing.T) {
	b := optest.NewGraph(9).Input("x", tensor.F32, 2).
		Node("Neg", []string{"x"}, []string{"h"}, nil).
		Node("Add", []string{"h", "h"}, []string{"y"}, nil).Output("y")
	m, g := load(t, encode(t, b))
	outputs(t, m, g, vec(1, 2))
	if err := m.SetInput(0, vec(7, 8)); err != nil {
		t.Fatal(err)
	}
	h, _ := m.GetNodeByName("h")
	expect(t, h.(onnxgo.DataCarrier).GetTensor(), -1, -2)
	outputs(t, m, g)
	expect(t, h.(onnxgo.DataCarrier).GetTensor(), -7, -8)
}

func TestOutputThatIsAnInput(t *testing.T) {
	b := twice(optest.NewGraph(9)).Output("x")
	m, g := load(t, encode(t, b))
	out := outputs(t, m, g, vec(1, 2, 3))
	expect(t, out[0], 2, 4, 6)
	expect(t, out[1], 1, 2, 3)
}

func TestDeclarationsInValueInfoDoNotHideInputs(t *testing.T) {
	b := twice(optest.NewGraph(9)).Const("w", tensor.Of(tensor.Shape{3}, float32(1), 1, 1)).
		Node("Add", []string{"x", "w"}, []string{"z"}, nil).Output("z")
	b.Graph.Infos = []*onnx.Value{b.Graph.Inputs[0], b.Graph.Initializers[0], b.Graph.Nodes[0].Outputs[0]}
	m, g := load(t, encode(t, b))
	out := outputs(t, m, g, vec(1, 2, 3))
	expect(t, out[0], 2, 4, 6)
	expect(t, out[1], 2, 3, 4)
	expect(t, outputs(t, m, g, vec(0, 0, 0))[1], 1, 1, 1)
}

func TestInitializersCanBeSet(t *testing.T) {
	for _, version := range []int64{3, 8} {
		b := optest.NewGraph(9).Input("x", tensor.F32, 2)
		b.Const("w", tensor.Of(tensor.Shape{2}, float32(3), 4))
		if version == 3 { // which wants initializers among the inputs
			w := b.Graph.Initializers[0]
			w.IsInput = true
			b.Graph.Inputs = append(b.Graph.Inputs, w)
		}
		b.Node("Mul", []string{"x", "w"}, []string{"y"}, nil).Output("y")
		model := b.Model()
		model.IRVersion = version
		model.Graph.Outputs[0].Type = tensor.TensorOf(tensor.F32)
		data, err := onnx.Encode(model)
		if err != nil {
			t.Fatal(err)
		}
		m, g := load(t, data)
		if len(m.Input) != 1 {
			t.Fatalf("IR %d: got %d inputs, want 1", version, len(m.Input))
		}
		expect(t, outputs(t, m, g, vec(1, 2))[0], 3, 8)
		w, _ := m.GetNodeByName("w")
		if err := w.(onnxgo.DataCarrier).SetTensor(vec(10, 10)); err != nil {
			t.Fatal(err)
		}
		expect(t, outputs(t, m, g)[0], 10, 20)
		if err := w.(onnxgo.DataCarrier).SetTensor(vec(-1, -1)); err != nil {
			t.Fatal(err)
		}
		expect(t, outputs(t, m, g)[0], -1, -2)
	}
}

func TestOperatorSet(t *testing.T) {
	// Softmax over all but the first axis before 13, over the last since.
	softmax := encode(t, optest.NewGraph(13).Input("x", tensor.F32, 1, 2, 2).
		Node("Softmax", []string{"x"}, []string{"y"}, nil).Output("y"))
	for _, c := range []struct {
		name string
		opts []ours.Option
		want float32
	}{
		{"assumed", nil, 0.25},
		{"named", []ours.Option{ours.WithOpset(13)}, 0.5},
		{"of the model", []ours.Option{ours.WithOpsetOf(softmax)}, 0.5},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, g := load(t, softmax, c.opts...)
			x := gorgonia.New(gorgonia.WithShape(1, 2, 2), gorgonia.WithBacking(make([]float32, 4)))
			expect(t, outputs(t, m, g, x)[0], c.want, c.want, c.want, c.want)
		})
	}
}

func TestOperatorsAreTakenInTheVersionThatTheirNodesFit(t *testing.T) {
	one := tensor.Of(tensor.Shape{1}, int64(1))
	for _, c := range []struct {
		name string
		b    *optest.Builder
		want []float32
	}{
		{"Slice 1", optest.NewGraph(1).Input("x", tensor.F32, 3).
			Node("Slice", []string{"x"}, []string{"y"}, optest.Attrs{"starts": []int{1}, "ends": []int{3}}), []float32{2, 3}},
		{"Slice 10", optest.NewGraph(10).Input("x", tensor.F32, 3).
			Const("from", one).Const("to", tensor.Of(tensor.Shape{1}, int64(3))).
			Node("Slice", []string{"x", "from", "to"}, []string{"y"}, nil), []float32{2, 3}},
		{"Unsqueeze 13", optest.NewGraph(13).Input("x", tensor.F32, 3).Const("axes", one).
			Node("Unsqueeze", []string{"x", "axes"}, []string{"y"}, nil), []float32{1, 2, 3}},
		{"Add 6", optest.NewGraph(6).Input("x", tensor.F32, 3).Const("w", tensor.Of(tensor.Shape{3}, float32(1), 1, 1)).
			Node("Add", []string{"x", "w"}, []string{"y"}, optest.Attrs{"broadcast": 1, "axis": 0}), []float32{2, 3, 4}},
		{"Mod 10", optest.NewGraph(10).Input("x", tensor.F32, 3).Const("w", tensor.Of(tensor.Shape{1}, float32(2))).
			Node("Mod", []string{"x", "w"}, []string{"y"}, optest.Attrs{"fmod": 1}), []float32{1, 0, 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, g := load(t, encode(t, c.b.Output("y")))
			expect(t, outputs(t, m, g, vec(1, 2, 3))[0], c.want...)
		})
	}
	t.Run("not where it is given", func(t *testing.T) {
		b := optest.NewGraph(10).Input("x", tensor.F32, 3).Const("from", one).Const("to", one).
			Node("Slice", []string{"x", "from", "to"}, []string{"y"}, nil).Output("y")
		m, g := load(t, encode(t, b), ours.WithOpset(9))
		m.SetInput(0, vec(1, 2, 3))
		if err := g.Run(); err == nil || !strings.Contains(err.Error(), "got 3 inputs, want at most 1") {
			t.Errorf("got %v", err)
		}
	})
}

func TestInputsAreConvertedWhereNoValueChanges(t *testing.T) {
	b := optest.NewGraph(9).Input("x", tensor.F32, 3).Input("shape", tensor.I64, 2).
		Node("Reshape", []string{"x", "shape"}, []string{"y"}, nil).Output("y")
	m, g := load(t, encode(t, b))
	y := outputs(t, m, g, vec(1, 2, 3), vec(3, 1))[0]
	if !slices.Equal(y.Shape(), []int{3, 1}) {
		t.Errorf("got shape %v, want (3, 1)", y.Shape())
	}
	y = outputs(t, m, g, vec(1, 2, 3), gorgonia.New(gorgonia.WithShape(2), gorgonia.WithBacking([]int{1, 3})))[0]
	if !slices.Equal(y.Shape(), []int{1, 3}) {
		t.Errorf("got shape %v, want (1, 3)", y.Shape())
	}
	for _, bad := range []gorgonia.Tensor{
		vec(3, 1.5),
		gorgonia.New(gorgonia.WithShape(2), gorgonia.WithBacking([]bool{true, true})),
	} {
		m.SetInput(1, bad)
		if err := g.Run(); err == nil || !strings.Contains(err.Error(), `input "shape"`) || !strings.Contains(err.Error(), "want int64") {
			t.Errorf("got %v", err)
		}
	}
}

func TestNotImplementedIsOnnxGosError(t *testing.T) {
	unknown := encode(t, optest.NewGraph(9).Input("x", tensor.F32, 2).Node("Frobnicate", []string{"x"}, []string{"y"}, nil).Output("y"))
	err := onnxgo.NewModel(ours.NewGraph()).UnmarshalBinary(unknown)
	if e, ok := err.(*onnxgo.ErrNotImplemented); !ok || e.Operator != "Frobnicate" {
		t.Errorf("got %v", err)
	}

	later := encode(t, optest.NewGraph(10).Input("x", tensor.F32, 2).Node("Mod", []string{"x", "x"}, []string{"y"}, optest.Attrs{"fmod": 1}).Output("y"))
	m, g := load(t, later, ours.WithOpset(9))
	m.SetInput(0, vec(1, 2))
	err = g.Run()
	if e, ok := err.(*onnxgo.ErrNotImplemented); !ok || e.Operator != "Mod" {
		t.Errorf("got %v", err)
	}

	half := encode(t, optest.NewGraph(9).Input("x", tensor.F32, 2).Node("Cast", []string{"x"}, []string{"y"}, optest.Attrs{"to": int(tensor.F16)}).Output("y"))
	m, g = load(t, half)
	m.SetInput(0, vec(1, 2))
	err = g.Run()
	if _, ok := err.(*onnxgo.ErrNotImplemented); !ok {
		t.Errorf("got %v", err)
	}
}

func TestMistakesAreErrors(t *testing.T) {
	node := func(g *ours.Graph, name string) graph.Node {
		n := g.NewNode()
		n.(*ours.Node).SetName(name)
		g.AddNode(n)
		return n
	}
	link := func(g *ours.Graph, from, to graph.Node, w float64) {
		g.SetWeightedEdge(g.NewWeightedEdge(from, to, w))
	}
	apply := func(g *ours.Graph, op string, attrs map[string]any, n ...graph.Node) {
		if err := g.ApplyOperation(onnxgo.Operation{Name: op, Attributes: attrs}, n...); err != nil {
			t.Logf("applying gives %v", err)
		}
	}
	for name, build := range map[string]func(g *ours.Graph){
		"empty graph":   func(*ours.Graph) {},
		"nil node":      func(g *ours.Graph) { g.AddNode(nil) },
		"nil edge":      func(g *ours.Graph) { g.SetWeightedEdge(nil) },
		"nil ends":      func(g *ours.Graph) { g.SetWeightedEdge(g.NewWeightedEdge(nil, nil, 0)) },
		"other's node":  func(g *ours.Graph) { g.AddNode(ours.NewGraph().NewNode()) },
		"nil output":    func(g *ours.Graph) { apply(g, "Relu", nil, nil) },
		"no outputs":    func(g *ours.Graph) { apply(g, "Relu", nil) },
		"no model":      func(g *ours.Graph) { ours.WithOpsetOf([]byte("no model"))(g) },
		"strange input": func(g *ours.Graph) { x, y := node(g, "x"), node(g, "y"); link(g, y, x, math.NaN()) },
		"input without tensor": func(g *ours.Graph) {
			x, y := node(g, "x"), node(g, "y")
			link(g, y, x, 0)
			apply(g, "Relu", nil, y)
		},
		"nil tensor": func(g *ours.Graph) {
			x, y := node(g, "x"), node(g, "y")
			x.(*ours.Node).SetTensor((*gorgonia.Dense)(nil))
			link(g, y, x, 0)
			apply(g, "Relu", nil, y)
		},
		"missing input": func(g *ours.Graph) { apply(g, "Relu", nil, node(g, "y")) },
		"self edge": func(g *ours.Graph) {
			y := node(g, "y")
			link(g, y, y, 0)
			apply(g, "Relu", nil, y)
		},
		"cycle": func(g *ours.Graph) {
			x, y := node(g, "x"), node(g, "y")
			link(g, y, x, 0)
			link(g, x, y, 0)
			apply(g, "Relu", nil, y)
			apply(g, "Relu", nil, x)
		},
		"computed twice": func(g *ours.Graph) {
			x, y := node(g, "x"), node(g, "y")
			x.(*ours.Node).SetTensor(vec(1))
			link(g, y, x, 0)
			apply(g, "Relu", nil, y)
			apply(g, "Neg", nil, y)
		},
		"attribute of no type": func(g *ours.Graph) {
			x, y := node(g, "x"), node(g, "y")
			x.(*ours.Node).SetTensor(vec(1))
			link(g, y, x, 0)
			apply(g, "LeakyRelu", map[string]any{"alpha": struct{}{}}, y)
		},
		"nil attribute": func(g *ours.Graph) {
			apply(g, "Constant", map[string]any{"value": gorgonia.Tensor((*gorgonia.Dense)(nil))}, node(g, "y"))
		},
		"initializer of the wrong type": func(g *ours.Graph) {
			x, w, y := node(g, "x"), node(g, "w"), node(g, "y")
			for range 2 { // as onnx-go does with initializers
				x.(*ours.Node).SetTensor(matrix(1, 1, 1))
				w.(*ours.Node).SetTensor(matrix(1, 1, 1))
			}
			link(g, y, x, 0)
			link(g, y, w, 1)
			apply(g, "MatMulInteger", nil, y)
		},
		"wrong shapes": func(g *ours.Graph) {
			x, w, y := node(g, "x"), node(g, "w"), node(g, "y")
			x.(*ours.Node).SetTensor(vec(1, 2, 3))
			w.(*ours.Node).SetTensor(vec(1, 2))
			link(g, y, x, 0)
			link(g, y, w, 1)
			apply(g, "Add", nil, y)
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := ours.NewGraph()
			build(g)
			err := g.Run()
			if err == nil {
				t.Fatal("got no error")
			}
			t.Log(err)
		})
	}
}

func TestGraphBuiltByHandInAnyOrder(t *testing.T) {
	g := ours.NewGraph()
	var n []*ours.Node
	for range 4 {
		n = append(n, g.NewNode().(*ours.Node)) // without names: y, h, a, b
	}
	y, h, a, b := n[0], n[1], n[2], n[3]
	g.SetWeightedEdge(g.NewWeightedEdge(y, h, 0))
	g.SetWeightedEdge(g.NewWeightedEdge(h, b, 1))
	g.SetWeightedEdge(g.NewWeightedEdge(h, a, 0))
	for _, op := range []struct {
		name string
		of   *ours.Node
	}{{"Neg", y}, {"Sub", h}} {
		if err := g.ApplyOperation(onnxgo.Operation{Name: op.name}, op.of); err != nil {
			t.Fatal(err)
		}
	}
	a.SetTensor(vec(5, 6))
	b.SetTensor(vec(1, 1))
	if err := g.Run(); err != nil {
		t.Fatal(err)
	}
	expect(t, y.GetTensor(), -4, -5)

	ids := func(it graph.Nodes) (l []int64) {
		for it.Next() {
			l = append(l, it.Node().ID())
		}
		return l
	}
	if got := ids(g.From(h.ID())); !slices.Equal(got, []int64{3, 2}) {
		t.Errorf("h is computed from %v", got)
	}
	if got := ids(g.To(a.ID())); !slices.Equal(got, []int64{1}) {
		t.Errorf("a is read by %v", got)
	}
	if g.Nodes().Len() != 4 || g.Node(4) != nil || g.From(9).Len() != 0 || g.To(9).Len() != 0 {
		t.Error("the nodes are not those that were added")
	}
	if !g.HasEdgeFromTo(0, 1) || g.HasEdgeFromTo(1, 0) || !g.HasEdgeBetween(1, 0) || g.Edge(0, 3) != nil {
		t.Error("the edges are not those that were added")
	}
}

func TestErrorsOfOperatorsNameTheNode(t *testing.T) {
	b := optest.NewGraph(9).Input("x", tensor.F32, 2).Input("w", tensor.F32, 3).Node("Add", []string{"x", "w"}, []string{"y"}, nil).Output("y")
	m, g := load(t, encode(t, b))
	m.SetInput(0, vec(1, 2))
	m.SetInput(1, vec(1, 2, 3))
	err := g.Run()
	if err == nil || !strings.Contains(err.Error(), "Add") || !strings.Contains(err.Error(), "y") {
		t.Errorf("got %v", err)
	}
	var missing *onnxgo.ErrNotImplemented
	if errors.As(err, &missing) {
		t.Errorf("%v is not what this backend cannot do", err)
	}
	expect(t, outputs(t, m, g, vec(1, 2), vec(3, 4))[0], 4, 6)
}
