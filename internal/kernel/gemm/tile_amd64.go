//go:build !noasm

package gemm

import "github.com/onnxrun/onnxrun/internal/cpu"

//go:generate go -C _gen run . -pkg gemm -out ../tile_amd64.s -stubs ../tile_stubs_amd64.go

// The micro-kernels in assembly, one for each number of rows. They keep the
// tile in registers, and go over k with two loads of B and one broadcast of A
// for each row.
type asmTile func(kc int, a *float32, ars, aps int, b *float32, bs int, c *float32, ldc int, row, col *float32, alpha, lo, hi float32, flags int)

var (
	asmAVX2 = [6]asmTile{
		tile1x16AVX2, tile2x16AVX2, tile3x16AVX2, tile4x16AVX2, tile5x16AVX2, tile6x16AVX2,
	}
	asmAVX512 = [12]asmTile{
		tile1x32AVX512, tile2x32AVX512, tile3x32AVX512, tile4x32AVX512, tile5x32AVX512, tile6x32AVX512,
		tile7x32AVX512, tile8x32AVX512, tile9x32AVX512, tile10x32AVX512, tile11x32AVX512, tile12x32AVX512,
	}
	tileAVX2 = &tile[float32]{
		mr: len(asmAVX2), nr: 16, run: runAVX2,
		copyBlocks: copyAVX2, transpose8: transposeAVX2, dots4: dotsAVX2,
	}
	tileAVX512 = &tile[float32]{
		mr: len(asmAVX512), nr: 32, run: runAVX512, half: halfAVX512,
		copyBlocks: copyAVX512, transpose8: transposeAVX2, dots4: dotsAVX2,
	}
)

// tileF32 returns the micro-kernel for float32 at the active level.
func tileF32() *tile[float32] {
	switch cpu.Active() {
	case cpu.AVX512:
		return tileAVX512
	case cpu.AVX2:
		return tileAVX2
	}
	return tileF32Go
}

// The assembly does not check bounds; these functions do.

func runAVX2(rows, kc int, a []float32, ars, aps int, b []float32, bs int, c []float32, ldc int, f *Finish[float32]) {
	_, _, _ = a[(rows-1)*ars+(kc-1)*aps], b[(kc-1)*bs+15], c[(rows-1)*ldc+15]
	row, col, flags := finishArgs(f, rows, 16)
	asmAVX2[rows-1](kc, &a[0], 4*ars, 4*aps, &b[0], 4*bs, &c[0], 4*ldc, row, col, f.Alpha, f.Lo, f.Hi, flags)
}

func runAVX512(rows, kc int, a []float32, ars, aps int, b []float32, bs int, c []float32, ldc int, f *Finish[float32]) {
	_, _, _ = a[(rows-1)*ars+(kc-1)*aps], b[(kc-1)*bs+31], c[(rows-1)*ldc+31]
	row, col, flags := finishArgs(f, rows, 32)
	asmAVX512[rows-1](kc, &a[0], 4*ars, 4*aps, &b[0], 4*bs, &c[0], 4*ldc, row, col, f.Alpha, f.Lo, f.Hi, flags)
}

func halfAVX512(rows, kc int, a []float32, ars, aps int, b []float32, bs int, c []float32, ldc int, f *Finish[float32]) {
	part := *f
	for i := 0; i < rows; i += len(asmAVX2) {
		if f.RowBias != nil {
			part.RowBias = f.RowBias[i:]
		}
		runAVX2(min(len(asmAVX2), rows-i), kc, a[i*ars:], ars, aps, b, bs, c[i*ldc:], ldc, &part)
	}
}

// finishArgs returns the arguments of an assembly tile for f.
func finishArgs(f *Finish[float32], rows, cols int) (row, col *float32, flags int) {
	if f.Add {
		flags |= 1
	}
	if f.RowBias != nil {
		row = &f.RowBias[:rows][0]
		flags |= 2
	}
	if f.ColBias != nil {
		col = &f.ColBias[:cols][0]
		flags |= 4
	}
	if f.Clamp {
		flags |= 8
	}
	return row, col, flags
}

func copyAVX2(dst []float32, ds int, src []float32, ss, n int) {
	_, _ = dst[(n-1)*ds+15], src[(n-1)*ss+15]
	copyBlocks16AVX2(&dst[0], 4*ds, &src[0], 4*ss, n)
}

func copyAVX512(dst []float32, ds int, src []float32, ss, n int) {
	_, _ = dst[(n-1)*ds+31], src[(n-1)*ss+31]
	copyBlocks32AVX512(&dst[0], 4*ds, &src[0], 4*ss, n)
}

func transposeAVX2(dst []float32, ds int, src []float32, ss, n int) {
	_, _ = dst[(8*n-1)*ds+7], src[7*ss+8*n-1]
	transpose8AVX2(&dst[0], 4*ds, &src[0], 4*ss, n)
}

func dotsAVX2(n int, x, a []float32, as int) (sums [4]float32) {
	_, _ = x[16*n-1], a[3*as+16*n-1]
	dots4AVX2(n, &x[0], &a[0], 4*as, &sums)
	return sums
}
