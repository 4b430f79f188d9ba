//go:build !amd64 || noasm

package resize

func double(dst, src []uint32, n int) { doubleGo(dst, src, n) }
