package ops

import (
	"context"
	"fmt"

	"github.com/onnxrun/onnxrun/internal/par"
	"github.com/onnxrun/onnxrun/tensor"
)

// Call is one run of a kernel: its inputs, the outputs to make, and what it
// may use for that. A kernel takes all memory for tensors and scratch from the
// call, and keeps nothing of it.
type Call struct {
	Inputs  []tensor.Value // nil where an optional input is absent
	Outputs []tensor.Value // what Output and SetOutput have set

	Wanted []bool // whether output i has a reader; nil where all have
	Arena  *tensor.Arena
	Pool   *par.Pool
	Ctx    context.Context
	Bodies []Body // the node's sub-graph attributes in their order
	Reuse  []Reuse
	Into   []*tensor.Tensor // where output i should lie if it has that type and shape; may be nil
	Last   []bool           // whether input i is not needed after this call; nil where all are

	memo    any
	checked []tensor.DType // the inputs' element types of the run before; nil before the first
}

// Check is d.CheckInputs of the call's inputs, which are mostly tensors of the
// types that they had the last time.
func (c *Call) Check(d *Def) error {
	if c.checked != nil && c.asBefore() {
		return nil
	}
	c.checked = nil
	if err := d.CheckInputs(c.Inputs); err != nil {
		return err
	}
	types := make([]tensor.DType, len(c.Inputs))
	for i, v := range c.Inputs {
		t, ok := v.(*tensor.Tensor)
		if v != nil && !ok {
			return nil // is checked each time
		}
		if ok {
			types[i] = t.DType()
		}
	}
	c.checked = types
	return nil
}

func (c *Call) asBefore() bool {
	for i, v := range c.Inputs {
		if t, ok := v.(*tensor.Tensor); v == nil && c.checked[i] != tensor.Undefined || v != nil && (!ok || t.DType() != c.checked[i]) {
			return false
		}
	}
	return true
}

// Memo returns what a kernel keeps from one run of a call to the next, a zero
// T at first: what it has worked out of shapes, slices that it uses again. A
// call runs on one goroutine at a time, and its shapes may change.
func Memo[T any](c *Call) *T {
	m, ok := c.memo.(*T)
	if !ok {
		m = new(T)
		c.memo = m
	}
	return m
}

// Sized returns s with n zero elements, in its own memory if that is enough.
func Sized[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	s = s[:n]
	clear(s)
	return s
}

// Body is a sub-graph of a node, planned once.
type Body interface {
	// Start binds the values that the body captures, as they are for this call.
	Start(c *Call) (Frame, error)
}

// Frame runs a body again and again.
type Frame interface {
	// Run runs the body once. It takes the caller's reference to each input, so
	// that the body may write over it, and each output is one that the caller
	// must Release. After an error nothing is said of either.
	Run(in, out []tensor.Value) error
	// Close ends the use of the frame.
	Close()
}

// NumInputs returns the number of inputs, absent ones counted.
func (c *Call) NumInputs() int { return len(c.Inputs) }

// Has reports whether input i is present.
func (c *Call) Has(i int) bool { return i < len(c.Inputs) && c.Inputs[i] != nil }

// Tensor returns input i, which the signature declares to be a tensor; nil
// where it is absent.
func (c *Call) Tensor(i int) *tensor.Tensor {
	if i >= len(c.Inputs) {
		return nil
	}
	t, _ := c.Inputs[i].(*tensor.Tensor)
	return t
}

// Sequence returns input i, which the signature declares to be a sequence; nil
// where it is absent. A present optional that holds one is looked into.
func (c *Call) Sequence(i int) *tensor.Sequence {
	if i >= len(c.Inputs) {
		return nil
	}
	v := c.Inputs[i]
	if o, ok := v.(*tensor.Optional); ok {
		v = o.Elem
	}
	s, _ := v.(*tensor.Sequence)
	return s
}

// Wants reports whether somebody reads output i.
func (c *Call) Wants(i int) bool { return i < len(c.Outputs) && (c.Wanted == nil || c.Wanted[i]) }

// Output makes output i, to be filled by the kernel: its elements are not set.
// It may lie in the memory of an input that Def.Reuse allows. The tensor of an
// output that nobody reads serves as scratch.
func (c *Call) Output(i int, d tensor.DType, shape tensor.Shape) (*tensor.Tensor, error) {
	if i < len(c.Into) && c.Into[i] != nil && c.Into[i].DType() == d && c.Into[i].Shape().Equal(shape) {
		c.Outputs[i] = c.Into[i]
		return c.Into[i], nil
	}
	t, err := c.reused(i, d, shape)
	if err != nil {
		return nil, err
	}
	if t == nil {
		if t, err = c.Arena.New(d, shape); err != nil {
			return nil, fmt.Errorf("output %d: %w", i, err)
		}
	}
	if i < len(c.Outputs) {
		c.Outputs[i] = t
	}
	return t, nil
}

// reused returns a tensor for output i over the memory of an input that ends
// here, nil where there is none.
func (c *Call) reused(i int, d tensor.DType, shape tensor.Shape) (*tensor.Tensor, error) {
	if c.Last == nil {
		return nil, nil
	}
	for _, r := range c.Reuse {
		if r.Output != i {
			continue
		}
		in := c.Tensor(r.Input)
		if in == nil || in.DType().Size() != d.Size() || d.Size() == 0 || !in.Shape().Equal(shape) ||
			!c.Arena.Sole(in) || !c.Last[r.Input] {
			continue
		}
		t := in
		if d != in.DType() {
			var err error
			if t, err = in.Reinterpret(d); err != nil {
				return nil, err
			}
		}
		tensor.Retain(t)
		return t, nil
	}
	return nil, nil
}

// SetOutput makes v, which may be an input, a view of one or a new value,
// output i.
func (c *Call) SetOutput(i int, v tensor.Value) {
	if i >= len(c.Outputs) {
		return
	}
	if _, ok := v.(*tensor.Tensor); ok {
		tensor.Retain(v)
	} else {
		tensor.Escape(v)
	}
	c.Outputs[i] = v
}

// GiveOutput makes v output i and hands over the caller's reference to it:
// what a Frame returned goes out as it is.
func (c *Call) GiveOutput(i int, v tensor.Value) {
	if i >= len(c.Outputs) {
		tensor.Release(v)
		return
	}
	c.Outputs[i] = v
}

// Scratch returns a tensor for the kernel's own use; its elements are not set.
// The kernel gives it back with Release.
func (c *Call) Scratch(d tensor.DType, shape ...int) (*tensor.Tensor, error) {
	t, err := c.Arena.New(d, shape)
	if err != nil {
		return nil, fmt.Errorf("scratch: %w", err)
	}
	return t, nil
}

// Release gives back what Scratch or a Frame returned.
func (c *Call) Release(v tensor.Value) { tensor.Release(v) }

// Err returns why the call should stop, nil while it may go on. Kernels that
// run bodies or long loops ask between the rounds.
func (c *Call) Err() error {
	if c.Ctx == nil {
		return nil
	}
	return c.Ctx.Err()
}
