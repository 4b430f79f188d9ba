// Package nbits multiplies with matrices whose elements are integers of 2, 4
// or 8 bits in blocks that have a scale and a zero point each.
package nbits

import (
	"github.com/onnxrun/onnxrun/internal/kernel/gemm"
	"github.com/onnxrun/onnxrun/internal/par"
)

// Weights is a K×N matrix whose columns are stored one after the other: blocks
// of Block elements, the last one filled up, as Block·Bits/8 bytes, the first
// element in the lowest bits.
type Weights struct {
	N, K, Block, Bits int

	Data   []byte
	Scales []float32 // one for each block
	// The zero points are bits as in Data, each column starting with a byte, or
	// numbers. Where both are nil, they are 2^(Bits-1).
	Zeros    []byte
	ZerosF32 []float32
	// Group has for each of the K rows the block whose scale and zero point are
	// its own; nil where that is the block that it lies in.
	Group []int32
}

// Blocks returns how many blocks a column has.
func (w *Weights) Blocks() int { return (w.K + w.Block - 1) / w.Block }

// columns is how many columns are widened at once.
const columns = 32

// Work returns how many elements of memory MatMul needs.
func (w *Weights) Work(pool *par.Pool) int {
	return min(pool.Threads(), (w.N+columns-1)/columns) * columns * w.K
}

// MatMul computes Y = A·W + bias with A m×K, bias of N elements or nil. The
// weights are widened to float32 some columns at a time; work has Work
// elements.
func MatMul(pool *par.Pool, m int, y, a []float32, w *Weights, bias, work []float32) {
	groups := (w.N + columns - 1) / columns
	if m == 0 || groups == 0 {
		return
	}
	size := columns * w.K
	slots := min(pool.Threads(), groups)
	free := make(chan int, slots)
	for i := range slots {
		free <- i
	}
	pool.For(groups, 1, func(lo, hi int) {
		slot := <-free
		defer func() { free <- slot }()
		buf := work[slot*size : (slot+1)*size]
		for g := lo; g < hi; g++ {
			j := g * columns
			n := min(columns, w.N-j)
			for c := range n {
				w.column(buf[c*w.K:(c+1)*w.K], j+c)
			}
			gemm.Mul(nil, m, n, w.K, 1, gemm.Matrix(false, a, w.K), gemm.Matrix(true, buf, w.K), 0, y[j:], w.N)
			if bias == nil {
				continue
			}
			for r := range m {
				row := y[r*w.N+j : r*w.N+j+n]
				for c := range row {
					row[c] += bias[j+c]
				}
			}
		}
	})
}

// column widens column j to dst.
func (w *Weights) column(dst []float32, j int) {
	blocks, bytes := w.Blocks(), w.Block*w.Bits/8
	src := w.Data[j*blocks*bytes:]
	if w.Group != nil {
		w.grouped(dst, src, j, blocks)
		return
	}
	for b := range blocks {
		scale, zero := w.Scales[j*blocks+b], w.zero(j, b, blocks)
		n := min(w.Block, len(dst))
		widen(dst[:n], src[b*bytes:(b+1)*bytes], w.Bits, scale, zero)
		dst = dst[n:]
	}
}

// grouped widens column j, whose rows have the scales of other blocks.
func (w *Weights) grouped(dst []float32, src []byte, j, blocks int) {
	widen(dst, src, w.Bits, 1, 0)
	for i, b := range w.Group[:len(dst)] {
		dst[i] = (dst[i] - w.zero(j, int(b), blocks)) * w.Scales[j*blocks+int(b)]
	}
}

func (w *Weights) zero(j, b, blocks int) float32 {
	switch {
	case w.ZerosF32 != nil:
		return w.ZerosF32[j*blocks+b]
	case w.Zeros != nil:
		per := 8 / w.Bits
		v := w.Zeros[j*((blocks+per-1)/per)+b/per] >> (b % per * w.Bits)
		return float32(int(v) & (1<<w.Bits - 1))
	}
	return float32(int(1) << (w.Bits - 1))
}

func widen(dst []float32, src []byte, bits int, scale, zero float32) {
	switch bits {
	case 4:
		var values [16]float32
		for q := range values {
			values[q] = (float32(q) - zero) * scale
		}
		pairs := len(dst) / 2
		for i, b := range src[:pairs] {
			d := dst[2*i : 2*i+2]
			d[0], d[1] = values[b&15], values[b>>4]
		}
		if len(dst)%2 != 0 {
			dst[2*pairs] = values[src[pairs]&15]
		}
	case 8:
		for i := range dst {
			dst[i] = (float32(src[i]) - zero) * scale
		}
	default:
		per := 8 / bits
		mask := byte(1<<bits - 1)
		for i := range dst {
			dst[i] = (float32(src[i/per]>>(i%per*bits)&mask) - zero) * scale
		}
	}
}
