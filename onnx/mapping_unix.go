//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package onnx

import (
	"os"
	"syscall"
)

// openFlags keep the opening of a pipe from waiting for a writer.
const openFlags = syscall.O_NONBLOCK

func mapFile(f *os.File, size int) (b []byte, mapped bool, err error) {
	b, err = syscall.Mmap(int(f.Fd()), 0, size, syscall.PROT_READ, syscall.MAP_PRIVATE)
	return b, err == nil, os.NewSyscallError("mmap", err)
}

// forget is advice: that it is not taken does no harm.
func forget(b []byte) { _ = madvise(b) }

func unmapFile(b []byte) error { return os.NewSyscallError("munmap", syscall.Munmap(b)) }
