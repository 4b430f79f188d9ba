package igemm

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/onnxrun/onnxrun/internal/kernel/window"
	"github.com/onnxrun/onnxrun/internal/par"
)

// convolved is the convolution as a loop.
func convolved(c *Conv, x []byte, signed bool, zero int32, w []byte, signedW bool, zeros []int32) []int32 {
	in, out, kvol := window.Volume(c.Dims, window.In), window.Volume(c.Dims, window.Out), window.Volume(c.Dims, window.Kernel)
	channels, features := c.Channels/c.Group, c.Features/c.Group
	y := make([]int32, c.Features*out)
	for f := range c.Features {
		for o := range out {
			var s int32
			for ch := range channels {
				for e := range kvol {
					at, step, inside := 0, 1, true
					for i, ro, re := len(c.Dims)-1, o, e; i >= 0; i-- {
						d := &c.Dims[i]
						p := ro%d.Out*d.Stride - d.Head + re%d.Kernel*d.Dilation
						inside = inside && p >= 0 && p < d.In
						at += p * step
						step *= d.In
						ro /= d.Out
						re /= d.Kernel
					}
					if inside {
						s += (elem(x[(f/features*channels+ch)*in+at], signed) - zero) * (elem(w[(f*channels+ch)*kvol+e], signedW) - zeroAt(zeros, f))
					}
				}
			}
			y[f*out+o] = s
		}
	}
	return y
}

type convCase struct {
	channels, features, group           int
	in, kernel, strides, dilations, pad []int
}

var convCases = []convCase{
	{3, 5, 1, []int{7, 9}, []int{3, 3}, []int{1, 1}, []int{1, 1}, []int{1, 1, 1, 1}},
	{8, 16, 1, []int{14, 14}, []int{1, 1}, []int{1, 1}, []int{1, 1}, []int{0, 0, 0, 0}},
	{8, 16, 2, []int{14, 13}, []int{1, 1}, []int{2, 2}, []int{1, 1}, []int{0, 0, 0, 0}},
	{6, 6, 6, []int{10, 11}, []int{3, 3}, []int{1, 1}, []int{1, 1}, []int{1, 1, 1, 1}},
	{6, 12, 6, []int{10, 11}, []int{3, 3}, []int{2, 2}, []int{1, 1}, []int{0, 1, 1, 0}},
	{4, 30, 1, []int{33, 40}, []int{5, 3}, []int{2, 3}, []int{2, 1}, []int{2, 0, 1, 3}},
	{5, 4, 1, []int{50}, []int{4}, []int{3}, []int{2}, []int{2, 1}},
	{2, 13, 1, []int{5, 6, 7}, []int{2, 3, 3}, []int{1, 2, 1}, []int{2, 1, 1}, []int{1, 0, 1, 0, 1, 1}},
	{2, 3, 1, []int{5, 6, 7}, []int{1, 1, 1}, []int{1, 1, 1}, []int{1, 1, 1}, []int{0, 0, 0, 0, 0, 0}},
	{3, 2, 1, []int{4, 4}, []int{4, 4}, []int{1, 1}, []int{1, 1}, []int{0, 0, 0, 0}},
	{3, 6, 3, []int{9, 150}, []int{3, 3}, []int{1, 1}, []int{1, 1}, []int{1, 1, 1, 1}},
	{5, 5, 5, []int{28, 29}, []int{5, 5}, []int{1, 1}, []int{1, 1}, []int{2, 2, 2, 2}},
	{3, 3, 3, []int{28, 71}, []int{3, 3}, []int{2, 2}, []int{1, 1}, []int{1, 1, 1, 1}},
	{4, 4, 4, []int{7, 7}, []int{3, 3}, []int{2, 1}, []int{1, 1}, []int{1, 1, 1, 1}},
	{3, 3, 3, []int{130}, []int{9}, []int{1}, []int{1}, []int{0, 8}},
	{2, 2, 2, []int{3, 3}, []int{7, 7}, []int{1, 1}, []int{1, 1}, []int{4, 4, 4, 4}},
	{24, 20, 1, []int{13, 31}, []int{3, 3}, []int{1, 1}, []int{1, 1}, []int{1, 1, 1, 1}},
	{9, 60, 1, []int{13, 67}, []int{3, 3}, []int{1, 1}, []int{1, 1}, []int{1, 1, 1, 1}},
	{35, 49, 1, []int{14, 14}, []int{1, 1}, []int{1, 1}, []int{1, 1}, []int{0, 0, 0, 0}},
}

func TestConvolutionsAreExact(t *testing.T) {
	pool := par.New(2)
	atLevels(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(3, 4))
		for n, tc := range convCases {
			a := window.Attrs{Strides: tc.strides, Dilations: tc.dilations, Pads: tc.pad}
			dims, err := a.Resolve(tc.in, tc.kernel)
			if err != nil {
				t.Fatal(err)
			}
			c := &Conv{Channels: tc.channels, Features: tc.features, Group: tc.group, Dims: dims}
			if !c.Plan() {
				t.Fatalf("case %d: not laid out", n)
			}
			k := tc.channels / tc.group * window.Volume(dims, window.Kernel)
			out := window.Volume(dims, window.Out)
			for kind := range 8 {
				signed, signedW := kind&1 != 0, kind&2 != 0
				x, w := randomBytes(r, tc.channels*window.Volume(dims, window.In)), randomBytes(r, tc.features*k)
				zero := elem(byte(r.Uint32()), signed)
				var zeros []int32
				if kind&4 != 0 {
					zeros = randomZeros(r, []int{1, tc.features}[r.IntN(2)], signedW)
				}
				bias := make([]int32, tc.features)
				for i := range bias {
					bias[i] = int32(r.IntN(1000))
				}
				want := convolved(c, x, signed, zero, w, signedW, zeros)
				what := fmt.Sprintf("case %d, kind %d", n, kind)
				for _, pool := range []*par.Pool{nil, pool} {
					f := NewFilter(tc.features, k, w, signedW)
					scratch := randomBytes(r, c.Scratch())
					got := make([]int32, tc.features*out)
					c.Run(pool, x, signed, zero, f, zeros, &Ints{C: got, Ld: out, RowBias: bias}, scratch)
					bytes := make([]byte, len(got))
					mul := make([]float32, tc.features)
					for i := range mul {
						mul[i] = 0.001 + r.Float32()*0.01
					}
					c.Run(pool, x, signed, zero, f, zeros, &Bytes{C: bytes, Ld: out, RowBias: bias, Multipliers: mul, PerRow: true, Zero: 100, Hi: 255}, scratch)
					signedBytes := make([]byte, len(got))
					c.Run(pool, x, signed, zero, f, zeros, &Bytes{C: signedBytes, Ld: out, RowBias: bias, Multipliers: mul, PerRow: true, Zero: -20, Lo: -128, Hi: 127}, scratch)
					for i, v := range want {
						v += bias[i/out]
						if got[i] != v {
							t.Fatalf("%s: element %d: got %d, want %d", what, i, got[i], v)
						}
						r := roundEven(float32(v) * mul[i/out])
						if q := min(max(r+100, 0), 255); int(bytes[i]) != q {
							t.Fatalf("%s: element %d: got byte %d, want %d", what, i, bytes[i], q)
						}
						if q := min(max(r-20, -128), 127); int(int8(signedBytes[i])) != q {
							t.Fatalf("%s: element %d: got int8 %d, want %d", what, i, int8(signedBytes[i]), q)
						}
					}
				}
			}
		}
	})
}

func TestWideGapsAreNotLaidOut(t *testing.T) {
	a := window.Attrs{Dilations: []int{1 << 20, 1 << 20}, Pads: []int{1 << 20, 1 << 20, 1 << 20, 1 << 20}}
	dims, err := a.Resolve([]int{4, 4}, []int{3, 3})
	if err != nil {
		t.Fatal(err)
	}
	if c := (&Conv{Channels: 1, Features: 1, Group: 1, Dims: dims}); c.Plan() {
		t.Errorf("got a layout of %d bytes", c.Scratch())
	}
}

func BenchmarkConv(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, tc := range []convCase{
		{64, 64, 1, []int{56, 56}, []int{3, 3}, []int{1, 1}, []int{1, 1}, []int{1, 1, 1, 1}},
		{64, 128, 1, []int{56, 56}, []int{3, 3}, []int{2, 2}, []int{1, 1}, []int{1, 1, 1, 1}},
		{256, 64, 1, []int{56, 56}, []int{1, 1}, []int{1, 1}, []int{1, 1}, []int{0, 0, 0, 0}},
		{320, 1280, 1, []int{7, 7}, []int{1, 1}, []int{1, 1}, []int{1, 1}, []int{0, 0, 0, 0}},
		{16, 96, 1, []int{112, 112}, []int{1, 1}, []int{1, 1}, []int{1, 1}, []int{0, 0, 0, 0}},
		{512, 512, 1, []int{7, 7}, []int{3, 3}, []int{1, 1}, []int{1, 1}, []int{1, 1, 1, 1}},
		{3, 64, 1, []int{224, 224}, []int{7, 7}, []int{2, 2}, []int{1, 1}, []int{3, 3, 3, 3}},
		{144, 144, 144, []int{56, 56}, []int{3, 3}, []int{2, 2}, []int{1, 1}, []int{1, 1, 1, 1}},
		{960, 960, 960, []int{7, 7}, []int{3, 3}, []int{1, 1}, []int{1, 1}, []int{1, 1, 1, 1}},
		{64, 64, 64, []int{112, 112}, []int{3, 3}, []int{1, 1}, []int{1, 1}, []int{1, 1, 1, 1}},
	} {
		a := window.Attrs{Strides: tc.strides, Dilations: tc.dilations, Pads: tc.pad}
		dims, _ := a.Resolve(tc.in, tc.kernel)
		c := &Conv{Channels: tc.channels, Features: tc.features, Group: tc.group, Dims: dims}
		c.Plan()
		k, out := tc.channels/tc.group*window.Volume(dims, window.Kernel), window.Volume(dims, window.Out)
		x, w := randomBytes(r, tc.channels*window.Volume(dims, window.In)), randomBytes(r, tc.features*k)
		f := NewFilter(tc.features, k, w, true)
		scratch, y := make([]byte, c.Scratch()), make([]byte, tc.features*out)
		for threads := 1; threads <= 2; threads++ {
			pool := par.New(threads)
			b.Run(fmt.Sprintf("%dto%d/%v/%v/threads=%d", tc.channels, tc.features, tc.in, tc.kernel, threads), func(b *testing.B) {
				for b.Loop() {
					c.Run(pool, x, false, 3, f, nil, &Bytes{C: y, Ld: out, Multipliers: []float32{0.001}, Zero: 5, Hi: 255}, scratch)
				}
				b.ReportMetric(float64(2*tc.features*k*out)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GOP/s")
			})
		}
	}
}
