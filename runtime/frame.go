package runtime

import (
	"context"
	"fmt"
	"time"

	"github.com/onnxrun/onnxrun/internal/par"
	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// run is what all frames of one Run share. One goroutine works on it.
type run struct {
	ctx   context.Context
	arena *tensor.Arena
	pool  *par.Pool
	trace func(*Event)
	reuse bool // although there is a trace
	event Event
	depth int
}

// frame holds the values of one execution of a plan. A slot holds one
// reference to its value. A frame runs again and again without allocating.
type frame struct {
	run   *run
	plan  *plan
	slots []tensor.Value
	calls []ops.Call
	inUse bool
	warm  bool // steps that run once have run
}

func newFrame(r *run, p *plan) *frame {
	f := &frame{run: r, plan: p, slots: make([]tensor.Value, len(p.values)), calls: make([]ops.Call, len(p.steps))}
	for _, c := range p.consts {
		f.slots[c.slot] = c.value
	}
	for i := range p.steps {
		st := &p.steps[i]
		c := &f.calls[i]
		*c = ops.Call{
			Inputs:  make([]tensor.Value, len(st.in)),
			Outputs: make([]tensor.Value, len(st.out)),
			Wanted:  st.wanted,
			Last:    st.last,
			Reuse:   st.def.Reuse,
			Arena:   r.arena,
			Pool:    r.pool,
		}
		if r.trace != nil && !r.reuse {
			c.Reuse = nil // an Event shows the inputs as they were
		}
		for _, b := range st.bodies {
			c.Bodies = append(c.Bodies, &body{plan: b, outer: f})
		}
	}
	return f
}

// Event is one node that has run, for WithTrace and WithProfile.
type Event struct {
	Node    *onnx.Node
	Depth   int // 0 in the model's graph, 1 in a body of one of its nodes …
	Inputs  []tensor.Value
	Outputs []tensor.Value
	Start   time.Time
	Time    time.Duration
	Memory  int // bytes of tensors that the Run holds after the node, and the
	Peak    int // most that it, or one before it, ever held
}

// execute runs the steps. A panic of a kernel, which is a mistake of ours,
// becomes an error that names the node.
func (f *frame) execute() (err error) {
	at := 0
	defer func() {
		if r := recover(); r != nil {
			err = nodeError(f.plan.steps[at].node, f.calls[at].Inputs, ops.Recovered(r))
		}
	}()
	for i := range f.plan.steps {
		if f.warm && f.plan.steps[i].once {
			continue
		}
		at = i
		if err := f.run.ctx.Err(); err != nil {
			return err
		}
		if err := f.step(&f.plan.steps[i], &f.calls[i]); err != nil {
			return nodeError(f.plan.steps[i].node, f.calls[i].Inputs, err)
		}
	}
	f.warm = true
	return nil
}

// step runs one node: bind, compute, file the outputs, free what has ended.
func (f *frame) step(st *step, c *ops.Call) error {
	for i, s := range st.in {
		if s >= 0 {
			c.Inputs[i] = f.slots[s]
		}
	}
	c.Ctx = f.run.ctx
	if err := c.Check(st.def); err != nil {
		return err
	}
	var start time.Time
	if f.run.trace != nil {
		start = time.Now()
	}
	if err := st.kernel.Run(c); err != nil {
		return err
	}
	if f.run.trace != nil {
		took := time.Since(start)
		e := &f.run.event
		*e = Event{Node: st.node, Depth: f.run.depth, Inputs: c.Inputs, Outputs: c.Outputs, Start: start, Time: took}
		e.Memory, e.Peak = f.run.arena.InUse()
		f.run.trace(e)
	}
	if st.first != nil {
		st.first.end()
	}
	for i, s := range st.out {
		v := c.Outputs[i]
		switch {
		case s >= 0 && v == nil && st.wanted[i]:
			return fmt.Errorf("output %d was not computed", i)
		case s >= 0:
			f.slots[s] = v
		case v != nil:
			tensor.Release(v)
		}
	}
	for _, s := range st.free {
		if f.slots[s] != nil {
			tensor.Release(f.slots[s])
			f.slots[s] = nil
		}
	}
	clear(c.Outputs)
	return nil
}

// forget drops what the calls still hold of a run that has ended.
func (f *frame) forget() {
	for i := range f.calls {
		clear(f.calls[i].Inputs)
	}
}

// bind sets the graph's inputs, one reference each.
func (f *frame) bind(in []tensor.Value) {
	for i, s := range f.plan.inputs {
		f.slots[s] = in[i]
	}
}

// take moves the graph's outputs out, one reference each, and releases the
// inputs that no step has freed.
func (f *frame) take(out []tensor.Value) {
	for i, o := range f.plan.outputs {
		out[i] = f.slots[o.slot]
		if o.keep {
			tensor.Retain(out[i])
		}
	}
	for _, o := range f.plan.outputs {
		if !o.keep {
			f.slots[o.slot] = nil
		}
	}
	for _, s := range f.plan.inputs {
		if f.slots[s] != nil {
			tensor.Release(f.slots[s])
			f.slots[s] = nil
		}
	}
}

// body is a sub-graph within a frame of its owner.
type body struct {
	plan  *bodyPlan
	outer *frame
	frame *frame // kept for the next use
}

// Start implements ops.Body.
func (b *body) Start(*ops.Call) (ops.Frame, error) {
	f := b.frame
	if f == nil || f.inUse {
		f = newFrame(b.outer.run, b.plan.plan)
		b.frame = f
	}
	f.inUse = true
	for i, c := range f.plan.captures {
		v := b.outer.slots[b.plan.from[i]]
		tensor.Retain(v)
		f.slots[c.slot] = v
	}
	return f, nil
}

// Run implements ops.Frame.
func (f *frame) Run(in, out []tensor.Value) error {
	if len(in) != len(f.plan.inputs) || len(out) != len(f.plan.outputs) {
		return fmt.Errorf("the body takes %d inputs and gives %d outputs, want %d and %d",
			len(f.plan.inputs), len(f.plan.outputs), len(in), len(out))
	}
	f.bind(in)
	f.run.depth++
	err := f.execute()
	f.run.depth--
	if err != nil {
		f.abandon()
		return err
	}
	f.take(out)
	return nil
}

// abandon gives back what a failed run has computed: its owner may run the body
// again.
func (f *frame) abandon() {
	drop := func(slots []int) {
		for _, s := range slots {
			if s >= 0 && f.slots[s] != nil {
				tensor.Release(f.slots[s])
				f.slots[s] = nil
			}
		}
	}
	drop(f.plan.inputs)
	for i := range f.plan.steps {
		drop(f.plan.steps[i].out)
		for k, v := range f.calls[i].Outputs {
			tensor.Release(v)
			f.calls[i].Outputs[k] = nil
		}
	}
	f.warm = false
}

// Close implements ops.Frame.
func (f *frame) Close() {
	for _, c := range f.plan.captures {
		tensor.Release(f.slots[c.slot])
		f.slots[c.slot] = nil
	}
	for i := range f.plan.steps {
		if !f.plan.steps[i].once {
			continue
		}
		for _, s := range f.plan.steps[i].out {
			if s >= 0 && f.slots[s] != nil {
				tensor.Release(f.slots[s])
				f.slots[s] = nil
			}
		}
	}
	f.warm = false
	f.forget()
	f.inUse = false
}
