package gemm

// Micro is the micro-kernel of float32, for products whose panels the caller
// lays out.
type Micro struct{ tile *tile[float32] }

// NewMicro returns the micro-kernel for the active CPU level.
func NewMicro() Micro { return Micro{tileFor[float32]()} }

// Size returns the rows of a panel of A and the columns of one of B.
func (m Micro) Size() (rows, cols int) { return m.tile.mr, m.tile.nr }

// Step returns the least number of columns that a product of part of a panel
// of B may have: Run rounds up to multiples of it.
func (m Micro) Step() int {
	if m.tile.half != nil {
		return m.tile.nr / 2
	}
	return m.tile.nr
}

// plain finishes no sum.
var plain = Finish[float32]{Alpha: 1}

// Run computes C = A·B for the first rows and cols of a tile, cols rounded up
// to a multiple of Step: element (i, p) of A is a[p*mr+i], element (p, j) of B
// b[p*nr+j], p < k.
func (m Micro) Run(rows, cols, k int, a, b, c []float32, ldc int) {
	t := m.tile
	run := t.run
	if t.half != nil && cols <= t.nr/2 {
		run = t.half
	}
	run(rows, k, a, 1, t.mr, b, t.nr, c, ldc, &plain)
}

// RunRows computes what f makes of A·B for the first rows of a tile: element
// (i, p) of A is a[p*step+i], (p, j) of B b[p*nr+j], (i, j) of C c[i*nr+j].
func (m Micro) RunRows(rows, k int, a []float32, step int, b, c []float32, f *Finish[float32]) {
	m.tile.run(rows, k, a, 1, step, b, m.tile.nr, c, m.tile.nr, f)
}

// Transpose writes eight rows of nr elements as nr rows of eight, ds elements
// apart.
func (m Micro) Transpose(dst []float32, ds int, src []float32) {
	nr := m.tile.nr
	if m.tile.transpose8 != nil {
		m.tile.transpose8(dst, ds, src, nr, nr/8)
		return
	}
	for i := range nr {
		for j := range 8 {
			dst[i*ds+j] = src[j*nr+i]
		}
	}
}
