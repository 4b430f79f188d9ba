package tensor

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"runtime"
	"sync/atomic"
	"time"
)

// ErrMemory is returned when a tensor would take more memory than allowed.
var ErrMemory = errors.New("memory limit exceeded")

// Arena hands out tensors whose memory comes back to it: an executor takes the
// outputs of its steps from one and gives each back after its last use, so
// that a plan that has run once runs again without asking the heap.
//
// References are counted per storage. A tensor from New has one; Retain and
// Release count; Escape ends the counting and leaves the storage to the
// garbage collector, which is what happens to everything that leaves a run.
// An Arena serves one goroutine.
type Arena struct {
	Limit  int  // bytes that may be in use at once; 0 is no limit, negative allows none
	Poison bool // fill memory that comes back with 0xFB, so that tests see what reads it

	inUse int // bytes handed out and not yet back or escaped
	peak  int
	kept  int                    // bytes in free
	out   *atomic.Int64          // bytes that have escaped during the run and not been collected
	free  [numClasses][]*storage // by the class of buf
}

// storage is a piece of an arena's memory, shared by a tensor and its views.
type storage struct {
	buf   []byte
	refs  int
	size  int // that of the class that was asked for: buf may be larger
	class int
	arena *Arena
	head  header // what New returns: it comes back with the memory
	views []header
	used  int // of views
}

// header is a Tensor that lies with the memory it is of.
type header struct {
	Tensor
	dims [6]int // of the shape, where they are enough
}

// maxViews is how many views of a storage lie with it; more are made one by one.
const maxViews = 4

// view returns a copy of t with another shape, for a view of the same storage.
// The one that owns the memory keeps the copy, too, and both end together.
func (t *Tensor) view(shape Shape) *Tensor {
	s := t.store
	if s == nil || s.arena == nil || s.used == maxViews {
		v := *t
		v.shape = shape.Clone()
		return &v
	}
	if s.views == nil {
		s.views = make([]header, maxViews)
	}
	h := &s.views[s.used]
	s.used++
	h.Tensor = *t
	h.shape = append(Shape(h.dims[:0]), shape...)
	return &h.Tensor
}

// Sizes are rounded up to four classes per power of two, so that at most a
// quarter of a buffer is slack.
const (
	minClassBits = 6
	numClasses   = (63 - minClassBits) * 4
)

// classOf returns the class for n bytes, and the size of its buffers.
func classOf(n int) (class, size int) {
	if n <= 1<<minClassBits {
		return 0, 1 << minClassBits
	}
	e := bits.Len(uint(n-1)) - 1 // 2^e < n ≤ 2^(e+1)
	q := ((n - 1) >> (e - 2)) & 3
	return (e-minClassBits)*4 + q + 1, 1<<e + (q+1)<<(e-2)
}

// New returns a tensor whose elements are not set; each must be written.
func (a *Arena) New(d DType, shape Shape) (*Tensor, error) {
	if !d.Valid() {
		return nil, fmt.Errorf("%v is not an element type", d)
	}
	if err := shape.Check(max(d.Size(), stringSize)); err != nil {
		return nil, err
	}
	if d == Str {
		if n := shape.Len() * stringSize; a.Limit != 0 && n > a.Limit-a.inUse {
			return nil, a.overLimit(d, shape, n)
		}
		return New(d, shape)
	}
	n := shape.Len() * d.Size()
	if n == 0 {
		return &Tensor{dtype: d, shape: shape.Clone()}, nil
	}
	if n > math.MaxInt/2 { // cannot be rounded up to a class
		return nil, a.overLimit(d, shape, n)
	}
	class, size := classOf(n)
	if a.Limit != 0 && size > a.Limit-a.inUse-a.escaped() && !a.collect(size) {
		return nil, a.overLimit(d, shape, n)
	}
	s := a.take(class)
	if s == nil {
		s = &storage{buf: alignedBytes(size), class: class, arena: a}
	}
	s.refs, s.used, s.size = 1, 0, size
	a.inUse += size
	a.peak = max(a.peak, a.inUse)
	t := &s.head.Tensor
	if t.dtype != d || len(t.data) != n || !t.shape.Equal(shape) { // as it mostly is
		*t = Tensor{dtype: d, shape: append(Shape(s.head.dims[:0]), shape...), data: s.buf[:n:n], store: s}
	}
	return t, nil
}

// maxSlack is how many classes larger a buffer may be than what it is taken
// for: 16 times. A network whose tensors grow smaller from layer to layer uses
// the same few buffers all along, and they stay in the cache.
const maxSlack = 16

// take returns the smallest kept storage of a class from the given one on, nil
// if there is none.
func (a *Arena) take(class int) *storage {
	for c := class; c <= min(class+maxSlack, numClasses-1); c++ {
		l := a.free[c]
		if len(l) == 0 {
			continue
		}
		s := l[len(l)-1]
		l[len(l)-1] = nil
		a.free[c] = l[:len(l)-1]
		a.kept -= len(s.buf)
		return s
	}
	return nil
}

const stringSize = 16

func (a *Arena) overLimit(d DType, shape Shape, n int) error {
	return fmt.Errorf("%w: %v%v takes %d bytes, %d of %d are in use", ErrMemory, d, shape, n, a.inUse+a.escaped(), a.Limit)
}

// InUse returns the bytes that are handed out, and the most that ever were.
func (a *Arena) InUse() (now, peak int) { return a.inUse, a.peak }

// Retain counts one more holder of t's storage.
func Retain(v Value) {
	if t, ok := v.(*Tensor); ok && t != nil && t.store != nil && t.store.arena != nil {
		t.store.refs++
	}
}

// Release counts one holder less; after the last the memory goes back to its
// arena and no view of it may be read.
func Release(v Value) {
	t, ok := v.(*Tensor)
	if !ok || t == nil || t.store == nil || t.store.arena == nil {
		return
	}
	s := t.store
	if s.refs--; s.refs > 0 {
		return
	}
	a := s.arena
	a.inUse -= s.size
	if a.Poison {
		for i := range s.buf {
			s.buf[i] = 0xFB
		}
	}
	if a.kept+len(s.buf) > 4*a.peak {
		return // sizes that are no longer asked for must not pile up
	}
	a.kept += len(s.buf)
	a.free[s.class] = append(a.free[s.class], s)
}

// Escape takes the storage of v, and of all that v contains, out of its arena
// for good.
func Escape(v Value) {
	switch v := v.(type) {
	case *Tensor:
		if v != nil && v.store != nil && v.store.arena != nil {
			v.store.arena.leave(v.store)
		}
	case *Sequence:
		if v.grown != nil {
			return // they have when they were appended
		}
		for _, e := range v.Elems {
			Escape(e)
		}
	case *Optional:
		if v.Elem != nil {
			Escape(v.Elem)
		}
	case *Map:
		Escape(v.Keys)
		for _, e := range v.Values {
			Escape(e)
		}
	case *Sparse:
		Escape(v.Values)
		Escape(v.Indices)
	}
}

// HandOut returns v for whoever takes it out of a run, and takes the reference
// to it: its memory belongs to the garbage collector then, and is no map's. A
// tensor that is a small part of its memory is copied, and the memory kept.
func HandOut(v Value) Value {
	if t, ok := v.(*Tensor); ok && t.store != nil && t.store.arena != nil && len(t.store.buf) > 2*len(t.data) {
		c := t.Clone()
		Release(t)
		return c
	}
	Escape(v)
	return Detach(v)
}

// EndRun says that what has escaped until now is the caller's affair.
func (a *Arena) EndRun() { a.out = nil }

func (a *Arena) escaped() int {
	if a.out == nil {
		return 0
	}
	return int(a.out.Load())
}

// leave takes s out of the arena. Until the run ends, its memory counts as long
// as the garbage collector has not found it unused: a loop that gathers tensors
// in a sequence must not take all there is.
func (a *Arena) leave(s *storage) {
	a.inUse -= s.size
	s.arena = nil
	const counted = 1 << 10 // bytes; smaller ones would cost more than they weigh
	if a.Limit == 0 || len(s.buf) < counted {
		return
	}
	if a.out == nil {
		a.out = new(atomic.Int64)
	}
	out := a.out
	out.Add(int64(len(s.buf)))
	runtime.AddCleanup(s, func(n int64) { out.Add(-n) }, int64(len(s.buf)))
}

// collect makes room for size bytes by a garbage collection and reports whether
// there is. Less than a sixteenth of the limit does not count as room: the next
// collection would follow at once.
func (a *Arena) collect(size int) bool {
	before := a.escaped()
	if before == 0 {
		return false
	}
	runtime.GC()
	for range 100 { // what it has found is counted by a goroutine of its own
		if free := a.Limit - a.inUse - a.escaped(); size <= free && before-a.escaped() >= a.Limit/16 {
			return true
		}
		time.Sleep(100 * time.Microsecond)
	}
	return false
}

// Sole returns whether t is the only holder of memory that belongs to a, so
// that its last reader may write the result over it.
func (a *Arena) Sole(t *Tensor) bool {
	return t.store != nil && t.store.arena == a && t.store.refs == 1
}
