//go:build !noasm

package igemm

import (
	"encoding/binary"
	"unsafe"

	"github.com/onnxrun/onnxrun/internal/cpu"
)

//go:generate go -C _gen run . -pkg igemm -out ../tile_amd64.s -stubs ../tile_stubs_amd64.go

// The micro-kernels in assembly, one for each number of rows, for unsigned and
// for signed A. They keep the tile in registers, and go over k with two loads
// of B and one broadcast of A for each row.
type asmTile func(units, panels int, a *byte, lda int, b *byte, c *int32, ldc int)

var (
	asmVNNI = [2][12]asmTile{{
		tile1UVNNI, tile2UVNNI, tile3UVNNI, tile4UVNNI, tile5UVNNI, tile6UVNNI,
		tile7UVNNI, tile8UVNNI, tile9UVNNI, tile10UVNNI, tile11UVNNI, tile12UVNNI,
	}, {
		tile1SVNNI, tile2SVNNI, tile3SVNNI, tile4SVNNI, tile5SVNNI, tile6SVNNI,
		tile7SVNNI, tile8SVNNI, tile9SVNNI, tile10SVNNI, tile11SVNNI, tile12SVNNI,
	}}
	asmBytes = [12]func(units, panels int, a *byte, lda int, b *byte, c *byte, ldc int, to *byte){
		tile1BytesVNNI, tile2BytesVNNI, tile3BytesVNNI, tile4BytesVNNI, tile5BytesVNNI, tile6BytesVNNI,
		tile7BytesVNNI, tile8BytesVNNI, tile9BytesVNNI, tile10BytesVNNI, tile11BytesVNNI, tile12BytesVNNI,
	}
	asmAVX2 = [2][6]asmTile{
		{tile1UAVX2, tile2UAVX2, tile3UAVX2, tile4UAVX2, tile5UAVX2, tile6UAVX2},
		{tile1SAVX2, tile2SAVX2, tile3SAVX2, tile4SAVX2, tile5SAVX2, tile6SAVX2},
	}

	tileVNNI = &tile{mr: 12, nr: 32, unit: 4, bytes: true, run: runVNNI, pack: packAsVNNI, sum: sumOf}
	tileAVX2 = &tile{mr: 6, nr: 16, unit: 2, wide: true, run: runAVX2, pack: packAsAVX2, widen: widenTo, sum: sumOf}
)

// tileFor returns the micro-kernel for the active level.
func tileFor() *tile {
	switch {
	case cpu.VNNI():
		return tileVNNI
	case cpu.Active() >= cpu.AVX2:
		return tileAVX2
	}
	return tileInGo
}

// The assembly does not check bounds; these functions do.

func runVNNI(signedA, rows, units, panels int, a []byte, lda int, b []byte, c []int32, ldc int) {
	_, _, _ = a[(rows-1)*lda+4*units-1], b[128*units*panels-1], c[(rows-1)*ldc+32*panels-1]
	asmVNNI[signedA][rows-1](units, panels, &a[0], lda, &b[0], &c[0], 4*ldc)
}

// runBytes is tile.run for signed A, whose sums become bytes.
func runBytes(rows, units, panels int, a []byte, lda int, b []byte, c []byte, ldc int, to *scaling) {
	_, _, _ = a[(rows-1)*lda+4*units-1], b[128*units*panels-1], c[(rows-1)*ldc+32*panels-1]
	asmBytes[rows-1](units, panels, &a[0], lda, &b[0], &c[0], ldc, (*byte)(unsafe.Pointer(to)))
}

func runAVX2(signedA, rows, units, panels int, a []byte, lda int, b []byte, c []int32, ldc int) {
	_, _, _ = a[(rows-1)*lda+4*units-1], b[32*units*panels-1], c[(rows-1)*ldc+16*panels-1]
	asmAVX2[signedA][rows-1](units, panels, &a[0], lda, &b[0], &c[0], 4*ldc)
}

func packAsVNNI(units, panels int, dst []byte, step int, src []byte, rows []int, flip byte) {
	checkRows(rows[:4*units], len(src)-32*panels)
	_ = dst[(panels-1)*step+128*units-1]
	packVNNI(units, panels, &dst[0], step, &src[0], &rows[0], flip)
}

func packAsAVX2(units, panels int, dst []byte, step int, src []byte, rows []int, flip byte) {
	checkRows(rows[:2*units], len(src)-16*panels)
	_ = dst[(panels-1)*step+32*units-1]
	packAVX2(units, panels, &dst[0], step, &src[0], &rows[0], flip)
}

func checkRows(rows []int, last int) {
	for _, r := range rows {
		if r < 0 || r > last {
			panic("igemm: a row lies outside of the matrix")
		}
	}
}

func widenTo(dst, src []byte, signed bool) {
	n := len(src) / 16
	if n > 0 {
		_ = dst[32*n-1]
		flag := 0
		if signed {
			flag = 1
		}
		widenAVX2(n, &dst[0], &src[0], 0, flag)
	}
	for i := 16 * n; i < len(src); i++ {
		v := uint16(src[i])
		if signed {
			v = uint16(int16(int8(src[i])))
		}
		binary.LittleEndian.PutUint16(dst[2*i:], v)
	}
}

func sumOf(src []byte) int32 {
	n := len(src) / 32
	var sum int32
	if n > 0 {
		sum = int32(sumAVX2(n, &src[0]))
	}
	return sum + sumGo(src[32*n:])
}

// maxima sets dst to the maximum of rows, which begin at src[rows[i]]. It
// returns how many bytes, from the first on, it has set.
func maxima(dst, src []byte, rows []int, signed bool) int {
	n := len(dst) / 32
	if n == 0 || cpu.Active() < cpu.AVX2 {
		return 0
	}
	checkRows(rows, len(src)-32*n)
	if signed {
		maxSignedAVX2(n, &dst[0], &src[0], &rows[0], len(rows))
	} else {
		maxUnsignedAVX2(n, &dst[0], &src[0], &rows[0], len(rows))
	}
	return 32 * n
}

// evens writes the bytes 0, 2, 4, … of src, which has 2·len(dst)-1. It returns
// how many, from the first on, it has written.
func evens(dst, src []byte) int {
	n := (len(dst) - 1) / 32
	if n == 0 || cpu.Active() < cpu.AVX2 {
		return 0
	}
	_ = src[64*n-1]
	evensAVX2(n, &dst[0], &src[0])
	return 32 * n
}
