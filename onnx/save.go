package onnx

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// SaveOption changes how Save writes.
type SaveOption func(*saveConfig)

type saveConfig struct{ external string }

// SaveExternal stores initializers of 1 KiB and more in a file of the given name
// beside the model, which makes models of any size possible. The file must not
// exist yet.
func SaveExternal(name string) SaveOption { return func(c *saveConfig) { c.external = name } }

// Save writes a model to a file, with all its data unless SaveExternal says
// otherwise. What was there is replaced once all is written, and stays as it is
// when Save fails. On Windows the file that a model was loaded from cannot be
// replaced before the model is closed.
func Save(path string, m *Model, opts ...SaveOption) error {
	var c saveConfig
	for _, o := range opts {
		o(&c)
	}
	path, err := target(path)
	if err != nil {
		return err
	}
	e := &encoder{}
	if c.external != "" {
		if clean, err := cleanLocation(c.external); err != nil || clean != c.external || strings.Contains(clean, "/") || clean == filepath.Base(path) {
			return fmt.Errorf("%q cannot be the name of the file of external data", c.external)
		}
		e.external = &externalWriter{name: c.external}
	}
	b, err := e.model(m)
	if err != nil {
		return err
	}
	data := ""
	if e.external != nil && len(e.external.parts) > 0 {
		data = filepath.Join(filepath.Dir(path), c.external)
		if err := create(data, e.external.write); err != nil {
			return err
		}
	}
	if err := replace(path, b.write); err != nil {
		if data != "" {
			os.Remove(data)
		}
		return err
	}
	runtime.KeepAlive(m)
	return nil
}

// target follows symbolic links to the file to write, and refuses what is no
// regular file.
func target(path string) (string, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return path, nil
	case err != nil:
		return "", err
	case !info.Mode().IsRegular():
		return "", fmt.Errorf("%s: not a regular file but %s", path, describeMode(info.Mode()))
	}
	return filepath.EvalSymlinks(path)
}

// replace writes a file under another name beside path, and gives it that name
// when it is complete and on the disk.
func replace(path string, write func(io.Writer) error) error {
	var temp string
	for try := 0; ; try++ {
		temp = filepath.Join(filepath.Dir(path), fmt.Sprintf(".%s.%08x", filepath.Base(path), rand.Uint32()))
		err := create(temp, write)
		if err == nil {
			break
		}
		if !errors.Is(err, fs.ErrExist) || try == 100 {
			return err
		}
	}
	err := keepMode(path, temp)
	if err == nil {
		err = os.Rename(temp, path)
	}
	if err != nil {
		os.Remove(temp)
		return err
	}
	// The new name is on the disk once the folder is. Where folders cannot be
	// synced, the system sees to it in time.
	if dir, err := os.Open(filepath.Dir(path)); err == nil {
		dir.Sync()
		dir.Close()
	}
	return nil
}

// keepMode gives temp the permissions of the file that it replaces, if any.
func keepMode(path, temp string) error {
	info, err := os.Stat(path)
	if err != nil {
		return nil
	}
	return os.Chmod(temp, info.Mode().Perm())
}

// create writes a file that must not exist yet, and leaves none when it fails.
func create(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		os.Remove(path)
	}
	return err
}

func (m *message) write(w io.Writer) error {
	for _, p := range m.parts {
		if _, err := w.Write(p); err != nil {
			return err
		}
	}
	_, err := w.Write(m.buf)
	return err
}

func (w *externalWriter) write(out io.Writer) error {
	b := bufio.NewWriter(out)
	at := 0
	for _, p := range w.parts {
		if _, err := b.Write(make([]byte, p.offset-at)); err != nil {
			return err
		}
		if _, err := b.Write(p.data); err != nil {
			return err
		}
		at = p.offset + len(p.data)
	}
	return b.Flush()
}
