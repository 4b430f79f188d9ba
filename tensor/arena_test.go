package tensor

import (
	"errors"
	"math"
	"testing"
	"unsafe"
)

func TestSizeClassesHoldWhatTheyAreFor(t *testing.T) {
	last := -1
	for _, n := range []int{1, 63, 64, 65, 80, 81, 96, 112, 128, 129, 1000, 1 << 20, 1<<20 + 1, math.MaxInt / 2} {
		class, size := classOf(n)
		if size < n || n > 64 && size > n+n/4 {
			t.Errorf("%d bytes: a buffer of %d", n, size)
		}
		if class < last || class >= numClasses {
			t.Errorf("%d bytes: class %d after %d", n, class, last)
		}
		if c, s := classOf(size); c != class || s != size {
			t.Errorf("%d bytes: the size %d of class %d has class %d", n, size, class, c)
		}
		last = class
	}
}

func TestArenaUsesMemoryAgainAfterItsLastHolder(t *testing.T) {
	a := &Arena{Poison: true}
	x, err := a.New(F32, Shape{100})
	if err != nil {
		t.Fatal(err)
	}
	if uintptr(unsafe.Pointer(&x.Bytes()[0]))%alignment != 0 {
		t.Error("the memory is not aligned")
	}
	view, err := x.Reshape(Shape{10, 10})
	if err != nil {
		t.Fatal(err)
	}
	Retain(view)
	if a.Sole(x) {
		t.Error("a tensor with a view counts as the only holder")
	}
	Release(x)
	other, _ := a.New(F32, Shape{100})
	if &other.Bytes()[0] == &view.Bytes()[0] {
		t.Error("memory that a view holds was handed out")
	}
	Release(view)
	if view.Bytes()[0] != 0xFB {
		t.Error("memory that came back is not poisoned")
	}
	again, _ := a.New(I64, Shape{50}) // as many bytes
	if &again.Bytes()[0] != &view.Bytes()[0] {
		t.Error("memory that came back was not handed out again")
	}
	if !a.Sole(again) || (&Arena{}).Sole(again) {
		t.Error("Sole does not tell arenas apart")
	}
}

func TestArenaBoundsItsMemory(t *testing.T) {
	a := &Arena{Limit: 1024}
	x, err := a.New(U8, Shape{1024})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.New(U8, Shape{1}); !errors.Is(err, ErrMemory) {
		t.Errorf("beyond the limit: got %v", err)
	}
	if _, err := a.New(U8, Shape{0, 5}); err != nil {
		t.Errorf("an empty tensor: got %v", err)
	}
	Release(x)
	y, err := a.New(F64, Shape{128})
	if err != nil {
		t.Errorf("after release: %v", err)
	}
	Escape(y)
	if now, peak := a.InUse(); now != 0 || peak != 1024 {
		t.Errorf("in use %d, peak %d; want 0 and 1024", now, peak)
	}
	Release(y) // no longer the arena's
	if now, _ := a.InUse(); now != 0 {
		t.Errorf("releasing what escaped leaves %d bytes in use", now)
	}
	if _, err := a.New(Str, Shape{100}); !errors.Is(err, ErrMemory) {
		t.Errorf("strings beyond the limit: got %v", err)
	}
	if _, err := (&Arena{Limit: -1}).New(U8, Shape{1}); !errors.Is(err, ErrMemory) {
		t.Errorf("a negative limit: got %v", err)
	}
}

func TestArenaRefusesImpossibleShapes(t *testing.T) {
	a := &Arena{Limit: math.MaxInt}
	for _, d := range []DType{U8, F32, C128, Str} {
		for _, s := range []Shape{{-1}, {math.MaxInt}, {math.MaxInt / 16, 17}, {1 << 30, 1 << 30}, {0, math.MaxInt, 2}} {
			if x, err := a.New(d, s); err == nil {
				t.Errorf("%v%v: got %v", d, s, x)
			}
		}
	}
	if _, err := a.New(Undefined, Shape{1}); err == nil {
		t.Error("made a tensor without an element type")
	}
}

func TestEscapeReachesIntoValues(t *testing.T) {
	a := &Arena{}
	tensor := func() *Tensor {
		x, err := a.New(U8, Shape{1})
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	Escape(&Sequence{Elems: []Value{
		&Optional{Elem: tensor()}, &Optional{},
		&Map{Keys: tensor(), Values: []Value{tensor()}},
		&Sparse{Values: tensor(), Indices: tensor()},
	}})
	if now, _ := a.InUse(); now != 0 {
		t.Errorf("%d bytes did not escape", now)
	}
}
