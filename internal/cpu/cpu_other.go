//go:build !amd64 || noasm

package cpu

func detect() Level { return Generic }

// VNNI reports whether kernels may use instructions that add up products of
// bytes.
func VNNI() bool { return false }
