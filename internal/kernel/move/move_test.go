package move

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/onnxrun/onnxrun/internal/par"
)

// plain is the loop that a Layout stands for.
func plain[E Elem](dst, src []E, l Layout) {
	n := 1
	for _, d := range l.Dims {
		n *= d
	}
	for u := range n {
		d, s, r := l.DstAt, l.SrcAt, u
		for k := len(l.Dims) - 1; k >= 0; k-- {
			i := r % l.Dims[k]
			r /= l.Dims[k]
			d += i * l.Dst[k]
			s += i * l.Src[k]
		}
		dst[d] = src[s]
	}
}

// span returns the lowest and highest element that strides reach.
func span(dims, strides []int, at int) (lo, hi int) {
	lo, hi = at, at
	for k, d := range dims {
		if d == 0 {
			return 0, -1
		}
		if s := (d - 1) * strides[k]; s < 0 {
			lo += s
		} else {
			hi += s
		}
	}
	return lo, hi
}

// check compares Bytes with the plain loop at every element size.
func check(t *testing.T, l Layout) {
	t.Helper()
	_, srcHi := span(l.Dims, l.Src, l.SrcAt)
	_, dstHi := span(l.Dims, l.Dst, l.DstAt)
	for _, size := range []int{1, 2, 4, 8, 16} {
		src := make([]byte, (srcHi+1)*size)
		for i := range src {
			src[i] = byte(i*7 + i>>8)
		}
		got := bytes.Repeat([]byte{0xFB}, (dstHi+2)*size)
		want := slices.Clone(got)
		byteDims := append(slices.Clone(l.Dims), size)
		scale := func(st []int) []int {
			out := make([]int, 0, len(st)+1)
			for _, s := range st {
				out = append(out, s*size)
			}
			return append(out, 1)
		}
		plain(want, src, Layout{byteDims, scale(l.Dst), scale(l.Src), l.DstAt * size, l.SrcAt * size})
		Bytes(par.New(3), got, src, size, l)
		if !bytes.Equal(got, want) {
			t.Fatalf("%d bytes an element, %+v: differs from the plain loop", size, l)
		}
	}
	names := make([]string, srcHi+1)
	for i := range names {
		names[i] = fmt.Sprint(i)
	}
	got, want := make([]string, dstHi+1), make([]string, dstHi+1)
	Copy(nil, got, names, l)
	plain(want, names, l)
	if !slices.Equal(got, want) {
		t.Fatalf("strings, %+v: differs from the plain loop", l)
	}
}

func TestTransposeEqualsThePlainLoop(t *testing.T) {
	for _, c := range []struct{ dims, perm []int }{
		{nil, nil},
		{[]int{5}, []int{0}},
		{[]int{1, 1}, []int{1, 0}},
		{[]int{70, 45}, []int{1, 0}},
		{[]int{3, 2000}, []int{1, 0}},
		{[]int{2000, 3}, []int{1, 0}},
		{[]int{2, 3, 33, 35}, []int{0, 2, 3, 1}},
		{[]int{2, 33, 35, 3}, []int{0, 3, 1, 2}},
		{[]int{2, 3, 4, 8}, []int{0, 2, 1, 3}},
		{[]int{9, 7, 2}, []int{1, 0, 2}},
		{[]int{9, 7, 4}, []int{1, 0, 2}},
		{[]int{4, 3, 2, 5}, []int{3, 2, 1, 0}},
		{[]int{4, 1, 2, 5, 3}, []int{2, 4, 0, 3, 1}},
		{[]int{2, 2, 2, 2, 2, 2, 2, 2, 2, 3}, []int{9, 1, 3, 5, 7, 2, 0, 8, 6, 4}},
		{[]int{0, 3}, []int{1, 0}},
	} {
		check(t, Transpose(c.dims, c.perm))
	}
}

func TestStridedCopiesEqualThePlainLoop(t *testing.T) {
	for _, l := range []Layout{
		Slice([]int{5, 6}, []int{4, 1}, []int{-2, 2}, []int{3, 2}),
		Slice([]int{5, 6}, []int{4, 5}, []int{-1, -1}, []int{5, 6}),
		Slice([]int{7, 3, 40}, []int{1, 0, 8}, []int{1, 2, 1}, []int{6, 2, 16}),
		Slice([]int{100000}, []int{99999}, []int{-1}, []int{100000}),
		Slice([]int{2, 90000}, []int{0, 3}, []int{1, 1}, []int{2, 80000}),
		Broadcast([]int{3, 1}, []int{2, 3, 4}),
		Broadcast([]int{1}, []int{2, 70}),
		Broadcast(nil, []int{2, 3}),
		Broadcast([]int{4, 1, 3}, []int{4, 5, 3}),
		Tile([]int{2, 3}, []int{3, 2}),
		Tile([]int{2, 3}, []int{1, 1}),
		Tile([]int{5}, []int{0}),
		Part(3, 4, 10, 5, true),
		Part(3, 4, 10, 5, false),
		Part(50, 2, 10, 6, false),
	} {
		check(t, l)
	}
}

func TestRandomLayoutsEqualThePlainLoop(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		n := rnd.IntN(5)
		dims := make([]int, n)
		for i := range dims {
			dims[i] = 1 + rnd.IntN(6)
			if rnd.IntN(8) == 0 {
				dims[i] = 40 + rnd.IntN(30)
			}
		}
		l := Transpose(dims, rnd.Perm(n))
		for k := range n {
			switch rnd.IntN(8) {
			case 0:
				l.Src[k] = 0
			case 1:
				l.SrcAt += (l.Dims[k] - 1) * l.Src[k]
				l.Src[k] = -l.Src[k]
			case 2:
				for j := range k {
					l.Dst[j] *= 3
				}
				l.Dst[k] *= 3
				l.DstAt = 1
			}
		}
		check(t, l)
	}
}

func TestFillSetsEveryElement(t *testing.T) {
	for _, n := range []int{0, 1, 63, 64, 65, 1000} {
		b := make([]uint16, n)
		Fill(b, 7)
		for i, v := range b {
			if v != 7 {
				t.Fatalf("%d elements: element %d is %d", n, i, v)
			}
		}
	}
}

func BenchmarkTranspose(b *testing.B) {
	for _, c := range []struct {
		name       string
		dims, perm []int
	}{
		{"2d", []int{1024, 1024}, []int{1, 0}},
		{"nhwc", []int{1, 64, 112, 112}, []int{0, 2, 3, 1}},
		{"nchw", []int{1, 112, 112, 64}, []int{0, 3, 1, 2}},
		{"rgb", []int{1, 224, 224, 3}, []int{0, 3, 1, 2}},
		{"heads", []int{1, 128, 12, 64}, []int{0, 2, 1, 3}},
	} {
		b.Run(c.name, func(b *testing.B) {
			l := Transpose(c.dims, c.perm)
			n := product(c.dims)
			src, dst := make([]byte, 4*n), make([]byte, 4*n)
			b.SetBytes(int64(4 * n))
			for b.Loop() {
				Bytes(nil, dst, src, 4, l)
			}
		})
	}
}
