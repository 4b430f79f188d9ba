package igemm

import "github.com/onnxrun/onnxrun/internal/kernel/quant"

// Output takes the sums of a product: Ints, Bytes or Floats.
type Output interface {
	// finish takes the columns from j on of row i: s + add + col, where col may
	// be nil.
	finish(i, j int, s []int32, add int32, col []int32, w *work)
}

// Ints takes sums as they are, plus a bias for each row if there is one.
type Ints struct {
	C       []int32
	Ld      int
	RowBias []int32
}

func (o *Ints) finish(i, j int, s []int32, add int32, col []int32, _ *work) {
	o.write(o.C[i*o.Ld+j:], i, s, add, col)
}

func (o *Ints) write(dst []int32, i int, s []int32, add int32, col []int32) {
	if o.RowBias != nil {
		add += o.RowBias[i]
	}
	quant.AddSums(dst[:len(s)], s, add, col)
}

// Bytes takes sums as saturate(round((sum + bias)·multiplier) + Zero), as
// quant.RequantizeSums does.
type Bytes struct {
	C           []byte
	Ld          int
	RowBias     []int32   // nil: none
	Multipliers []float32 // one, or one for each column, or for each row if PerRow
	PerRow      bool
	Zero        int32
	Lo, Hi      int32 // bounds of the type
}

func (o *Bytes) finish(i, j int, s []int32, add int32, col []int32, _ *work) {
	o.write(o.C[i*o.Ld+j:], i, j, s, add, col)
}

func (o *Bytes) write(dst []byte, i, j int, s []int32, add int32, col []int32) {
	m := o.Multipliers
	switch {
	case len(m) == 1:
	case o.PerRow:
		m = m[i : i+1]
	default:
		m = m[j : j+len(s)]
	}
	if o.RowBias != nil {
		add += o.RowBias[i]
	}
	quant.RequantizeSums(dst[:len(s)], s, add, col, m, o.Zero, o.Lo, o.Hi)
}

// Floats takes sums as sum·multiplier + bias.
type Floats struct {
	C           []float32
	Ld          int
	Multipliers []float32 // one, or one for each column
	Bias        []float32 // one for each column, or nil
}

func (o *Floats) finish(i, j int, s []int32, add int32, col []int32, _ *work) {
	m, b := o.Multipliers, o.Bias
	if len(m) > 1 {
		m = m[j : j+len(s)]
	}
	if b != nil {
		b = b[j : j+len(s)]
	}
	quant.ScaleSums(o.C[i*o.Ld+j:][:len(s)], s, add, col, m, b)
}
