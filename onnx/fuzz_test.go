package onnx

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/onnxrun/onnxrun/tensor"
)

// FuzzDecode feeds bytes to everything that reads a model.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(everything()))
	f.Add([]byte(captureModel()))
	f.Add([]byte(nested(5)))
	f.Add([]byte(externalModel("location", "w.bin")))
	f.Add([]byte(pbModel(pbGraph("x", "y", pbCall("F", "x", "y", pbAttrInt("p", 1))),
		pbFunction("F", "a", "r", pbCall("G", "a", "r", pbRef("q", "p", AttrInt))).str(6, "p"),
		pbFunction("G", "a", "r", pbOp("Neg", "a", "r")).msg(11, pbAttrInt("q", 1)))))
	f.Fuzz(func(t *testing.T, data []byte) {
		if m, err := Decode(data); err == nil {
			exercise(t, m)
		}
	})
}

// FuzzStructure does the same to models whose nodes, names, sub-graphs and
// functions are drawn from the bytes, so that most of them decode.
func FuzzStructure(f *testing.F) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		b := make([]byte, 100)
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		g := &generator{data}
		graph := g.graph(0)
		m, err := Decode(pbModel(graph, g.function("F"), g.function("G")))
		if err != nil {
			t.Fatal(err)
		}
		exercise(t, m)
	})
}

// exercise does to a model all that can be done. Its encoding must decode to
// the same model; a good model must be good after sorting and inlining.
func exercise(t *testing.T, m *Model) {
	good := true
	for _, p := range Check(m) {
		good = good && p.Minor
	}
	if b, err := Encode(m); err == nil {
		again, err := Decode(b)
		if err != nil {
			t.Fatalf("the encoding does not decode: %v", err)
		}
		if c, err := Encode(again); err != nil || !bytes.Equal(b, c) {
			t.Fatalf("the encoding of the encoding differs: %v\n%q\n%q", err, b, c)
		}
	}
	before := captures(m)
	m.Graph.UpdateCaptures()
	if after := captures(m); after != before {
		t.Fatalf("captures %s became %s", before, after)
	}
	if err := m.Graph.Sort(); err != nil {
		if good {
			t.Fatal(err)
		}
		return
	}
	if m.Inline() != nil || !good {
		return
	}
	if len(m.Functions) != 0 {
		t.Fatal("functions are left")
	}
	for _, p := range Check(m) {
		if !p.Minor {
			t.Errorf("after inlining: %v", p)
		}
	}
}

func captures(m *Model) string {
	var b strings.Builder
	m.Graph.Walk(func(_ *Graph, n *Node) { b.WriteString(names(n.Captures) + ";") })
	return b.String()
}

// generator makes models from bytes.
type generator struct{ data []byte }

func (g *generator) below(n int) int {
	if len(g.data) == 0 {
		return 0
	}
	v := int(g.data[0])
	g.data = g.data[1:]
	return v % n
}

// name draws one of a few names, or none.
func (g *generator) name() string { return []string{"", "a", "b", "c", "d", "e", "f", "g"}[g.below(8)] }

func (g *generator) names(most int) []string {
	l := make([]string, g.below(most+1))
	for i := range l {
		l[i] = g.name()
	}
	return l
}

func (g *generator) nodes(depth int) []pb {
	l := make([]pb, g.below(5))
	for i := range l {
		outputs := g.names(2)
		if g.below(2) == 0 { // mostly a name of its own, so that many models are good
			outputs = []string{fmt.Sprintf("v%d", len(g.data))}
		}
		n := pbNode([]string{"F", "G", "If", "Neg"}[g.below(4)], g.names(3), outputs)
		if g.below(2) == 0 {
			n = n.str(7, "local")
		}
		switch g.below(4) {
		case 0:
			n = n.msg(5, pbRef("p", []string{"p", "body"}[g.below(2)], AttrUndefined))
		case 1:
			n = n.msg(5, pbAttrInt("p", 1))
		case 2:
			if depth < 3 {
				n = n.msg(5, pbAttrGraph("body", g.graph(depth+1)))
			}
		}
		l[i] = n
	}
	return l
}

func (g *generator) graph(depth int) pb {
	return pbGraph(strings.Join(g.names(2), " "), strings.Join(g.names(2), " "), g.nodes(depth)...)
}

func (g *generator) function(name string) pb {
	f := pbFunction(name, strings.Join(g.names(3), " "), strings.Join(g.names(2), " "), g.nodes(1)...).str(6, "p")
	if g.below(2) == 0 {
		f = f.msg(11, pbAttrGraph("body", g.graph(2)))
	}
	return f
}

// FuzzDecodeValue does the same for values in files of their own.
func FuzzDecodeValue(f *testing.F) {
	f32 := tensor.TensorOf(tensor.F32)
	types := []tensor.Type{
		f32, {Kind: tensor.KindSparse}, tensor.SequenceOf(f32), tensor.OptionalOf(tensor.SequenceOf(f32)),
		{Kind: tensor.KindMap, Elem: tensor.I64, Of: &f32}, tensor.SequenceOf(tensor.Type{}),
	}
	for _, e := range encodings {
		f.Add(uint8(0), []byte(append(tensorHead(e.want), e.packed...)))
	}
	seq := pb{}.int(2, 1).msg(3, pbFloats("a", 1), pbFloats("b", 2, 3))
	f.Add(uint8(1), []byte(pb{}.msg(1, pbFloats("v", 5)).msg(2, pb{}.int(1, 1).int(2, 7).ints(7, 3)).ints(3, 2, 2)))
	f.Add(uint8(2), []byte(seq))
	f.Add(uint8(3), []byte(pb{}.int(2, 3).msg(5, seq)))
	f.Add(uint8(4), []byte(pb{}.int(2, 7).ints(3, 4, 9).msg(5, seq)))
	f.Fuzz(func(t *testing.T, kind uint8, data []byte) {
		typ := types[int(kind)%len(types)]
		v, name, err := DecodeValue(data, typ)
		if err != nil {
			return
		}
		b, err := EncodeValue(v, name)
		if err != nil {
			t.Fatalf("%v does not encode: %v", v.Type(), err)
		}
		if _, _, err := DecodeValue(b, typ); err != nil {
			t.Fatalf("the encoding of %v does not decode: %v", v.Type(), err)
		}
	})
}
