package runtime

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/onnxrun/onnxrun/internal/optimize"
	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/fused"
	"github.com/onnxrun/onnxrun/tensor"
)

// plan is a graph made ready to run: its nodes in order, every value a number.
// It is immutable; a frame holds the values of one run.
type plan struct {
	name     string
	values   []*onnx.Value // what each slot holds
	consts   []constant
	inputs   []int     // slots of the graph's inputs
	captures []capture // slots filled from the enclosing frame
	steps    []step
	outputs  []output
}

type constant struct {
	slot  int
	value tensor.Value
}

type capture struct {
	value *onnx.Value
	slot  int // in this plan
}

// output says where a graph output is found.
type output struct {
	slot int
	keep bool // the slot is not this output's alone to give away

	// Where the value is made: output out of a step; -1 if it is an input, a
	// constant or captured.
	step, out int
}

// step runs one node. Slots are -1 where an input or output is absent.
type step struct {
	node   *onnx.Node
	def    *ops.Def
	kernel ops.Kernel
	in     []int
	out    []int
	wanted []bool
	last   []bool
	free   []int // slots whose last use this is
	bodies []*bodyPlan
	first  *firstRun
	once   bool // in a body that runs tick by tick: the first tick computes it for all
}

// firstRun are the large constants of a step that lie in the model's file. Most
// kernels pack a copy for themselves when they first run: then the pages of the
// file need not stay in memory.
type firstRun struct {
	done   atomic.Bool
	mapped []*tensor.Tensor
}

// largeConstant is how many bytes make a constant worth giving back.
const largeConstant = 256 << 10

// end is called after a run of the step.
func (f *firstRun) end() {
	if f.done.Load() || f.done.Swap(true) {
		return
	}
	for _, t := range f.mapped {
		t.Forget()
	}
}

// mappedConstants returns what a step's first run may give back, nil if nothing.
func mappedConstants(n *onnx.Node) *firstRun {
	var f *firstRun
	for _, v := range n.Inputs {
		if v == nil || !v.Constant() {
			continue
		}
		if t, ok := v.Const.(*tensor.Tensor); ok && t.ReadOnly() && len(t.Bytes()) >= largeConstant {
			if f == nil {
				f = &firstRun{}
			}
			f.mapped = append(f.mapped, t)
		}
	}
	return f
}

// bodyPlan is a sub-graph attribute of a step.
type bodyPlan struct {
	plan *plan
	from []int // the outer slot for each of plan.captures
}

// planner numbers the values of one graph.
type planner struct {
	reg    *ops.Registry
	plan   *plan
	graph  *onnx.Graph
	slots  map[*onnx.Value]int
	errs   *[]error       // operators that are not supported, at any depth
	pinned map[int]bool   // slots that steps neither free nor write over
	ticks  bool           // the graph runs again and again with the same captured values
	made   map[int][2]int // by slot: the step and which of its outputs
}

// makePlan plans a model's graph and everything inside it.
func makePlan(g *onnx.Graph, outputs []*onnx.Value, reg *ops.Registry) (*plan, error) {
	var unsupported []error
	p, err := planGraph(g, outputs, reg, false, &unsupported)
	if err != nil {
		return nil, err
	}
	if len(unsupported) > 0 {
		return nil, errors.Join(unsupported...)
	}
	if len(p.captures) > 0 {
		return nil, fmt.Errorf("value %q is not defined", p.captures[0].value.Name)
	}
	return p, nil
}

func planGraph(g *onnx.Graph, outputs []*onnx.Value, reg *ops.Registry, ticks bool, errs *[]error) (*plan, error) {
	if err := g.Sort(); err != nil {
		return nil, err
	}
	b := &planner{reg: reg, graph: g, plan: &plan{name: g.Name}, slots: map[*onnx.Value]int{}, errs: errs, pinned: map[int]bool{}, made: map[int][2]int{}, ticks: ticks}
	for _, v := range g.Inputs {
		s := b.define(v)
		b.plan.inputs = append(b.plan.inputs, s)
	}
	for _, n := range g.Nodes {
		if err := b.addStep(n); err != nil {
			return nil, err
		}
	}
	seen := map[int]bool{}
	for _, v := range outputs {
		s, err := b.use(v)
		if err != nil {
			return nil, fmt.Errorf("output %q of graph %q: %w", v.Name, g.Name, err)
		}
		b.plan.outputs = append(b.plan.outputs, b.output(s, seen[s]))
		seen[s] = true
	}
	b.liveness(seen)
	return b.plan, nil
}

// output describes the graph output in slot s, which may be another's, too.
func (b *planner) output(s int, shared bool) output {
	o := output{slot: s, keep: shared || b.pinned[s], step: -1}
	if at, ok := b.made[s]; ok {
		o.step, o.out = at[0], at[1]
	}
	return o
}

// define gives a value of this graph its slot.
func (b *planner) define(v *onnx.Value) int {
	s := len(b.plan.values)
	b.plan.values = append(b.plan.values, v)
	b.slots[v] = s
	return s
}

// use returns the slot of a value that is read, making one where it is a
// constant or comes from an enclosing graph.
func (b *planner) use(v *onnx.Value) (int, error) {
	if s, ok := b.slots[v]; ok {
		return s, nil
	}
	switch {
	case v.Constant():
		s := b.define(v)
		b.pinned[s] = true
		b.plan.consts = append(b.plan.consts, constant{s, v.Const})
		return s, nil
	case v.Graph == nil || v.Graph == b.graph:
		return 0, fmt.Errorf("value %q is not defined before its use", v.Name)
	}
	s := b.define(v)
	b.pinned[s] = true
	b.plan.captures = append(b.plan.captures, capture{v, s})
	return s, nil
}

func (b *planner) addStep(n *onnx.Node) error {
	st := step{node: n, in: make([]int, len(n.Inputs)), out: make([]int, len(n.Outputs))}
	constants := func(i int) tensor.Value {
		if v := n.Inputs[i]; v != nil && v.Constant() {
			return v.Const
		}
		return nil
	}
	var err error
	st.def, st.kernel, err = b.reg.Build(n, constants)
	switch {
	case errors.Is(err, ErrUnsupported):
		*b.errs = append(*b.errs, nodeError(n, nil, err))
	case err != nil:
		return nodeError(n, nil, err)
	}
	st.first = mappedConstants(n)
	for i, v := range n.Inputs {
		st.in[i] = -1
		if v == nil {
			continue
		}
		if st.in[i], err = b.use(v); err != nil {
			return nodeError(n, nil, fmt.Errorf("input %d: %w", i, err))
		}
	}
	for _, a := range n.Attrs {
		if a.Kind != onnx.AttrGraph {
			continue
		}
		p, err := planGraph(a.Graph, a.Graph.Outputs, b.reg, n.OpType == "Scan" || n.OpType == "Loop", b.errs)
		if err != nil {
			return nodeError(n, nil, fmt.Errorf("%s: %w", a.Name, err))
		}
		body := &bodyPlan{plan: p}
		for _, c := range p.captures {
			s, err := b.use(c.value)
			if err != nil {
				return nodeError(n, nil, fmt.Errorf("%s: %w", a.Name, err))
			}
			body.from = append(body.from, s)
		}
		st.bodies = append(st.bodies, body)
	}
	st.once = b.ticks && b.invariant(n, st.in)
	for i, v := range n.Outputs {
		st.out[i] = -1
		if v != nil {
			st.out[i] = b.define(v)
			b.made[st.out[i]] = [2]int{len(b.plan.steps), i}
			b.pinned[st.out[i]] = st.once
		}
	}
	b.plan.steps = append(b.plan.steps, st)
	return nil
}

// invariant reports whether a node computes the same in every tick: from
// constants, captured values, and what other such nodes compute.
func (b *planner) invariant(n *onnx.Node, in []int) bool {
	known := n.Domain == "" || n.Domain == fused.Domain || n.Domain == "com.microsoft"
	if !known || optimize.IsRandom(n) || len(n.Graphs()) > 0 {
		return false
	}
	return !slices.ContainsFunc(in, func(s int) bool { return s >= 0 && !b.pinned[s] })
}

// liveness finds for each slot the step after which nobody reads it. Outputs
// of the graph live to its end; constants and captured values are not the
// frame's to free.
func (b *planner) liveness(outputs map[int]bool) {
	lastUse := make([]int, len(b.plan.values))
	for i := range lastUse {
		lastUse[i] = -1
	}
	for i := range b.plan.steps {
		st := &b.plan.steps[i]
		for _, s := range st.reads() {
			lastUse[s] = i
		}
	}
	for i := range b.plan.steps {
		st := &b.plan.steps[i]
		st.last = make([]bool, len(st.in))
		st.wanted = make([]bool, len(st.out))
		freed := map[int]bool{}
		free := func(s int) {
			if !freed[s] {
				freed[s] = true
				st.free = append(st.free, s)
			}
		}
		for _, s := range st.reads() {
			if lastUse[s] == i && !outputs[s] && !b.pinned[s] {
				free(s)
			}
		}
		for k, s := range st.in {
			st.last[k] = s >= 0 && freed[s] && len(st.bodies) == 0
		}
		for k, s := range st.out {
			st.wanted[k] = s >= 0 && (lastUse[s] >= 0 || outputs[s])
			if s >= 0 && !st.wanted[k] && !b.pinned[s] {
				free(s)
			}
		}
	}
}

// reads returns the slots that the step reads, its bodies included.
func (st *step) reads() []int {
	var l []int
	for _, s := range st.in {
		if s >= 0 {
			l = append(l, s)
		}
	}
	for _, b := range st.bodies {
		l = append(l, b.from...)
	}
	return l
}
