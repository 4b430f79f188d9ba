//go:build !noasm

package cpu

import "golang.org/x/sys/cpu"

// first is the lowest level that has vector instructions.
const first = AVX2

func detect() Level {
	switch x := &cpu.X86; {
	case !x.HasAVX2 || !x.HasFMA:
		return Generic
	case x.HasAVX512F && x.HasAVX512BW && x.HasAVX512CD && x.HasAVX512DQ && x.HasAVX512VL:
		return AVX512
	}
	return AVX2
}

// VNNI reports whether kernels may use the AVX-512 instructions that add up
// products of bytes.
func VNNI() bool { return Active() == AVX512 && cpu.X86.HasAVX512VNNI }
