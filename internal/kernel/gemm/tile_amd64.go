//go:build !noasm

package gemm

import "github.com/onnxrun/onnxrun/internal/cpu"

//go:generate go -C _gen run . -pkg gemm -out ../tile_amd64.s -stubs ../tile_stubs_amd64.go

// The micro-kernels in assembly, one for each number of rows. They keep the
// tile in registers, and go over k with two loads of B and one broadcast of A
// for each row.
type asmTile func(kc int, a *float32, ars, aps int, b *float32, bs int, c *float32, ldc int, alpha float32, add bool)

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

func runAVX2(rows, kc int, a []float32, ars, aps int, b []float32, bs int, c []float32, ldc int, alpha float32, add bool) {
	_, _, _ = a[(rows-1)*ars+(kc-1)*aps], b[(kc-1)*bs+15], c[(rows-1)*ldc+15]
	asmAVX2[rows-1](kc, &a[0], 4*ars, 4*aps, &b[0], 4*bs, &c[0], 4*ldc, alpha, add)
}

func runAVX512(rows, kc int, a []float32, ars, aps int, b []float32, bs int, c []float32, ldc int, alpha float32, add bool) {
	_, _, _ = a[(rows-1)*ars+(kc-1)*aps], b[(kc-1)*bs+31], c[(rows-1)*ldc+31]
	asmAVX512[rows-1](kc, &a[0], 4*ars, 4*aps, &b[0], 4*bs, &c[0], 4*ldc, alpha, add)
}

func halfAVX512(rows, kc int, a []float32, ars, aps int, b []float32, bs int, c []float32, ldc int, alpha float32, add bool) {
	for ; rows > len(asmAVX2); rows -= len(asmAVX2) {
		runAVX2(len(asmAVX2), kc, a, ars, aps, b, bs, c, ldc, alpha, add)
		a, c = a[len(asmAVX2)*ars:], c[len(asmAVX2)*ldc:]
	}
	runAVX2(rows, kc, a, ars, aps, b, bs, c, ldc, alpha, add)
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
