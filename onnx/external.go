package onnx

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/onnxrun/onnxrun/tensor"
)

// externalFiles maps the files that hold external data, each once. A model may
// name only regular files inside of its own folder: os.Root keeps symbolic
// links from leading out of it.
type externalFiles struct {
	dir  string
	root *os.Root // opened with the first file
	maps *mapping // takes the files' bytes
	data map[string][]byte
}

func newFolder(dir string, m *mapping) *externalFiles {
	return &externalFiles{dir: dir, maps: m, data: make(map[string][]byte)}
}

func (e *externalFiles) close() {
	if e.root != nil {
		e.root.Close()
	}
}

// cleanLocation checks the location of external data and returns it as a path
// below the model's folder, with slashes.
func cleanLocation(location string) (string, error) {
	bad := func(why string) (string, error) {
		return "", fmt.Errorf("location %q %s", location, why)
	}
	switch {
	case location == "":
		return "", errors.New("the location is missing")
	case strings.ContainsRune(location, 0):
		return bad("has a NUL byte")
	case strings.ContainsRune(location, '\\'):
		return bad("has a backslash")
	case len(location) >= 2 && location[1] == ':':
		return bad("names a drive")
	case strings.HasPrefix(location, "/"):
		return bad("is absolute")
	}
	for part := range strings.SplitSeq(location, "/") {
		if part == ".." {
			return bad("leads upwards")
		}
	}
	clean := path.Clean(location)
	if clean == "." || !filepath.IsLocal(filepath.FromSlash(clean)) {
		return bad("is no file of the model's folder")
	}
	return clean, nil
}

// file returns the bytes of a file of the model's folder.
func (e *externalFiles) file(location string) ([]byte, error) {
	name, err := cleanLocation(location)
	if err != nil {
		return nil, err
	}
	if b, ok := e.data[name]; ok {
		return b, nil
	}
	if e.root == nil {
		if e.root, err = os.OpenRoot(e.dir); err != nil {
			return nil, err
		}
	}
	f, err := e.root.OpenFile(filepath.FromSlash(name), os.O_RDONLY|openFlags, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := e.maps.add(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", location, err)
	}
	e.data[name] = b
	return b, nil
}

// external makes a tensor of external data.
func (d *decoder) external(info []Pair, dt tensor.DType, shape tensor.Shape) (*tensor.Tensor, error) {
	if d.files == nil {
		return nil, errors.New("external data is refused where the model's folder is not known")
	}
	if dt == tensor.Str {
		return nil, errors.New("strings cannot be external data")
	}
	var location string
	need := rawSize(dt, shape)
	offset, length := 0, need
	for _, p := range info {
		var err error
		switch p.Key {
		case "location":
			location = p.Value
		case "offset":
			offset, err = parseSize(p)
		case "length":
			length, err = parseSize(p)
		}
		if err != nil {
			return nil, err
		}
	}
	b, err := d.files.file(location)
	if err != nil {
		return nil, err
	}
	if length != need {
		return nil, fmt.Errorf("length is %d for %v%v, want %d", length, dt, shape, need)
	}
	if offset > len(b) || need > len(b)-offset {
		return nil, fmt.Errorf("%d bytes at offset %d are outside of %s, which has %d", need, offset, location, len(b))
	}
	return fromRaw(dt, shape, b[offset:offset+need:offset+need], d.owner)
}

func parseSize(p Pair) (int, error) {
	n, err := strconv.ParseUint(p.Value, 10, 63)
	if err != nil || int64(int(n)) != int64(n) {
		return 0, fmt.Errorf("%s is %.40q, want a number of bytes", p.Key, p.Value)
	}
	return int(n), nil
}
