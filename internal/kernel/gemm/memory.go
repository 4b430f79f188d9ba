package gemm

import (
	"math/bits"
	"sync"
	"unsafe"
)

// work is the memory of one task.
type work[T Number] struct {
	a, b, tile, row []T
	bias            [maxCols]T // of the columns of a tile that reaches beyond C
	finish          Finish[T]  // of the tile
	panels          Panels[T]  // what a source packs to
	mem             *workMem
}

// workMem is the memory of a work, for one size of elements.
type workMem struct {
	words []uint64
	last  any // the *work that had it, kept for the next of its type
}

var workPools [4]sync.Pool

func workPool[T Number]() (*sync.Pool, int) {
	var z T
	size := int(unsafe.Sizeof(z))
	return &workPools[bits.Len(uint(size))-1], size
}

func getWork[T Number]() *work[T] {
	const n = mcMax*kcMax + ncMax*kcMax + maxTile + ncMax
	pool, size := workPool[T]()
	mem, _ := pool.Get().(*workMem)
	if mem == nil {
		mem = &workMem{words: alignedWords(n * size)}
	}
	if w, ok := mem.last.(*work[T]); ok {
		return w
	}
	all := unsafe.Slice((*T)(unsafe.Pointer(&mem.words[0])), n)
	w := &work[T]{mem: mem}
	mem.last = w
	w.a, all = all[:mcMax*kcMax], all[mcMax*kcMax:]
	w.b, all = all[:ncMax*kcMax], all[ncMax*kcMax:]
	w.tile, w.row = all[:maxTile], all[maxTile:]
	return w
}

func (w *work[T]) put() {
	pool, _ := workPool[T]()
	w.finish, w.panels = Finish[T]{}, Panels[T]{} // holds on to nothing
	pool.Put(w.mem)
}

// alignedWords returns memory that starts at a cache line.
func alignedWords(bytes int) []uint64 {
	s := make([]uint64, (bytes+7)/8+7)
	for uintptr(unsafe.Pointer(&s[0]))%64 != 0 {
		s = s[1:]
	}
	return s
}

// aligned returns n zeros that start at a cache line.
func aligned[T Number](n int) []T {
	if n == 0 {
		return nil
	}
	var z T
	s := alignedWords(n * int(unsafe.Sizeof(z)))
	return unsafe.Slice((*T)(unsafe.Pointer(&s[0])), n)
}

// sharedMem is memory that the tasks of a product share.
type sharedMem struct {
	words []uint64
	last  any // the *Packed that lay in it, kept for the next of its type
}

var sharedPool sync.Pool

func getShared[T Number](n int) (*sharedMem, []T) {
	var z T
	bytes := n * int(unsafe.Sizeof(z))
	mem, _ := sharedPool.Get().(*sharedMem)
	if mem == nil || 8*len(mem.words) < bytes {
		mem = &sharedMem{words: alignedWords(bytes)}
	}
	return mem, unsafe.Slice((*T)(unsafe.Pointer(&mem.words[0])), n)
}

func (m *sharedMem) put() { sharedPool.Put(m) }
