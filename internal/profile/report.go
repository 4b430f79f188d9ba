package profile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/onnxrun/onnxrun/tensor"
)

// Report is a profile: times are of one run, medians over all runs.
type Report struct {
	Model   string
	Machine *Machine

	Runs    int
	Median  time.Duration // of a whole run
	Fastest time.Duration
	Sum     time.Duration // of the self times and Outside: what shares refer to
	Outside time.Duration // no node took it
	Memory  int           // most bytes of tensors that a run held at once

	Nodes     []*Node // in the order in which they first ran
	Operators []*Operator
	Timeline  []Slice // of the fastest run, in the order of their starts
}

// Usage is the time that a node, or all nodes of an operator, took in a run,
// and what was done in it.
type Usage struct {
	Calls int
	Total time.Duration // with bodies
	Self  time.Duration // without
	Share float64       // of Self in Report.Sum
	Ops   float64       // multiplications and additions
	Bytes float64       // read and written
	// Bound says what the work needs most of, as far as is known.
	Bound Bound
	// Peak is the share of Self that the machine would need for the work: 1 is
	// all that it can do. It is 0 where that is not known.
	Peak float64

	// Seconds that the machine needs at least for the products, for moving the
	// bytes, and for what takes longer of both in each call; and the self time
	// of nodes whose work is known.
	products, moves, need float64
	judged                time.Duration
}

// Bound is what limits an operator.
type Bound int

const (
	Nothing    Bound = iota // known
	Arithmetic              // multiplications and additions per second
	Bandwidth               // bytes per second
)

// String returns "", "arithmetic" or "bandwidth".
func (b Bound) String() string { return [...]string{"", "arithmetic", "bandwidth"}[b] }

// Rate returns what Bound counts, per second of Self.
func (u *Usage) Rate() float64 {
	switch {
	case u.judged <= 0:
	case u.Bound == Arithmetic:
		return u.Ops / u.judged.Seconds()
	case u.Bound == Bandwidth:
		return u.Bytes / u.judged.Seconds()
	}
	return 0
}

// Node is one node of the model as it ran.
type Node struct {
	Usage
	Name   string
	Op     string // with its domain
	Depth  int    // 0 in the model's graph, 1 in a body of one of its nodes …
	Parent int    // whose body the node lies in, -1 at depth 0
	Shapes []string
	Other  int // calls of further shapes, which are not listed
	Elem   tensor.DType
}

// Shape returns the first types and shapes, and how many others there are.
func (n *Node) Shape() string {
	if len(n.Shapes) == 0 {
		return ""
	}
	more := len(n.Shapes) - 1
	switch {
	case n.Other > 0:
		return fmt.Sprintf("%s and more than %d others", n.Shapes[0], more)
	case more > 1:
		return fmt.Sprintf("%s and %d others", n.Shapes[0], more)
	case more == 1:
		return n.Shapes[0] + " and another"
	}
	return n.Shapes[0]
}

// Operator is all nodes of one operator.
type Operator struct {
	Usage
	Op    string
	Nodes int
	Elem  tensor.DType // what is multiplied
}

// Slice is one call of a node.
type Slice struct {
	Node    int // in Report.Nodes
	Variant int // in Node.Shapes, -1 where it is not listed
	Tick    int // how often the body has begun in this call of its owner, from 1; 0 outside of bodies
	Start   time.Duration
	Time    time.Duration
	Memory  int // bytes of tensors held after it
}

// Report evaluates what has been recorded, nil before the first run.
func (r *Recorder) Report(model string, m *Machine) *Report {
	if len(r.runs) == 0 {
		return nil
	}
	p := &Report{
		Model: model, Machine: m, Runs: len(r.runs), Fastest: r.shortest, Memory: r.peak,
		Median: median(r.runs), Outside: max(median(r.outside), 0),
	}
	order := p.timeline(r)
	place := make([]int, len(r.nodes))
	for i, at := range order {
		place[at] = i
	}
	for _, at := range order {
		p.Nodes = append(p.Nodes, r.nodes[at].report(len(r.runs), m))
	}
	p.Sum = p.Outside
	for _, n := range p.Nodes {
		p.Sum += n.Self
	}
	for i := range p.Timeline {
		p.Timeline[i].Node = place[p.Timeline[i].Node]
	}
	p.nest()
	p.operators()
	for _, n := range p.Nodes {
		n.finish(p.Sum)
	}
	for _, o := range p.Operators {
		o.finish(p.Sum)
	}
	return p
}

// timeline sorts the slices of the fastest run by their starts, and returns
// the order of the nodes.
func (p *Report) timeline(r *Recorder) (order []int) {
	s := slices.Clone(r.fastest)
	slices.SortStableFunc(s, func(a, b slice) int { return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.depth, b.depth)) })
	seen := make([]bool, len(r.nodes))
	note := func(at int) {
		if !seen[at] {
			seen[at] = true
			order = append(order, at)
		}
	}
	for _, x := range s {
		p.Timeline = append(p.Timeline, Slice{Node: int(x.node), Variant: int(x.variant), Start: x.start, Time: x.took, Memory: x.memory})
		note(int(x.node))
	}
	for at := range r.nodes { // those of other runs
		note(at)
	}
	return order
}

// nest finds owners and ticks from the timeline: a body begins again with the
// node that it began with.
func (p *Report) nest() {
	for _, n := range p.Nodes {
		n.Parent = -1
	}
	type level struct{ node, first, tick int }
	var open []level // by depth
	for i := range p.Timeline {
		s := &p.Timeline[i]
		n := p.Nodes[s.Node]
		if n.Depth > len(open) {
			continue // cannot be: an owner starts before its body
		}
		if n.Depth > 0 {
			owner := &open[n.Depth-1]
			if n.Parent = owner.node; owner.tick == 0 {
				owner.first = s.Node
			}
			if owner.first == s.Node {
				owner.tick++
			}
			s.Tick = owner.tick
		}
		open = append(open[:n.Depth], level{node: s.Node})
	}
}

func (n *nodeData) report(runs int, m *Machine) *Node {
	x := &Node{Name: label(n.node), Op: operator(n.node), Depth: n.depth, Other: n.others.calls}
	for len(n.totals) < runs { // not reached in the last runs
		n.totals, n.selfs = append(n.totals, 0), append(n.selfs, 0)
	}
	x.Total, x.Self = median(n.totals), max(median(n.selfs), 0)
	add := func(c Cost, calls int) {
		if calls == 0 {
			return
		}
		each := float64(calls) / float64(runs)
		x.Ops += c.Ops * each
		x.Bytes += c.Bytes * each
		products, moves := m.bounds(c)
		x.products += products * each
		x.moves += moves * each
		if c.Ops == 0 || products > 0 {
			x.need += max(products, moves) * each
		}
		x.Calls += calls
		if c.Ops > 0 {
			x.Elem = c.Elem
		}
	}
	for _, v := range n.variants {
		x.Shapes = append(x.Shapes, Signature(v.in, v.out))
		add(v.cost, v.calls)
	}
	if k := float64(n.others.calls); k > 0 {
		c := n.others.cost
		add(Cost{Ops: c.Ops / k, Bytes: c.Bytes / k, Elem: c.Elem}, n.others.calls)
	}
	x.Calls = (x.Calls + runs - 1) / runs
	if x.Ops > 0 || x.Bytes > 0 {
		x.judged = x.Self
	}
	return x
}

// operators adds up the nodes of each operator, the longest first.
func (p *Report) operators() {
	by := map[string]*Operator{}
	for _, n := range p.Nodes {
		o := by[n.Op]
		if o == nil {
			o = &Operator{Op: n.Op}
			by[n.Op] = o
			p.Operators = append(p.Operators, o)
		}
		o.Nodes++
		o.Calls += n.Calls
		o.Total += n.Total
		o.Self += n.Self
		o.Ops += n.Ops
		o.Bytes += n.Bytes
		o.products += n.products
		o.moves += n.moves
		o.need += n.need
		o.judged += n.judged
		if n.Ops > 0 {
			o.Elem = n.Elem
		}
	}
	slices.SortStableFunc(p.Operators, func(a, b *Operator) int {
		return cmp.Or(cmp.Compare(b.Self, a.Self), strings.Compare(a.Op, b.Op))
	})
}

// finish finds the share and what limits the work. Where the machine's rate of
// products is not known, operators of products count as bound by them.
func (u *Usage) finish(sum time.Duration) {
	if sum > 0 {
		u.Share = float64(u.Self) / float64(sum)
	}
	switch {
	case u.Ops > 0 && (u.products == 0 || u.products >= u.moves):
		u.Bound = Arithmetic
	case u.Bytes > 0:
		u.Bound = Bandwidth
	}
	if u.judged > 0 {
		u.Peak = u.need / u.judged.Seconds()
	}
}

// median returns the middle of the times, the lower one of two.
func median(l []time.Duration) time.Duration {
	if len(l) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(l))
	return s[(len(s)-1)/2]
}
