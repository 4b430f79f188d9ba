package runtime

import (
	"context"
	"fmt"
	"slices"

	"github.com/onnxrun/onnxrun/tensor"
)

// RunInto is Run with memory of the caller's: what the model computes is
// written into the tensors of outputs, by name. Outputs that are left out are
// not handed out. A tensor must have the element type and shape of its output;
// one that shares memory with an input is written after the last node has run,
// so that a state may be fed back in place. When the shape of an output turns
// out to be another the error wraps ErrOutput. After an error the elements of
// tensors that share none with an input are not defined.
//
// A RunInto like one before it, in its shapes, takes no memory from the heap.
func (s *Session) RunInto(ctx context.Context, inputs map[string]tensor.Value, outputs map[string]*tensor.Tensor) error {
	return s.runInto(ctx, inputs, outputs, nil)
}

// runInto is RunInto with more outputs, by name, that need not fit: each is
// offered the tensor that next has for it, which may be nil, and next then has
// what it is.
func (s *Session) runInto(ctx context.Context, inputs map[string]tensor.Value, outputs map[string]*tensor.Tensor, next map[string]tensor.Value) error {
	j, err := s.acquire()
	if err != nil {
		return err
	}
	defer s.active.Done()
	if err := s.bindInputs(inputs, j.in); err != nil {
		s.release(j)
		return err
	}
	if err := s.bindOutputs(outputs, j.into); err != nil {
		s.release(j)
		return err
	}
	for i, o := range s.outputs {
		if t, _ := next[o.Name].(*tensor.Tensor); t != nil {
			j.into[i] = t
		}
	}
	if err := j.executeInto(ctx); err != nil {
		return err
	}
	if err := j.deliver(s.outputs, next); err != nil {
		return err
	}
	s.release(j)
	return nil
}

// bindOutputs puts the caller's tensors into the model's order.
func (s *Session) bindOutputs(outputs map[string]*tensor.Tensor, into []*tensor.Tensor) error {
	given := 0
	for i, o := range s.outputs {
		t, ok := outputs[o.Name]
		if ok {
			given++
		}
		if t == nil {
			continue
		}
		if t.ReadOnly() {
			return fmt.Errorf("%w: output %q: %v lies in a mapped file", ErrOutput, o.Name, t)
		}
		if !o.Type.Holds(t) {
			return fmt.Errorf("%w: output %q: got %v for %v", ErrOutput, o.Name, t, o.Type)
		}
		for k, other := range into[:i] {
			if other != nil && tensor.Overlap(t, other) {
				return fmt.Errorf("%w: outputs %q and %q share memory", ErrOutput, s.outputs[k].Name, o.Name)
			}
		}
		into[i] = t
	}
	if given < len(outputs) {
		for name := range outputs {
			if infoByName(s.outputs, name) == nil {
				return fmt.Errorf("%w: the model has no output %q; its outputs are %s", ErrOutput, name, names(s.outputs))
			}
		}
	}
	return nil
}

// executeInto executes with the caller's tensors lent to the steps that make
// the outputs, where that harms no input.
func (j *job) executeInto(ctx context.Context) error {
	for i, t := range j.into {
		if t != nil && !slices.ContainsFunc(j.in, func(v tensor.Value) bool { return mayShare(v, t) }) {
			j.frame.lend(i, t)
		}
	}
	err := j.execute(ctx)
	for i := range j.into {
		j.frame.lend(i, nil)
	}
	return err
}

// mayShare reports whether v may have elements in the memory of t.
func mayShare(v tensor.Value, t *tensor.Tensor) bool {
	x, ok := v.(*tensor.Tensor)
	return !ok || tensor.Overlap(x, t)
}

// lend makes the step that makes output i put it into t.
func (f *frame) lend(i int, t *tensor.Tensor) {
	o := f.plan.outputs[i]
	if o.step < 0 || o.keep {
		return
	}
	c := &f.calls[o.step]
	if c.Into == nil {
		if t == nil {
			return
		}
		c.Into = make([]*tensor.Tensor, len(c.Outputs))
	}
	c.Into[o.out] = t
}

// deliver copies the outputs that do not lie in the caller's tensors yet, all
// of them or, if one does not fit, none.
func (j *job) deliver(outputs []Info, next map[string]tensor.Value) error {
	for i, t := range j.into {
		if _, free := next[outputs[i].Name]; t != nil && !free && !same(j.out[i], t) {
			return fmt.Errorf("%w: output %q is %s, got %v for it", ErrOutput, outputs[i].Name, tensor.Describe(j.out[i]), t)
		}
	}
	for i, t := range j.into {
		v := j.out[i]
		fits := t != nil && same(v, t)
		switch _, carried := next[outputs[i].Name]; {
		case carried && !fits:
			next[outputs[i].Name] = tensor.HandOut(v)
			continue
		case carried:
			next[outputs[i].Name] = t
		}
		if fits && v != tensor.Value(t) {
			tensor.CopyElems(t, 0, v.(*tensor.Tensor), 0, t.Len())
		}
		tensor.Release(v)
	}
	return nil
}
