//go:build !noasm

package conv

import "github.com/onnxrun/onnxrun/internal/cpu"

//go:generate go -C _gen run . -pkg conv -out ../loops_amd64.s -stubs ../loops_stubs_amd64.go

var (
	transformsAVX2   = &transforms{input: inputAVX2, output: outputAVX2}
	transformsAVX512 = &transforms{input: inputAVX512, output: outputAVX512}
)

func fastTransforms() *transforms {
	switch cpu.Active() {
	case cpu.AVX512:
		return transformsAVX512
	case cpu.AVX2:
		return transformsAVX2
	}
	return transformsInGo
}

// The assembly does not check bounds; these functions do.

// split is splitGo; some tiles, step and columns have assembly.
func split(step, columns, tiles int, dst []float32, plane int, row []float32) {
	var run func(n int, dst *float32, plane int, src *float32)
	reach := 2
	switch {
	case tiles == 0 || tiles%4 != 0 || cpu.Active() < cpu.AVX2:
	case step == 2 && columns == 3:
		run = split2x3
	case step == 2 && columns >= 4 && columns <= 8:
		run = split2x4
	case step == 4 && columns == 4:
		run, reach = split4x4, 0
	case step == 4 && columns == 6:
		run, reach = split4x6, 4
	}
	if run == nil {
		splitGo(step, columns, tiles, dst, plane, row)
		return
	}
	_, _ = dst[(columns-1)*plane+tiles-1], row[step*tiles+reach-1]
	run(tiles/4, &dst[0], 4*plane, &row[0])
	if step == 2 && columns > 4 {
		at := columns - 4
		_ = row[at+step*tiles+reach-1]
		run(tiles/4, &dst[at*plane], 4*plane, &row[at])
	}
}

func checkInput(m, tiles int, g []float32, plane, row int, dst []float32, point int, tmp []float32) {
	a := m + 2
	_, _, _ = g[(m*a-1)*plane+tiles-1], g[(2*a-1)*plane+row+tiles-1], dst[(a*a-1)*point+tiles-1]
	_ = tmp[16*a*a-1]
}

func inputAVX2(m, tiles int, g []float32, plane, row int, dst []float32, point int, tmp []float32) {
	checkInput(m, tiles, g, plane, row, dst, point, tmp)
	if m == 2 {
		winogradInput2AVX2(tiles/8, &g[0], 4*plane, 4*row, &dst[0], 4*point, &tmp[0])
	} else {
		winogradInput4AVX2(tiles/8, &g[0], 4*plane, 4*row, &dst[0], 4*point, &tmp[0])
	}
}

func inputAVX512(m, tiles int, g []float32, plane, row int, dst []float32, point int, tmp []float32) {
	checkInput(m, tiles, g, plane, row, dst, point, tmp)
	if m == 2 {
		winogradInput2AVX512(tiles/16, &g[0], 4*plane, 4*row, &dst[0], 4*point, &tmp[0])
	} else {
		winogradInput4AVX512(tiles/16, &g[0], 4*plane, 4*row, &dst[0], 4*point, &tmp[0])
	}
}

func checkOutput(m, tiles int, src []float32, point int, dst []float32, row int, tmp []float32) {
	a := m + 2
	_, _, _ = src[(a*a-1)*point+tiles-1], dst[(m-1)*row+m*tiles-1], tmp[16*a*m-1]
}

func outputAVX2(m, tiles int, src []float32, point int, dst []float32, row int, bias, lo, hi float32, tmp []float32) {
	checkOutput(m, tiles, src, point, dst, row, tmp)
	if m == 2 {
		winogradOutput2AVX2(tiles/8, &src[0], 4*point, &dst[0], 4*row, bias, lo, hi, &tmp[0])
	} else {
		winogradOutput4AVX2(tiles/8, &src[0], 4*point, &dst[0], 4*row, bias, lo, hi, &tmp[0])
	}
}

func outputAVX512(m, tiles int, src []float32, point int, dst []float32, row int, bias, lo, hi float32, tmp []float32) {
	checkOutput(m, tiles, src, point, dst, row, tmp)
	if m == 2 {
		winogradOutput2AVX512(tiles/16, &src[0], 4*point, &dst[0], 4*row, bias, lo, hi, &tmp[0])
	} else {
		winogradOutput4AVX512(tiles/16, &src[0], 4*point, &dst[0], 4*row, bias, lo, hi, &tmp[0])
	}
}
