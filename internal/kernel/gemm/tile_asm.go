//go:build !noasm && (amd64 || arm64)

package gemm

// finishArgs returns the arguments of an assembly tile for f.
func finishArgs[T Number](f *Finish[T], c []T, ldc, rows, cols int) (add, row, col *T, flags int) {
	if f.Alpha != 1 {
		flags |= 16
	}
	if f.Plus != nil {
		_ = f.Plus[(rows-1)*ldc+cols-1]
		add = &f.Plus[0]
		flags |= 1
	} else if f.Add {
		add = &c[0]
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
	return add, row, col, flags
}
