package onnx

import (
	"math"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// pb is a protobuf message that a test writes by hand.
type pb []byte

func (p pb) int(num int, v int64) pb {
	p = protowire.AppendTag(p, protowire.Number(num), protowire.VarintType)
	return protowire.AppendVarint(p, uint64(v))
}

func (p pb) ints(num int, v ...int64) pb {
	for _, x := range v {
		p = p.int(num, x)
	}
	return p
}

func (p pb) bytes(num int, b []byte) pb {
	p = protowire.AppendTag(p, protowire.Number(num), protowire.BytesType)
	return protowire.AppendBytes(p, b)
}

func (p pb) str(num int, l ...string) pb {
	for _, s := range l {
		p = p.bytes(num, []byte(s))
	}
	return p
}

func (p pb) msg(num int, l ...pb) pb {
	for _, m := range l {
		p = p.bytes(num, m)
	}
	return p
}

func (p pb) float(num int, v float32) pb {
	p = protowire.AppendTag(p, protowire.Number(num), protowire.Fixed32Type)
	return protowire.AppendFixed32(p, math.Float32bits(v))
}

func (p pb) double(num int, v float64) pb {
	p = protowire.AppendTag(p, protowire.Number(num), protowire.Fixed64Type)
	return protowire.AppendFixed64(p, math.Float64bits(v))
}

func (p pb) packedInts(num int, v ...int64) pb {
	var b []byte
	for _, x := range v {
		b = protowire.AppendVarint(b, uint64(x))
	}
	return p.bytes(num, b)
}

func (p pb) packedFloats(num int, v ...float32) pb {
	var b []byte
	for _, x := range v {
		b = protowire.AppendFixed32(b, math.Float32bits(x))
	}
	return p.bytes(num, b)
}

func (p pb) packedDoubles(num int, v ...float64) pb {
	var b []byte
	for _, x := range v {
		b = protowire.AppendFixed64(b, math.Float64bits(x))
	}
	return p.bytes(num, b)
}

// The messages of a model, with the fields that tests need.

func pbNode(op string, in, out []string, attrs ...pb) pb {
	return pb{}.str(1, in...).str(2, out...).str(4, op).msg(5, attrs...)
}

func pbValue(name string) pb { return pb{}.str(1, name).msg(2, pbTensorType(1)) }

// pbTensorType is a TypeProto of tensors with known dimensions.
func pbTensorType(elem int64, dims ...int64) pb {
	var shape pb
	for _, d := range dims {
		shape = shape.msg(1, pb{}.int(1, d))
	}
	return pb{}.msg(1, pb{}.int(1, elem).msg(2, shape))
}

// pbFloats is a TensorProto of float32 elements in raw_data.
func pbFloats(name string, v ...float32) pb {
	var raw []byte
	for _, x := range v {
		raw = protowire.AppendFixed32(raw, math.Float32bits(x))
	}
	return pb{}.int(1, int64(len(v))).int(2, 1).str(8, name).bytes(9, raw)
}

func pbAttrGraph(name string, g pb) pb { return pb{}.str(1, name).msg(6, g).int(20, 5) }

func pbAttrInt(name string, v int64) pb { return pb{}.str(1, name).int(3, v).int(20, 2) }

func pbOpset(domain string, version int64) pb { return pb{}.str(1, domain).int(2, version) }

func pbModel(graph pb, functions ...pb) pb {
	return pb{}.int(1, 10).msg(7, graph).msg(8, pbOpset("", 17), pbOpset("local", 1)).msg(25, functions...)
}

func names(l []*Value) string {
	var s []string
	for _, v := range l {
		if v == nil {
			s = append(s, "-")
		} else {
			s = append(s, v.Name)
		}
	}
	return strings.Join(s, " ")
}

func mustDecode(t *testing.T, b pb) *Model {
	t.Helper()
	m, err := Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// wantError fails the test unless err has the text.
func wantError(t *testing.T, err error, text string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), text) {
		t.Errorf("got error %v, want %q", err, text)
	}
}
