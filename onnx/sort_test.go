package onnx

import (
	"strings"
	"testing"
)

func opTypes(g *Graph) string {
	var l []string
	for _, n := range g.Nodes {
		l = append(l, n.OpType)
	}
	return strings.Join(l, " ")
}

func TestSortIsTopologicalAndStable(t *testing.T) {
	for _, c := range []struct {
		want  string
		nodes []pb
	}{
		{"A B C", []pb{pbOp("A", "x", "a"), pbOp("B", "x", "b"), pbOp("C", "x", "c")}},
		{"C B A D", []pb{pbOp("D", "a", "d"), pbOp("A", "b", "a"), pbOp("B", "c", "b"), pbOp("C", "x", "c")}},
		{"B A D C", []pb{pbOp("A", "b", "a"), pbOp("B", "x", "b"), pbOp("D", "x", "d"), pbOp("C", "a b", "c")}},
		{"A If", []pb{ // the branch captures what comes later
			pbOp("If", "x", "y", pbAttrGraph("then_branch", pbGraph("", "t", pbOp("Neg", "a", "t")))),
			pbOp("A", "x", "a")}},
		{"A If", []pb{ // the branch puts out what comes later
			pbOp("If", "x", "y", pbAttrGraph("then_branch", pbGraph("", "a"))),
			pbOp("A", "x", "a")}},
	} {
		m := mustDecode(t, pbModel(pbGraph("x", "", c.nodes...)))
		if err := m.Graph.Sort(); err != nil {
			t.Error(err)
		}
		if got := opTypes(m.Graph); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}

func TestSortReachesSubGraphs(t *testing.T) {
	m := mustDecode(t, pbModel(pbGraph("x", "y", pbOp("If", "x", "y",
		pbAttrGraph("then_branch", pbGraph("", "t", pbOp("B", "s", "t"), pbOp("A", "x", "s")))))))
	if err := m.Graph.Sort(); err != nil {
		t.Fatal(err)
	}
	if got := opTypes(m.Graph.Nodes[0].Graphs()[0]); got != "A B" {
		t.Errorf("got %s", got)
	}
}

func TestSortNamesACycle(t *testing.T) {
	m := mustDecode(t, pbModel(pbGraph("x", "",
		pbOp("A", "x", "a"), pbOp("B", "a d", "b"), pbOp("C", "b", "c"), pbOp("D", "c", "d"), pbOp("E", "d", "e"))))
	before := opTypes(m.Graph)
	err := m.Graph.Sort()
	if want := "the nodes form a cycle: (b, B), (c, C), (d, D)"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if opTypes(m.Graph) != before {
		t.Error("the order changed")
	}
}
