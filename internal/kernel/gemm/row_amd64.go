//go:build !noasm

package gemm

import "github.com/onnxrun/onnxrun/internal/cpu"

//go:generate go -C _small run . -pkg gemm -out ../small_amd64.s -stubs ../small_stubs_amd64.go

// rows8 returns the loop that adds a[p]·b[p*bs+j], p from 0 to 7, to c[j] for
// j < 16·n, n > 0, bs being in bytes; nil where there is none.
func rows8() func(n int, a, b *float32, bs int, c *float32) {
	switch cpu.Active() {
	case cpu.AVX512:
		return rows8AVX512
	case cpu.AVX2:
		return rows8AVX2
	}
	return nil
}
