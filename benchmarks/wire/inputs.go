package wire

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"unsafe"
)

// Input describes an input. Its elements are drawn by Generate: floats from
// the standard normal distribution, or evenly between Low and High where they
// differ, integers and booleans evenly from [Low, High).
type Input struct {
	Name  string  `json:"name"`
	DType string  `json:"dtype"`
	Shape []int   `json:"shape"`
	Low   float64 `json:"low,omitempty"`
	High  float64 `json:"high,omitempty"`
}

// ElementSize returns the bytes of an element, or 0 for a type that no case has.
func ElementSize(dtype string) int {
	switch dtype {
	case "float32", "int32":
		return 4
	case "int64", "float64":
		return 8
	case "uint8", "int8", "bool":
		return 1
	}
	return 0
}

// Bytes returns the size of the input's elements.
func (in *Input) Bytes() int {
	n := ElementSize(in.DType)
	for _, d := range in.Shape {
		n *= d
	}
	return n
}

// Generate draws the inputs' elements, the same ones in every process.
func Generate(inputs []Input) []Tensor {
	r := rand.New(rand.NewPCG(1, 2))
	tensors := make([]Tensor, len(inputs))
	for i, in := range inputs {
		data := Aligned(in.Bytes())
		size := ElementSize(in.DType)
		for at := 0; at < len(data); at += size {
			put(data[at:at+size], in.DType, draw(r, &in))
		}
		tensors[i] = Tensor{in.Name, in.DType, in.Shape, data}
	}
	return tensors
}

func draw(r *rand.Rand, in *Input) float64 {
	switch {
	case in.Low != in.High:
		return in.Low + r.Float64()*(in.High-in.Low)
	case in.DType == "float32" || in.DType == "float64":
		return r.NormFloat64()
	}
	return 0
}

func put(b []byte, dtype string, v float64) {
	switch dtype {
	case "float32":
		binary.LittleEndian.PutUint32(b, math.Float32bits(float32(v)))
	case "float64":
		binary.LittleEndian.PutUint64(b, math.Float64bits(v))
	case "int32":
		binary.LittleEndian.PutUint32(b, uint32(int32(math.Floor(v))))
	case "int64":
		binary.LittleEndian.PutUint64(b, uint64(int64(math.Floor(v))))
	default:
		b[0] = byte(int(math.Floor(v)))
	}
}

// Floats returns the elements as numbers.
func (t *Tensor) Floats() []float64 {
	size := ElementSize(t.DType)
	if size == 0 {
		return nil
	}
	v := make([]float64, len(t.Data)/size)
	for i := range v {
		b := t.Data[i*size:]
		switch t.DType {
		case "float32":
			v[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(b)))
		case "float64":
			v[i] = math.Float64frombits(binary.LittleEndian.Uint64(b))
		case "int32":
			v[i] = float64(int32(binary.LittleEndian.Uint32(b)))
		case "int64":
			v[i] = float64(int64(binary.LittleEndian.Uint64(b)))
		case "int8":
			v[i] = float64(int8(b[0]))
		default:
			v[i] = float64(b[0])
		}
	}
	return v
}

// Aligned returns n bytes that begin at a multiple of 64, as all engines like
// them.
func Aligned(n int) []byte {
	b := make([]byte, n+63)
	skip := -int(uintptr(unsafe.Pointer(&b[0]))) & 63
	return b[skip : skip+n : skip+n]
}
