package jpeg2000

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"
)

// find returns where a marker's segment begins and its bytes, marker included.
func find(t *testing.T, data []byte, marker uint16) (at int, segment []byte) {
	t.Helper()
	at = bytes.Index(data, binary.BigEndian.AppendUint16(nil, marker))
	if at < 0 {
		t.Fatalf("no marker %#x", marker)
	}
	n := int(binary.BigEndian.Uint16(data[at+2:]))
	return at, bytes.Clone(data[at : at+2+n])
}

// insert puts segments into the first header before the marker, and lengthens
// the tile-part if it is that of a tile.
func insert(t *testing.T, data []byte, marker uint16, segments ...[]byte) []byte {
	t.Helper()
	at := bytes.Index(data, binary.BigEndian.AppendUint16(nil, marker))
	added := slices.Concat(segments...)
	data = slices.Insert(bytes.Clone(data), at, added...)
	if marker == markerSOD {
		sot, _ := find(t, data, markerSOT)
		length := data[sot+6:]
		binary.BigEndian.PutUint32(length, binary.BigEndian.Uint32(length)+uint32(len(added)))
	}
	return data
}

func segment16(marker uint16, body ...byte) []byte {
	b := binary.BigEndian.AppendUint16(nil, marker)
	return append(binary.BigEndian.AppendUint16(b, uint16(2+len(body))), body...)
}

// A tile's COC counts before its COD, that before the main header's COC, and
// this one before the main COD; QCC and QCD alike.
func TestHeadersOverrideOneAnother(t *testing.T) {
	file := read(t, "grey_termall.j2k")
	_, _, _, want, err := Decode(file, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	codAt, cod := find(t, file, markerCOD)
	qcdAt, qcd := find(t, file, markerQCD)
	coc := segment16(markerCOC, append([]byte{0, 0}, cod[9:]...)...)
	qcc := segment16(markerQCC, append([]byte{0}, qcd[4:]...)...)
	spoil := func(data []byte, at ...int) []byte {
		data = bytes.Clone(data)
		for _, i := range at {
			data[i] ^= 8
		}
		return data
	}
	// The style of code-blocks, and guard bits and the exponent of LL.
	wrong := spoil(file, codAt+12, qcdAt+5)
	wrongCOC, wrongQCC := spoil(coc, 9), spoil(qcc, 6)
	for name, data := range map[string][]byte{
		"main COC and QCC":                insert(t, wrong, markerSOT, coc, qcc),
		"main COC and QCC before COD":     insert(t, wrong, markerCOD, coc, qcc),
		"tile COD and QCD":                insert(t, wrong, markerSOD, cod, qcd),
		"tile COC and QCC":                insert(t, wrong, markerSOD, coc, qcc),
		"tile COD and QCD after main COC": insert(t, insert(t, wrong, markerSOD, cod, qcd), markerSOT, wrongCOC, wrongQCC),
		"tile COC before wrong tile COD":  insert(t, wrong, markerSOD, coc, qcc, spoil(cod, 12), spoil(qcd, 5)),
	} {
		if _, _, _, got, err := Decode(data, 1<<20); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: other pixels, %v", name, err)
		}
	}
	if _, _, _, got, _ := Decode(wrong, 1<<20); bytes.Equal(got, want) {
		t.Error("the spoiled file gives the picture")
	}
	if _, _, _, got, _ := Decode(insert(t, file, markerSOD, wrongCOC), 1<<20); bytes.Equal(got, want) {
		t.Error("a tile's COC is not heeded")
	}
}
