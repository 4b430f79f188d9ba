package onnx

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/onnxrun/onnxrun/tensor"
)

// An If whose branches use values of the graph around them: the file has the
// initializer and the input after the node.
func captureModel() pb {
	then := pb{}.str(2, "then").
		msg(1, pbNode("Add", []string{"late", "w"}, []string{"sum"})).
		msg(12, pbValue("sum"))
	inner := pb{}.str(2, "inner").
		msg(1, pbNode("Mul", []string{"x", "own"}, []string{"prod"})).
		msg(12, pbValue("prod"))
	els := pb{}.str(2, "else").
		msg(1,
			pbNode("If", []string{"cond"}, []string{"out"}, pbAttrGraph("then_branch", inner)),
			pbNode("Neg", []string{"w"}, []string{"own"})).
		msg(12, pbValue("out"), pbValue("x"))
	return pbModel(pb{}.str(2, "main").
		msg(1,
			pbNode("If", []string{"cond"}, []string{"y", ""}, pbAttrGraph("then_branch", then), pbAttrGraph("else_branch", els)),
			pbNode("Relu", []string{"x"}, []string{"late"})).
		msg(5, pbFloats("w", 1, 2)).
		msg(11, pbValue("cond"), pbValue("x")).
		msg(12, pbValue("y")))
}

func TestNamesBecomePointers(t *testing.T) {
	m := mustDecode(t, captureModel())
	g := m.Graph
	ifNode, relu := g.Nodes[0], g.Nodes[1]
	if relu.Inputs[0] != g.Inputs[1] || !g.Inputs[1].IsInput || g.Inputs[1].Graph != g {
		t.Error("the input of Relu is not the graph's input x")
	}
	if v := relu.Outputs[0]; v.Producer != relu || v.Graph != g {
		t.Error("the output of Relu does not know its producer")
	}
	if ifNode.Outputs[1] != nil {
		t.Error("an output left out is not nil")
	}
	if g.Outputs[0] != ifNode.Outputs[0] {
		t.Error("the graph's output is not the node's")
	}
	if ifNode.Opset != 17 {
		t.Errorf("opset is %d, want 17", ifNode.Opset)
	}
	then, els := ifNode.Graphs()[0], ifNode.Graphs()[1]
	if then.Outer != g || then.Nodes[0].Inputs[0] != relu.Outputs[0] || then.Nodes[0].Inputs[1] != g.Initializers[0] {
		t.Error("names in the branch do not mean the values around it")
	}
	if got := names(ifNode.Captures); got != "late w cond x" {
		t.Errorf("captures are %q, want those of both branches in the order of their use", got)
	}
	if got := names(els.Nodes[0].Captures); got != "x own" {
		t.Errorf("captures of the inner node are %q", got)
	}
	if els.Outputs[1] != g.Inputs[1] {
		t.Error("the branch does not put out the value around it")
	}
	if !g.Initializers[0].Constant() || g.Inputs[0].Constant() {
		t.Error("w should be constant, cond not")
	}
}

func TestUpdateCapturesFindsWhatDecodingFound(t *testing.T) {
	m := mustDecode(t, captureModel())
	want := map[*Node]string{}
	m.Graph.Walk(func(_ *Graph, n *Node) { want[n], n.Captures = names(n.Captures), nil })
	m.Graph.UpdateCaptures()
	count := 0
	m.Graph.Walk(func(_ *Graph, n *Node) {
		count++
		if got := names(n.Captures); got != want[n] {
			t.Errorf("%s: got %q, want %q", n.OpType, got, want[n])
		}
	})
	if count != 6 {
		t.Errorf("Walk saw %d nodes, want 6", count)
	}
	uses := m.Graph.Uses()
	if x := m.Graph.Inputs[1]; uses[x] != 3 {
		t.Errorf("x has %d uses, want 3", uses[x])
	}
}

func TestUndefinedNamesHaveNoGraph(t *testing.T) {
	m := mustDecode(t, pbModel(pb{}.
		msg(1, pbNode("Add", []string{"a", "a"}, []string{"y"})).
		msg(12, pbValue("y"), pbValue("z"))))
	n := m.Graph.Nodes[0]
	if v := n.Inputs[0]; v == nil || v.Name != "a" || v.Graph != nil || v != n.Inputs[1] {
		t.Errorf("got %+v", v)
	}
	if v := m.Graph.Outputs[1]; v.Name != "z" || v.Graph != nil {
		t.Errorf("got %+v", v)
	}
}

func TestInitializersThatAreInputs(t *testing.T) {
	for ir, constant := range map[int64]bool{3: true, 4: false} {
		g := pb{}.msg(5, pbFloats("w", 1)).msg(11, pbValue("w")).msg(12, pbValue("w"))
		m := mustDecode(t, pb{}.int(1, ir).msg(7, g).msg(8, pbOpset("", 7)))
		v := m.Graph.Inputs[0]
		if v != m.Graph.Initializers[0] || !v.IsInput || v.Constant() != constant {
			t.Errorf("IR %d: got %+v", ir, v)
		}
	}
}

func TestAttributesOfEveryKindSurviveEncoding(t *testing.T) {
	sub := pb{}.str(2, "sub")
	sparse := pb{}.msg(1, pbFloats("v", 5)).msg(2, pb{}.int(1, 1).int(2, 7).ints(7, 3)).ints(3, 2, 2)
	fields := map[AttrKind]pb{
		AttrFloat: pb{}.float(2, 0), AttrInt: pb{}.int(3, 0), AttrString: pb{}.str(4, ""),
		AttrTensor: pb{}.msg(5, pbFloats("t", 1)), AttrGraph: pb{}.msg(6, sub),
		AttrFloats: pb{}.float(7, 1).float(7, 2), AttrInts: pb{}.ints(8, 1, -2), AttrStrings: pb{}.str(9, "a", ""),
		AttrTensors: pb{}.msg(10, pbFloats("t", 1), pbFloats("u", 2)), AttrGraphs: pb{}.msg(11, sub, sub),
		AttrTypeProto: pb{}.msg(14, pbTensorType(1, 2)), AttrTypeProtos: pb{}.msg(15, pbTensorType(1, 2)),
		AttrSparseTensor: pb{}.msg(22, sparse), AttrSparseTensors: pb{}.msg(23, sparse, sparse),
	}
	if len(fields) != 14 {
		t.Fatal("kinds are missing")
	}
	for kind, field := range fields {
		for _, typed := range []bool{true, false} {
			attr := append(pb{}.str(1, "a"), field...)
			if typed {
				attr = attr.int(20, int64(kind))
			}
			m := mustDecode(t, pbModel(pb{}.str(2, "g").msg(1, pbNode("Op", nil, []string{"y"}, attr))))
			a := m.Graph.Nodes[0].Attrs[0]
			if a.Kind != kind {
				t.Errorf("%v, typed %v: got kind %v", kind, typed, a.Kind)
			}
			b, err := Encode(m)
			if err != nil {
				t.Fatal(err)
			}
			again, err := Decode(b)
			if err != nil {
				t.Fatalf("%v: %v", kind, err)
			}
			c := again.Graph.Nodes[0].Attrs[0]
			if a.Graph != nil { // graphs point to what is around them
				a.Graph, c.Graph = &Graph{Name: a.Graph.Name}, &Graph{Name: c.Graph.Name}
			}
			for i := range a.Graphs {
				a.Graphs[i], c.Graphs[i] = &Graph{Name: a.Graphs[i].Name}, &Graph{Name: c.Graphs[i].Name}
			}
			if fmt.Sprintf("%+v", clearOwners(a)) != fmt.Sprintf("%+v", clearOwners(c)) {
				t.Errorf("%v: %+v became %+v", kind, a, c)
			}
		}
	}
}

// clearOwners replaces tensors by what they hold, so that attributes compare.
func clearOwners(a *Attr) []any {
	out := []any{a.Name, a.Kind, a.Ref, a.Float, a.Int, a.String, a.Floats, a.Ints, a.Strings, a.TensorName, a.Type, a.Types}
	tensors := append([]*tensor.Tensor{a.Tensor}, a.Tensors...)
	for _, s := range append([]*tensor.Sparse{a.Sparse}, a.SparseTensors...) {
		if s != nil {
			tensors = append(tensors, s.Values, s.Indices)
			out = append(out, s.Shape)
		}
	}
	for _, t := range tensors {
		if t != nil {
			out = append(out, t.String(), t.Bytes())
		}
	}
	for _, g := range append([]*Graph{a.Graph}, a.Graphs...) {
		if g != nil {
			out = append(out, g.Name)
		}
	}
	return out
}

func TestTypesSurviveEncoding(t *testing.T) {
	f32 := tensor.Type{Kind: tensor.KindTensor, Elem: tensor.F32, HasShape: true, Tag: "IMAGE", Dims: []tensor.Dim{
		{Size: 3}, {Size: -1, Name: "N", Tag: "DATA_BATCH"}, {Size: -1}, {Size: 0}}}
	for _, typ := range []tensor.Type{
		{}, tensor.TensorOf(tensor.F16), f32,
		{Kind: tensor.KindTensor, Elem: tensor.I64, HasShape: true},
		{Kind: tensor.KindSparse, Elem: tensor.F32, HasShape: true, Dims: []tensor.Dim{{Size: 2}}},
		tensor.SequenceOf(f32), tensor.OptionalOf(tensor.SequenceOf(f32)),
		{Kind: tensor.KindMap, Elem: tensor.Str, Of: &f32},
		{Kind: tensor.KindOpaque, OpaqueDomain: "d", OpaqueName: "n"},
	} {
		d := &decoder{}
		got, err := d.typeProto(typeProto(typ).bytes())
		if err != nil || !reflect.DeepEqual(got, typ) {
			t.Errorf("%v became %v, %v", typ, got, err)
		}
	}
}

// everything is a model with every field that a file may have, in the order
// and form in which Encode writes.
func everything() pb {
	pair := func(k, v string) pb { return pb{}.str(1, k).str(2, v) }
	value := func(name string) pb {
		return pb{}.str(1, name).msg(2, pbTensorType(1, 2)).str(3, name+" doc").msg(4, pair("k", name))
	}
	attr := pb{}.str(1, "alpha").float(2, 0.5).str(13, "attribute doc").int(20, 1).str(99, "new in an attribute")
	constant := pb{}.str(1, "value").msg(5, pbFloats("t", 1).str(12, "tensor doc").msg(16, pair("a", "b"))).int(20, 4)
	node := func(op string, in, out []string, attrs ...pb) pb {
		return pb{}.str(1, in...).str(2, out...).str(3, op+" node").str(4, op).msg(5, attrs...).
			str(6, "node doc").str(7, "local").str(8, "over").msg(9, pair("n", "m")).
			msg(10, pb{}.str(1, "device configuration")).str(99, "new in a node")
	}
	graph := pb{}.
		msg(1, node("F", []string{"x", "", "w"}, []string{"y", "", "u"}, attr, constant)).
		str(2, "main").
		msg(5, pbFloats("w", 1, 2).str(12, "weight doc").msg(16, pair("i", "j"))).
		str(10, "graph doc").
		msg(11, value("x")).msg(12, value("y")).msg(13, value("u"), value("stale")).
		msg(14, pb{}.str(1, "x").msg(2, pair("SCALE_TENSOR", "w"))).
		msg(15, pb{}.msg(1, pbFloats("s", 5)).msg(2, pb{}.int(1, 1).int(2, 7).bytes(9, []byte{3, 0, 0, 0, 0, 0, 0, 0})).ints(3, 2, 2)).
		msg(16, pair("g", "h")).
		str(99, "new in a graph")
	function := pb{}.str(1, "F").str(4, "a", "b", "c").str(5, "p", "q", "r").str(6, "alpha").
		msg(7, pb{}.str(1, "a").str(2, "p").str(4, "Elu").msg(5, pb{}.str(1, "alpha").int(20, 1).str(21, "alpha"))).
		str(8, "function doc").msg(9, pbOpset("", 17)).str(10, "local").
		msg(11, pb{}.str(1, "value").int(3, 7).int(20, 2)).
		msg(12, value("p")).str(13, "over").msg(14, pair("f", "g")).str(99, "new in a function")
	return pb{}.int(1, 11).str(2, "producer").str(3, "1.0").str(4, "org.example").int(5, 3).str(6, "model doc").
		msg(7, graph).msg(8, pbOpset("", 17), pbOpset("local", 1)).msg(14, pair("author", "x")).
		msg(20, pb{}.msg(1, pb{}.str(2, "training"))).msg(25, function).
		msg(26, pb{}.str(1, "configuration").int(2, 2)).str(99, "new in a model")
}

func TestEverythingInAModelSurvivesEncoding(t *testing.T) {
	want := everything()
	m := mustDecode(t, want)
	got, err := Encode(m)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
	f := m.Functions[0]
	if f.Body.Nodes[0].Opset != 17 || f.Body.Nodes[0].Attrs[0].Ref != "alpha" || f.Defaults[0].Int != 7 {
		t.Errorf("got function %+v", f)
	}
}

func TestMessagesInSeveralPiecesAreOne(t *testing.T) {
	m := mustDecode(t, pb{}.int(1, 8).
		msg(7, pb{}.str(2, "first").msg(1, pbNode("Relu", []string{"x"}, []string{"y"}))).
		msg(7, pb{}.str(2, "last").msg(11, pbValue("x")).msg(12, pbValue("y"))))
	if m.Graph.Name != "last" || len(m.Graph.Nodes) != 1 || m.Graph.Nodes[0].Inputs[0] != m.Graph.Inputs[0] {
		t.Errorf("got %+v", m.Graph)
	}
}

// nested returns a model of graphs in graphs.
func nested(levels int) pb {
	g := pb{}.str(2, "leaf")
	for range levels - 1 {
		g = pb{}.msg(1, pbNode("If", nil, []string{"y"}, pbAttrGraph("then_branch", g)))
	}
	return pbModel(g)
}

func TestDepthIsBounded(t *testing.T) {
	if _, err := Decode(nested(maxDepth)); err != nil {
		t.Error(err)
	}
	_, err := Decode(nested(maxDepth + 1))
	wantError(t, err, "nested deeper than 64 levels")

	typ := pbTensorType(1)
	for range 1000 {
		typ = pb{}.msg(4, pb{}.msg(1, typ))
	}
	_, err = Decode(pbModel(pb{}.msg(11, pb{}.str(1, "x").msg(2, typ))))
	if !errors.Is(err, errDepth) {
		t.Errorf("got %v", err)
	}
}

func TestErrorsNameThePathOfFields(t *testing.T) {
	bad := pb{}.ints(1, 2, 3).int(2, 1).bytes(9, make([]byte, 12))
	inNode := func(attr pb) pb {
		return pbModel(pb{}.msg(1, pbNode("Relu", nil, nil), pbNode("Op", nil, nil, pbAttrInt("i", 1), attr)))
	}
	branch := pb{}.msg(5, bad)
	for _, c := range []struct {
		want string
		b    pb
	}{
		{"the file has no graph", pb{}.int(1, 8)},
		{"the file has no graph", pb{}},
		{"graph.node[1].attribute[1].t.raw_data: 12 bytes for float32[2 3], want 24", inNode(pb{}.msg(5, bad).int(20, 4))},
		{`graph.node[1].attribute[1 "body"].g.initializer[0].raw_data: 12 bytes`, inNode(pbAttrGraph("body", branch))},
		{`graph.node[1].attribute[1 "l"].tensors[1].raw_data: 12 bytes`, inNode(pb{}.str(1, "l").msg(10, pbFloats("t", 1), bad))},
		{"graph.node[1].attribute[1].f: the attribute's type is int", inNode(pb{}.float(2, 1).int(20, 2))},
		{"graph.node[1].attribute[1].t: the tensor is missing", inNode(pb{}.int(20, 4))},
		{"graph.node[1].attribute[1].g: the graph is missing", inNode(pb{}.int(20, 5))},
		{"graph.node[1].attribute[1].type: 15 is no known attribute type", inNode(pb{}.int(20, 15))},
		{"graph.node[1].attribute[1].ref_attr_name: the attribute has a value", inNode(pb{}.int(3, 1).int(20, 2).str(21, "r"))},
		{"graph.node[1].attribute[1].floats: 3 bytes", inNode(pb{}.bytes(7, []byte{1, 2, 3}))},
		{"graph.node[1].attribute[1].sparse_tensor.indices: entry 0: 4 is outside of [0, 3]", inNode(pb{}.msg(22,
			pb{}.msg(1, pbFloats("v", 5)).msg(2, pb{}.int(1, 1).int(2, 7).ints(7, 4)).ints(3, 2, 2)))},
		{"graph.node[1].attribute[1].sparse_tensor.indices: entry 1: the entries are not in ascending order", inNode(pb{}.msg(22,
			pb{}.msg(1, pbFloats("v", 5, 6)).msg(2, pb{}.int(1, 2).int(2, 7).ints(7, 1, 1)).ints(3, 2, 2)))},
		{"graph.node[1].attribute[1].sparse_tensor.indices: got int64[3], want shape [1] or [1 2]", inNode(pb{}.msg(22,
			pb{}.msg(1, pbFloats("v", 5)).msg(2, pb{}.int(1, 3).int(2, 7).ints(7, 1, 2, 3)).ints(3, 2, 2)))},
		{"graph.node[1].attribute[1].sparse_tensor.dims: shape", inNode(pb{}.msg(22,
			pb{}.msg(1, pbFloats("v", 5)).msg(2, pb{}.int(1, 1).int(2, 7).ints(7, 4)).ints(3, 1<<30, 1<<30, 1<<30)))},
		{"graph.input[0].type.tensor_type.elem_type: 77 is not a known element type", pbModel(pb{}.msg(11, pb{}.str(1, "x").msg(2, pbTensorType(77))))},
		{"functions[0].node[0].attribute[0].t.raw_data", pbModel(pb{}, pb{}.msg(7, pbNode("Op", nil, nil, pb{}.msg(5, bad))))},
		{"opset_import[0]: version -1 is out of range", pb{}.msg(7, pb{}).msg(8, pbOpset("", -1))},
		{"opset_import[0]: version 4294967297 is out of range", pb{}.msg(7, pb{}).msg(8, pbOpset("", 1<<32+1))},
		{"field 7: wire type 0, want 2", pb{}.int(7, 1)},
	} {
		_, err := Decode(c.b)
		wantError(t, err, c.want)
	}
}

func TestCutOffModelsAreRefused(t *testing.T) {
	whole := everything()
	accepted := 0
	for n := range len(whole) {
		if _, err := Decode(whole[:n:n]); err == nil {
			accepted++ // the cut is between two fields of the model
		}
	}
	if accepted > 10 {
		t.Errorf("%d prefixes of the model were accepted", accepted)
	}
}

func TestFlippedBitsDoNotPanic(t *testing.T) {
	whole := everything()
	for i := range whole {
		for bit := range 8 {
			b := bytes.Clone(whole)
			b[i] ^= 1 << bit
			if m, err := Decode(b); err == nil {
				Check(m)
				m.Graph.Sort()
				Encode(m)
				m.Inline()
			}
		}
	}
}

func TestValuesWithoutNamesAreNotEncoded(t *testing.T) {
	m := mustDecode(t, pbModel(pb{}.msg(1, pbNode("Relu", []string{"x"}, []string{"y"}))))
	m.Graph.Nodes[0].Outputs[0].Name = ""
	_, err := Encode(m)
	wantError(t, err, "graph.node[0].output[0]: the value has no name")
}

func TestModelsBeyondTwoGigabytesAreNotEncoded(t *testing.T) {
	w, err := tensor.New(tensor.U8, tensor.Shape{1 << 26})
	if err != nil {
		t.Fatal(err)
	}
	g := &Graph{}
	for i := range 32 { // all share one tensor's memory
		g.Initializers = append(g.Initializers, &Value{Name: strings.Repeat("w", i+1), Const: w, Graph: g})
	}
	_, err = Encode(&Model{IRVersion: 8, Graph: g})
	wantError(t, err, "a file at most 2147483647")
}
