//go:build !amd64 || noasm

package quant

// Loops return how many elements, from the first on, they have done.

func addSums(dst, s []int32, add int32, col []int32) int { return 0 }

func requantize(dst []byte, s []int32, add int32, col []int32, multipliers []float32, zero int32, lo, hi float32) int {
	return 0
}

func scaleSums(dst []float32, s []int32, add int32, col []int32, multipliers, bias []float32) int {
	return 0
}

func divide(dst, src, by []float32) int { return 0 }

func saturate(dst []byte, v []float32, zero int32, lo, hi float32) int { return 0 }

func dequantize(dst []float32, src []byte, signed bool, zero, scale float32) int { return 0 }

func extremes(x []float32) (n int, lo, hi float32) { return 0, 0, 0 }

func combine(dst, a, b []byte, q *Combination) int { return 0 }

func quantize(dst []byte, v []float32, scale float32, zero int32, lo, hi float32) int { return 0 }
