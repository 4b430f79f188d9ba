package conv

import (
	"sync"
	"unsafe"
)

// memory is the memory of one task.
type memory struct{ data []float32 }

var memories sync.Pool

// getMemory returns n elements, which are not set, until put.
func getMemory(n int) *memory {
	m, _ := memories.Get().(*memory)
	if m == nil {
		m = &memory{}
	}
	if cap(m.data) < n {
		m.data = make([]float32, n)
	}
	m.data = m.data[:n]
	return m
}

func (m *memory) put() { memories.Put(m) }

// alignedPart returns s from the first cache line on that begins in it; 16
// elements at most are lost.
func alignedPart(s []float32) []float32 {
	for uintptr(unsafe.Pointer(&s[0]))%64 != 0 {
		s = s[1:]
	}
	return s
}

// aligned returns n zeros that start at a cache line.
func aligned(n int) []float32 { return alignedPart(make([]float32, n+16))[:n] }
