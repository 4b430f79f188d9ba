// Package tensor holds the values that flow along the edges of an ONNX graph:
// Tensor, and the Sequence, Optional, Map and Sparse that the standard builds
// from it; their types; and the element types that Go lacks with their
// conversions. It knows nothing of models and operators.
//
// Elements lie contiguous in row-major order. A tensor that has been handed
// out is immutable: views share its storage, and several goroutines may read
// it at once.
package tensor

import (
	"fmt"
	"runtime"
	"unsafe"
)

// Tensor is an n-dimensional array of elements of one type.
type Tensor struct {
	dtype DType
	shape Shape
	data  []byte   // the elements in native byte order, unless strings
	strs  []string // the elements of a string tensor
	store *storage // the arena's memory behind data; nil where the garbage collector owns it
	owner any      // keeps alive what data points into, a mapped file
}

// New returns a tensor of zeros (empty strings). It fails where the shape is
// not a possible one; it does not bound the size, callers that take shapes
// from a model do.
func New(d DType, shape Shape) (*Tensor, error) {
	if !d.Valid() {
		return nil, fmt.Errorf("%v is not an element type", d)
	}
	if err := shape.Check(d.Size()); err != nil {
		return nil, err
	}
	t := &Tensor{dtype: d, shape: shape.Clone()}
	if d == Str {
		t.strs = make([]string, shape.Len())
	} else {
		t.data = alignedBytes(shape.Len() * d.Size())
	}
	return t, nil
}

// FromSlice returns a tensor over data, which is not copied and must not be
// changed afterwards. len(data) must be the number of elements of the shape.
func FromSlice[T Element](shape Shape, data []T) (*Tensor, error) {
	d := DTypeOf[T]()
	if err := shape.Check(d.Size()); err != nil {
		return nil, err
	}
	if len(data) != shape.Len() {
		return nil, fmt.Errorf("shape %v has %d elements, got %d", shape, shape.Len(), len(data))
	}
	t := &Tensor{dtype: d, shape: shape.Clone()}
	if s, ok := any(data).([]string); ok {
		t.strs = s
	} else {
		t.data = bytesOf(data)
	}
	return t, nil
}

// Of returns a tensor over data as FromSlice does, for shapes known to fit:
// it panics where FromSlice fails.
func Of[T Element](shape Shape, data ...T) *Tensor {
	t, err := FromSlice(shape, data)
	if err != nil {
		panic(err)
	}
	return t
}

// Scalar returns a tensor of rank 0.
func Scalar[T Element](v T) *Tensor { return Of(Shape{}, v) }

// FromBytes returns a tensor over raw, the elements in little-endian order at
// one element per d.Size() bytes. The bytes are not copied where the machine
// can read them in place; owner, which may be nil, is kept alive with the
// tensor.
func FromBytes(d DType, shape Shape, raw []byte, owner any) (*Tensor, error) {
	if !d.Valid() || d == Str {
		return nil, fmt.Errorf("%v elements have no bytes", d)
	}
	if err := shape.Check(d.Size()); err != nil {
		return nil, err
	}
	if len(raw) != shape.Len()*d.Size() {
		return nil, fmt.Errorf("%v of shape %v takes %d bytes, got %d", d, shape, shape.Len()*d.Size(), len(raw))
	}
	if len(raw) > 0 && !readsUnaligned && uintptr(unsafe.Pointer(&raw[0]))%uintptr(d.Size()) != 0 {
		c := alignedBytes(len(raw))
		copy(c, raw)
		raw, owner = c, nil
	}
	return &Tensor{dtype: d, shape: shape.Clone(), data: raw, owner: owner}, nil
}

// readsUnaligned says that loads need no alignment, so that the weights of a
// mapped file are read where they lie.
const readsUnaligned = runtime.GOARCH == "amd64" || runtime.GOARCH == "arm64" || runtime.GOARCH == "wasm" || runtime.GOARCH == "386"

// DType returns the element type.
func (t *Tensor) DType() DType { return t.dtype }

// Shape returns the dimensions; the caller must not change them.
func (t *Tensor) Shape() Shape { return t.shape }

// Rank returns the number of dimensions.
func (t *Tensor) Rank() int { return len(t.shape) }

// Dim returns the size of dimension i.
func (t *Tensor) Dim(i int) int { return t.shape[i] }

// Len returns the number of elements.
func (t *Tensor) Len() int {
	if t.dtype == Str {
		return len(t.strs)
	}
	return len(t.data) / dtypes[t.dtype].size
}

// Bytes returns the elements of any type but string as they lie in memory.
func (t *Tensor) Bytes() []byte { return t.data }

// String describes the tensor: float32[2 3].
func (t *Tensor) String() string { return t.dtype.String() + t.shape.String() }

// Reshape returns a view of the same elements under another shape, or an
// error when that has another number of elements.
func (t *Tensor) Reshape(shape Shape) (*Tensor, error) {
	if err := shape.Check(t.dtype.Size()); err != nil {
		return nil, err
	}
	if shape.Len() != t.Len() {
		return nil, fmt.Errorf("%d elements of shape %v do not make shape %v", t.Len(), t.shape, shape)
	}
	return t.view(shape), nil
}

// Reinterpret returns a view of the same bytes as elements of another type of
// the same size (the ONNX operator BitCast).
func (t *Tensor) Reinterpret(d DType) (*Tensor, error) {
	if d.Size() == 0 || d.Size() != t.dtype.Size() {
		return nil, fmt.Errorf("%v elements cannot be read as %v", t.dtype, d)
	}
	v := t.view(t.shape)
	v.dtype = d
	return v, nil
}

// Rows returns a view of the entries lo to hi-1 along the first dimension.
// The tensor must have one, and 0 ≤ lo ≤ hi ≤ its size.
func (t *Tensor) Rows(lo, hi int) *Tensor {
	v := t.view(t.shape)
	t.RowsTo(v, lo, hi)
	return v
}

// RowsTo is Rows with the view made in v, whose shape's memory it uses: for
// loops that look at one piece of t after another.
func (t *Tensor) RowsTo(v *Tensor, lo, hi int) {
	shape := append(v.shape[:0], t.shape...)
	*v = *t
	v.shape = shape
	v.shape[0] = hi - lo
	v.setEntries(t, lo, hi)
}

// setEntries makes the elements of v those of the entries lo to hi-1 of t along
// its first dimension.
func (v *Tensor) setEntries(t *Tensor, lo, hi int) {
	row := t.shape.Span(1, len(t.shape))
	if t.dtype == Str {
		v.strs = t.strs[lo*row : hi*row]
	} else {
		row *= t.dtype.Size()
		v.data = t.data[lo*row : hi*row : hi*row]
	}
}

// Clear makes t an empty tensor; RowsTo uses the memory of its shape.
func (t *Tensor) Clear() { *t = Tensor{shape: t.shape[:0]} }

// At returns a view of entry i along the first dimension, without that
// dimension. The tensor must have one, and 0 ≤ i < its size.
func (t *Tensor) At(i int) *Tensor {
	v := t.view(t.shape[1:])
	v.setEntries(t, i, i+1)
	return v
}

// ReadOnly reports whether the elements lie in memory that must not be written:
// a mapped file.
func (t *Tensor) ReadOnly() bool { return t.owner != nil }

// Forget says that the elements of t will not be read for some time: where they
// lie in a mapped file, the system need not keep them in memory.
func (t *Tensor) Forget() {
	if f, ok := t.owner.(interface{ Forget([]byte) }); ok {
		f.Forget(t.data)
	}
}

// Overlap reports whether a and b share elements.
func Overlap(a, b *Tensor) bool {
	if a.Len() == 0 || b.Len() == 0 {
		return false
	}
	startA, endA := a.place()
	startB, endB := b.place()
	return startA < endB && startB < endA
}

// place returns where the elements of a tensor that has some begin and end.
func (t *Tensor) place() (start, end uintptr) {
	if t.dtype == Str {
		start = uintptr(unsafe.Pointer(&t.strs[0]))
		return start, start + uintptr(len(t.strs))*unsafe.Sizeof("")
	}
	start = uintptr(unsafe.Pointer(&t.data[0]))
	return start, start + uintptr(len(t.data))
}

// CopyElems copies n elements of src from element at to dst from element to.
// Both have the same element type.
func CopyElems(dst *Tensor, to int, src *Tensor, at, n int) {
	if dst.dtype != src.dtype {
		panic(fmt.Sprintf("cannot copy %v elements to %v", src.dtype, dst.dtype))
	}
	if dst.dtype == Str {
		copy(dst.strs[to:to+n], src.strs[at:at+n])
		return
	}
	size := dst.dtype.Size()
	copy(dst.data[to*size:(to+n)*size], src.data[at*size:(at+n)*size])
}

// ZeroElems sets n elements of t from element at to zero, strings to "".
func ZeroElems(t *Tensor, at, n int) {
	if t.dtype == Str {
		clear(t.strs[at : at+n])
		return
	}
	size := t.dtype.Size()
	clear(t.data[at*size : (at+n)*size])
}

// Clone returns a copy with storage of its own.
func (t *Tensor) Clone() *Tensor {
	c := &Tensor{dtype: t.dtype, shape: t.shape.Clone()}
	if t.dtype == Str {
		c.strs = append([]string(nil), t.strs...)
	} else {
		c.data = alignedBytes(len(t.data))
		copy(c.data, t.data)
		runtime.KeepAlive(t)
	}
	return c
}

// Data returns the elements, not a copy of them. T must be the Go type of the
// tensor's element type: another is a mistake of the program, and panics. Use
// Values where the element type comes from a model.
func Data[T Element](t *Tensor) []T {
	s, err := Values[T](t)
	if err != nil {
		panic(err)
	}
	return s
}

// Values returns the elements, not a copy of them, or an error when the tensor
// holds another element type than T. Elements of a tensor that came out of a
// session must not be changed.
func Values[T Element](t *Tensor) ([]T, error) {
	if d := DTypeOf[T](); d != t.dtype {
		return nil, fmt.Errorf("the tensor holds %v elements, not %v", t.dtype, d)
	}
	if t.dtype == Str {
		return any(t.strs).([]T), nil
	}
	return viewOf[T](t.data), nil
}

// viewOf reads bytes as elements.
func viewOf[T Element](b []byte) []T {
	if len(b) == 0 {
		return nil
	}
	var z T
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/int(unsafe.Sizeof(z)))
}

// bytesOf reads elements as bytes.
func bytesOf[T Element](s []T) []byte {
	if len(s) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*int(unsafe.Sizeof(s[0])))
}

// alignment is what storage starts at a multiple of: a cache line, and the
// widest vector register.
const alignment = 64

// alignedBytes returns n zero bytes that start at a multiple of alignment.
func alignedBytes(n int) []byte {
	if n == 0 {
		return nil
	}
	b := make([]byte, n+alignment-1)
	off := -int(uintptr(unsafe.Pointer(&b[0]))) & (alignment - 1)
	return b[off : off+n : off+n]
}
