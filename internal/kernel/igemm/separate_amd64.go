//go:build !noasm

package igemm

import "github.com/onnxrun/onnxrun/internal/cpu"

// separable reports whether separateRows is there.
func separable() bool { return cpu.VNNI() }

// patterns are what four columns see of a row, for strides of 1 and 2.
var patterns = [2][16]byte{
	{0, 1, 2, 3, 1, 2, 3, 4, 2, 3, 4, 5, 3, 4, 5, 6},
	{0, 1, 2, 3, 2, 3, 4, 5, 4, 5, 6, 7, 6, 7, 8, 9},
}

// separateRows convolves rows of n columns of one plane, the next row step
// bytes on:
//
//	dst[i*ld+j] = saturate(round((add + Σ src[i*step+j*stride+at[t]+b]·weights[t][b])·mul) + Zero)
//
// with b from 0 to 3. The plane has slack bytes at its end.
func separateRows(stride, rows, n int, dst []byte, ld int, src []byte, step int, t *tapRow) {
	last := (rows-1)*step + (n-1)*stride
	for _, at := range t.at {
		if at < 0 || last+at+slack > len(src) {
			panic("igemm: a tap lies outside of the plane")
		}
	}
	_, _ = dst[(rows-1)*ld+n-1], t.weights[len(t.at)-1]
	zero, flip := t.to.Zero, byte(0)
	low, high := float32(t.to.Lo-zero), float32(t.to.Hi-zero)
	if t.to.Lo < 0 {
		flip = 0x80
		zero += 128
	}
	if stride == 1 {
		separate1VNNI(rows, n, &dst[0], ld, &src[0], step, len(t.at), &t.at[0], &t.weights[0], &patterns[0][0], t.add, t.mul, low, high, zero, flip)
	} else {
		separate2VNNI(rows, n, &dst[0], ld, &src[0], step, len(t.at), &t.at[0], &t.weights[0], &patterns[1][0], t.add, t.mul, low, high, zero, flip)
	}
}

// copyVectors and halveVectors are copyBlock and halveBlock where there is
// assembly for them; they report whether they have done it.
func copyVectors(rows, n int, dst []byte, ld int, src []byte, step int, flip byte) bool {
	if cpu.Active() < cpu.AVX512 {
		return false
	}
	checkBlock(rows, n, dst, ld)
	checkBlock(rows, n, src, step)
	copyRowsAVX512(rows, n, &dst[0], ld, &src[0], step, flip)
	return true
}

func halveVectors(rows, n int, dst []byte, ld int, src []byte, step int) bool {
	if cpu.Active() < cpu.AVX512 {
		return false
	}
	checkBlock(rows, n, dst, ld)
	checkBlock(rows, 2*n-1, src, step)
	halveRowsAVX512(rows, n, &dst[0], ld, &src[0], step)
	return true
}

// checkBlock panics unless rows of n bytes, so far apart, lie in s.
func checkBlock(rows, n int, s []byte, step int) {
	if rows < 1 || n < 1 || step < 0 {
		panic("igemm: a block without extent")
	}
	_ = s[(rows-1)*step+n-1]
}
