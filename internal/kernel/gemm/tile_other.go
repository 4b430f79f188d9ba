//go:build (!amd64 && !arm64) || noasm

package gemm

// tileFor returns the micro-kernel for T.
func tileFor[T Number]() *tile[T] { return tileInGo[T]() }
