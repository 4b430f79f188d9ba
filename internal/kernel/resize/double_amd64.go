//go:build !noasm

package resize

import "github.com/onnxrun/onnxrun/internal/cpu"

//go:generate go -C _gen run . -pkg resize -out ../double_amd64.s -stubs ../double_stubs_amd64.go

// double is doubleGo.
func double(dst, src []uint32, n int) {
	if n < 8 || len(src) < n || cpu.Active() < cpu.AVX2 {
		doubleGo(dst, src, n)
		return
	}
	rows := len(src) / n
	_ = dst[4*n*rows-1]
	doubleAVX2(rows, &dst[0], &src[0], n)
}
