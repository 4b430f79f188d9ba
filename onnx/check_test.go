package onnx

import (
	"strings"
	"testing"

	"github.com/onnxrun/onnxrun/tensor"
)

func TestCheckAcceptsGoodModels(t *testing.T) {
	for name, b := range map[string]pb{
		"sub-graphs": pbModel(pbGraph("c x", "y", pbOp("Neg", "x", "n"), pbOp("If", "c", "y",
			pbAttrGraph("then_branch", pbGraph("", "t", pbOp("Add", "x n", "t"))),
			pbAttrGraph("else_branch", pbGraph("", "n"))))),
		"functions": pbModel(pbGraph("x", "y", pbCall("F", "x", "y", pbAttrInt("p", 1))),
			pbFunction("F", "a b", "r", pbOp("Neg", "a", "r", pbRef("q", "p", AttrInt))).str(6, "p")),
		"an input with a default": pbModel(pbGraph("x", "y", pbOp("Neg", "x", "y")).msg(5, pb{}.int(2, 1).str(8, "x").packedFloats(4, 1))),
		"everything":              everything(),
	} {
		m := mustDecode(t, b)
		if name == "everything" { // it has an output that the function does not
			m.Graph.Nodes[0].Attrs = m.Graph.Nodes[0].Attrs[:1]
			m.Functions[0].Body.Outputs = m.Functions[0].Body.Outputs[:1]
			m.Graph.Nodes[0].Outputs = m.Graph.Nodes[0].Outputs[:1]
		}
		for _, p := range Check(m) {
			t.Errorf("%s: %v", name, p)
		}
	}
}

func TestCheckFinds(t *testing.T) {
	g := pbGraph("x", "y", pbOp("Neg", "x", "y"))
	with := func(g pb) pb { return pbModel(g) }
	for _, c := range []struct {
		want  string
		minor bool
		b     pb
	}{
		{`graph g, node 0 (y, Neg), input 0: value "z" is not defined`, false, with(pbGraph("x", "y", pbOp("Neg", "z", "y")))},
		{`graph g, output 1: value "z" is not defined`, false, with(pbGraph("x", "y z", pbOp("Neg", "x", "y")))},
		{`node 0 (y, If), attribute then_branch, graph g, node 0 (t, Neg), input 0: value "z" is not defined`, false,
			with(pbGraph("x", "y", pbOp("If", "x", "y", pbAttrGraph("then_branch", pbGraph("", "t", pbOp("Neg", "z", "t"))))))},
		{`node 1 (y, Abs), output 0: value "y" is defined twice`, false, with(pbGraph("x", "y", pbOp("Neg", "x", "y"), pbOp("Abs", "x", "y")))},
		{`output 0: value "x" is defined twice`, false, with(pbGraph("x", "x", pbOp("Neg", "x", "x")))},
		{`input 1: value "x" is defined twice`, false, with(pbGraph("x x", "y", pbOp("Neg", "x", "y")))},
		{`initializer "w": the name is defined twice`, false, with(g.msg(5, pbFloats("w", 1), pbFloats("w", 1)))},
		{`attribute then_branch, graph g, node 0 (x, Neg), output 0: value "x" has the name of one of the graph around it`, true,
			with(pbGraph("x", "y", pbOp("If", "x", "y", pbAttrGraph("then_branch", pbGraph("", "x", pbOp("Neg", "", "x"))))))},
		{`value "t" is computed only further down`, true, with(pbGraph("x", "y", pbOp("Neg", "t", "y"), pbOp("Abs", "x", "t")))},
		{`the nodes form a cycle: (a, Neg), (b, Abs)`, false, with(pbGraph("x", "a", pbOp("Neg", "b", "a"), pbOp("Abs", "a", "b")))},
		{`the nodes form a cycle: (a, If)`, false, with(pbGraph("x", "a",
			pbOp("If", "x", "a", pbAttrGraph("then_branch", pbGraph("", "t", pbOp("Neg", "a", "t"))))))},
		{`the nodes form a cycle: (a, If)`, false, with(pbGraph("x", "a", pbOp("If", "x", "a", pbAttrGraph("then_branch", pbGraph("", "a")))))},
		{"node 0 (y, ): op_type is missing", false, with(pbGraph("x", "y", pbOp("", "x", "y")))},
		{"the node has neither inputs nor outputs", false, with(pbGraph("x", "x", pbOp("Neg", "", "")))},
		{`no operator set is imported for domain "other"`, false, with(pbGraph("x", "y", pbOp("Neg", "x", "y").str(7, "other")))},
		{"attribute p: the attribute is there twice", false, with(pbGraph("x", "y", pbOp("Neg", "x", "y", pbAttrInt("p", 1), pbAttrInt("p", 2))))},
		{"attribute 0: the name is missing", false, with(pbGraph("x", "y", pbOp("Neg", "x", "y", pb{}.int(3, 1))))},
		{"attribute p: the type is missing", false, with(pbGraph("x", "y", pbOp("Neg", "x", "y", pb{}.str(1, "p"))))},
		{`attribute p: it refers to attribute "q" of a function`, false, with(pbGraph("x", "y", pbOp("Neg", "x", "y", pbRef("p", "q", AttrInt))))},
		{"ir_version is missing", false, pb{}.msg(7, g).msg(8, pbOpset("", 1))},
		{"IR version 2 is not supported", false, pb{}.int(1, 2).msg(7, g).msg(8, pbOpset("", 1))},
		{"IR version 99 is not known", true, pb{}.int(1, 99).msg(7, g).msg(8, pbOpset("", 1))},
		{"model: no operator set is imported", false, pb{}.int(1, 8).msg(7, g)},
		{`operator set "" is imported in versions 1 and 2`, false, pb{}.int(1, 8).msg(7, g).msg(8, pbOpset("", 1), pbOpset("ai.onnx", 2))},
		{`operator set "" is imported without a version`, false, pb{}.int(1, 8).msg(7, g).msg(8, pbOpset("", 0))},
		{`initializer 0 (w): IR version 3 wants initializers to be inputs`, true, pb{}.int(1, 3).msg(7, g.msg(5, pbFloats("w", 1))).msg(8, pbOpset("", 1))},
		{`initializer 0 (x): the initializer is float32[2], the value is declared as float32[3]`, false,
			with(pb{}.str(2, "g").msg(5, pbFloats("x", 1, 2)).msg(11, pb{}.str(1, "x").msg(2, pbTensorType(1, 3))).msg(12, pbValue("x")))},
		{`initializer 0 (x): the initializer is float32[2], the value is declared as int64[2]`, false,
			with(pb{}.str(2, "g").msg(5, pbFloats("x", 1, 2)).msg(11, pb{}.str(1, "x").msg(2, pbTensorType(7, 2))).msg(12, pb{}.str(1, "x")))},
		{`value "y": declared as float32[2] and as float32[3]`, false, with(pb{}.str(2, "g").msg(1, pbOp("Neg", "", "y")).
			msg(13, pb{}.str(1, "y").msg(2, pbTensorType(1, 2))).msg(12, pb{}.str(1, "y").msg(2, pbTensorType(1, 3))))},
		{"output 0 (y): the type is missing", true, with(pb{}.str(2, "g").msg(1, pbOp("Neg", "", "y")).msg(12, pb{}.str(1, "y")))},
		{"input 0 (x): the element type is missing", true, with(pb{}.str(2, "g").msg(11, pb{}.str(1, "x").msg(2, pbTensorType(0))).msg(12, pbValue("x")))},
		{"input 1: the name is missing", false, with(g.msg(11, pbValue("")))},
		{"function local.F: the function is defined twice", false, pbModel(g,
			pbFunction("F", "a", "r", pbOp("Neg", "a", "r")), pbFunction("F", "a", "r", pbOp("Neg", "a", "r")))},
		{"function local.G: the function calls itself by way of function local.H", false, pbModel(g, pbFunction("F", "a", "r", pbCall("G", "a", "r")),
			pbFunction("G", "a", "r", pbCall("H", "a", "r")), pbFunction("H", "a", "r", pbCall("G", "a", "r")))},
		{`function local.F, node 0 (r, Neg), attribute p: it refers to attribute "q", which the function does not declare`, true,
			pbModel(g, pbFunction("F", "a", "r", pbOp("Neg", "a", "r", pbRef("p", "q", AttrInt))))},
		{`function local.F: attribute "p" is declared twice`, false,
			pbModel(g, pbFunction("F", "a", "r", pbOp("Neg", "a", "r")).str(6, "p").msg(11, pbAttrInt("p", 1)))},
		{`function local.F, output 0: value "r" is not defined`, false, pbModel(g, pbFunction("F", "a", "r"))},
		{`function local.F, node 0 (r, Neg): no operator set is imported for domain "missing"`, false,
			pbModel(g, pbFunction("F", "a", "r", pbOp("Neg", "a", "r").str(7, "missing")))},
		{"2 inputs for function local.F, which has 1", false, pbModel(pbGraph("x", "y", pbCall("F", "x x", "y")),
			pbFunction("F", "a", "r", pbOp("Neg", "a", "r")))},
		{`function local.F has no attribute "p"`, true, pbModel(pbGraph("x", "y", pbCall("F", "x", "y", pbAttrInt("p", 1))),
			pbFunction("F", "a", "r", pbOp("Neg", "a", "r")))},
	} {
		found := false
		var all []string
		for _, p := range Check(mustDecode(t, c.b)) {
			found = found || strings.Contains(p.String(), c.want) && p.Minor == c.minor
			all = append(all, p.String())
		}
		if !found {
			t.Errorf("want %q (minor: %v), got\n%s", c.want, c.minor, strings.Join(all, "\n"))
		}
	}
}

func TestCheckFindsWhatRewritesBroke(t *testing.T) {
	m := mustDecode(t, captureModel())
	branch := m.Graph.Nodes[0].Graphs()[0]
	m.Graph.Nodes[1].Inputs[0] = branch.Nodes[0].Outputs[0]
	m.Graph.Initializers[0].Const = (*tensor.Sequence)(nil)
	var all []string
	for _, p := range Check(m) {
		all = append(all, p.String())
	}
	for _, want := range []string{"is of a graph that does not enclose the node", "the value is missing"} {
		if !strings.Contains(strings.Join(all, "\n"), want) {
			t.Errorf("want %q, got %q", want, all)
		}
	}
}

func TestCheckStopsReporting(t *testing.T) {
	var g pb
	for range 3000 {
		g = g.msg(1, pbOp("", "", ""))
	}
	if n := len(Check(mustDecode(t, pbModel(g)))); n != maxProblems {
		t.Errorf("got %d problems", n)
	}
}
