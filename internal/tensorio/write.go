package tensorio

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/tensor"
)

// Encode writes one value in a format that holds one.
func Encode(w io.Writer, format Format, name string, v tensor.Value) error {
	t, isTensor := v.(*tensor.Tensor)
	switch {
	case format == PB:
		b, err := onnx.EncodeValue(v, name)
		if err != nil {
			return err
		}
		_, err = w.Write(b)
		return err
	case format == JSON:
		if err := EncodeJSON(w, v); err != nil {
			return err
		}
		_, err := io.WriteString(w, "\n")
		return err
	case !isTensor:
		return fmt.Errorf("%s is %s, which only .pb and .json files hold", name, tensor.Describe(v))
	case format == NPY:
		return EncodeNPY(w, t)
	case format == NPZ:
		return EncodeNPZ(w, []string{name}, []*tensor.Tensor{t})
	}
	return fmt.Errorf("values are not written as %s", format)
}

// WriteFile writes a file through write, all of it or nothing: what stood there
// before stays until the new content is complete.
func WriteFile(path string, write func(io.Writer) error) (err error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return writeDevice(path, write)
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	f, err := createBeside(path)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if old, err := os.Stat(path); err == nil {
		f.Chmod(old.Mode().Perm())
	}
	b := bufio.NewWriterSize(f, 1<<16)
	if err := write(b); err != nil {
		return err
	}
	if err := b.Flush(); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// createBeside creates a new file in the folder of path. Unlike os.CreateTemp
// it leaves the permissions to the user's mask.
func createBeside(path string) (*os.File, error) {
	for {
		name := fmt.Sprintf("%s.%08x.tmp", path, rand.Uint32())
		f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
		if !os.IsExist(err) {
			return f, err
		}
	}
}

// writeDevice writes to what cannot be replaced, a pipe or a terminal.
func writeDevice(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	b := bufio.NewWriterSize(f, 1<<16)
	if err := write(b); err != nil {
		f.Close()
		return err
	}
	if err := b.Flush(); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
