//go:build !noasm

package gemm

import "github.com/onnxrun/onnxrun/internal/cpu"

// rows8 returns the loop that adds a[p]·b[p*bs+j], p from 0 to 7, to c[j] for
// j < 16·n, n > 0, bs being in bytes; nil where there is none.
func rows8() func(n int, a, b *float32, bs int, c *float32) {
	if cpu.Active() == cpu.NEON {
		return rows8NEON
	}
	return nil
}
