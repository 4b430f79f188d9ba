package onnx

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"unsafe"
)

// Load reads a model from a file, and its external data from files of the same
// folder. The files are mapped into memory where the system can do that, and
// tensors are parts of the maps, so that weights are read from the disk when
// they are first used and never copied. They must not change before Close.
func Load(path string) (*Model, error) {
	m := &mapping{}
	f, err := os.OpenFile(path, os.O_RDONLY|openFlags, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := m.add(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	files := newFolder(filepath.Dir(path), m)
	defer files.close()
	model, err := decodeModel(data, m, files)
	if err != nil {
		m.close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return model, nil
}

// Close unmaps the files that the model came from. Neither the model's tensors
// nor anything that shares their memory may be used afterwards: to read a byte
// of them then crashes the process. A model that is never closed stays mapped.
// Further calls do nothing.
func (m *Model) Close() error {
	if m.mapping == nil {
		return nil
	}
	return m.mapping.close()
}

// mapping is the memory that the files of a model are mapped to.
type mapping struct {
	maps [][]byte
}

// add maps a whole file, or reads it where the system cannot map. Anything but
// a regular file is refused: a pipe could make us wait for ever.
func (m *mapping) add(f *os.File) ([]byte, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("not a regular file but %s", describeMode(info.Mode()))
	}
	size := info.Size()
	if int64(int(size)) != size {
		return nil, fmt.Errorf("%d bytes are too many for this machine", size)
	}
	if size == 0 {
		return nil, nil
	}
	b, mapped, err := mapFile(f, int(size))
	if mapped {
		m.maps = append(m.maps, b)
	}
	return b, err
}

// Forget gives the pages of b back to the system, as far as they are a map's;
// they are read from the file again when they are needed.
func (m *mapping) Forget(b []byte) {
	if m == nil || len(b) == 0 {
		return
	}
	start := uintptr(unsafe.Pointer(&b[0]))
	for _, whole := range m.maps {
		from := uintptr(unsafe.Pointer(&whole[0]))
		if start < from || start-from > uintptr(len(whole)-len(b)) {
			continue
		}
		// The pages that lie in b as a whole; a map starts at one.
		page := os.Getpagesize()
		lo, hi := (int(start-from)+page-1)/page*page, int(start-from)+len(b)
		if hi < len(whole) {
			hi = hi / page * page
		}
		if lo < hi {
			forget(whole[lo:hi])
		}
	}
}

func (m *mapping) close() error {
	var first error
	for _, b := range m.maps {
		if err := unmapFile(b); err != nil && first == nil {
			first = err
		}
	}
	m.maps = nil
	return first
}

func describeMode(m fs.FileMode) string {
	switch {
	case m.IsDir():
		return "a folder"
	case m&fs.ModeNamedPipe != 0:
		return "a pipe"
	case m&fs.ModeSocket != 0:
		return "a socket"
	case m&fs.ModeDevice != 0:
		return "a device"
	}
	return m.Type().String()
}
