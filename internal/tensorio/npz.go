package tensorio

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/onnxrun/onnxrun/tensor"
)

// maxEntry is the bytes to which one compressed entry of an archive may grow.
const maxEntry = 4 << 30

// Archive is an .npz file: a zip archive of arrays.
type Archive struct {
	files map[string]*zip.File
	names []string
}

// OpenNPZ reads the directory of an archive.
func OpenNPZ(data []byte) (*Archive, error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("not an .npz file: %w", err)
	}
	a := &Archive{files: map[string]*zip.File{}}
	for _, f := range z.File {
		name := strings.TrimSuffix(f.Name, ".npy")
		if a.files[name] == nil {
			a.names = append(a.names, name)
		}
		a.files[name] = f
	}
	return a, nil
}

// Names returns the names of the arrays in the archive's order.
func (a *Archive) Names() []string { return a.names }

// Pick reads the array of the given name, or the only one.
func (a *Archive) Pick(name string, want tensor.DType) (*tensor.Tensor, error) {
	f := a.files[name]
	if f == nil && len(a.names) == 1 {
		f = a.files[a.names[0]]
	}
	if f == nil {
		if len(a.names) == 0 {
			return nil, errors.New("the archive is empty")
		}
		return nil, fmt.Errorf("the archive has no array %q; it has %s", name, quoted(a.names))
	}
	t, err := readEntry(f, want)
	if err != nil {
		return nil, fmt.Errorf("array %q: %w", strings.TrimSuffix(f.Name, ".npy"), err)
	}
	return t, nil
}

// quoted lists names, the first few of many.
func quoted(names []string) string {
	const most = 8
	var q []string
	for _, n := range names[:min(len(names), most)] {
		q = append(q, fmt.Sprintf("%.60q", n))
	}
	if len(names) > most {
		q = append(q, fmt.Sprintf("and %d more", len(names)-most))
	}
	return strings.Join(q, ", ")
}

// readEntry reads one array. Memory grows with what comes out, whatever the
// directory promises.
func readEntry(f *zip.File, want tensor.DType) (*tensor.Tensor, error) {
	if f.UncompressedSize64 > maxEntry && f.Method != zip.Store {
		return nil, fmt.Errorf("%d bytes, of compressed entries at most %d are read", f.UncompressedSize64, int64(maxEntry))
	}
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	return DecodeNPY(data, want)
}

// EncodeNPZ writes tensors as an archive of arrays of the given names,
// uncompressed.
func EncodeNPZ(w io.Writer, names []string, values []*tensor.Tensor) error {
	z := zip.NewWriter(w)
	for i, name := range names {
		f, err := z.CreateHeader(&zip.FileHeader{Name: name + ".npy", Method: zip.Store})
		if err != nil {
			return err
		}
		if err := EncodeNPY(f, values[i]); err != nil {
			return fmt.Errorf("%q: %w", name, err)
		}
	}
	return z.Close()
}
