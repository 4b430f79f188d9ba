// Package tensorio reads and writes tensors in the formats that people keep
// them in: NumPy's .npy and .npz, ONNX's .pb, JSON, CSV, and images. What comes
// in is files of anybody's making; what goes out is a tensor of the element
// type that a model wants, or an error that says where the file is wrong. No
// reader takes more memory than a small multiple of what its data justifies.
package tensorio

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/tensor"
)

// Format is a file format.
type Format string

// The formats, named after the files' usual endings.
const (
	NPY   Format = "npy"
	NPZ   Format = "npz"
	PB    Format = "pb"
	JSON  Format = "json"
	CSV   Format = "csv"
	Image Format = "image"
)

// Endings are the file name endings that FormatOf knows.
const Endings = ".npy .npz .pb .json .csv .tsv .png .jpg"

var endings = map[string]Format{
	".npy": NPY, ".npz": NPZ, ".pb": PB, ".json": JSON, ".csv": CSV, ".tsv": CSV,
	".png": Image, ".jpg": Image, ".jpeg": Image,
}

// FormatOf tells the format of a file by its name's ending.
func FormatOf(path string) (Format, error) {
	ext := filepath.Ext(path)
	if f, ok := endings[strings.ToLower(ext)]; ok {
		return f, nil
	}
	return "", fmt.Errorf("files ending in %q are not known; known are %s", ext, Endings)
}

// Sniff tells the format of data that has no name by how it begins: a .npy
// array, a zip archive of them, an image, else JSON.
func Sniff(data []byte) Format {
	for _, m := range []struct {
		magic  string
		format Format
	}{{npyMagic, NPY}, {"PK\x03\x04", NPZ}, {"PK\x05\x06", NPZ}, {"\x89PNG", Image}, {"\xFF\xD8\xFF", Image}} {
		if strings.HasPrefix(string(data[:min(len(data), 8)]), m.magic) {
			return m.format
		}
	}
	return JSON
}

// Decode reads a value for an input of the wanted type from data in the given
// format, and returns the element type that the file has, Undefined where it is
// text or no tensor. name picks the entry of an .npz archive that holds several.
func Decode(data []byte, format Format, want tensor.Type, name string, p Pixels) (tensor.Value, tensor.DType, error) {
	if format == PB {
		return decodePB(data, want)
	}
	if want.Kind != tensor.KindTensor && want.Kind != tensor.KindUnknown {
		return nil, 0, fmt.Errorf("a value of type %v is read from .pb files only", want)
	}
	var t *tensor.Tensor
	var err error
	switch format {
	case JSON:
		t, err = DecodeJSON(data, want)
		return t, 0, err
	case CSV:
		t, err = DecodeCSV(data, want)
		return t, 0, err
	case Image:
		t, err = DecodeImage(data, want, p)
		return t, 0, err
	case NPY:
		t, err = DecodeNPY(data, want.Elem)
	case NPZ:
		var z *Archive
		if z, err = OpenNPZ(data); err == nil {
			t, err = z.Pick(name, want.Elem)
		}
	default:
		err = fmt.Errorf("%q is no format", format)
	}
	if err != nil {
		return nil, 0, err
	}
	elem := t.DType()
	if t, err = p.scaleArray(t, want); err == nil {
		t, err = Convert(t, want.Elem)
	}
	return t, elem, err
}

// decodePB reads a TensorProto, or what else of the standard's messages holds
// a value of the wanted type. The value may share memory with data.
func decodePB(data []byte, want tensor.Type) (tensor.Value, tensor.DType, error) {
	v, _, err := onnx.DecodeValue(data, want)
	if err != nil {
		return nil, 0, err
	}
	t, ok := v.(*tensor.Tensor)
	if !ok {
		return v, 0, nil
	}
	c, err := Convert(t, want.Elem)
	return c, t.DType(), err
}
