//go:build (!amd64 && !arm64) || noasm

package cpu

// first is beyond the levels that there are.
const first = Generic + 1

func detect() Level { return Generic }

// VNNI reports whether kernels may use instructions that add up products of
// bytes.
func VNNI() bool { return false }
