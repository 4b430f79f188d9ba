package norm

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/onnxrun/onnxrun/internal/par"
)

// floats returns n numbers that are not all alike.
func floats(n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(i*7919%1013)/500 - 1
	}
	return x
}

// best runs f for a benchmark and reports the speed of the fastest run, which
// what else the machine does disturbs least.
func best(b *testing.B, bytes int, f func()) {
	fastest := time.Duration(math.MaxInt64)
	for b.Loop() {
		start := time.Now()
		f()
		fastest = min(fastest, time.Since(start))
	}
	b.ReportMetric(float64(fastest.Nanoseconds())/1000, "best-µs")
	b.ReportMetric(float64(bytes)/float64(fastest.Nanoseconds()), "best-GB/s")
}

// BenchmarkNormalize counts a read and a write of each element.
func BenchmarkNormalize(b *testing.B) {
	for _, c := range []struct {
		name          string
		rows, n, each int
		params        int
		center        bool
	}{
		{"Layer 32x512x768", 32 * 512, 768, 1, 768, true},
		{"Layer 128x768", 128, 768, 1, 768, true},
		{"Layer 8x4096", 8, 4096, 1, 4096, true},
		{"RMS 32x512x768", 32 * 512, 768, 1, 768, false},
		{"RMS 8x4096", 8, 4096, 1, 4096, false},
		{"Group 32x64x56x56 of 2", 32 * 32, 2 * 56 * 56, 56 * 56, 64, true},
		{"Instance 8x64x56x56", 8 * 64, 56 * 56, 56 * 56, 64, true},
		{"Instance 32x64x56x56", 32 * 64, 56 * 56, 56 * 56, 64, true},
	} {
		x := floats(c.rows * c.n)
		y := make([]float32, len(x))
		r := Rows[float32]{N: c.n, Eps: 1e-5, Center: c.center, Scale: floats(c.params), Bias: floats(c.params), Each: c.each}
		if !c.center {
			r.Bias = nil
		}
		for threads := 1; threads <= 2; threads++ {
			b.Run(fmt.Sprintf("%s/threads=%d", c.name, threads), func(b *testing.B) {
				p := par.New(threads)
				best(b, 8*len(x), func() {
					Normalize(p, y, x, r)
				})
			})
		}
	}
}

func BenchmarkSoftmax(b *testing.B) {
	for _, c := range []struct {
		name            string
		outer, n, inner int
		log             bool
	}{
		{"1024x1000", 1024, 1000, 1, false},
		{"12x128x128", 12 * 128, 128, 1, false},
		{"log 1024x1000", 1024, 1000, 1, true},
		{"8x21x64x64", 8, 21, 64 * 64, false},
	} {
		x := floats(c.outer * c.n * c.inner)
		y := make([]float32, len(x))
		for threads := 1; threads <= 2; threads++ {
			b.Run(fmt.Sprintf("%s/threads=%d", c.name, threads), func(b *testing.B) {
				p := par.New(threads)
				best(b, 8*len(x), func() {
					softmaxAxis[float32, float32](p, y, x, c.outer, c.n, c.inner, c.log)
				})
			})
		}
	}
}

func BenchmarkChannels(b *testing.B) {
	x := floats(8 * 64 * 56 * 56)
	y := make([]float32, len(x))
	p64 := make([]float64, 64)
	for threads := 1; threads <= 2; threads++ {
		b.Run(fmt.Sprintf("8x64x56x56/threads=%d", threads), func(b *testing.B) {
			p := par.New(threads)
			best(b, 8*len(x), func() {
				Channels[float32, float32](p, y, x, 56*56, p64, p64, p64)
			})
		})
	}
}

func BenchmarkLRN(b *testing.B) {
	x := floats(4 * 64 * 56 * 56)
	y := make([]float32, len(x))
	best(b, 8*len(x), func() {
		LocalResponse[float32, float32](par.New(1), y, x, 4, 64, 56*56, LRN{Before: 2, After: 2, Alpha: 1e-4 / 5, Beta: 0.75, Bias: 1})
	})
}

func BenchmarkLp(b *testing.B) {
	x := floats(512 * 1024)
	y := make([]float32, len(x))
	for _, c := range [][3]int{{512, 1024, 1}, {8, 64, 1024}} {
		b.Run(fmt.Sprint(c), func(b *testing.B) {
			best(b, 8*len(x), func() {
				Lp[float32, float32](par.New(1), y, x, c[0], c[1], c[2], true)
			})
		})
	}
}
