package tensor

import "fmt"

// Dense returns the tensor that s stands for, of at most limit elements. It
// fails where the indices are not places of the shape.
func (s *Sparse) Dense(limit int) (*Tensor, error) {
	if err := s.Shape.Check(max(s.Values.dtype.Size(), stringSize)); err != nil {
		return nil, err
	}
	if n := s.Shape.Len(); n > limit {
		return nil, fmt.Errorf("sparse tensor of shape %v: %d elements are more than %d", s.Shape, n, limit)
	}
	places, err := s.places()
	if err != nil {
		return nil, err
	}
	t, err := New(s.Values.dtype, s.Shape)
	if err != nil {
		return nil, err
	}
	size := t.dtype.Size()
	for i, p := range places {
		if t.dtype == Str {
			t.strs[p] = s.Values.strs[i]
		} else {
			copy(t.data[p*size:(p+1)*size], s.Values.data[i*size:])
		}
	}
	return t, nil
}

// places returns the position of each value in row-major order.
func (s *Sparse) places() ([]int, error) {
	idx, err := Values[int64](s.Indices)
	if err != nil {
		return nil, fmt.Errorf("indices: %w", err)
	}
	nnz, rank := s.Values.Len(), len(s.Shape)
	flat := s.Indices.Rank() == 1
	if s.Values.Rank() != 1 || !flat && s.Indices.Rank() != 2 || s.Indices.Dim(0) != nnz || !flat && s.Indices.Dim(1) != rank {
		return nil, fmt.Errorf("sparse tensor of shape %v: values %v and indices %v do not fit", s.Shape, s.Values, s.Indices)
	}
	dims := s.Shape
	if flat {
		dims, rank = Shape{s.Shape.Len()}, 1
	}
	places := make([]int, nnz)
	for i := range places {
		for k, d := range dims {
			v := idx[i*rank+k]
			if v < 0 || v >= int64(d) {
				return nil, fmt.Errorf("indices: %d is outside of [0, %d] of shape %v", v, d-1, s.Shape)
			}
			places[i] = places[i]*d + int(v)
		}
	}
	return places, nil
}
