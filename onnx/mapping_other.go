//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd || windows)

package onnx

import (
	"io"
	"os"
)

const openFlags = 0

// mapFile reads the file: the system has no maps, or Go no call for them.
func mapFile(f *os.File, size int) (b []byte, mapped bool, err error) {
	b = make([]byte, size)
	_, err = io.ReadFull(f, b)
	return b, false, err
}

func forget([]byte) {}

func unmapFile([]byte) error { return nil }
