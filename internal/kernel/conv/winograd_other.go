//go:build !amd64 || noasm

package conv

func fastTransforms() *transforms { return transformsInGo }

func split(step, columns, tiles int, dst []float32, plane int, row []float32) {
	splitGo(step, columns, tiles, dst, plane, row)
}
