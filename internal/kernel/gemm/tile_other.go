//go:build !amd64 || noasm

package gemm

// tileF32 returns the micro-kernel for float32.
func tileF32() *tile[float32] { return tileF32Go }
