package controlflow

import (
	"fmt"

	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// stack collects what a body gives tick by tick and makes one output of it,
// with the ticks as a new dimension.
type stack struct {
	call     *ops.Call
	declared tensor.Type // of one tick, for a loop without any
	axis     int         // where the new dimension goes
	reverse  bool        // the first tick goes last

	buf   *tensor.Tensor // [capacity, …]
	rows  int
	shape tensor.Shape // of the buf that is made next
}

// newStacks returns a stack for each declared type, in the memory of l if that
// is enough.
func newStacks(l []stack, c *ops.Call, types []tensor.Type) []stack {
	if len(l) != len(types) {
		l = make([]stack, len(types))
	}
	for i, t := range types {
		l[i] = stack{call: c, declared: t, shape: l[i].shape}
	}
	return l
}

// push appends the value of one tick. ticks is how many there may be at most.
func (s *stack) push(v tensor.Value, ticks int) error {
	t, ok := v.(*tensor.Tensor)
	if !ok {
		return fmt.Errorf("got %s, want a tensor", tensor.Describe(v))
	}
	const first = 64 // ticks to make room for when their number may be anything
	switch {
	case s.buf == nil:
		if err := s.grow(t, min(ticks, first)); err != nil {
			return err
		}
	case t.DType() != s.buf.DType() || !t.Shape().Equal(s.buf.Shape()[1:]):
		return fmt.Errorf("got %v, before it was %v%v", t, s.buf.DType(), s.buf.Shape()[1:])
	case s.rows == s.buf.Dim(0):
		if err := s.grow(t, min(ticks, 2*s.rows)); err != nil {
			return err
		}
	}
	tensor.CopyElems(s.buf, s.rows*t.Len(), t, 0, t.Len())
	s.rows++
	return nil
}

// grow makes room for more rows like t.
func (s *stack) grow(t *tensor.Tensor, rows int) error {
	s.shape = append(append(s.shape[:0], rows), t.Shape()...)
	b, err := s.call.Scratch(t.DType(), s.shape...)
	if err != nil {
		return err
	}
	if s.buf != nil {
		tensor.CopyElems(b, 0, s.buf, 0, s.rows*t.Len())
		s.call.Release(s.buf)
	}
	s.buf = b
	return nil
}

// output makes output i of the call from what has been pushed.
func (s *stack) output(i int) error {
	if s.buf == nil {
		return s.empty(i)
	}
	defer func() { s.call.Release(s.buf) }()
	each := s.buf.Shape()[1:]
	if s.axis == 0 && !s.reverse {
		all := s.buf
		if s.rows < all.Dim(0) {
			all = all.Rows(0, s.rows)
		}
		s.call.SetOutput(i, all)
		return nil
	}
	axis, err := axisOf(s.axis, len(each)+1)
	if err != nil {
		return err
	}
	shape := make(tensor.Shape, 0, len(each)+1)
	shape = append(append(append(shape, each[:axis]...), s.rows), each[axis:]...)
	y, err := s.call.Output(i, s.buf.DType(), shape)
	if err != nil {
		return err
	}
	outer, inner := each.Span(0, axis), each.Span(axis, len(each))
	for r := range s.rows {
		to := r
		if s.reverse {
			to = s.rows - 1 - r
		}
		for o := range outer {
			tensor.CopyElems(y, (o*s.rows+to)*inner, s.buf, (r*outer+o)*inner, inner)
		}
	}
	return nil
}

// empty makes the output of a loop without a tick: what the body declares,
// unknown dimensions as 0.
func (s *stack) empty(i int) error {
	if s.declared.Elem == tensor.Undefined {
		return fmt.Errorf("there was no tick, and the body does not declare the type")
	}
	shape := make(tensor.Shape, 0, len(s.declared.Dims)+1)
	for _, d := range s.declared.Dims {
		shape = append(shape, max(d.Size, 0))
	}
	axis, err := axisOf(s.axis, len(shape)+1)
	if err != nil {
		return err
	}
	shape = append(shape[:axis], append(tensor.Shape{0}, shape[axis:]...)...)
	_, err = s.call.Output(i, s.declared.Elem, shape)
	return err
}

func axisOf(axis, rank int) (int, error) {
	if axis < -rank || axis >= rank {
		return 0, fmt.Errorf("axis %d is outside of [%d, %d]", axis, -rank, rank-1)
	}
	if axis < 0 {
		axis += rank
	}
	return axis, nil
}
