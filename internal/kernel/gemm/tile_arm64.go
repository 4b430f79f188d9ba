//go:build !noasm

package gemm

import (
	"unsafe"

	"github.com/onnxrun/onnxrun/internal/cpu"
)

//go:generate go -C ../_neon run . gemm

// The micro-kernels in assembly, one for each number of rows. They keep the
// tile in registers, and go over k with four loads of B and one element of A
// for each row.
type asmTile[T Number] func(kc int, a *T, ars, aps int, b *T, bs int, c *T, ldc int, add, row, col *T, alpha, lo, hi T, flags int)

var (
	asmNEON = [6]asmTile[float32]{
		tile1x16NEON, tile2x16NEON, tile3x16NEON, tile4x16NEON, tile5x16NEON, tile6x16NEON,
	}
	asmNEONF64 = [6]asmTile[float64]{
		tile1x8F64NEON, tile2x8F64NEON, tile3x8F64NEON, tile4x8F64NEON, tile5x8F64NEON, tile6x8F64NEON,
	}
	asmNEONI32 = [6]asmTile[int32]{
		tile1x16I32NEON, tile2x16I32NEON, tile3x16I32NEON, tile4x16I32NEON, tile5x16I32NEON, tile6x16I32NEON,
	}

	tileNEON = &tile[float32]{
		mr: len(asmNEON), nr: 16, run: runNEON,
		copyBlocks: copyNEON[float32], transpose8: transposeNEON[float32], dots4: dotsNEON,
	}
	tileNEONF64 = &tile[float64]{mr: len(asmNEONF64), nr: 8, run: runNEONF64}
	tileNEONI32 = &tile[int32]{
		mr: len(asmNEONI32), nr: 16, run: runNEONI32,
		copyBlocks: copyNEON[int32], transpose8: transposeNEON[int32],
	}
)

// tileFor returns the micro-kernel for T at the active level.
func tileFor[T Number]() *tile[T] {
	if cpu.Active() == cpu.NEON {
		var z T
		var t any
		switch any(z).(type) {
		case float32:
			t = tileNEON
		case float64:
			t = tileNEONF64
		case int32:
			t = tileNEONI32
		}
		if t, ok := t.(*tile[T]); ok {
			return t
		}
	}
	return tileInGo[T]()
}

// The assembly does not check bounds; these functions do.

func runNEON(rows, kc int, a []float32, ars, aps int, b []float32, bs int, c []float32, ldc int, f *Finish[float32]) {
	_, _, _ = a[(rows-1)*ars+(kc-1)*aps], b[(kc-1)*bs+15], c[(rows-1)*ldc+15]
	add, row, col, flags := finishArgs(f, c, ldc, rows, 16)
	asmNEON[rows-1](kc, &a[0], 4*ars, 4*aps, &b[0], 4*bs, &c[0], 4*ldc, add, row, col, f.Alpha, f.Lo, f.Hi, flags)
}

func runNEONF64(rows, kc int, a []float64, ars, aps int, b []float64, bs int, c []float64, ldc int, f *Finish[float64]) {
	_, _, _ = a[(rows-1)*ars+(kc-1)*aps], b[(kc-1)*bs+7], c[(rows-1)*ldc+7]
	add, row, col, flags := finishArgs(f, c, ldc, rows, 8)
	asmNEONF64[rows-1](kc, &a[0], 8*ars, 8*aps, &b[0], 8*bs, &c[0], 8*ldc, add, row, col, f.Alpha, f.Lo, f.Hi, flags)
}

func runNEONI32(rows, kc int, a []int32, ars, aps int, b []int32, bs int, c []int32, ldc int, f *Finish[int32]) {
	_, _, _ = a[(rows-1)*ars+(kc-1)*aps], b[(kc-1)*bs+15], c[(rows-1)*ldc+15]
	add, row, col, flags := finishArgs(f, c, ldc, rows, 16)
	asmNEONI32[rows-1](kc, &a[0], 4*ars, 4*aps, &b[0], 4*bs, &c[0], 4*ldc, add, row, col, f.Alpha, f.Lo, f.Hi, flags)
	if f.Clamp {
		for r := range rows {
			for i, v := range c[r*ldc : r*ldc+16] {
				c[r*ldc+i] = clamp(v, f.Lo, f.Hi)
			}
		}
	}
}

// Moves do not look at the elements: those of four bytes go as float32.

func copyNEON[T float32 | int32](dst []T, ds int, src []T, ss, n int) {
	_, _ = dst[(n-1)*ds+15], src[(n-1)*ss+15]
	copyBlocks16NEON((*float32)(unsafe.Pointer(&dst[0])), 4*ds, (*float32)(unsafe.Pointer(&src[0])), 4*ss, n)
}

func transposeNEON[T float32 | int32](dst []T, ds int, src []T, ss, n int) {
	_, _ = dst[(8*n-1)*ds+7], src[7*ss+8*n-1]
	transpose8NEON((*float32)(unsafe.Pointer(&dst[0])), 4*ds, (*float32)(unsafe.Pointer(&src[0])), 4*ss, n)
}

func dotsNEON(n int, x, a []float32, as int) (sums [4]float32) {
	_, _ = x[16*n-1], a[3*as+16*n-1]
	dots4NEON(n, &x[0], &a[0], 4*as, &sums)
	return sums
}
