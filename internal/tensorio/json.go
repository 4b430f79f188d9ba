package tensorio

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/onnxrun/onnxrun/tensor"
)

// DecodeJSON reads a tensor for an input of the wanted type: nested lists, one
// number, or an object {"shape": [2, 3], "data": […]} whose data may be nested
// or not. Beyond JSON, NaN and Infinity are read as numbers as Python writes
// them, and as strings.
func DecodeJSON(data []byte, want tensor.Type) (*tensor.Tensor, error) {
	if !utf8.Valid(data) {
		return nil, errors.New("not JSON: the bytes are not UTF-8 text")
	}
	r := &jsonReader{data: data}
	if r.peek() != '{' {
		t, err := r.tensor(want.Elem)
		if err != nil {
			return nil, err
		}
		return t, r.end()
	}
	members, err := JSONMembers(data)
	if err != nil {
		return nil, err
	}
	body, ok := members["data"]
	if !ok {
		return nil, errors.New(`the object has no "data"`)
	}
	elem := want.Elem
	if elem == tensor.Undefined {
		elem = declared(members["type"])
	}
	r = &jsonReader{data: body}
	t, err := r.tensor(elem)
	if err != nil {
		return nil, fmt.Errorf("data: %w", err)
	}
	if members["shape"] == nil {
		return t, nil
	}
	var dims []int
	if err := json.Unmarshal(members["shape"], &dims); err != nil || len(dims) > maxRank {
		return nil, fmt.Errorf("shape is %.40s, want a list of sizes", members["shape"])
	}
	return t.Reshape(dims)
}

// declared reads the name of an element type.
func declared(member []byte) tensor.DType {
	var name string
	if json.Unmarshal(member, &name) != nil {
		return tensor.Undefined
	}
	d, _ := tensor.ParseDType(name)
	return d
}

// JSONMembers returns the members of an object as they are written.
func JSONMembers(data []byte) (map[string][]byte, error) {
	r := &jsonReader{data: data}
	if err := r.expect('{'); err != nil {
		return nil, err
	}
	members := map[string][]byte{}
	for first := true; !r.take('}'); first = false {
		if !first {
			if err := r.expect(','); err != nil {
				return nil, err
			}
		}
		key, err := r.text()
		if err != nil {
			return nil, err
		}
		if err := r.expect(':'); err != nil {
			return nil, err
		}
		r.peek()
		start := r.at
		if err := r.skip(); err != nil {
			return nil, err
		}
		if _, twice := members[key]; twice {
			return nil, fmt.Errorf("%.40q stands twice", key)
		}
		members[key] = data[start:r.at]
	}
	return members, r.end()
}

// jsonReader reads lists of elements straight into a collector: a parser for
// any JSON would take many times the memory of the tensor.
type jsonReader struct {
	data []byte
	at   int
	into collector
	dims []int // sizes by depth, -1 where the first list is still open
	rank int   // depth of the elements, -1 before the first
}

// peek skips blanks and returns the next character, 0 at the end.
func (r *jsonReader) peek() byte {
	for r.at < len(r.data) {
		switch c := r.data[r.at]; c {
		case ' ', '\t', '\n', '\r':
			r.at++
		default:
			return c
		}
	}
	return 0
}

func (r *jsonReader) take(c byte) bool {
	if r.peek() != c {
		return false
	}
	r.at++
	return true
}

func (r *jsonReader) expect(c byte) error {
	if r.take(c) {
		return nil
	}
	return r.wrong(fmt.Sprintf("%q", c))
}

// wrong says what stands where something else is wanted.
func (r *jsonReader) wrong(want string) error {
	if r.peek() == 0 {
		return fmt.Errorf("the text ends where %s is wanted", want)
	}
	line := 1 + bytes.Count(r.data[:r.at], []byte{'\n'})
	return fmt.Errorf("line %d: want %s at %.20q", line, want, r.data[r.at:min(r.at+20, len(r.data))])
}

func (r *jsonReader) end() error {
	if r.peek() != 0 || r.at < len(r.data) {
		return r.wrong("the end")
	}
	return nil
}

// tensor reads one value of the elements' type or nested lists of them.
func (r *jsonReader) tensor(d tensor.DType) (*tensor.Tensor, error) {
	r.into.want, r.rank = d, -1
	if err := r.value(0); err != nil {
		return nil, err
	}
	return r.into.tensor(r.dims)
}

func (r *jsonReader) value(depth int) error {
	if r.peek() == '[' {
		return r.list(depth)
	}
	if r.rank < 0 && depth == len(r.dims) {
		r.rank = depth
	}
	if r.rank != depth {
		return r.wrong("a list, as its neighbours are")
	}
	return r.element()
}

// list reads a list whose length must be that of the others at its depth.
func (r *jsonReader) list(depth int) error {
	if depth >= maxRank {
		return fmt.Errorf("lists are nested more than %d deep", maxRank)
	}
	if depth == len(r.dims) {
		if r.rank >= 0 {
			return r.wrong("an element, as its neighbours are")
		}
		r.dims = append(r.dims, -1)
	}
	r.at++
	n := 0
	for !r.take(']') {
		if n > 0 {
			if err := r.expect(','); err != nil {
				return err
			}
		}
		if err := r.value(depth + 1); err != nil {
			return err
		}
		n++
	}
	switch {
	case r.dims[depth] < 0:
		r.dims[depth] = n
	case r.dims[depth] != n:
		line := 1 + bytes.Count(r.data[:r.at], []byte{'\n'})
		return fmt.Errorf("line %d: a list has %d entries where others have %d", line, n, r.dims[depth])
	}
	return nil
}

func (r *jsonReader) element() error {
	var err error
	switch c := r.peek(); {
	case c == '"':
		var s string
		if s, err = r.text(); err == nil {
			err = r.into.text(s)
		}
	case c == 0:
		return r.wrong("an element")
	default:
		switch w := r.word(); w {
		case "true", "false":
			err = r.into.bool(w == "true")
		case "null":
			err = errors.New("null is no element")
		case "":
			return r.wrong("an element")
		default:
			err = r.into.number(w)
		}
	}
	if err != nil {
		return fmt.Errorf("element %d: %w", r.into.n, err)
	}
	return nil
}

// word reads up to the next blank or structural character.
func (r *jsonReader) word() string {
	start := r.at
	for r.at < len(r.data) && bytes.IndexByte([]byte(" \t\r\n,:[]{}\""), r.data[r.at]) < 0 {
		r.at++
	}
	return string(r.data[start:r.at])
}

// text reads a string.
func (r *jsonReader) text() (string, error) {
	if r.peek() != '"' {
		return "", r.wrong("a string")
	}
	end := r.at + 1
	for end < len(r.data) && r.data[end] != '"' {
		if r.data[end] == '\\' {
			end++
		}
		end++
	}
	if end >= len(r.data) {
		return "", errors.New("a string has no end")
	}
	var s string
	if err := json.Unmarshal(r.data[r.at:end+1], &s); err != nil {
		return "", r.wrong("a string")
	}
	r.at = end + 1
	return s, nil
}

// skip passes over one value without looking at what is in it.
func (r *jsonReader) skip() error {
	depth := 0
	for {
		switch c := r.peek(); c {
		case 0:
			return r.wrong("a value")
		case '"':
			if _, err := r.text(); err != nil {
				return err
			}
		case '[', '{':
			depth++
			r.at++
		case ']', '}':
			if depth--; depth < 0 {
				return r.wrong("a value")
			}
			r.at++
		case ',', ':':
			if depth == 0 {
				return r.wrong("a value")
			}
			r.at++
		default:
			r.word()
		}
		if depth == 0 {
			return nil
		}
	}
}
