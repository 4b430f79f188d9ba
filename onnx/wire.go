package onnx

import (
	"errors"
	"fmt"
	"math"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"
)

// field is one field of a protobuf message. Its readers remember a wire type
// that does not fit; eachField reports it.
type field struct {
	num   protowire.Number
	typ   protowire.Type
	value uint64 // of a varint, fixed32 or fixed64
	bytes []byte // of a length-delimited field
	raw   []byte // tag and value
	body  []byte // raw without the tag, for packed
	err   error
}

// eachField calls do for every field of a message, in the order of the bytes.
func eachField(msg []byte, do func(f *field) error) error {
	var f field
	for pos := 0; pos < len(msg); {
		num, typ, n := protowire.ConsumeTag(msg[pos:])
		if n < 0 {
			return fmt.Errorf("byte %d of %d: %w", pos, len(msg), protowire.ParseError(n))
		}
		b := msg[pos+n:]
		f = field{num: num, typ: typ}
		var m int
		switch typ {
		case protowire.VarintType:
			f.value, m = protowire.ConsumeVarint(b)
		case protowire.Fixed32Type:
			var v uint32
			v, m = protowire.ConsumeFixed32(b)
			f.value = uint64(v)
		case protowire.Fixed64Type:
			f.value, m = protowire.ConsumeFixed64(b)
		case protowire.BytesType:
			f.bytes, m = protowire.ConsumeBytes(b)
		default:
			m = protowire.ConsumeFieldValue(num, typ, b)
		}
		if m < 0 {
			return fmt.Errorf("field %d at byte %d of %d: %w", num, pos, len(msg), protowire.ParseError(m))
		}
		f.body = b[:m:m]
		f.raw = msg[pos : pos+n+m : pos+n+m]
		if err := do(&f); err != nil {
			return err
		}
		if f.err != nil {
			return f.err
		}
		pos += n + m
	}
	return nil
}

func (f *field) want(typ protowire.Type) bool {
	if f.typ == typ {
		return true
	}
	if f.err == nil {
		f.err = fmt.Errorf("field %d: wire type %d, want %d", f.num, f.typ, typ)
	}
	return false
}

// message returns the bytes of a length-delimited field, not a copy.
func (f *field) message() []byte {
	if !f.want(protowire.BytesType) {
		return nil
	}
	return f.bytes[:len(f.bytes):len(f.bytes)]
}

// string returns a copy, which outlives the message's bytes.
func (f *field) string() string { return string(f.message()) }

func (f *field) int() int64 {
	if !f.want(protowire.VarintType) {
		return 0
	}
	return int64(f.value)
}

func (f *field) float() float32 {
	if !f.want(protowire.Fixed32Type) {
		return 0
	}
	return math.Float32frombits(uint32(f.value))
}

// merge adds an occurrence of a singular message field: the standard of
// protobuf makes several occurrences one message, which is what decoding their
// concatenation gives.
func (f *field) merge(dst *[]byte) {
	b := f.message()
	if *dst == nil {
		*dst = b
		return
	}
	*dst = append(*dst, b...)
}

// packed adds elements of a repeated scalar field of wire type typ to dst,
// which holds them in packed encoding whichever way they come. dst stays a
// part of the message where one packed field holds all.
func (f *field) packed(dst *[]byte, typ protowire.Type) {
	b := f.body
	if f.typ == protowire.BytesType {
		b = f.bytes[:len(f.bytes):len(f.bytes)]
	} else if !f.want(typ) {
		return
	}
	if *dst == nil {
		*dst = b
		return
	}
	*dst = append(*dst, b...)
}

// countVarints returns the number of varints in packed bytes, to be known
// before there is memory for them.
func countVarints(packed []byte) int {
	n := 0
	for _, b := range packed {
		if b < 0x80 {
			n++
		}
	}
	return n
}

// eachVarint calls do for every element of packed varints.
func eachVarint(packed []byte, do func(i int, v uint64)) error {
	for i := 0; len(packed) > 0; i++ {
		v, n := protowire.ConsumeVarint(packed)
		if n < 0 {
			return fmt.Errorf("element %d: %w", i, protowire.ParseError(n))
		}
		do(i, v)
		packed = packed[n:]
	}
	return nil
}

// ints decodes packed varints.
func ints(packed []byte) ([]int64, error) {
	l := make([]int64, countVarints(packed))
	err := eachVarint(packed, func(i int, v uint64) { l[i] = int64(v) })
	return l, err
}

// floats decodes packed fixed32 values.
func floats(packed []byte) ([]float32, error) {
	if len(packed)%4 != 0 {
		return nil, fmt.Errorf("%d bytes are no whole number of floats", len(packed))
	}
	l := make([]float32, len(packed)/4)
	for i := range l {
		v, _ := protowire.ConsumeFixed32(packed[4*i:])
		l[i] = math.Float32frombits(v)
	}
	return l, nil
}

// toInt converts a number of the file to an int.
func toInt(v int64) (int, error) {
	if int64(int(v)) != v {
		return 0, fmt.Errorf("%d is out of range", v)
	}
	return int(v), nil
}

// pathError is an error somewhere inside a message; path is the fields that
// lead there.
type pathError struct {
	path string
	err  error
}

func (e *pathError) Error() string { return e.path + ": " + e.err.Error() }
func (e *pathError) Unwrap() error { return e.err }

// at says in which field an error lies.
func at(name string, err error) error {
	if err == nil {
		return nil
	}
	var p *pathError
	if errors.As(err, &p) && p == err {
		return &pathError{name + "." + p.path, p.err}
	}
	return &pathError{name, err}
}

// atIndex says in which element of a repeated field an error lies.
func atIndex(name string, i int, err error) error {
	if err == nil {
		return nil
	}
	return at(name+"["+strconv.Itoa(i)+"]", err)
}

// atNamed is atIndex for elements that may have a name.
func atNamed(field string, i int, name string, err error) error {
	if err == nil || name == "" {
		return atIndex(field, i, err)
	}
	return at(fmt.Sprintf("%s[%d %.80q]", field, i, name), err)
}
