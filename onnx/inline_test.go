package onnx

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// dump writes the nodes of a graph as lines "out = Op(in) attr=value", with
// sub-graphs indented.
func dump(g *Graph, indent string) string {
	var b strings.Builder
	for _, n := range g.Nodes {
		fmt.Fprintf(&b, "%s%s = %s(%s)", indent, names(n.Outputs), n.OpType, names(n.Inputs))
		for _, a := range n.Attrs {
			if a.Kind == AttrInt {
				fmt.Fprintf(&b, " %s=%d", a.Name, a.Int)
			}
		}
		if len(n.Captures) > 0 {
			fmt.Fprintf(&b, " captures %s", names(n.Captures))
		}
		b.WriteString("\n")
		for _, sub := range n.Graphs() {
			fmt.Fprintf(&b, "%s  (%s)\n%s", indent, names(sub.Inputs), dump(sub, indent+"    "))
			fmt.Fprintf(&b, "%s  -> %s\n", indent, names(sub.Outputs))
		}
	}
	return b.String()
}

func pbFunction(name, inputs, outputs string, nodes ...pb) pb {
	return pb{}.str(1, name).str(4, strings.Fields(inputs)...).str(5, strings.Fields(outputs)...).
		msg(7, nodes...).msg(9, pbOpset("", 15), pbOpset("local", 1), pbOpset("extra", 3)).str(10, "local")
}

func pbCall(name, inputs, outputs string, attrs ...pb) pb {
	in, out := strings.Fields(inputs), strings.Fields(outputs)
	for i, s := range in {
		in[i] = strings.ReplaceAll(s, "-", "")
	}
	for i, s := range out {
		out[i] = strings.ReplaceAll(s, "-", "")
	}
	return pbNode(name, in, out, attrs...).str(7, "local")
}

func pbOp(name, inputs, outputs string, attrs ...pb) pb {
	return pbNode(name, strings.Fields(inputs), strings.Fields(outputs), attrs...)
}

func pbRef(name, ref string, kind AttrKind) pb {
	return pb{}.str(1, name).int(20, int64(kind)).str(21, ref)
}

func pbGraph(inputs, outputs string, nodes ...pb) pb {
	g := pb{}.str(2, "g").msg(1, nodes...)
	for _, name := range strings.Fields(inputs) {
		g = g.msg(11, pbValue(name))
	}
	for _, name := range strings.Fields(outputs) {
		g = g.msg(12, pbValue(name))
	}
	return g
}

func inlined(t *testing.T, b pb) *Model {
	t.Helper()
	m := mustDecode(t, b)
	if err := m.Inline(); err != nil {
		t.Fatal(err)
	}
	if p := Check(m); len(p) > 0 {
		t.Errorf("the result has a problem: %v", p[0])
	}
	if len(m.Functions) != 0 {
		t.Error("functions are left")
	}
	seen := map[string]bool{}
	m.Graph.Walk(func(_ *Graph, n *Node) {
		if n.Name != "" && seen[n.Name] {
			t.Errorf("two nodes are named %s", n.Name)
		}
		seen[n.Name] = true
	})
	return m
}

func TestInline(t *testing.T) {
	double := pbFunction("Double", "a", "r", pbOp("Add", "a a", "t"), pbOp("Identity", "t", "r"))
	for _, c := range []struct {
		name  string
		model pb
		want  string
	}{
		{"calls get names of their own", pbModel(pbGraph("x", "z", pbCall("Double", "x", "y"), pbCall("Double", "y", "z")), double), `
Double/t = Add(x x)
y = Identity(Double/t)
Double/t_2 = Add(y y)
z = Identity(Double/t_2)
`},
		{"new names avoid those of the model", pbModel(pbGraph("Double/t", "y", pbCall("Double", "Double/t", "y")), double), `
Double/t_2 = Add(Double/t Double/t)
y = Identity(Double/t_2)
`},
		{"an absent input is absent inside, an absent output is computed for nobody", pbModel(
			pbGraph("x", "y", pbCall("F", "- x", "- y"), pbCall("F", "x", "z")),
			pbFunction("F", "a b", "r s", pbOp("Clip", "a b", "r"), pbOp("Clip", "b a", "s"))), `
F/r = Clip(- x)
y = Clip(x -)
z = Clip(x -)
F/s = Clip(- x)
`},
		{"attributes are the call's, the default, or dropped", pbModel(
			pbGraph("x", "y z", pbCall("F", "x", "y", pbAttrInt("p", 7), pbAttrInt("q", 8)), pbCall("F", "x", "z")),
			pbFunction("F", "a", "r", pbOp("Op", "a", "r", pbRef("one", "p", AttrInt), pbRef("two", "q", AttrInt), pbAttrInt("three", 3))).
				str(6, "p").msg(11, pbAttrInt("q", 9))), `
y = Op(x) one=7 two=8 three=3
z = Op(x) two=9 three=3
`},
		{"functions call functions and pass attributes on", pbModel(
			pbGraph("x", "y", pbCall("Outer", "x", "y", pbAttrInt("k", 5))),
			pbFunction("Outer", "a", "r", pbCall("Inner", "a", "m", pbRef("n", "k", AttrInt)), pbCall("Inner", "m", "r")).str(6, "k"),
			pbFunction("Inner", "a", "r", pbOp("Op", "a", "r", pbRef("v", "n", AttrInt))).str(6, "n")), `
Outer/m = Op(x) v=5
y = Op(Outer/m)
`},
		{"overloads differ", pbModel(
			pbGraph("x", "y z", pbCall("F", "x", "y"), pbCall("F", "x", "z").str(8, "second")),
			pbFunction("F", "a", "r", pbOp("First", "a", "r")),
			pbFunction("F", "a", "r", pbOp("Second", "a", "r")).str(13, "second")), `
y = First(x)
z = Second(x)
`},
		{"outputs that are inputs, or the same twice, are copied", pbModel(
			pbGraph("x", "p q s", pbCall("F", "x", "p q s")),
			pbFunction("F", "a", "a r r", pbOp("Relu", "a", "r"))), `
q = Relu(x)
p = Identity(x)
s = Identity(q)
`},
		{"sub-graphs of a body capture what the call passes", pbModel(
			pbGraph("c x", "y", pbCall("F", "c x", "y")),
			pbFunction("F", "c a", "r",
				pbOp("Neg", "a", "n"),
				pbOp("If", "c", "r",
					pbAttrGraph("then_branch", pbGraph("", "t", pbOp("Add", "a n", "t"))),
					pbAttrGraph("else_branch", pbGraph("", "n"))))), `
F/n = Neg(x)
y = If(c) captures x F/n
  ()
    F/t = Add(x F/n)
  -> F/t
  ()
  -> F/n
`},
		{"calls in sub-graphs", pbModel(
			pbGraph("c x", "y", pbOp("If", "c", "y",
				pbAttrGraph("then_branch", pbGraph("", "u", pbCall("Double", "x", "u"))),
				pbAttrGraph("else_branch", pbGraph("", "v", pbCall("Double", "c", "v"))))), double), `
y = If(c) captures x c
  ()
    Double/t = Add(x x)
    u = Identity(Double/t)
  -> u
  ()
    Double/t_2 = Add(c c)
    v = Identity(Double/t_2)
  -> v
`},
		{"a graph passed as an attribute is copied for each use", pbModel(
			pbGraph("c x", "y", pbCall("F", "c", "y", pbAttrGraph("body", pbGraph("", "b", pbOp("Neg", "x", "b"))))),
			pbFunction("F", "c", "r",
				pbOp("If", "c", "r", pbRef("then_branch", "body", AttrGraph), pbRef("else_branch", "body", AttrGraph))).str(6, "body")), `
y = If(c) captures x
  ()
    F/b = Neg(x)
  -> F/b
  ()
    F/b_2 = Neg(x)
  -> F/b_2
`},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := inlined(t, c.model)
			if got, want := dump(m.Graph, ""), strings.TrimPrefix(c.want, "\n"); got != want {
				t.Errorf("got\n%swant\n%s", got, want)
			}
			// What was built is what its encoding says.
			b, err := Encode(m)
			if err != nil {
				t.Fatal(err)
			}
			if got := dump(mustDecode(t, b).Graph, ""); got != dump(m.Graph, "") {
				t.Errorf("decoded again it is\n%s", got)
			}
		})
	}
}

func TestInlineKeepsTheFunctionsOpsets(t *testing.T) {
	m := inlined(t, pbModel(pbGraph("x", "z", pbOp("Relu", "x", "y"), pbCall("F", "y", "z")),
		pbFunction("F", "a", "r", pbOp("Relu", "a", "b"), pbOp("Op", "b", "r").str(7, "extra"))))
	var got []int
	for _, n := range m.Graph.Nodes {
		got = append(got, n.Opset)
	}
	if !slices.Equal(got, []int{17, 15, 3}) {
		t.Errorf("got versions %v", got)
	}
	if m.Opset("extra") != 3 || m.Opset("") != 17 {
		t.Errorf("got imports %v", m.Opsets)
	}
}

func TestInlineDropsDimensionNamesOfFunctions(t *testing.T) {
	named := pb{}.msg(1, pb{}.int(1, 1).msg(2, pb{}.msg(1, pb{}.str(2, "N"), pb{}.int(1, 4))))
	m := inlined(t, pbModel(pbGraph("x", "z", pbCall("F", "x", "y"), pbOp("Neg", "y", "z")),
		pbFunction("F", "a", "r", pbOp("Relu", "a", "r")).msg(12, pb{}.str(1, "r").msg(2, named))))
	if got := m.Graph.Nodes[0].Outputs[0].Type.String(); got != "float32[? 4]" {
		t.Errorf("got type %s", got)
	}
}

func TestInlineRefuses(t *testing.T) {
	bomb := []pb{pbFunction("F0", "a", "r", pbOp("Neg", "a", "r"))}
	for i := 1; i < 40; i++ {
		callee := fmt.Sprint("F", i-1)
		bomb = append(bomb, pbFunction(fmt.Sprint("F", i), "a", "r", pbCall(callee, "a", "t"), pbCall(callee, "t", "r")))
	}
	chain := []pb{pbFunction("F0", "a", "r", pbOp("Neg", "a", "r"))}
	for i := 1; i < 1000; i++ {
		chain = append(chain, pbFunction(fmt.Sprint("F", i), "a", "r", pbCall(fmt.Sprint("F", i-1), "a", "r")))
	}
	tower := []pb{pbFunction("F0", "a", "r", pbOp("Neg", "a", "r"))}
	for i := 1; i < 100; i++ {
		tower = append(tower, pbFunction(fmt.Sprint("F", i), "a", "r", pbOp("If", "a", "r",
			pbAttrGraph("then_branch", pbGraph("", "t", pbCall(fmt.Sprint("F", i-1), "a", "t"))))))
	}
	for _, c := range []struct {
		want  string
		model pb
	}{
		{"function local.F calls itself", pbModel(pbGraph("x", "y", pbCall("F", "x", "y")),
			pbFunction("F", "a", "r", pbCall("G", "a", "r")), pbFunction("G", "a", "r", pbCall("F", "a", "r")))},
		{"too many nodes", pbModel(pbGraph("x", "y", pbCall("F39", "x", "y")), bomb...)},
		{"deeper than 256", pbModel(pbGraph("x", "y", pbCall("F999", "x", "y")), chain...)},
		{"nested deeper than 64 levels", pbModel(pbGraph("x", "y", pbCall("F99", "x", "y")), tower...)},
		{"it has 2 inputs and 1 outputs, the function 1 and 1", pbModel(pbGraph("x", "y", pbCall("F", "x x", "y")),
			pbFunction("F", "a", "r", pbOp("Neg", "a", "r")))},
		{"output 0 is not defined in the function", pbModel(pbGraph("x", "y", pbCall("F", "x", "y")), pbFunction("F", "a", "r"))},
		{"output 0 is an input that it leaves out", pbModel(pbGraph("x", "y", pbCall("F", "-", "y")), pbFunction("F", "a", "a"))},
		{"attribute p of the function is int, want float", pbModel(pbGraph("x", "y", pbCall("F", "x", "y", pbAttrInt("p", 1))),
			pbFunction("F", "a", "r", pbOp("Op", "a", "r", pbRef("q", "p", AttrFloat))).str(6, "p"))},
	} {
		m := mustDecode(t, c.model)
		start := time.Now()
		wantError(t, m.Inline(), c.want)
		if d := time.Since(start); d > 30*time.Second {
			t.Errorf("%s took %v", c.want, d)
		}
	}
}
