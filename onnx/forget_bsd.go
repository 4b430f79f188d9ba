//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package onnx

// The systems' own calls for it are not in the standard library.
func madvise([]byte) error { return nil }
