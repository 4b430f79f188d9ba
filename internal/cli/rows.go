package cli

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/move"
	"github.com/onnxrun/onnxrun/tensor"
)

// slab returns entry i of t along an axis, with that dimension as 1 or without
// it. Along the outermost dimension it is a view.
func slab(t *tensor.Tensor, axis, i int, keep bool) (*tensor.Tensor, error) {
	shape := t.Shape().Clone()
	shape[axis] = 1
	var part *tensor.Tensor
	if t.Shape().Span(0, axis) == 1 {
		flat, err := t.Reshape(t.Shape()[axis:])
		if err != nil {
			return nil, err
		}
		part = flat.Rows(i, i+1)
	} else {
		starts, steps := make([]int, len(shape)), make([]int, len(shape))
		for k := range steps {
			steps[k] = 1
		}
		starts[axis] = i
		var err error
		if part, err = moved(t, shape, move.Slice(t.Shape(), starts, steps, shape)); err != nil {
			return nil, err
		}
	}
	if !keep {
		shape = append(shape[:axis], shape[axis+1:]...)
	}
	return part.Reshape(shape)
}

// moved copies elements as l says to a new tensor.
func moved(t *tensor.Tensor, shape tensor.Shape, l move.Layout) (*tensor.Tensor, error) {
	out, err := tensor.New(t.DType(), shape)
	if err != nil {
		return nil, err
	}
	if t.DType() == tensor.Str {
		move.Copy(nil, tensor.Data[string](out), tensor.Data[string](t), l)
	} else {
		move.Bytes(nil, out.Bytes(), t.Bytes(), t.DType().Size(), l)
	}
	return out, nil
}

// joinRows puts values that came out one after another together: tensors along
// their first dimension where join is set and they have one, else along a new
// one; sequences one after another. Their sizes must agree.
func joinRows(rows []tensor.Value, join bool) (tensor.Value, error) {
	switch first := rows[0].(type) {
	case *tensor.Tensor:
		return joinTensors(rows, first, join && first.Rank() > 0)
	case *tensor.Sequence:
		all := &tensor.Sequence{Of: first.Of}
		for _, r := range rows {
			s, ok := r.(*tensor.Sequence)
			if !ok {
				return nil, fmt.Errorf("are of different kinds")
			}
			all.Elems = append(all.Elems, s.Elems...)
		}
		return all, nil
	}
	all := &tensor.Sequence{Of: rows[0].Type()}
	all.Elems = append(all.Elems, rows...)
	return all, nil
}

func joinTensors(rows []tensor.Value, first *tensor.Tensor, join bool) (tensor.Value, error) {
	shape := append(tensor.Shape{len(rows)}, first.Shape()...)
	if join {
		shape = first.Shape().Clone()
		shape[0] *= len(rows)
	}
	all, err := tensor.New(first.DType(), shape)
	if err != nil {
		return nil, err
	}
	for i, r := range rows {
		t, ok := r.(*tensor.Tensor)
		if !ok || t.DType() != first.DType() || !t.Shape().Equal(first.Shape()) {
			return nil, fmt.Errorf("have different sizes: %s at 0, %s at %d", first, tensor.Describe(r), i)
		}
		tensor.CopyElems(all, i*first.Len(), t, 0, t.Len())
	}
	return all, nil
}

// joinAxis puts tensors that have size 1 along an axis together along it.
func joinAxis(rows []tensor.Value, axis int) (tensor.Value, error) {
	v, err := joinRows(rows, false)
	t, ok := v.(*tensor.Tensor)
	if err != nil || !ok {
		return v, err
	}
	// t is [ticks, …, 1, …]: the first dimension takes the place of the 1.
	shape := append(tensor.Shape{t.Dim(0)}, t.Shape()[1:axis+1]...)
	shape = append(shape, t.Shape()[axis+2:]...)
	if t, err = t.Reshape(shape); err != nil || axis == 0 {
		return t, err
	}
	perm := make([]int, len(shape))
	for i := range perm {
		switch {
		case i < axis:
			perm[i] = i + 1
		case i == axis:
			perm[i] = 0
		default:
			perm[i] = i
		}
	}
	l := move.Transpose(shape, perm)
	return moved(t, l.Dims, l)
}
