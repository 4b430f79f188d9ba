package gradient

import (
	"slices"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// ticks is what Loop and Scan have in common: a body that is run tick by tick,
// with states that go from one tick to the next and outputs that are stacked.
type ticks struct {
	n      *onnx.Node
	body   *onnx.Graph
	ahead  int // inputs of node and body before the states
	cond   int // outputs of the body before the states
	states int
	scans  int // inputs of which each tick takes an entry
	// Where the ticks lie in the stacked inputs and outputs, and whether they
	// go backward; 0 beyond the ends.
	inAxes, inReverse, outAxes, outReverse []int64
}

func ticksOf(n *onnx.Node) (*ticks, error) {
	s := &ticks{n: n, body: subGraph(n, "body")}
	if n.OpType == "Loop" {
		s.ahead, s.cond, s.states = 2, 1, max(len(n.Inputs)-2, 0)
	} else {
		v := &vjp{n: n}
		s.scans = int(min(max(v.int("num_scan_inputs", 0), 1), int64(len(n.Inputs))))
		s.states = len(n.Inputs) - s.scans
		s.inAxes, s.inReverse = v.list("scan_input_axes"), v.list("scan_input_directions")
		s.outAxes, s.outReverse = v.list("scan_output_axes"), v.list("scan_output_directions")
	}
	if s.body == nil || len(s.body.Inputs) != s.ahead+s.states+s.scans || len(s.body.Outputs) < s.cond+s.states ||
		len(n.Outputs) > len(s.body.Outputs)-s.cond || len(n.Inputs) < s.ahead || slices.Contains(n.Inputs[s.ahead:], nil) {
		return nil, nodeError(n, ops.Unsupportedf("the body does not fit the node"))
	}
	return s, nil
}

func entry(l []int64, i int) int64 { return entryOr(l, i, 0) }

func entryOr(l []int64, i int, def int64) int64 {
	if i < len(l) {
		return l[i]
	}
	return def
}

// stack returns what a value of the body was at each tick, as a scan output
// that is added to the node.
func (t *tape) stack(s *ticks, v *onnx.Value) *onnx.Value {
	if o := t.stacks[v]; o != nil {
		return o
	}
	t.made++
	id := &onnx.Node{Name: t.prefix, OpType: "Identity", Opset: opset, Inputs: []*onnx.Value{v}}
	last := t.newValue(id)
	last.Graph, last.Type = s.body, v.Type
	id.Outputs = []*onnx.Value{last}
	s.body.Nodes = append(s.body.Nodes, id)
	s.body.Outputs = append(s.body.Outputs, last)
	for i, a := range s.n.Attrs {
		if a.Name == "scan_output_axes" || a.Name == "scan_output_directions" {
			s.n.Attrs = slices.Clone(s.n.Attrs)
			s.n.Attrs[i] = attrs(a.Name, append(slices.Clone(a.Ints), 0))[0]
		}
	}
	o := (&vjp{tape: t, n: s.n}).y(len(s.body.Outputs) - 1 - s.cond)
	t.stacks[v] = o
	return o
}

// sequence returns what a state of a Loop was before each tick, as a sequence
// that is added to the states: states may change their shape. (Their adjoints
// do so, too, in a Scan; there is no second derivative.)
func (t *tape) sequence(s *ticks, state int) *onnx.Value {
	v := s.body.Inputs[s.ahead+state]
	if o := t.stacks[v]; o != nil {
		return o
	}
	graph := t.graph
	for _, o := range s.n.Outputs {
		if o != nil {
			graph = o.Graph
		}
	}
	around, in := newTape(t.lowerer, graph, t.prefix), newTape(t.lowerer, s.body, t.prefix)
	first := around.op("SequenceConstruct", s.n.Inputs[s.ahead+state])
	switch at := slices.Index(t.nodes, s.n); {
	case at >= 0:
		t.nodes = slices.Insert(slices.Clone(t.nodes), at, around.nodes...)
	case graph == t.graph:
		t.nodes = append(t.nodes, around.nodes...) // to be sorted
	default:
		t.late[graph] = append(t.late[graph], around.nodes...)
	}
	was := in.newValue(nil)
	was.IsInput, was.Type = true, tensor.SequenceOf(kindOf(v))
	next := in.op("SequenceInsert", was, s.body.Outputs[s.cond+state])
	s.body.Nodes = append(s.body.Nodes, in.nodes...)
	o := around.newValue(s.n)
	o.Type, first.Type, next.Type = was.Type, was.Type, was.Type
	s.n.Inputs, s.body.Inputs = append(s.n.Inputs, first), append(s.body.Inputs, was)
	at := len(s.n.Inputs) - s.ahead - 1 // among the states
	s.body.Outputs = slices.Insert(s.body.Outputs, s.cond+at, next)
	for len(s.n.Outputs) < at {
		s.n.Outputs = append(s.n.Outputs, nil)
	}
	s.n.Outputs = slices.Insert(s.n.Outputs, at, o)
	t.stacks[v] = o
	return o
}

var loopRule = rule{activate: activateTicks, vjp: backTicks}

var scanRule = rule{activate: func(t *tape, n *onnx.Node) {
	if n.Opset >= 9 {
		activateTicks(t, n)
		return
	}
	is := slices.ContainsFunc(reads(n), func(v *onnx.Value) bool { return t.active[v] })
	for _, o := range n.Outputs {
		if is && o != nil {
			t.active[o] = true
		}
	}
}, vjp: func(v *vjp) {
	if v.n.Opset >= 9 {
		backTicks(v)
	} else {
		v.through(scanBatches)
	}
}}

// scanBatches is version 8, in which a batch comes before everything and each
// member of it may have fewer ticks, as a Scan of a later version over the
// batch, in which there is one over the ticks.
func scanBatches(v *vjp) []*onnx.Value {
	g, scans := subGraph(v.n, "body"), int(v.int("num_scan_inputs", 0))
	if g == nil || scans < 1 || len(v.n.Inputs) != len(g.Inputs)+1 || scans > len(g.Inputs) || slices.Contains(v.n.Inputs[1:], nil) {
		v.unsupported("the body does not fit the node")
		return nil
	}
	states := len(g.Inputs) - scans
	length := v.dim(v.x(1+states), 1)
	in := slices.Clone(v.n.Inputs[1:])
	b := v.inside("member")
	var args []*onnx.Value
	for _, x := range in {
		args = append(args, b.input(x))
	}
	var fewer *onnx.Value
	if v.x(0) != nil {
		in = append(in, v.x(0))
		fewer = b.op("Unsqueeze", b.input(v.x(0)), b.ints(0))
		for i := range scans {
			args[states+i] = b.op("Slice", args[states+i], b.ints(0), fewer)
		}
	}
	l := attrs("num_scan_inputs", scans, "body", (&copier{b, map[*onnx.Value]*onnx.Value{}, true}).graphOf(g))
	if d := v.list("directions"); d != nil {
		l = append(l, attrs("scan_input_directions", d)...)
	}
	out := slices.Clone(b.flow("Scan", l, len(g.Outputs), args...))
	for i := range out {
		if fewer != nil && i >= states {
			out[i] = b.op("Pad", out[i], b.concat(b.ints(0), b.sub(length, fewer)), nil, b.ints(0))
		}
		out[i] = b.result(out[i], g.Outputs[i])
	}
	return v.flow("Scan", attrs("num_scan_inputs", len(in), "body", b.done(out)), len(out), in...)
}

// activateTicks: a state is active if its initial value is, or what a tick
// makes of it.
func activateTicks(t *tape, n *onnx.Node) {
	s, err := ticksOf(n)
	if err != nil {
		t.fail(err)
		return
	}
	for i := s.ahead; i < len(n.Inputs); i++ {
		t.active[s.body.Inputs[i]] = t.active[n.Inputs[i]]
	}
	for again := true; again && t.err == nil; {
		t.activate(s.body.Nodes)
		again = false
		for i := range s.states {
			in, out := s.body.Inputs[s.ahead+i], s.body.Outputs[s.cond+i]
			if t.active[out] && !t.active[in] {
				t.active[in], again = true, true
			}
		}
	}
	for i, o := range n.Outputs {
		switch {
		case o == nil:
		case i < s.states:
			t.active[o] = t.active[s.body.Inputs[s.ahead+i]]
		default:
			t.active[o] = t.active[s.body.Outputs[s.cond+i]]
		}
	}
}

// backTicks passes the adjoints back tick by tick with a Scan that goes the
// other way. Its states are the adjoints of the states and of what the body
// captures; it scans the states as they were, and whatever else a tick took or
// gave.
func backTicks(v *vjp) {
	s, err := ticksOf(v.n)
	if err != nil {
		v.fail(err)
		return
	}
	b := v.body(s.body)
	r := &scanBack{vjp: v, ticks: s, b: b}
	r.takeInputs()
	b.recall = func(o *onnx.Value) *onnx.Value {
		in := b.input(o)
		r.took = append(r.took, scanned{in: in, source: func() *onnx.Value { return r.stack(s, o) }, reverse: 1})
		return in
	}
	b.compute(s.body)
	r.seeds()
	b.back()
	r.build()
}

// scanBack builds the Scan.
type scanBack struct {
	*vjp
	*ticks
	b    *body
	took []scanned // what may be scanned

	sums    []*onnx.Value // states of the Scan, as inputs of its body
	initial []*onnx.Value
}

// scanned is an input of the body that takes an entry of something each tick.
type scanned struct {
	in      *onnx.Value
	source  func() *onnx.Value
	axis    int64
	reverse int64
	listed  func() *onnx.Value // in place of source: a sequence to take an element of
}

// takeInputs gives the body its inputs. A Loop's condition has held.
func (r *scanBack) takeInputs() {
	s, b := r.ticks, r.b
	for i, in := range s.body.Inputs {
		if s.cond > 0 && i == 1 {
			b.to[in] = b.constant(tensor.Scalar(true))
			continue
		}
		k := i - s.ahead - s.states
		mine := b.take(in, r.active[in])
		took := scanned{in: mine, source: func() *onnx.Value { return r.stack(s, in) }, reverse: 1}
		switch {
		case k >= 0:
			took.source = func() *onnx.Value { return s.n.Inputs[i] }
			took.axis, took.reverse = entry(s.inAxes, k), 1-entry(s.inReverse, k)
		case s.cond > 0 && i >= s.ahead && !isSequence(in) && !sized(in):
			took.listed = func() *onnx.Value { return r.sequence(s, i-s.ahead) }
		}
		r.took = append(r.took, took)
	}
}

// seeds makes inputs of the adjoints of what a tick gives.
func (r *scanBack) seeds() {
	s, b := r.ticks, r.b
	for i := range s.states {
		in, out := s.body.Inputs[s.ahead+i], s.body.Outputs[s.cond+i]
		if !r.active[in] {
			continue
		}
		d := b.input(in)
		r.sums = append(r.sums, d)
		if i < len(r.gs) && r.gs[i] != nil {
			r.initial = append(r.initial, r.gs[i])
		} else {
			r.initial = append(r.initial, r.zeros(r.y(i)))
		}
		b.seed(out, d)
	}
	for i := s.states; i < len(r.gs); i++ {
		out, g := s.body.Outputs[s.cond+i], r.gs[i]
		if g == nil || !b.active[b.value(out)] {
			continue
		}
		d := b.input(out)
		r.took = append(r.took, scanned{in: d, source: func() *onnx.Value { return g }, axis: entry(s.outAxes, i-s.states), reverse: 1 - entry(s.outReverse, i-s.states)})
		b.seed(out, d)
	}
}

// build adds the Scan and hands out what it gives.
func (r *scanBack) build() {
	s, b := r.ticks, r.b
	if r.err != nil {
		return
	}
	var outputs, targets []*onnx.Value
	give := func(k int) bool {
		in := s.body.Inputs[k]
		if r.active[in] {
			outputs = append(outputs, b.result(b.totalOr0(b.value(in)), in))
			targets = append(targets, s.n.Inputs[k])
		}
		return r.active[in]
	}
	for i := range s.states {
		give(s.ahead + i)
	}
	for _, o := range b.outer {
		if d := b.total(o); d != nil {
			sum := b.input(o)
			r.sums, r.initial = append(r.sums, sum), append(r.initial, r.zeros(o))
			outputs, targets = append(outputs, b.added(o, []*onnx.Value{sum, d})), append(targets, o)
		}
	}
	var outAxes, outReverse []int64
	for i := range s.scans {
		if give(s.ahead + s.states + i) {
			outAxes, outReverse = append(outAxes, entry(s.inAxes, i)), append(outReverse, 1-entry(s.inReverse, i))
		}
	}
	g := b.done(outputs)
	used := uses(g.Nodes, outputs)
	g.Inputs = slices.Clone(r.sums)
	in := r.initial
	var axes, reverse []int64
	for _, t := range r.took {
		if used[t.in] && t.listed != nil {
			r.takeListed(g, t)
			used[r.took[0].in] = true // the iteration
		}
	}
	// Something must be scanned, for the number of ticks.
	if !slices.ContainsFunc(r.took, func(t scanned) bool { return used[t.in] }) {
		used[r.took[(1-s.cond)*s.states].in] = true // a Loop's iteration, a Scan's first input
	}
	for _, t := range r.took {
		if used[t.in] && t.listed == nil {
			g.Inputs, in = append(g.Inputs, t.in), append(in, t.source())
			axes, reverse = append(axes, t.axis), append(reverse, t.reverse)
		}
	}
	l := attrs("body", g, "num_scan_inputs", len(axes), "scan_input_axes", axes, "scan_input_directions", reverse)
	if len(outAxes) > 0 {
		l = append(l, attrs("scan_output_axes", outAxes, "scan_output_directions", outReverse)...)
	}
	for i, d := range r.flow("Scan", l, len(outputs), in...) {
		if i >= len(r.sums) {
			d = r.reshapeLike(d, targets[i]) // without a tick there is no shape
		}
		r.giveTo(targets[i], d)
	}
}

// takeListed makes what would be scanned an element of a sequence.
func (r *scanBack) takeListed(g *onnx.Graph, t scanned) {
	n := &onnx.Node{Name: r.prefix, OpType: "SequenceAt", Opset: opset, Outputs: []*onnx.Value{t.in}}
	n.Inputs = []*onnx.Value{t.listed(), r.took[0].in}
	t.in.IsInput, t.in.Producer = false, n
	g.Nodes = slices.Insert(g.Nodes, 0, n)
}

// sized reports whether a value is declared with a size for each dimension,
// which is then the same at each tick.
func sized(v *onnx.Value) bool {
	return v.Type.Kind == tensor.KindTensor && v.Type.HasShape && !slices.ContainsFunc(v.Type.Dims, func(d tensor.Dim) bool { return d.Size < 0 })
}
