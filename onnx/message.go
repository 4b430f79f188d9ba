package onnx

import (
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// message is a protobuf message being written. Long byte fields, the weights,
// are referred to and not copied, so that a model of any size is written from
// where its tensors lie.
type message struct {
	parts [][]byte // what comes before buf
	buf   []byte
	size  int64 // of all
}

// shareFrom is the length from which a byte field is not copied.
const shareFrom = 4096

func (m *message) add(b []byte) {
	m.buf = append(m.buf, b...)
	m.size += int64(len(b))
}

// share adds bytes that must stay unchanged until the message is written.
func (m *message) share(b []byte) {
	if len(b) < shareFrom {
		m.add(b)
		return
	}
	m.parts = append(m.parts, m.buf, b)
	m.buf = nil
	m.size += int64(len(b))
}

func (m *message) varint(v uint64) {
	n := len(m.buf)
	m.buf = protowire.AppendVarint(m.buf, v)
	m.size += int64(len(m.buf) - n)
}

func (m *message) tag(num int, typ protowire.Type) {
	m.varint(protowire.EncodeTag(protowire.Number(num), typ))
}

// The writers of singular fields leave out what is zero; those whose name
// begins with put write it.

func (m *message) putInt(num int, v int64) {
	m.tag(num, protowire.VarintType)
	m.varint(uint64(v))
}

func (m *message) int(num int, v int64) {
	if v != 0 {
		m.putInt(num, v)
	}
}

func (m *message) putFloat(num int, v float32) {
	m.tag(num, protowire.Fixed32Type)
	m.add(protowire.AppendFixed32(nil, math.Float32bits(v)))
}

func (m *message) putBytes(num int, b []byte) {
	m.tag(num, protowire.BytesType)
	m.varint(uint64(len(b)))
	m.share(b)
}

func (m *message) putString(num int, s string) {
	m.tag(num, protowire.BytesType)
	m.varint(uint64(len(s)))
	m.buf = append(m.buf, s...)
	m.size += int64(len(s))
}

func (m *message) string(num int, s string) {
	if s != "" {
		m.putString(num, s)
	}
}

func (m *message) strings(num int, l []string) {
	for _, s := range l {
		m.putString(num, s)
	}
}

// message adds a message as a field.
func (m *message) message(num int, c *message) {
	m.tag(num, protowire.BytesType)
	m.varint(uint64(c.size))
	for i := 0; i < len(c.parts); i += 2 {
		m.add(c.parts[i])
		m.share(c.parts[i+1])
	}
	m.add(c.buf)
}

func (m *message) pairs(num int, l []Pair) {
	for _, p := range l {
		var c message
		c.putString(1, p.Key)
		c.putString(2, p.Value)
		m.message(num, &c)
	}
}

// bytes returns the message in one piece.
func (m *message) bytes() []byte {
	out := make([]byte, 0, m.size)
	for _, p := range m.parts {
		out = append(out, p...)
	}
	return append(out, m.buf...)
}
