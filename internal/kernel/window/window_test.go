package window

import (
	"fmt"
	"testing"
)

// Range and Inside agree with asking every place.
func TestRangeAndInsideEqualAskingEveryPlace(t *testing.T) {
	for in := range 6 {
		for kernel := 1; kernel < 5; kernel++ {
			for stride := 1; stride < 4; stride++ {
				for dilation := 1; dilation < 4; dilation++ {
					for head := range 6 {
						d := Dim{In: in, Kernel: kernel, Stride: stride, Dilation: dilation, Head: head}
						inside := func(o, k int) bool {
							at := o*stride - head + k*dilation
							return at >= 0 && at < in
						}
						for k := range kernel {
							for _, r := range [][2]int{{0, 7}, {2, 5}} {
								lo, hi := d.Range(k, r[0], r[1])
								if lo < r[0] || hi > r[1] || lo > hi {
									t.Fatalf("%+v: Range(%d, %v) = %d, %d", d, k, r, lo, hi)
								}
								for o := r[0]; o < r[1]; o++ {
									if inside(o, k) != (o >= lo && o < hi) {
										t.Fatalf("%+v: Range(%d, %v) = %d, %d, but %d", d, k, r, lo, hi, o)
									}
								}
							}
						}
						for o := range 7 {
							lo, hi := d.Inside(o)
							for k := range kernel {
								if inside(o, k) != (k >= lo && k < hi) {
									t.Fatalf("%+v: Inside(%d) = %d, %d, but %d", d, o, lo, hi, k)
								}
							}
						}
					}
				}
			}
		}
	}
}

func TestResolve(t *testing.T) {
	for _, k := range []struct {
		a               Attrs
		in, kernel      int
		head, tail, out int
	}{
		{Attrs{}, 5, 3, 0, 0, 3},
		{Attrs{Pads: []int{1, 2}, Strides: []int{2}}, 5, 3, 1, 2, 3},
		{Attrs{AutoPad: "VALID", Pads: []int{1, 2}}, 5, 3, 0, 0, 3},
		{Attrs{AutoPad: "SAME_UPPER"}, 5, 4, 1, 2, 5},
		{Attrs{AutoPad: "SAME_LOWER"}, 5, 4, 2, 1, 5},
		{Attrs{AutoPad: "SAME_UPPER", Strides: []int{2}}, 5, 2, 0, 1, 3},
		{Attrs{AutoPad: "SAME_UPPER", Strides: []int{3}}, 12, 1, 0, 0, 4},
		{Attrs{AutoPad: "SAME_UPPER", Dilations: []int{3}}, 8, 3, 3, 3, 8},
		{Attrs{Ceil: true, Strides: []int{2}}, 4, 3, 0, 0, 2},
		{Attrs{Ceil: true, Strides: []int{2}, Pads: []int{1, 1}}, 3, 1, 1, 1, 2}, // a third would start in the padding
		{Attrs{}, 0, 3, 0, 0, 0},
	} {
		ds, err := k.a.Resolve([]int{k.in}, []int{k.kernel})
		if err != nil {
			t.Fatal(err)
		}
		if d := ds[0]; d.Head != k.head || d.Tail != k.tail || d.Out != k.out {
			t.Errorf("%+v over %d with %d: got head %d, tail %d, out %d, want %d, %d, %d", k.a, k.in, k.kernel, d.Head, d.Tail, d.Out, k.head, k.tail, k.out)
		}
	}
}

func TestResolveTransposed(t *testing.T) {
	for _, k := range []struct {
		a              Attrs
		padding, shape []int
		in, kernel     int
		head, size     int
	}{
		{Attrs{}, nil, nil, 3, 3, 0, 5},
		{Attrs{Strides: []int{2}}, []int{1}, nil, 3, 3, 0, 8},
		{Attrs{Strides: []int{2}, Pads: []int{1, 2}, Dilations: []int{2}}, nil, nil, 3, 3, 1, 6},
		{Attrs{Strides: []int{2}}, nil, []int{6}, 3, 3, 1, 6},
		{Attrs{Strides: []int{2}, AutoPad: "SAME_UPPER"}, nil, []int{6}, 3, 3, 0, 6},
		{Attrs{Strides: []int{2}}, nil, []int{10}, 3, 3, 0, 10},
		{Attrs{Strides: []int{2}, AutoPad: "SAME_UPPER"}, nil, nil, 3, 3, 0, 6},
		{Attrs{Strides: []int{2}, AutoPad: "SAME_LOWER"}, nil, nil, 3, 3, 1, 6},
		{Attrs{AutoPad: "VALID", Pads: []int{1, 1}}, nil, nil, 3, 3, 0, 5},
	} {
		ds, err := k.a.ResolveTransposed([]int{k.in}, []int{k.kernel}, k.padding, k.shape)
		if err != nil {
			t.Fatal(err)
		}
		if d := ds[0]; d.Head != k.head || d.In != k.size || d.Out != k.in {
			t.Errorf("%s: got head %d, size %d, want %d, %d", fmt.Sprint(k), d.Head, d.In, k.head, k.size)
		}
	}
}
