//go:build !noasm

package cpu

// first is the lowest level that has vector instructions.
const first = NEON

func detect() Level { return NEON }

// VNNI reports whether kernels may use instructions that add up products of
// bytes.
func VNNI() bool { return false }
