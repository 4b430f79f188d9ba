//go:build !noasm

package gemm

import (
	"unsafe"

	"github.com/onnxrun/onnxrun/internal/cpu"
)

//go:generate go -C _gen run . -pkg gemm -out ../tile_amd64.s -stubs ../tile_stubs_amd64.go

// The micro-kernels in assembly, one for each number of rows. They keep the
// tile in registers, and go over k with two loads of B and one broadcast of A
// for each row.
type asmTile[T Number] func(kc int, a *T, ars, aps int, b *T, bs int, c *T, ldc int, add, row, col *T, alpha, lo, hi T, flags int)

var (
	asmAVX2 = [6]asmTile[float32]{
		tile1x16AVX2, tile2x16AVX2, tile3x16AVX2, tile4x16AVX2, tile5x16AVX2, tile6x16AVX2,
	}
	asmAVX512 = [12]asmTile[float32]{
		tile1x32AVX512, tile2x32AVX512, tile3x32AVX512, tile4x32AVX512, tile5x32AVX512, tile6x32AVX512,
		tile7x32AVX512, tile8x32AVX512, tile9x32AVX512, tile10x32AVX512, tile11x32AVX512, tile12x32AVX512,
	}
	asmAVX512Half = [12]asmTile[float32]{
		tile1x16AVX512, tile2x16AVX512, tile3x16AVX512, tile4x16AVX512, tile5x16AVX512, tile6x16AVX512,
		tile7x16AVX512, tile8x16AVX512, tile9x16AVX512, tile10x16AVX512, tile11x16AVX512, tile12x16AVX512,
	}
	asmAVX2F64 = [6]asmTile[float64]{
		tile1x8AVX2F64, tile2x8AVX2F64, tile3x8AVX2F64, tile4x8AVX2F64, tile5x8AVX2F64, tile6x8AVX2F64,
	}
	asmAVX2I32 = [6]asmTile[int32]{
		tile1x16AVX2I32, tile2x16AVX2I32, tile3x16AVX2I32, tile4x16AVX2I32, tile5x16AVX2I32, tile6x16AVX2I32,
	}

	tileAVX2 = &tile[float32]{
		mr: len(asmAVX2), nr: 16, run: runAVX2,
		copyBlocks: copyAVX2[float32], transpose8: transposeAVX2[float32], dots4: dotsAVX2,
	}
	tileAVX512 = &tile[float32]{
		mr: len(asmAVX512), nr: 32, run: runAVX512, half: halfAVX512,
		copyBlocks: copyAVX512, transpose8: transposeAVX2[float32], dots4: dotsAVX2,
	}
	tileAVX2F64 = &tile[float64]{mr: len(asmAVX2F64), nr: 8, run: runAVX2F64}
	tileAVX2I32 = &tile[int32]{
		mr: len(asmAVX2I32), nr: 16, run: runAVX2I32,
		copyBlocks: copyAVX2[int32], transpose8: transposeAVX2[int32],
	}
)

// tileFor returns the micro-kernel for T at the active level.
func tileFor[T Number]() *tile[T] {
	var z T
	var t any
	switch l := cpu.Active(); any(z).(type) {
	case float32:
		if l == cpu.AVX512 {
			t = tileAVX512
		} else if l == cpu.AVX2 {
			t = tileAVX2
		}
	case float64:
		if l >= cpu.AVX2 {
			t = tileAVX2F64
		}
	case int32:
		if l >= cpu.AVX2 {
			t = tileAVX2I32
		}
	}
	if t, ok := t.(*tile[T]); ok {
		return t
	}
	return tileInGo[T]()
}

// The assembly does not check bounds; these functions do.

func runAVX2(rows, kc int, a []float32, ars, aps int, b []float32, bs int, c []float32, ldc int, f *Finish[float32]) {
	_, _, _ = a[(rows-1)*ars+(kc-1)*aps], b[(kc-1)*bs+15], c[(rows-1)*ldc+15]
	add, row, col, flags := finishArgs(f, c, ldc, rows, 16)
	asmAVX2[rows-1](kc, &a[0], 4*ars, 4*aps, &b[0], 4*bs, &c[0], 4*ldc, add, row, col, f.Alpha, f.Lo, f.Hi, flags)
}

func runAVX512(rows, kc int, a []float32, ars, aps int, b []float32, bs int, c []float32, ldc int, f *Finish[float32]) {
	_, _, _ = a[(rows-1)*ars+(kc-1)*aps], b[(kc-1)*bs+31], c[(rows-1)*ldc+31]
	add, row, col, flags := finishArgs(f, c, ldc, rows, 32)
	asmAVX512[rows-1](kc, &a[0], 4*ars, 4*aps, &b[0], 4*bs, &c[0], 4*ldc, add, row, col, f.Alpha, f.Lo, f.Hi, flags)
}

func halfAVX512(rows, kc int, a []float32, ars, aps int, b []float32, bs int, c []float32, ldc int, f *Finish[float32]) {
	_, _, _ = a[(rows-1)*ars+(kc-1)*aps], b[(kc-1)*bs+15], c[(rows-1)*ldc+15]
	add, row, col, flags := finishArgs(f, c, ldc, rows, 16)
	asmAVX512Half[rows-1](kc, &a[0], 4*ars, 4*aps, &b[0], 4*bs, &c[0], 4*ldc, add, row, col, f.Alpha, f.Lo, f.Hi, flags)
}

func runAVX2F64(rows, kc int, a []float64, ars, aps int, b []float64, bs int, c []float64, ldc int, f *Finish[float64]) {
	_, _, _ = a[(rows-1)*ars+(kc-1)*aps], b[(kc-1)*bs+7], c[(rows-1)*ldc+7]
	add, row, col, flags := finishArgs(f, c, ldc, rows, 8)
	asmAVX2F64[rows-1](kc, &a[0], 8*ars, 8*aps, &b[0], 8*bs, &c[0], 8*ldc, add, row, col, f.Alpha, f.Lo, f.Hi, flags)
}

func runAVX2I32(rows, kc int, a []int32, ars, aps int, b []int32, bs int, c []int32, ldc int, f *Finish[int32]) {
	_, _, _ = a[(rows-1)*ars+(kc-1)*aps], b[(kc-1)*bs+15], c[(rows-1)*ldc+15]
	add, row, col, flags := finishArgs(f, c, ldc, rows, 16)
	asmAVX2I32[rows-1](kc, &a[0], 4*ars, 4*aps, &b[0], 4*bs, &c[0], 4*ldc, add, row, col, f.Alpha, f.Lo, f.Hi, flags)
	if f.Clamp {
		for r := range rows {
			for i, v := range c[r*ldc : r*ldc+16] {
				c[r*ldc+i] = clamp(v, f.Lo, f.Hi)
			}
		}
	}
}

// Moves do not look at the elements: those of four bytes go as float32.

func copyAVX2[T float32 | int32](dst []T, ds int, src []T, ss, n int) {
	_, _ = dst[(n-1)*ds+15], src[(n-1)*ss+15]
	copyBlocks16AVX2((*float32)(unsafe.Pointer(&dst[0])), 4*ds, (*float32)(unsafe.Pointer(&src[0])), 4*ss, n)
}

func copyAVX512(dst []float32, ds int, src []float32, ss, n int) {
	_, _ = dst[(n-1)*ds+31], src[(n-1)*ss+31]
	copyBlocks32AVX512(&dst[0], 4*ds, &src[0], 4*ss, n)
}

func transposeAVX2[T float32 | int32](dst []T, ds int, src []T, ss, n int) {
	_, _ = dst[(8*n-1)*ds+7], src[7*ss+8*n-1]
	transpose8AVX2((*float32)(unsafe.Pointer(&dst[0])), 4*ds, (*float32)(unsafe.Pointer(&src[0])), 4*ss, n)
}

func dotsAVX2(n int, x, a []float32, as int) (sums [4]float32) {
	_, _ = x[16*n-1], a[3*as+16*n-1]
	dots4AVX2(n, &x[0], &a[0], 4*as, &sums)
	return sums
}
