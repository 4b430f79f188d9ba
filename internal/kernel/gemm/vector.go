package gemm

import "github.com/onnxrun/onnxrun/internal/par"

// vector computes products with a vector whose matrix lies along k: each
// element of C is the product of two vectors. Products of a row with a matrix
// that lies along n are row's. It reports false for others.
func (p *product[T]) vector(pool *par.Pool) bool {
	if p.a.packed != nil || p.b.packed != nil || p.b.source != nil {
		return false
	}
	if p.n == 1 && p.m > 1 && p.ldc == 1 {
		// C is the transposed product of the transposed operands.
		p.m, p.n = 1, p.m
		p.a, p.b = p.b.transposed(), p.a.transposed()
		p.finish.RowBias, p.finish.ColBias = p.finish.ColBias, p.finish.RowBias
		p.ldc = p.n
	}
	if p.m != 1 || p.b.rs != 1 || p.a.cs != 1 {
		return p.row(pool)
	}
	v := vectors[T]{*p}
	if grain := 1 + minTask/p.k; p.n > grain {
		par.Each(pool, p.n, grain, v)
	} else {
		v.Part(0, p.n)
	}
	return true
}

// vectors is a product of one row with columns that lie along k.
type vectors[T Number] struct{ product[T] }

// Part computes the elements lo to hi-1.
func (p *vectors[T]) Part(lo, hi int) {
	x := p.a.data[:p.k]
	// Groups of four from the first column on, wherever the parts are cut.
	for j := lo; j < hi; {
		group := j &^ 3
		sums := p.dots(x, group)
		for ; j < min(group+4, hi); j++ {
			p.set(0, j, sums[j-group])
		}
	}
}

func (o Operand[T]) transposed() Operand[T] {
	return Operand[T]{data: o.data, rs: o.cs, cs: o.rs}
}

// dots returns the products of x with four columns of B from j on, as far as
// there are.
func (p *product[T]) dots(x []T, j int) (sums [4]T) {
	k := 0
	if blocks := len(x) / 16; p.tile.dots4 != nil && blocks > 0 && j+4 <= p.n {
		sums = p.tile.dots4(blocks, x, p.b.data[j*p.b.cs:], p.b.cs)
		k = 16 * blocks
	}
	for r := range min(4, p.n-j) {
		row := p.b.data[(j+r)*p.b.cs:][:len(x)]
		// Two sums, so that an addition need not wait for the one before.
		s, t := sums[r], T(0)
		i := k
		for ; i+2 <= len(x); i += 2 {
			s += x[i] * row[i]
			t += x[i+1] * row[i+1]
		}
		if i < len(x) {
			s += x[i] * row[i]
		}
		sums[r] = s + t
	}
	return sums
}
