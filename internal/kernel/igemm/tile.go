package igemm

// tile is a micro-kernel and the size of the tile of C that it computes.
type tile struct {
	mr, nr int
	// unit is how many neighbours along k lie together in B; wide says that A
	// is laid out as words.
	unit int
	wide bool
	// bytes says that runBytes is there.
	bytes bool

	// run computes the first rows (1 to mr) rows of tiles, one for each of the
	// panels of B, side by side:
	//
	//	C[i][j] = Σ A[i][p]·B[p][j], p from 0 to units·unit-1
	//
	// A is signed and B unsigned if signedA is 1, the other way round if it is 0.
	// Row i of A is at a[i*lda], row i of C at c[i*ldc]; all nr columns of each
	// panel are computed.
	run func(signedA, rows, units, panels int, a []byte, lda int, b []byte, c []int32, ldc int)

	// pack lays out panels of B, step bytes apart. Row i of B starts at
	// src[rows[i]]; its bytes are XORed with flip.
	pack func(units, panels int, dst []byte, step int, src []byte, rows []int, flip byte)

	// widen writes bytes as words, signed or not; nil where A is bytes.
	widen func(dst, src []byte, signed bool)

	// sum adds up bytes.
	sum func(src []byte) int32
}

// rowSum adds up the k unsigned elements of a row of A.
func (t *tile) rowSum(a []byte, k int) int32 {
	if t.wide {
		k *= 2 // the upper byte of each word is 0
	}
	return t.sum(a[:k])
}

// tileInGo is the micro-kernel without assembly.
var tileInGo = &tile{mr: 4, nr: 4, unit: 1, run: runGo, pack: packGo, sum: sumGo}
