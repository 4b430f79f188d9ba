//go:build !amd64 || noasm

package pool

func inVectors() bool { return false }

func (pl *Plan) columns(rows int, dst, src []float32, taps []int) { pl.columnsGo(rows, dst, src, taps) }

func (pl *Plan) rows(rows int, dst []float32, pitch int, src []float32, which []int) {
	pl.rowsGo(rows, dst, pitch, src, which)
}
