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
	tileAVX2   = &tile[float32]{mr: len(asmAVX2), nr: 16, run: runAVX2}
	tileAVX512 = &tile[float32]{mr: len(asmAVX512), nr: 32, run: runAVX512}
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

func runAVX2(rows, kc int, a []float32, ars, aps int, b []float32, bs int, c []float32, ldc int, alpha float32, add bool) {
	// The assembly does not check bounds.
	_, _, _ = a[(rows-1)*ars+(kc-1)*aps], b[(kc-1)*bs+15], c[(rows-1)*ldc+15]
	asmAVX2[rows-1](kc, &a[0], 4*ars, 4*aps, &b[0], 4*bs, &c[0], 4*ldc, alpha, add)
}

func runAVX512(rows, kc int, a []float32, ars, aps int, b []float32, bs int, c []float32, ldc int, alpha float32, add bool) {
	_, _, _ = a[(rows-1)*ars+(kc-1)*aps], b[(kc-1)*bs+31], c[(rows-1)*ldc+31]
	asmAVX512[rows-1](kc, &a[0], 4*ars, 4*aps, &b[0], 4*bs, &c[0], 4*ldc, alpha, add)
}
