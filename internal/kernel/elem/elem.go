// Package elem reads memory as elements of a size, for kernels that move
// elements without looking at them.
package elem

import "unsafe"

// Sized stands for all element types of its size.
type Sized interface {
	uint8 | uint16 | uint32 | uint64 | [2]uint64
}

// Words reads bytes as elements; bytes beyond the last whole one are left out.
func Words[E Sized](b []byte) []E {
	if len(b) == 0 {
		return nil
	}
	var z E
	return unsafe.Slice((*E)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/int(unsafe.Sizeof(z)))
}

// Word reads the element at the start of b, at any alignment.
func Word[E Sized](b []byte) E {
	var v E
	copy(unsafe.Slice((*byte)(unsafe.Pointer(&v)), unsafe.Sizeof(v)), b)
	return v
}

// Aligned reports whether b may be read as elements of size bytes.
func Aligned(b []byte, size int) bool {
	return uintptr(unsafe.Pointer(unsafe.SliceData(b)))%uintptr(min(size, 8)) == 0
}
