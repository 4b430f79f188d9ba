package onnx

import (
	"fmt"

	"github.com/onnxrun/onnxrun/tensor"
)

// maxDepth bounds how deep graphs lie in graphs, types in types and values in
// values. The readers of protobuf itself stop at 100 messages inside each
// other, which is 33 graphs or 50 types; it is there so that a hostile file
// cannot exhaust the stack.
const maxDepth = 64

var errDepth = fmt.Errorf("nested deeper than %d levels", maxDepth)

// deeper runs f one level further down.
func (d *decoder) deeper(f func() error) error {
	if d.depth >= maxDepth {
		return errDepth
	}
	d.depth++
	defer func() { d.depth-- }()
	return f()
}

// typeProto decodes a TypeProto.
func (d *decoder) typeProto(msg []byte) (t tensor.Type, err error) {
	err = d.deeper(func() error {
		var kind tensor.Kind
		var name string
		var body []byte // of the last field of the oneof
		err := eachField(msg, func(f *field) error {
			switch f.num {
			case 6:
				t.Tag = f.string()
				return nil
			case 1:
				kind, name = tensor.KindTensor, "tensor_type"
			case 4:
				kind, name = tensor.KindSequence, "sequence_type"
			case 5:
				kind, name = tensor.KindMap, "map_type"
			case 7:
				kind, name = tensor.KindOpaque, "opaque_type"
			case 8:
				kind, name = tensor.KindSparse, "sparse_tensor_type"
			case 9:
				kind, name = tensor.KindOptional, "optional_type"
			default:
				return nil
			}
			if kind != t.Kind {
				t.Kind, body = kind, nil
			}
			f.merge(&body)
			return nil
		})
		if err != nil {
			return err
		}
		switch t.Kind {
		case tensor.KindTensor, tensor.KindSparse:
			err = tensorType(body, &t)
		case tensor.KindSequence, tensor.KindOptional:
			err = d.contentType(body, 1, &t)
		case tensor.KindMap:
			err = d.contentType(body, 2, &t)
		case tensor.KindOpaque:
			err = eachField(body, func(f *field) error {
				switch f.num {
				case 1:
					t.OpaqueDomain = f.string()
				case 2:
					t.OpaqueName = f.string()
				}
				return nil
			})
		}
		return at(name, err)
	})
	return t, err
}

// tensorType decodes TypeProto.Tensor and TypeProto.SparseTensor.
func tensorType(msg []byte, t *tensor.Type) error {
	var shape []byte
	err := eachField(msg, func(f *field) (err error) {
		switch f.num {
		case 1:
			t.Elem, err = elemType(f.int())
			return at("elem_type", err)
		case 2:
			f.merge(&shape)
			t.HasShape = true
		}
		return nil
	})
	if err != nil {
		return err
	}
	err = eachField(shape, func(f *field) error {
		if f.num != 1 {
			return nil
		}
		dim := tensor.Dim{Size: -1}
		err := eachField(f.message(), func(f *field) (err error) {
			switch f.num {
			case 1: // exporters write -1 for an unknown size
				dim.Name = ""
				if dim.Size, err = toInt(f.int()); dim.Size < 0 {
					dim.Size = -1
				}
			case 2:
				dim.Size, dim.Name = -1, f.string()
			case 3:
				dim.Tag = f.string()
			}
			return err
		})
		t.Dims = append(t.Dims, dim)
		return atIndex("dim", len(t.Dims)-1, err)
	})
	return at("shape", err)
}

// contentType decodes the messages that say what a sequence, optional or map
// contains; num is the field that has the content's type.
func (d *decoder) contentType(msg []byte, num int32, t *tensor.Type) error {
	var content []byte
	err := eachField(msg, func(f *field) (err error) {
		switch {
		case int32(f.num) == num:
			f.merge(&content)
		case f.num == 1 && t.Kind == tensor.KindMap:
			t.Elem, err = elemType(f.int())
			return at("key_type", err)
		}
		return nil
	})
	if err != nil || content == nil {
		return err
	}
	of, err := d.typeProto(content)
	t.Of = &of
	if t.Kind == tensor.KindMap {
		return at("value_type", err)
	}
	return at("elem_type", err)
}

// sparse decodes a SparseTensorProto and returns the label of its values,
// whose name is that of a sparse initializer.
func (d *decoder) sparse(msg []byte) (*tensor.Sparse, label, error) {
	var values, indices, dims []byte
	err := eachField(msg, func(f *field) error {
		switch f.num {
		case 1:
			f.merge(&values)
		case 2:
			f.merge(&indices)
		case 3:
			f.packed(&dims, 0)
		}
		return nil
	})
	if err != nil {
		return nil, label{}, err
	}
	s := &tensor.Sparse{}
	var l label
	if s.Values, l, err = d.tensor(values); err != nil {
		return nil, l, at("values", err)
	}
	if s.Shape, err = shapeOf(dims, max(s.Values.DType().Size(), 16)); err != nil {
		return nil, l, at("dims", err)
	}
	if s.Values.Rank() != 1 {
		return nil, l, at("values", fmt.Errorf("got %v, want one dimension", s.Values))
	}
	if indices == nil && s.Values.Len() == 0 {
		s.Indices = tensor.Of[int64](tensor.Shape{0})
		return s, l, nil
	}
	if s.Indices, _, err = d.tensor(indices); err == nil {
		err = checkIndices(s)
	}
	return s, l, at("indices", err)
}

// checkIndices checks that the indices of a sparse tensor lie inside of its
// shape, and ascend as the standard wants.
func checkIndices(s *tensor.Sparse) error {
	idx, err := tensor.Values[int64](s.Indices)
	if err != nil {
		return err
	}
	nnz, rank := s.Values.Len(), len(s.Shape)
	switch ish := s.Indices.Shape(); {
	case ish.Equal(tensor.Shape{nnz}):
		rank = 1
	case !ish.Equal(tensor.Shape{nnz, rank}):
		return fmt.Errorf("got %v, want shape [%d] or [%d %d]", s.Indices, nnz, nnz, rank)
	}
	if nnz > 0 && s.Shape.Len() == 0 {
		return fmt.Errorf("%d values in a tensor of shape %v", nnz, s.Shape)
	}
	dims := s.Shape
	if s.Indices.Rank() == 1 {
		dims = tensor.Shape{s.Shape.Len()}
	}
	last := int64(-1)
	for i := range nnz {
		pos := int64(0)
		for j, dim := range dims {
			v := idx[i*rank+j]
			if v < 0 || v >= int64(dim) {
				return fmt.Errorf("entry %d: %d is outside of [0, %d]", i, v, dim-1)
			}
			pos = pos*int64(dim) + v
		}
		if pos <= last {
			return fmt.Errorf("entry %d: the entries are not in ascending order", i)
		}
		last = pos
	}
	return nil
}
