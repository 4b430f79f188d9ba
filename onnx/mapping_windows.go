package onnx

import (
	"os"
	"syscall"
	"unsafe"
)

const openFlags = 0

func mapFile(f *os.File, size int) (b []byte, mapped bool, err error) {
	h, err := syscall.CreateFileMapping(syscall.Handle(f.Fd()), nil, syscall.PAGE_READONLY, 0, 0, nil)
	if err != nil {
		return nil, false, os.NewSyscallError("CreateFileMapping", err)
	}
	defer syscall.CloseHandle(h)
	addr, err := syscall.MapViewOfFile(h, syscall.FILE_MAP_READ, 0, 0, uintptr(size))
	if err != nil {
		return nil, false, os.NewSyscallError("MapViewOfFile", err)
	}
	// The address is no Go memory; the indirection tells vet that it is meant.
	return unsafe.Slice(*(**byte)(unsafe.Pointer(&addr)), size), true, nil
}

func unmapFile(b []byte) error {
	return os.NewSyscallError("UnmapViewOfFile", syscall.UnmapViewOfFile(uintptr(unsafe.Pointer(unsafe.SliceData(b)))))
}

// forget does nothing: Windows trims the pages of maps by itself.
func forget([]byte) {}
