package tensor

import (
	"fmt"
	"strings"
	"sync/atomic"
)

// Value is what flows along an edge: *Tensor, *Sequence, *Optional, *Map or
// *Sparse. An absent optional input is a nil Value, which is not an empty
// Optional.
type Value interface {
	// Type returns the type with all dimensions known.
	Type() Type
	isValue()
}

// Sequence is an ordered list of values of one type.
type Sequence struct {
	Of    Type // of the elements; tensors in it need not have one shape
	Elems []Value

	grown *atomic.Int64 // of a sequence that Append made: how much of the memory of Elems is taken
}

// Append returns a sequence of type of with the elements of s and then v, all
// of which leave their arenas. s stays as it is; sequences that grow from each
// other share memory, so that n elements are appended in the time of order n.
func (s *Sequence) Append(of Type, v Value) *Sequence {
	n := len(s.Elems)
	Escape(v)
	if s.grown != nil && n < cap(s.Elems) && s.grown.CompareAndSwap(int64(n), int64(n+1)) {
		elems := s.Elems[:n+1]
		elems[n] = v
		return &Sequence{Of: of, Elems: elems, grown: s.grown}
	}
	Escape(s)
	elems := make([]Value, n+1, max(4, 2*(n+1)))
	copy(elems, s.Elems)
	elems[n] = v
	g := &Sequence{Of: of, Elems: elems, grown: new(atomic.Int64)}
	g.grown.Store(int64(n + 1))
	return g
}

// Optional holds a value or nothing.
type Optional struct {
	Of   Type
	Elem Value // nil when empty
}

// Map maps keys of an integer type or string to values of one type. Keys is a
// one-dimensional tensor of distinct keys, in the order in which the map was
// built, and Values has one value for each.
type Map struct {
	Of     Type // of the values
	Keys   *Tensor
	Values []Value
}

// Sparse is a tensor of which only the elements listed are not zero. Indices
// is int64: [nnz] positions in row-major order, or [nnz, rank] coordinates.
type Sparse struct {
	Shape   Shape
	Values  *Tensor // [nnz]
	Indices *Tensor
}

func (*Tensor) isValue()   {}
func (*Sequence) isValue() {}
func (*Optional) isValue() {}
func (*Map) isValue()      {}
func (*Sparse) isValue()   {}

// Type returns the tensor type with the shape.
func (t *Tensor) Type() Type {
	dims := make([]Dim, len(t.shape))
	for i, d := range t.shape {
		dims[i] = Dim{Size: d}
	}
	return Type{Kind: KindTensor, Elem: t.dtype, HasShape: true, Dims: dims}
}

// Type returns the sequence type.
func (s *Sequence) Type() Type { return Type{Kind: KindSequence, Of: &s.Of} }

// Type returns the optional type.
func (o *Optional) Type() Type { return Type{Kind: KindOptional, Of: &o.Of} }

// Type returns the map type.
func (m *Map) Type() Type { return Type{Kind: KindMap, Elem: m.Keys.dtype, Of: &m.Of} }

// Type returns the sparse tensor type with the shape.
func (s *Sparse) Type() Type {
	dims := make([]Dim, len(s.Shape))
	for i, d := range s.Shape {
		dims[i] = Dim{Size: d}
	}
	return Type{Kind: KindSparse, Elem: s.Values.dtype, HasShape: true, Dims: dims}
}

// Kind distinguishes the types of values.
type Kind uint8

// The kinds of TypeProto.
const (
	KindUnknown Kind = iota
	KindTensor
	KindSequence
	KindOptional
	KindMap
	KindSparse
	KindOpaque
)

// Dim is one dimension of a declared shape: a size, a name that stands for one
// ("batch"), or neither where it is unknown.
type Dim struct {
	Size int    // -1 where it is not a number
	Name string // symbolic name, may be empty
	Tag  string // the standard's denotation, DATA_BATCH for example
}

// Known reports whether the dimension is a number.
func (d Dim) Known() bool { return d.Size >= 0 }

// String prints the size, the name, or "?".
func (d Dim) String() string {
	switch {
	case d.Size >= 0:
		return fmt.Sprint(d.Size)
	case d.Name != "":
		return d.Name
	}
	return "?"
}

// Type is the declared or actual type of a value.
type Type struct {
	Kind     Kind
	Elem     DType // element type of a tensor or sparse tensor, key type of a map
	HasShape bool  // whether Dims are known at all
	Dims     []Dim
	Of       *Type  // what a sequence or optional contains, the values of a map
	Tag      string // the standard's denotation, IMAGE for example

	OpaqueDomain, OpaqueName string // of an opaque type
}

// TensorOf returns the type of tensors with the given elements and any shape.
func TensorOf(d DType) Type { return Type{Kind: KindTensor, Elem: d} }

// SequenceOf returns the type of sequences of t.
func SequenceOf(t Type) Type { return Type{Kind: KindSequence, Of: &t} }

// OptionalOf returns the type of optionals of t.
func OptionalOf(t Type) Type { return Type{Kind: KindOptional, Of: &t} }

// String prints the type: float32[batch 3], seq(float32[?]), map(string, int64).
func (t Type) String() string {
	of := "?"
	if t.Of != nil {
		of = t.Of.String()
	}
	switch t.Kind {
	case KindTensor:
		return t.Elem.String() + t.dims()
	case KindSparse:
		return "sparse(" + t.Elem.String() + t.dims() + ")"
	case KindSequence:
		return "seq(" + of + ")"
	case KindOptional:
		return "optional(" + of + ")"
	case KindMap:
		return "map(" + t.Elem.String() + ", " + of + ")"
	case KindOpaque:
		return "opaque(" + t.OpaqueDomain + ", " + t.OpaqueName + ")"
	}
	return "unknown"
}

func (t Type) dims() string {
	if !t.HasShape {
		return ""
	}
	var b strings.Builder
	b.WriteByte('[')
	for i, d := range t.Dims {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(d.String())
	}
	b.WriteByte(']')
	return b.String()
}

// Accepts reports whether a value of type v may stand where t is declared:
// the kinds and element types are equal, and known dimensions agree.
func (t Type) Accepts(v Type) bool {
	if t.Kind == KindUnknown {
		return true
	}
	if t.Kind != v.Kind || (t.Elem != v.Elem && t.Elem != Undefined) {
		return false
	}
	if t.HasShape && v.HasShape {
		if len(t.Dims) != len(v.Dims) {
			return false
		}
		for i, d := range t.Dims {
			if d.Known() && v.Dims[i].Known() && d.Size != v.Dims[i].Size {
				return false
			}
		}
	}
	if t.Of != nil && v.Of != nil {
		return t.Of.Accepts(*v.Of)
	}
	return true
}

// Holds is Accepts of a value's type.
func (t Type) Holds(v Value) bool {
	x, ok := v.(*Tensor)
	if !ok {
		return t.Accepts(v.Type())
	}
	if t.Kind != KindTensor {
		return t.Kind == KindUnknown
	}
	if t.Elem != x.dtype && t.Elem != Undefined {
		return false
	}
	if !t.HasShape {
		return true
	}
	if len(t.Dims) != len(x.shape) {
		return false
	}
	for i, d := range t.Dims {
		if d.Known() && d.Size != x.shape[i] {
			return false
		}
	}
	return true
}

// Describe prints what a value is, for messages: float32[2 3], or "absent".
func Describe(v Value) string {
	switch v := v.(type) {
	case nil:
		return "absent"
	case *Tensor:
		return v.String()
	case *Sequence:
		return fmt.Sprintf("%v of %d", v.Type(), len(v.Elems))
	}
	return v.Type().String()
}

// Detach returns v if its elements are memory of its own, and a copy where
// they lie in a mapped file, which may be closed.
func Detach(v Value) Value {
	switch v := v.(type) {
	case *Tensor:
		if v.owner != nil {
			return v.Clone()
		}
	case *Sequence:
		return &Sequence{Of: v.Of, Elems: detachAll(v.Elems)}
	case *Optional:
		if v.Elem != nil {
			return &Optional{Of: v.Of, Elem: Detach(v.Elem)}
		}
	case *Map:
		return &Map{Of: v.Of, Keys: Detach(v.Keys).(*Tensor), Values: detachAll(v.Values)}
	case *Sparse:
		return &Sparse{Shape: v.Shape, Values: Detach(v.Values).(*Tensor), Indices: Detach(v.Indices).(*Tensor)}
	}
	return v
}

func detachAll(vs []Value) []Value {
	out := make([]Value, len(vs))
	for i, v := range vs {
		out[i] = Detach(v)
	}
	return out
}
