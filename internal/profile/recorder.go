// Package profile turns the events of runs into what people ask of a profile:
// which nodes take the time, what they compute or move in it, how much of what
// the machine can do that is, and when it happened.
//
// A Recorder takes the events, a Machine says what can be expected, and a
// Report puts both together; Trace and Page write a report for Perfetto and for
// a browser.
package profile

import (
	"slices"
	"time"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/runtime"
	"github.com/onnxrun/onnxrun/tensor"
)

// Recorder collects the events of runs, one run at a time. Its zero value is
// ready. Event is for runtime.WithProfile. After a run that failed it is of no
// further use.
type Recorder struct {
	now   func() time.Time
	start time.Time // of the run under way; zero between runs
	index map[*onnx.Node]int
	nodes []*nodeData

	slices  []slice // the run under way
	waiting []level // by depth: nodes whose owner has not ended yet
	spent   time.Duration
	peak    int

	runs     []time.Duration
	outside  []time.Duration // of each run: what no node took
	fastest  []slice
	shortest time.Duration
}

// level is the time of nodes at one depth, and what recording them and those
// below them took.
type level struct{ nodes, recording time.Duration }

// nodeData is what is known of one node.
type nodeData struct {
	node     *onnx.Node
	depth    int
	variants []variant
	latest   int  // the variant of the last call
	others   work // calls beyond maxVariants

	total, self   time.Duration // in the run under way
	totals, selfs []time.Duration
}

// variant is the types and shapes of some calls of a node.
type variant struct {
	in, out []Value
	cost    Cost // of each
	calls   int
}

// work is the cost of several calls.
type work struct {
	calls int
	cost  Cost // of all
}

// Calls of a node whose shapes differ from these are counted together.
const maxVariants = 64

// slice is one call of a node in a run.
type slice struct {
	node    int32
	variant int32 // -1 beyond maxVariants
	depth   int32
	memory  int
	start   time.Duration // since the run began
	took    time.Duration
}

// Begin starts a run. Events outside of runs are not counted.
func (r *Recorder) Begin() {
	if r.index == nil {
		r.index = map[*onnx.Node]int{}
	}
	if r.now == nil {
		r.now = time.Now
	}
	r.slices = r.slices[:0]
	clear(r.waiting)
	r.spent = 0
	r.start = r.now()
}

// End ends a run.
func (r *Recorder) End() {
	took := r.now().Sub(r.start) - r.spent
	r.start = time.Time{}
	r.runs = append(r.runs, took)
	outside := took
	if len(r.waiting) > 0 {
		outside -= r.waiting[0].nodes
	}
	r.outside = append(r.outside, outside)
	for _, n := range r.nodes {
		for len(n.totals) < len(r.runs)-1 { // runs that did not reach the node
			n.totals, n.selfs = append(n.totals, 0), append(n.selfs, 0)
		}
		n.totals, n.selfs = append(n.totals, n.total), append(n.selfs, n.self)
		n.total, n.self = 0, 0
	}
	if len(r.runs) == 1 || took < r.shortest {
		r.shortest = took
		r.fastest, r.slices = r.slices, r.fastest
	}
}

// Event records one node. The events of a body come before that of the node
// that owns it. What recording takes is left out of all times, as if the clock
// stood still meanwhile.
func (r *Recorder) Event(e *runtime.Event) {
	if r.start.IsZero() {
		return
	}
	at, ok := r.index[e.Node]
	if !ok {
		at = len(r.nodes)
		r.index[e.Node] = at
		r.nodes = append(r.nodes, &nodeData{node: e.Node, depth: e.Depth})
	}
	for len(r.waiting) < e.Depth+2 {
		r.waiting = append(r.waiting, level{})
	}
	inner := r.waiting[e.Depth+1]
	r.waiting[e.Depth+1] = level{}
	took := e.Time - inner.recording
	r.peak = max(r.peak, e.Peak)

	n := r.nodes[at]
	n.total += took
	n.self += took - inner.nodes
	v := n.variant(e)
	r.slices = append(r.slices, slice{node: int32(at), variant: int32(v), depth: int32(e.Depth),
		memory: e.Memory, start: e.Start.Sub(r.start) - (r.spent - inner.recording), took: took})

	l := &r.waiting[e.Depth]
	l.nodes += took
	recording := r.now().Sub(e.Start) - e.Time
	l.recording += inner.recording + recording
	r.spent += recording
}

// variant finds the types and shapes of an event, and returns -1 where they are
// not kept.
func (n *nodeData) variant(e *runtime.Event) int {
	if n.latest >= len(n.variants) || !n.variants[n.latest].describes(e) {
		at := slices.IndexFunc(n.variants, func(v variant) bool { return v.describes(e) })
		if at < 0 {
			v := variant{in: valuesOf(e.Inputs), out: valuesOf(e.Outputs)}
			v.cost = CostOf(e.Node, v.in, v.out)
			if len(n.variants) == maxVariants {
				n.others.calls++
				n.others.cost.Elem = v.cost.Elem
				n.others.cost.Ops += v.cost.Ops
				n.others.cost.Bytes += v.cost.Bytes
				return -1
			}
			at = len(n.variants)
			n.variants = append(n.variants, v)
		}
		n.latest = at
	}
	n.variants[n.latest].calls++
	return n.latest
}

func (v *variant) describes(e *runtime.Event) bool {
	if len(v.in) != len(e.Inputs) || len(v.out) != len(e.Outputs) {
		return false
	}
	for i, x := range e.Inputs {
		if !v.in[i].describes(x) {
			return false
		}
	}
	for i, x := range e.Outputs {
		if !v.out[i].describes(x) {
			return false
		}
	}
	return true
}

func valuesOf(l []tensor.Value) []Value {
	vs := make([]Value, len(l))
	for i, v := range l {
		vs[i] = ValueOf(v)
	}
	return vs
}

// label is the node's name, or that of its first output where it has none.
func label(n *onnx.Node) string {
	if n.Name != "" {
		return n.Name
	}
	for _, o := range n.Outputs {
		if o != nil {
			return "→" + o.Name
		}
	}
	return ""
}

func operator(n *onnx.Node) string { return ops.QualifiedName(n.Domain, n.OpType) }
