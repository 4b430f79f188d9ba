package profile

import (
	"slices"
	"strings"

	"github.com/onnxrun/onnxrun/tensor"
)

// Value is what a profile keeps of an input or output of a node: not its
// elements. The zero Value is an input or output that is absent.
type Value struct {
	Elem  tensor.DType // Undefined where the value is no tensor
	Shape tensor.Shape
	Other string // what the value is where it is no tensor
}

// ValueOf describes v.
func ValueOf(v tensor.Value) Value {
	switch t := v.(type) {
	case nil:
		return Value{}
	case *tensor.Tensor:
		if t == nil {
			return Value{}
		}
		return Value{Elem: t.DType(), Shape: t.Shape().Clone()}
	}
	return Value{Other: tensor.Describe(v)}
}

// describes reports whether ValueOf(v) would be a again, as far as costs and
// shapes go. It is asked for every input and output of every node that runs.
func (a *Value) describes(v tensor.Value) bool {
	t, ok := v.(*tensor.Tensor)
	if !ok || t == nil {
		return a.Elem == tensor.Undefined && (a.Other == "") == (v == nil || ok)
	}
	return a.Elem == t.DType() && slices.Equal(a.Shape, t.Shape())
}

func (a *Value) present() bool { return a.Elem != tensor.Undefined || a.Other != "" }

// count returns the number of elements.
func (a *Value) count() float64 {
	if a.Elem == tensor.Undefined {
		return 0
	}
	return float64(a.Shape.Len())
}

// bytes returns the memory of the elements, 0 for strings and what is no tensor.
func (a *Value) bytes() float64 {
	if a.Elem == tensor.Undefined || a.Elem == tensor.Str {
		return 0
	}
	return a.count() * float64(a.Elem.Size())
}

// dim returns a dimension, from the end where i is negative, and 0 where there
// is no such dimension.
func (a *Value) dim(i int) float64 {
	if i < 0 {
		i += len(a.Shape)
	}
	if i < 0 || i >= len(a.Shape) {
		return 0
	}
	return float64(a.Shape[i])
}

// String writes a value as float32[1 3 8 8].
func (a Value) String() string {
	if a.Elem == tensor.Undefined {
		return a.Other
	}
	return a.Elem.String() + a.Shape.String()
}

// Signature writes inputs and outputs in one line: float32[2 3] [3 4] → [2 4].
// An element type stands where it is not that of the value before. Absent
// values are left out.
func Signature(in, out []Value) string {
	var b strings.Builder
	last := tensor.Undefined
	list := func(l []Value) {
		for i := range l {
			v := &l[i]
			if !v.present() {
				continue
			}
			if b.Len() > 0 {
				b.WriteByte(' ')
			}
			if v.Elem == tensor.Undefined {
				b.WriteString(v.Other)
				continue
			}
			if v.Elem != last {
				b.WriteString(v.Elem.String())
				last = v.Elem
			}
			b.WriteString(v.Shape.String())
		}
	}
	list(in)
	if slices.ContainsFunc(out, func(v Value) bool { return v.present() }) {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString("→")
		list(out)
	}
	return b.String()
}
