package onnx

import (
	"errors"
	"fmt"

	"github.com/onnxrun/onnxrun/tensor"
)

// EncodeTensor encodes a TensorProto of the given name, with the elements in
// raw_data, or in string_data if they are strings.
func EncodeTensor(t *tensor.Tensor, name string) ([]byte, error) {
	e := &encoder{}
	m, err := e.tensor(t, label{name: name})
	if err != nil {
		return nil, err
	}
	return m.bytes(), nil
}

// encoder is the state of one encoding.
type encoder struct {
	external *externalWriter // takes the data of large initializers; nil where all is written inline
}

func (e *encoder) tensor(t *tensor.Tensor, l label) (*message, error) {
	return tensorProto(t, l, nil)
}

// tensorProto encodes a TensorProto, and gives the data to w if it is large.
func tensorProto(t *tensor.Tensor, l label, w *externalWriter) (*message, error) {
	if t == nil {
		return nil, errors.New("the tensor is missing")
	}
	dt := t.DType()
	if !dt.Valid() {
		return nil, fmt.Errorf("%v is not an element type", dt)
	}
	m := &message{}
	for _, n := range t.Shape() {
		m.putInt(1, int64(n))
	}
	m.putInt(2, int64(dt))
	if dt == tensor.Str {
		m.strings(6, tensor.Data[string](t))
	}
	m.string(8, l.name)
	if dt != tensor.Str {
		raw := t.Bytes()
		if dt.Bits() < 8 {
			raw = pack(t)
		}
		if w != nil && len(raw) >= externalFrom {
			m.pairs(13, w.add(raw))
			m.putInt(14, 1)
		} else {
			m.putBytes(9, raw)
		}
	}
	m.string(12, l.doc)
	m.pairs(16, l.meta)
	return m, nil
}

func (e *encoder) sparse(s *tensor.Sparse, l label) (*message, error) {
	if s == nil {
		return nil, errors.New("the sparse tensor is missing")
	}
	m := &message{}
	values, err := e.tensor(s.Values, l)
	if err != nil {
		return nil, at("values", err)
	}
	m.message(1, values)
	indices, err := e.tensor(s.Indices, label{})
	if err != nil {
		return nil, at("indices", err)
	}
	m.message(2, indices)
	for _, n := range s.Shape {
		m.putInt(3, int64(n))
	}
	return m, nil
}
