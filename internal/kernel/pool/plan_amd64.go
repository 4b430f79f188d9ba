//go:build !noasm

package pool

import "github.com/onnxrun/onnxrun/internal/cpu"

//go:generate go -C _gen run . -pkg pool -out ../plan_amd64.s -stubs ../plan_stubs_amd64.go

func inVectors() bool { return cpu.Active() >= cpu.AVX2 }

// columns makes rows of the taps' elements, whole vectors.
func (pl *Plan) columns(rows int, dst, src []float32, taps []int) {
	if rows == 0 {
		return
	}
	if !inVectors() {
		pl.columnsGo(rows, dst, src, taps)
		return
	}
	_, _ = dst[(rows-1)*pl.pitch+pl.head+8*pl.inVectors-1], src[pl.reach-1]
	if pl.max {
		columnsMaxAVX2(rows, &dst[pl.head], &src[0], 4*pl.pitch, pl.inVectors, &taps[0], &pl.mask[0], &pl.pad[0])
	} else {
		columnsSumAVX2(rows, &dst[pl.head], &src[0], 4*pl.pitch, pl.inVectors, &taps[0], &pl.mask[0], &pl.pad[0])
	}
}

// rows makes rows of results, whole vectors, pitch apart.
func (pl *Plan) rows(rows int, dst []float32, pitch int, src []float32, which []int) {
	if rows == 0 {
		return
	}
	if !inVectors() {
		pl.rowsGo(rows, dst, pitch, src, which)
		return
	}
	d := pl.last
	_, _, _ = dst[(rows-1)*pitch+8*pl.outVectors-1], src[rows*pl.pitch-1], which[rows-1]
	switch {
	case pl.max && d.Stride == 1:
		rowsMax1AVX2(rows, &dst[0], &src[0], 4*pitch, 4*pl.pitch, pl.outVectors, d.Kernel, 4*d.Dilation)
	case pl.max:
		rowsMax2AVX2(rows, &dst[0], &src[0], 4*pitch, 4*pl.pitch, pl.outVectors, d.Kernel, 4*d.Dilation)
	case d.Stride == 1:
		rowsSum1AVX2(rows, &dst[0], &src[0], 4*pitch, 4*pl.pitch, pl.outVectors, d.Kernel, 4*d.Dilation, &pl.divisors[0], &which[0])
	default:
		rowsSum2AVX2(rows, &dst[0], &src[0], 4*pitch, 4*pl.pitch, pl.outVectors, d.Kernel, 4*d.Dilation, &pl.divisors[0], &which[0])
	}
}
