package conv

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/onnxrun/onnxrun/internal/kernel/window"
	"github.com/onnxrun/onnxrun/internal/par"
)

// shape is a two-dimensional convolution of one image.
type shape struct {
	channels, features, group, size, kernel, stride int
}

func (s shape) String() string {
	return fmt.Sprintf("%dx%ds%d_%dto%dg%d@%d", s.kernel, s.kernel, s.stride, s.channels, s.features, s.group, s.size)
}

func (s shape) params(tb testing.TB) *Params {
	pad := s.kernel / 2
	a := window.Attrs{Strides: []int{s.stride, s.stride}, Pads: []int{pad, pad, pad, pad}}
	dims, err := a.Resolve([]int{s.size, s.size}, []int{s.kernel, s.kernel})
	if err != nil {
		tb.Fatal(err)
	}
	return &Params{Batch: 1, Channels: s.channels, Features: s.features, Group: s.group, Dims: dims}
}

// What networks of images are made of.
var (
	resNet50 = []shape{
		{3, 64, 1, 224, 7, 2},
		{64, 64, 1, 56, 1, 1}, {64, 64, 1, 56, 3, 1}, {64, 256, 1, 56, 1, 1}, {256, 64, 1, 56, 1, 1},
		{256, 128, 1, 56, 1, 1}, {128, 128, 1, 56, 3, 2}, {256, 512, 1, 56, 1, 2},
		{128, 512, 1, 28, 1, 1}, {512, 128, 1, 28, 1, 1}, {128, 128, 1, 28, 3, 1},
		{512, 256, 1, 28, 1, 1}, {256, 256, 1, 28, 3, 2}, {512, 1024, 1, 28, 1, 2},
		{256, 1024, 1, 14, 1, 1}, {1024, 256, 1, 14, 1, 1}, {256, 256, 1, 14, 3, 1},
		{1024, 512, 1, 14, 1, 1}, {512, 512, 1, 14, 3, 2}, {1024, 2048, 1, 14, 1, 2},
		{512, 2048, 1, 7, 1, 1}, {2048, 512, 1, 7, 1, 1}, {512, 512, 1, 7, 3, 1},
	}
	mobileNetV2 = []shape{
		{3, 32, 1, 224, 3, 2}, {32, 32, 32, 112, 3, 1}, {32, 16, 1, 112, 1, 1}, {16, 96, 1, 112, 1, 1},
		{96, 96, 96, 112, 3, 2}, {96, 24, 1, 56, 1, 1}, {24, 144, 1, 56, 1, 1}, {144, 144, 144, 56, 3, 1},
		{144, 144, 144, 56, 3, 2}, {144, 32, 1, 28, 1, 1}, {32, 192, 1, 28, 1, 1}, {192, 192, 192, 28, 3, 1},
		{192, 192, 192, 28, 3, 2}, {192, 64, 1, 14, 1, 1}, {64, 384, 1, 14, 1, 1}, {384, 384, 384, 14, 3, 1},
		{576, 576, 576, 14, 3, 1}, {96, 576, 1, 14, 1, 1}, {576, 96, 1, 14, 1, 1}, {576, 576, 576, 14, 3, 2},
		{960, 960, 960, 7, 3, 1}, {160, 960, 1, 7, 1, 1}, {960, 160, 1, 7, 1, 1}, {320, 1280, 1, 7, 1, 1},
	}
	vgg = []shape{
		{3, 64, 1, 224, 3, 1}, {64, 64, 1, 224, 3, 1}, {64, 128, 1, 112, 3, 1}, {128, 128, 1, 112, 3, 1},
		{128, 256, 1, 56, 3, 1}, {256, 256, 1, 56, 3, 1}, {256, 512, 1, 28, 3, 1}, {512, 512, 1, 28, 3, 1},
		{512, 512, 1, 14, 3, 1},
	}
	others = []shape{
		{96, 96, 96, 56, 7, 1}, {192, 192, 192, 28, 7, 1}, {384, 384, 384, 14, 7, 1}, {768, 768, 768, 7, 7, 1},
		{72, 72, 72, 56, 5, 2}, {120, 120, 120, 28, 5, 1}, {672, 672, 672, 14, 5, 1}, {960, 960, 960, 7, 5, 1},
		{128, 32, 1, 56, 3, 1}, {128, 32, 1, 28, 3, 1}, {128, 32, 1, 14, 3, 1}, {128, 32, 1, 7, 3, 1},
		{16, 64, 1, 55, 3, 1}, {32, 128, 1, 27, 3, 1}, {48, 64, 1, 35, 5, 1}, {64, 96, 1, 35, 3, 1},
		{3, 96, 1, 224, 4, 4}, {512, 1000, 1, 13, 1, 1}, {3, 64, 1, 224, 3, 2}, {16, 64, 1, 55, 1, 1}, {64, 16, 1, 55, 1, 1}, {64, 256, 1, 13, 3, 1}, {58, 58, 1, 28, 1, 1}, {116, 116, 1, 14, 1, 1}, {58, 58, 58, 28, 3, 1},
	}
)

func BenchmarkConv(b *testing.B) {
	for _, set := range []struct {
		name   string
		shapes []shape
	}{{"ResNet50", resNet50}, {"MobileNetV2", mobileNetV2}, {"VGG", vgg}, {"Others", others}} {
		for _, s := range set.shapes {
			for _, threads := range []int{1, 2} {
				b.Run(fmt.Sprintf("%s/%v/threads=%d", set.name, s, threads), func(b *testing.B) {
					p := s.params(b)
					r := rand.New(rand.NewPCG(7, 7))
					x, w := noise(r, p.Channels*window.Volume(p.Dims, window.In)), noise(r, p.Features*p.inner())
					bias, y := noise(r, p.Features), make([]float32, p.Features*window.Volume(p.Dims, window.Out))
					packed := Pack(w, p.Features, p.inner(), p.Group, p.Channels)
					pool := par.New(threads)
					p.Memory = make([]float32, packed.Scratch(pool, p))
					Run(pool, p, x, packed, bias, y)
					// The shortest run says what the kernel can do, whatever else
					// goes on on the machine.
					best := time.Duration(math.MaxInt64)
					for b.Loop() {
						start := time.Now()
						Run(pool, p, x, packed, bias, y)
						best = min(best, time.Since(start))
					}
					flops := 2 * float64(len(y)) * float64(p.inner())
					b.ReportMetric(flops/float64(best.Nanoseconds()), "GFLOP/s")
					b.ReportMetric(best.Seconds()*1000, "ms")
				})
			}
		}
	}
}
