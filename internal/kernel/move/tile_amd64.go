//go:build !noasm

package move

import (
	"unsafe"

	"github.com/onnxrun/onnxrun/internal/cpu"
)

//go:generate go -C _gen run . -pkg move -out ../tile_amd64.s -stubs ../tile_stubs_amd64.go

// tile8 writes eight rows of 8·n elements of src, ss elements apart, as 8·n rows
// of eight, ds elements apart. It reports false where Go serves.
func tile8[E Elem](dst []E, ds int, src []E, ss, n int) bool {
	var e E
	if unsafe.Sizeof(e) != 4 || cpu.Active() < cpu.AVX2 || n == 0 {
		return false
	}
	_, _ = dst[(8*n-1)*ds+7], src[7*ss+8*n-1]
	transpose8AVX2((*uint32)(unsafe.Pointer(&dst[0])), 4*ds, (*uint32)(unsafe.Pointer(&src[0])), 4*ss, n)
	return true
}
