package conformance

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// unpackLimit bounds what an archive may unpack to.
const unpackLimit = 16 << 30

// open returns the folder that path is or, for an archive, a temporary one
// with its contents, which cleanup removes.
func open(path string) (dir string, cleanup func(), err error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", nil, err
	}
	if info.IsDir() {
		return path, func() {}, nil
	}
	var unpack func(root *os.Root, f *os.File) error
	switch lower := strings.ToLower(path); {
	case strings.HasSuffix(lower, ".zip"):
		unpack = unzip
	case strings.HasSuffix(lower, ".tar.zst"):
		unpack = func(root *os.Root, f *os.File) error {
			z, err := zstd.NewReader(f)
			if err != nil {
				return err
			}
			defer z.Close()
			return untar(root, z)
		}
	case strings.HasSuffix(lower, ".tar.gz"), strings.HasSuffix(lower, ".tgz"):
		unpack = func(root *os.Root, f *os.File) error {
			z, err := gzip.NewReader(f)
			if err != nil {
				return err
			}
			return untar(root, z)
		}
	case strings.HasSuffix(lower, ".tar"):
		unpack = func(root *os.Root, f *os.File) error { return untar(root, f) }
	default:
		return "", nil, fmt.Errorf("%s: not a folder and not a .zip, .tar, .tar.gz or .tar.zst archive", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return "", nil, err
	}
	defer f.Close()
	if dir, err = os.MkdirTemp("", "onnxrun-cases-"); err != nil {
		return "", nil, err
	}
	cleanup = func() { os.RemoveAll(dir) }
	root, err := os.OpenRoot(dir)
	if err == nil {
		err = errors.Join(unpack(root, f), root.Close())
	}
	if err != nil {
		cleanup()
		return "", nil, fmt.Errorf("%s: %w", path, err)
	}
	return dir, cleanup, nil
}

// writer counts what has been unpacked. Names that lead out of the root are
// refused by os.Root.
type writer struct {
	root *os.Root
	left int64
}

func (w *writer) file(name string, r io.Reader) error {
	name = filepath.FromSlash(name)
	if err := w.root.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	f, err := w.root.Create(name)
	if err != nil {
		return err
	}
	n, err := io.Copy(f, io.LimitReader(r, w.left+1))
	if w.left -= n; w.left < 0 {
		err = fmt.Errorf("unpacks to more than %d bytes", int64(unpackLimit))
	}
	return errors.Join(err, f.Close())
}

func untar(root *os.Root, r io.Reader) error {
	w := &writer{root, unpackLimit}
	t := tar.NewReader(r)
	for {
		h, err := t.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		if err := w.file(h.Name, t); err != nil {
			return fmt.Errorf("%s: %w", h.Name, err)
		}
	}
}

func unzip(root *os.Root, f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	z, err := zip.NewReader(f, info.Size())
	if err != nil {
		return err
	}
	w := &writer{root, unpackLimit}
	for _, e := range z.File {
		if !e.Mode().IsRegular() {
			continue
		}
		if err := w.entry(e); err != nil {
			return fmt.Errorf("%s: %w", e.Name, err)
		}
	}
	return nil
}

func (w *writer) entry(e *zip.File) error {
	r, err := e.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	return w.file(e.Name, r)
}
