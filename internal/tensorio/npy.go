package tensorio

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/onnxrun/onnxrun/internal/kernel/move"
	"github.com/onnxrun/onnxrun/tensor"
)

// The .npy format is described in NumPy Enhancement Proposal 1: a magic
// string, a version, the length of a header, a header that is a Python
// dictionary of the keys descr, fortran_order and shape, and the elements.
const (
	npyMagic     = "\x93NUMPY"
	maxNPYHeader = 1 << 16 // longer ones describe structured arrays, which no tensor is
	maxRank      = 64
)

// npyHeader is what a header says.
type npyHeader struct {
	order   byte // '<', '>', '|', '='
	kind    byte // f, i, u, b, c, U, S, V
	size    int  // bytes of one element; characters for U
	fortran bool
	shape   tensor.Shape
}

// DecodeNPY reads an array. Elements that NumPy has no name for (bfloat16 and
// float8 of the ml_dtypes package are written as raw bytes) are taken as want
// where the size agrees. The tensor may share memory with data.
func DecodeNPY(data []byte, want tensor.DType) (*tensor.Tensor, error) {
	h, at, err := parseNPY(data)
	if err != nil {
		return nil, err
	}
	return h.decode(data[at:], want)
}

// parseNPY reads the header and returns where the elements begin.
func parseNPY(data []byte) (*npyHeader, int, error) {
	if !bytes.HasPrefix(data, []byte(npyMagic)) {
		return nil, 0, errors.New("not a .npy file: it does not begin with \\x93NUMPY")
	}
	if len(data) < 10 {
		return nil, 0, errors.New("the .npy header is cut off")
	}
	at, n := 10, int(binary.LittleEndian.Uint16(data[8:]))
	switch major := data[6]; major {
	case 1:
	case 2, 3:
		if len(data) < 12 {
			return nil, 0, errors.New("the .npy header is cut off")
		}
		at, n = 12, int(min(binary.LittleEndian.Uint32(data[8:]), math.MaxInt32))
	default:
		return nil, 0, fmt.Errorf("version %d of the .npy format is not known", major)
	}
	if n > maxNPYHeader {
		return nil, 0, fmt.Errorf("the .npy header has %d bytes, at most %d are read", n, maxNPYHeader)
	}
	if n > len(data)-at {
		return nil, 0, errors.New("the .npy header is cut off")
	}
	h, err := parseNPYHeader(string(data[at : at+n]))
	if err != nil {
		return nil, 0, fmt.Errorf(".npy header: %w", err)
	}
	return h, at + n, nil
}

// itemBytes is the bytes of one element in the file.
func (h *npyHeader) itemBytes() int {
	if h.kind == 'U' {
		return h.size * 4
	}
	return h.size
}

// dtype finds the element type, Undefined for raw bytes.
func (h *npyHeader) dtype() (tensor.DType, error) {
	if h.kind == 'U' || h.kind == 'S' {
		return tensor.Str, nil
	}
	if h.kind == 'V' {
		return tensor.Undefined, nil
	}
	names := map[byte]string{'f': "float", 'i': "int", 'u': "uint", 'b': "bool", 'c': "complex"}
	name := names[h.kind] + strconv.Itoa(h.size*8)
	if name == "bool8" {
		name = "bool"
	}
	d, err := tensor.ParseDType(name)
	if err != nil || names[h.kind] == "" {
		return 0, fmt.Errorf("no tensor has elements of type %c%d", h.kind, h.size)
	}
	return d, nil
}

// decode makes a tensor of the elements.
func (h *npyHeader) decode(raw []byte, want tensor.DType) (*tensor.Tensor, error) {
	d, err := h.dtype()
	if err != nil {
		return nil, err
	}
	if d == tensor.Undefined {
		if want.Size() != h.size || want == tensor.Str {
			return nil, fmt.Errorf("the array holds raw elements of %d bytes (descr V%d), whose type the file does not say", h.size, h.size)
		}
		d = want
	}
	if err := h.shape.Check(max(h.itemBytes(), 1)); err != nil {
		return nil, err
	}
	n := h.shape.Len()
	if need := n * h.itemBytes(); need > len(raw) {
		return nil, fmt.Errorf("%v elements of %s take %d bytes, the file has %d", h.shape, d, need, len(raw))
	} else {
		raw = raw[:need]
	}
	if d == tensor.Str {
		return h.strings(raw)
	}
	if h.order == '>' {
		raw = swapped(raw, d)
	}
	if d == tensor.Boolean {
		raw = normalBools(raw)
	}
	if !h.fortran || h.shape.Rank() < 2 {
		return tensor.FromBytes(d, h.shape, raw, nil)
	}
	back, perm := reversed(h.shape)
	t, err := tensor.New(d, h.shape)
	if err != nil {
		return nil, err
	}
	move.Bytes(nil, t.Bytes(), raw, d.Size(), move.Transpose(back, perm))
	return t, nil
}

// reversed returns the dimensions of an array in Fortran's order as they lie in
// memory, and the permutation that leads back.
func reversed(shape tensor.Shape) (dims, perm []int) {
	for i := range shape {
		dims = append(dims, shape[len(shape)-1-i])
		perm = append(perm, len(shape)-1-i)
	}
	return dims, perm
}

// swapped returns the elements in the other byte order.
func swapped(raw []byte, d tensor.DType) []byte {
	size := d.Size()
	if d == tensor.C64 || d == tensor.C128 {
		size /= 2
	}
	out := make([]byte, len(raw))
	for i := 0; i < len(raw); i += size {
		for k := range size {
			out[i+k] = raw[i+size-1-k]
		}
	}
	return out
}

// normalBools makes every byte 0 or 1, as Go's bool wants.
func normalBools(raw []byte) []byte {
	out := make([]byte, len(raw))
	for i, b := range raw {
		if b != 0 {
			out[i] = 1
		}
	}
	return out
}

// strings reads elements of fixed length, padded with zeros: UTF-32 or bytes.
func (h *npyHeader) strings(raw []byte) (*tensor.Tensor, error) {
	n, size := h.shape.Len(), h.itemBytes()
	if size == 0 && n > len(raw) {
		return nil, fmt.Errorf("%d strings of length 0", n) // would take memory that no data justifies
	}
	out := make([]string, n)
	for i := range out {
		item := raw[i*size : (i+1)*size]
		if h.kind == 'S' {
			out[i] = string(bytes.TrimRight(item, "\x00"))
			continue
		}
		var b strings.Builder
		for k := 0; k < len(item); k += 4 {
			r := binary.LittleEndian.Uint32(item[k:])
			if h.order == '>' {
				r = binary.BigEndian.Uint32(item[k:])
			}
			if r > utf8.MaxRune {
				return nil, fmt.Errorf("element %d has no Unicode text", i)
			}
			b.WriteRune(rune(r))
		}
		out[i] = strings.TrimRight(b.String(), "\x00")
	}
	if h.fortran && h.shape.Rank() > 1 {
		back, perm := reversed(h.shape)
		c := make([]string, n)
		move.Copy(nil, c, out, move.Transpose(back, perm))
		out = c
	}
	return tensor.FromSlice(h.shape, out)
}

// EncodeNPY writes a tensor as an array. Element types that NumPy lacks are
// written as the next wider one that it has: bfloat16 and float8 as float32,
// the integers of 4 and 2 bits as bytes.
func EncodeNPY(w io.Writer, t *tensor.Tensor) error {
	t, err := Widened(t)
	if err != nil {
		return err
	}
	if t.DType() == tensor.Str {
		return encodeNPYStrings(w, t)
	}
	kinds := map[tensor.DType]string{
		tensor.F16: "<f2", tensor.F32: "<f4", tensor.F64: "<f8", tensor.C64: "<c8", tensor.C128: "<c16",
		tensor.I8: "|i1", tensor.I16: "<i2", tensor.I32: "<i4", tensor.I64: "<i8", tensor.Boolean: "|b1",
		tensor.U8: "|u1", tensor.U16: "<u2", tensor.U32: "<u4", tensor.U64: "<u8",
	}
	descr, ok := kinds[t.DType()]
	if !ok {
		return fmt.Errorf("the .npy format has no %v elements", t.DType())
	}
	if err := writeNPYHeader(w, descr, t.Shape()); err != nil {
		return err
	}
	_, err = w.Write(littleEndian(t))
	return err
}

// littleEndian returns the elements as a file wants them.
func littleEndian(t *tensor.Tensor) []byte {
	if hostBig {
		return swapped(t.Bytes(), t.DType())
	}
	return t.Bytes()
}

var hostBig = binary.NativeEndian.Uint16([]byte{0, 1}) == 1

func encodeNPYStrings(w io.Writer, t *tensor.Tensor) error {
	strs := tensor.Data[string](t)
	width := 1
	for _, s := range strs {
		width = max(width, utf8.RuneCountInString(s))
	}
	if err := writeNPYHeader(w, fmt.Sprintf("<U%d", width), t.Shape()); err != nil {
		return err
	}
	item := make([]byte, 4*width)
	for _, s := range strs {
		clear(item)
		k := 0
		for _, r := range s {
			binary.LittleEndian.PutUint32(item[k:], uint32(r))
			k += 4
		}
		if _, err := w.Write(item); err != nil {
			return err
		}
	}
	return nil
}

// writeNPYHeader pads the header with blanks so that the elements begin at a
// multiple of 64.
func writeNPYHeader(w io.Writer, descr string, shape tensor.Shape) error {
	var dims strings.Builder
	for _, d := range shape {
		fmt.Fprintf(&dims, "%d, ", d)
	}
	list := strings.TrimSuffix(dims.String(), " ")
	if len(shape) > 1 {
		list = strings.TrimSuffix(list, ",")
	}
	dict := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", descr, list)
	pad := 63 - (10+len(dict))%64
	dict += strings.Repeat(" ", pad) + "\n"
	head := append([]byte(npyMagic), 1, 0, 0, 0)
	binary.LittleEndian.PutUint16(head[8:], uint16(len(dict)))
	_, err := w.Write(append(head, dict...))
	return err
}
