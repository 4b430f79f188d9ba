package optimize

import (
	"slices"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/ops/fused"
)

// computeAhead takes out of the bodies of Scan and Loop what depends on the tick
// but not on a state, where a product with a matrix is among it: a graph of its
// own computes it for many ticks at once, so that
//
//	for t: h = tanh(x[t]·W + h·R)
//
// becomes
//
//	for each block of ticks: p = x[block]·W
//		for t in block: h = tanh(p[t] + h·R)
//
// In a Scan the scan inputs depend on the tick alone, in a Loop the number of
// the iteration, by which bodies gather from captured sequences.
func computeAhead(g *graph) {
	for _, b := range g.bodies() {
		for _, n := range b.Nodes {
			if n.Domain == "" && (n.OpType == "Scan" && n.Opset >= 9 || n.OpType == "Loop") {
				g.splitTicks(n)
			}
		}
	}
}

// ticker looks for what the body of one node can have computed ahead.
type ticker struct {
	*graph
	body *onnx.Graph
	at   map[*onnx.Value]perTick
	copy map[*onnx.Value]*onnx.Value // of such a value, over many ticks
	out  *onnx.Graph
	uses map[*onnx.Value]int // in the body

	unread []*onnx.Node // sums that regroup has replaced
}

// perTick is a value that depends on the tick alone. Over many ticks it has one
// more dimension, in front.
type perTick struct {
	rank   int // at least
	scalar bool
}

func (g *graph) splitTicks(n *onnx.Node) {
	a := n.Attr("body")
	if a == nil || a.Graph == nil {
		return
	}
	t := &ticker{graph: g, body: a.Graph, at: map[*onnx.Value]perTick{}, copy: map[*onnx.Value]*onnx.Value{}, uses: a.Graph.Uses()}
	t.out = &onnx.Graph{Name: a.Graph.Name + " ahead", Outer: a.Graph.Outer}
	for _, v := range seeds(n, a.Graph) {
		t.at[v] = perTick{scalar: n.OpType == "Loop"}
		c := &onnx.Value{Name: v.Name, IsInput: true, Graph: t.out}
		t.copy[v] = c
		t.out.Inputs = append(t.out.Inputs, c)
	}
	fusedNode := *n
	fusedNode.Domain, fusedNode.Opset = fused.Domain, 1
	if len(t.at) == 0 || !g.has(&fusedNode) {
		return
	}
	var moved []*onnx.Node
	pays := false
	for _, m := range a.Graph.Nodes {
		p, ok := t.batch(m)
		if !ok {
			if pays {
				if early := t.regroup(m); early != nil {
					moved = append(moved, early)
				}
			}
			continue
		}
		t.at[m.Outputs[0]] = p
		moved = append(moved, m)
		pays = pays || m.OpType == "MatMul"
	}
	if !pays {
		return
	}
	for _, m := range moved {
		t.move(m)
	}
	gone := slices.Concat(moved, t.unread)
	a.Graph.Nodes = slices.DeleteFunc(a.Graph.Nodes, func(m *onnx.Node) bool { return slices.Contains(gone, m) })
	t.hand(moved)
	fusedNode.Attrs = append(slices.Clone(n.Attrs), &onnx.Attr{Name: "ahead", Kind: onnx.AttrGraph, Graph: t.out})
	*n = fusedNode
}

// seeds returns the inputs of a body that depend on the tick alone.
func seeds(n *onnx.Node, body *onnx.Graph) []*onnx.Value {
	if n.OpType == "Loop" {
		return body.Inputs[:min(1, len(body.Inputs))]
	}
	first := len(n.Inputs) - intOf(n, "num_scan_inputs", 0)
	if first < 0 || first >= len(n.Inputs) || len(body.Inputs) != len(n.Inputs) {
		return nil
	}
	// Blocks run one way.
	if d := n.Attr("scan_input_directions"); d != nil && slices.ContainsFunc(d.Ints, func(i int64) bool { return i != d.Ints[0] }) {
		return nil
	}
	return body.Inputs[first:]
}

// batch reports whether a node of the body can compute its output for many
// ticks at once, and what that is then.
func (t *ticker) batch(n *onnx.Node) (p perTick, ok bool) {
	if n.Domain != "" || n.Opset < oldest || !single(n) || len(n.Inputs) == 0 || slices.Contains(n.Inputs, nil) {
		return p, false
	}
	x, of := t.at[n.Inputs[0]]
	others := n.Inputs[1:]
	switch n.OpType {
	case "Identity", "Cast", "Tanh", "Sigmoid", "Relu", "Exp", "Erf", "Neg", "Abs", "Sqrt", "Reciprocal":
		return x, of
	case "MatMul":
		if !of || len(others) != 1 {
			return p, false
		}
		w, known := t.outside(others[0])
		return perTick{rank: max(x.rank, 1)}, known && w == 2
	case "Add", "Sub", "Mul", "Div":
		if len(others) != 1 {
			return p, false
		}
		other := others[0]
		if !of {
			x, of = t.at[other]
			other = n.Inputs[0]
		}
		r, known := t.outside(other)
		return perTick{x.rank, x.scalar && r == 0}, of && known && r <= x.rank
	case "LayerNormalization":
		last := intOf(n, "axis", -1) == -1
		for _, v := range others {
			if r, known := t.outside(v); !known || r > 1 {
				return p, false
			}
		}
		return x, of && last && x.rank > 0
	case "Gather":
		// At the iteration: along the first dimension, or the second, which then
		// is moved to the front.
		if len(others) != 1 {
			return p, false
		}
		r, known := t.outside(n.Inputs[0])
		i, of := t.at[others[0]]
		axis := intOf(n, "axis", 0)
		return perTick{rank: r - 1}, of && i.scalar && known && (axis == 0 || axis == 1) && r > axis
	}
	return p, false
}

// regroup makes (p + s) + c, where only p depends on the tick alone and c is the
// same in every tick, to (p + c) + s and returns the node of p + c, nil where n
// is not such a sum.
func (t *ticker) regroup(n *onnx.Node) *onnx.Node {
	for i := range 2 {
		if n.OpType != "Add" || n.Domain != "" || n.Opset < oldest || len(n.Inputs) != 2 || n.Inputs[i] == nil || n.Inputs[1-i] == nil {
			return nil
		}
		r, known := t.outside(n.Inputs[1-i])
		sum := n.Inputs[i].Producer
		if !known || n.Inputs[i].Graph != t.body || sum == nil || t.uses[n.Inputs[i]] != 1 ||
			sum.OpType != "Add" || sum.Domain != "" || sum.Opset < oldest || len(sum.Inputs) != 2 {
			continue
		}
		for k, p := range sum.Inputs {
			at, ok := t.at[p]
			_, both := t.at[sum.Inputs[1-k]]
			if !ok || both || at.rank < r {
				continue
			}
			v := &onnx.Value{Name: n.Inputs[i].Name + " ahead", Graph: t.body}
			v.Producer = standard("Add", n.Opset, nil, p, n.Inputs[1-i])
			v.Producer.Outputs = []*onnx.Value{v}
			t.at[v] = at
			n.Inputs = []*onnx.Value{v, sum.Inputs[1-k]}
			t.unread = append(t.unread, sum)
			return v.Producer
		}
	}
	return nil
}

// outside returns the rank of a value that is the same in every tick.
func (t *ticker) outside(v *onnx.Value) (rank int, known bool) {
	if v.Graph == t.body && !v.Constant() {
		return 0, false
	}
	s, known := t.shape(v)
	return len(s), known
}

// move adds a node to the graph that runs ahead.
func (t *ticker) move(n *onnx.Node) {
	c := *n
	c.Inputs = slices.Clone(n.Inputs)
	for i, v := range c.Inputs {
		if s := t.copy[v]; s != nil {
			c.Inputs[i] = s
		}
	}
	out := t.add(&c, n.Outputs[0].Name)
	if n.OpType == "Gather" && intOf(n, "axis", 0) == 1 {
		rank, _ := t.outside(n.Inputs[0])
		perm := make([]int64, rank)
		for i := range perm {
			perm[i] = int64(i)
		}
		perm[0], perm[1] = 1, 0
		turn := standard("Transpose", n.Opset, []*onnx.Attr{{Name: "perm", Kind: onnx.AttrInts, Ints: perm}}, out)
		out = t.add(turn, n.Outputs[0].Name+" ticks first")
	}
	t.copy[n.Outputs[0]] = out
}

func (t *ticker) add(n *onnx.Node, output string) *onnx.Value {
	v := &onnx.Value{Name: output, Graph: t.out, Producer: n}
	n.Outputs = []*onnx.Value{v}
	t.out.Nodes = append(t.out.Nodes, n)
	return v
}

// hand makes inputs of the body of what it still reads.
func (t *ticker) hand(moved []*onnx.Node) {
	read := map[*onnx.Value]bool{}
	for _, v := range t.body.Outputs {
		read[v] = true
	}
	inside := subGraphs(t.body, nil)
	for _, b := range inside {
		for _, n := range b.Nodes {
			for _, v := range n.Inputs {
				read[v] = true
			}
		}
		for _, v := range b.Outputs {
			read[v] = true
		}
	}
	r := renaming{}
	for _, n := range moved {
		v := n.Outputs[0]
		if !read[v] {
			continue
		}
		in := &onnx.Value{Name: v.Name, Type: v.Type, IsInput: true, Graph: t.body}
		r[v] = in
		t.body.Inputs = append(t.body.Inputs, in)
		t.out.Outputs = append(t.out.Outputs, t.copy[v])
	}
	for _, b := range inside {
		for _, n := range b.Nodes {
			r.read(n)
		}
		for i, v := range b.Outputs {
			if in := r[v]; in != nil {
				b.Outputs[i] = in
			}
		}
	}
}
