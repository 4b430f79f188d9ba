package contrib

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/nbits"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// MatMulNBits multiplies with a matrix of small integers that have scales and
// zero points by blocks. A is never quantized, whatever accuracy_level allows.
var matMulNBits1 = ops.Def{
	Domain: domain, Name: "MatMulNBits", Since: 1,
	Sig:   "A:T1, B:T2, scales:T1, zero_points?:T3, g_idx?:T4, bias?:T1 -> Y:T1",
	Types: ops.Types{"T1": narrow, "T2": bytes, "T3": bytes | narrow, "T4": tensor.SetOf(tensor.I32)},
	New: ops.Widen(func(n *ops.Node) (ops.Kernel, error) {
		k := &matMulNBits{n: n.RequiredInt("N"), k: n.RequiredInt("K"), block: n.RequiredInt("block_size"), bits: n.Int("bits", 4)}
		n.Ignore("accuracy_level")
		switch {
		case k.n < 1 || k.k < 1:
			return nil, fmt.Errorf("attributes N, K: got %d and %d, want 1 or more", k.n, k.k)
		case k.block < 16 || k.block > 1<<20 || k.block&(k.block-1) != 0:
			return nil, fmt.Errorf("attribute block_size: got %d, want a power of two from 16 to 2^20", k.block)
		case k.bits != 2 && k.bits != 4 && k.bits != 8:
			return nil, ops.Unsupportedf("attribute bits: got %d, want 2, 4 or 8", k.bits)
		case n.Int("weight_prepacked", 0) != 0:
			return nil, ops.Unsupportedf("attribute weight_prepacked: weights in the layout of a graphics card's kernel")
		}
		return k, nil
	}),
}

var bytes = tensor.SetOf(tensor.U8)

type matMulNBits struct{ n, k, block, bits int }

func (k *matMulNBits) Run(c *ops.Call) error {
	a, b, scales, zeros, bias := c.Tensor(0), c.Tensor(1), c.Tensor(2), c.Tensor(3), c.Tensor(5)
	w := &nbits.Weights{N: k.n, K: k.k, Block: k.block, Bits: k.bits}
	blocks := w.Blocks()
	if a.Rank() < 1 || a.Dim(a.Rank()-1) != k.k {
		return fmt.Errorf("input 0 (A): got %v, want a last dimension of %d as the attribute K", a, k.k)
	}
	if b.Len()/blocks/k.n != k.block*k.bits/8 || b.Len()%(blocks*k.n) != 0 {
		return fmt.Errorf("input 1 (B): got %v, want shape [%d %d %d]", b, k.n, blocks, k.block*k.bits/8)
	}
	if scales.Len() != k.n*blocks {
		return fmt.Errorf("input 2 (scales): got %v, want shape [%d %d]", scales, k.n, blocks)
	}
	w.Data, w.Scales = tensor.Data[uint8](b), data(scales)
	if zeros != nil {
		per := blocks
		if zeros.DType() == tensor.U8 {
			per = (blocks*k.bits + 7) / 8
		}
		if zeros.Len() != k.n*per {
			return fmt.Errorf("input 3 (zero_points): got %v, want shape [%d %d]", zeros, k.n, per)
		}
		if zeros.DType() == tensor.U8 {
			w.Zeros = tensor.Data[uint8](zeros)
		} else {
			w.ZerosF32 = data(zeros)
		}
	}
	if g := c.Tensor(4); g != nil && g.Len() > 0 {
		if g.Rank() != 1 || g.Len() != k.k && g.Len() != blocks*k.block {
			return fmt.Errorf("input 4 (g_idx): got %v, want shape [%d] or [%d]", g, k.k, blocks*k.block)
		}
		w.Group = tensor.Data[int32](g)[:k.k]
		for i, b := range w.Group {
			if b < 0 || int(b) >= blocks {
				return fmt.Errorf("input 4 (g_idx): element %d is %d, want 0 to %d", i, b, blocks-1)
			}
		}
	}
	if bias != nil {
		if err := wantShape(bias, 5, "bias", k.n); err != nil {
			return err
		}
	}
	shape := a.Shape().Clone()
	shape[len(shape)-1] = k.n
	y, err := c.Output(0, tensor.F32, shape)
	if err != nil {
		return err
	}
	mem := &memory{c: c}
	defer mem.release()
	work, err := mem.floats(w.Work(c.Pool))
	if err != nil {
		return err
	}
	nbits.MatMul(c.Pool, a.Len()/k.k, data(y), data(a), w, data(bias), work)
	return nil
}
