package tensorio

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"

	"github.com/onnxrun/onnxrun/tensor"
)

// EncodeJSON writes a value as JSON. A tensor is an object of its element type,
// its shape and its elements in row-major order, which DecodeJSON reads:
//
//	{"type": "float32", "shape": [1, 2], "data": [0.25, "NaN"]}
//
// Numbers that JSON lacks are the strings NaN, Infinity and -Infinity; complex
// numbers are strings, too. Sequences have values, maps keys and values.
func EncodeJSON(w io.Writer, v tensor.Value) error {
	b := bufio.NewWriter(w)
	if err := writeJSON(b, v); err != nil {
		return err
	}
	return b.Flush()
}

func writeJSON(w *bufio.Writer, v tensor.Value) error {
	switch v := v.(type) {
	case nil:
		w.WriteString("null")
		return nil
	case *tensor.Tensor:
		return writeJSONTensor(w, v)
	case *tensor.Optional:
		return writeJSON(w, v.Elem)
	case *tensor.Sequence:
		fmt.Fprintf(w, `{"type": %q, "values": `, v.Type())
		return writeJSONList(w, v.Elems)
	case *tensor.Map:
		fmt.Fprintf(w, `{"type": %q, "keys": `, v.Type())
		if err := writeElements(w, v.Keys); err != nil {
			return err
		}
		w.WriteString(`, "values": `)
		return writeJSONList(w, v.Values)
	case *tensor.Sparse:
		shape, _ := json.Marshal([]int(v.Shape))
		fmt.Fprintf(w, `{"type": "sparse(%v)", "shape": %s, "indices": `, v.Values.DType(), shape)
		if err := writeJSON(w, v.Indices); err != nil {
			return err
		}
		w.WriteString(`, "values": `)
		if err := writeJSON(w, v.Values); err != nil {
			return err
		}
		w.WriteByte('}')
		return nil
	}
	return fmt.Errorf("%v has no form in JSON", v.Type())
}

// writeJSONList writes values and closes the object that they end.
func writeJSONList(w *bufio.Writer, vs []tensor.Value) error {
	w.WriteByte('[')
	for i, v := range vs {
		if i > 0 {
			w.WriteString(", ")
		}
		if err := writeJSON(w, v); err != nil {
			return err
		}
	}
	w.WriteString("]}")
	return nil
}

func writeJSONTensor(w *bufio.Writer, t *tensor.Tensor) error {
	fmt.Fprintf(w, `{"type": %q, "shape": [`, t.DType())
	for i, d := range t.Shape() {
		if i > 0 {
			w.WriteString(", ")
		}
		w.WriteString(strconv.Itoa(d))
	}
	w.WriteString(`], "data": `)
	if err := writeElements(w, t); err != nil {
		return err
	}
	w.WriteByte('}')
	return nil
}

func writeElements(w *bufio.Writer, t *tensor.Tensor) error {
	t, err := Widened(t)
	if err != nil {
		return err
	}
	w.WriteByte('[')
	switch t.DType() {
	case tensor.F32:
		writeFloats(w, tensor.Data[float32](t), 32)
	case tensor.F64:
		writeFloats(w, tensor.Data[float64](t), 64)
	case tensor.F16:
		f, err := Convert(t, tensor.F32)
		if err != nil {
			return err
		}
		writeFloats(w, tensor.Data[float32](f), 32)
	case tensor.Str, tensor.C64, tensor.C128:
		for i := range t.Len() {
			if i > 0 {
				w.WriteString(", ")
			}
			s, err := json.Marshal(tensor.FormatElement(t, i))
			if err != nil {
				return err
			}
			w.Write(s)
		}
	case tensor.Boolean:
		for i, v := range tensor.Data[bool](t) {
			if i > 0 {
				w.WriteString(", ")
			}
			w.WriteString(strconv.FormatBool(v))
		}
	default: // whole numbers, which the standard writes as JSON does
		for i := range t.Len() {
			if i > 0 {
				w.WriteString(", ")
			}
			w.WriteString(tensor.FormatElement(t, i))
		}
	}
	w.WriteByte(']')
	return nil
}

func writeFloats[F float32 | float64](w *bufio.Writer, fs []F, bits int) {
	var buf [32]byte
	for i, f := range fs {
		if i > 0 {
			w.WriteString(", ")
		}
		w.Write(appendFloat(buf[:0], float64(f), bits))
	}
}

func appendFloat(b []byte, v float64, bits int) []byte {
	switch {
	case v != v:
		return append(b, `"NaN"`...)
	case math.IsInf(v, 1):
		return append(b, `"Infinity"`...)
	case math.IsInf(v, -1):
		return append(b, `"-Infinity"`...)
	}
	return strconv.AppendFloat(b, v, 'g', -1, bits)
}
