package cli

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"

	"github.com/onnxrun/onnxrun/runtime"
	"github.com/onnxrun/onnxrun/tensor"
)

// maxGenerated bounds the bytes of one random input.
const maxGenerated = 8 << 30

// generate makes an input of zeros or random elements: floats of the normal
// distribution, bytes of 0 to 255, other integers and bools of 0 and 1, which
// are valid indices of nearly anything.
func (d *feeder) generate(in runtime.Info, how string) (tensor.Value, error) {
	switch {
	case in.Type.Kind != tensor.KindTensor:
		return nil, fmt.Errorf("values of type %v are read from .pb files only", in.Type)
	case !in.Type.HasShape:
		return nil, fmt.Errorf("the model does not declare its shape; give a file")
	}
	shape := d.shape(in)
	elem := in.Type.Elem
	if err := shape.Check(16); err != nil {
		return nil, err
	}
	if n := shape.Len(); int64(n) > maxGenerated/int64(max(elem.Size(), 16)) {
		return nil, fmt.Errorf("%v%v is too large", elem, shape)
	}
	if how == "zeros" || elem == tensor.Str {
		return tensor.New(elem, shape)
	}
	// Each input has a stream of its own, so that one input more or less does
	// not change the others.
	h := fnv.New64a()
	h.Write([]byte(in.Name))
	return randomTensor(rand.New(rand.NewPCG(d.flags.seed, h.Sum64())), elem, shape)
}

func randomTensor(r *rand.Rand, elem tensor.DType, shape tensor.Shape) (*tensor.Tensor, error) {
	t, err := tensor.New(elem, shape)
	if err != nil {
		return nil, err
	}
	values := make([]float32, shape.Len())
	for i := range values {
		switch elem {
		case tensor.U8:
			values[i] = float32(r.IntN(256))
		case tensor.I8, tensor.I16, tensor.I32, tensor.I64, tensor.U16, tensor.U32, tensor.U64,
			tensor.I4, tensor.U4, tensor.I2, tensor.U2, tensor.Boolean:
			values[i] = float32(r.IntN(2))
		default:
			values[i] = float32(r.NormFloat64())
		}
	}
	f, err := tensor.FromSlice(shape, values)
	if err != nil {
		return nil, err
	}
	return t, tensor.Convert(t, f, tensor.Conversion{})
}

// shape resolves the dimensions of an input: what --dim says, what an input
// from a file has under the same name, else 1, which is said.
func (d *feeder) shape(in runtime.Info) tensor.Shape {
	shape := make(tensor.Shape, len(in.Type.Dims))
	for i, dim := range in.Type.Dims {
		if dim.Known() {
			shape[i] = dim.Size
			continue
		}
		shape[i] = 1
		if dim.Name == "" {
			d.note("%q: dimension %d, which the model leaves open, is taken as 1", in.Name, i)
			continue
		}
		if n, ok := d.dims[dim.Name]; ok {
			shape[i] = n
		} else if n, ok := d.sizes[dim.Name]; ok {
			shape[i] = n
		} else {
			d.note("%q is taken as 1; --dim %s=SIZE sets it", dim.Name, dim.Name)
			d.dims[dim.Name] = 1
		}
	}
	return shape
}
