package contrib

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/move"
	"github.com/onnxrun/onnxrun/internal/kernel/norm"
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// GroupNorm standardizes each group of channels, and may end with SiLU.
var groupNorm1 = ops.Def{
	Domain: domain, Name: "GroupNorm", Since: 1,
	Sig:   "X:T, gamma:M, beta:M -> Y:T",
	Types: ops.Types{"T": narrow, "M": narrow},
	New:   ops.Widen(newGroupNorm),
}

// SkipGroupNorm is GroupNorm of X + skip + bias.
var skipGroupNorm1 = ops.Def{
	Domain: domain, Name: "SkipGroupNorm", Since: 1,
	Sig:   "X:T, gamma:M, beta:M, skip:T, bias?:T -> Y:T, S?:T",
	Types: ops.Types{"T": narrow, "M": narrow},
	New:   ops.Widen(newGroupNorm),
}

type groupNorm struct {
	groups int
	eps    float64
	last   bool // channels are the last dimension
	silu   bool
}

func newGroupNorm(n *ops.Node) (ops.Kernel, error) {
	k := &groupNorm{
		groups: n.RequiredInt("groups"), eps: float64(n.Float("epsilon", 1e-5)),
		last: n.Bool("channels_last", true),
	}
	act := n.RequiredInt("activation")
	if act != 0 && act != 1 {
		return nil, fmt.Errorf("attribute activation: got %d, want 0 (none) or 1 (SiLU)", act)
	}
	k.silu = act == 1
	if k.groups < 1 {
		return nil, fmt.Errorf("attribute groups: got %d, want 1 or more", k.groups)
	}
	return k, nil
}

func (k *groupNorm) Run(c *ops.Call) error {
	x := c.Tensor(0)
	if x.Rank() != 4 {
		return fmt.Errorf("input 0 (X): got %v, want 4 dimensions", x)
	}
	batch, channels, inner := x.Dim(0), x.Dim(1), x.Dim(2)*x.Dim(3)
	if k.last {
		channels, inner = x.Dim(3), x.Dim(1)*x.Dim(2)
	}
	if channels%k.groups != 0 {
		return fmt.Errorf("input 0 (X): the %d channels of %v do not make %d groups", channels, x, k.groups)
	}
	for i, name := range map[int]string{1: "gamma", 2: "beta", 4: "bias"} {
		if t := c.Tensor(i); t != nil {
			if err := wantShape(t, i, name, channels); err != nil {
				return err
			}
		}
	}
	y, err := c.Output(0, tensor.F32, x.Shape())
	if err != nil {
		return err
	}
	mem := &memory{c: c}
	defer mem.release()
	src := data(x)
	if c.Has(3) {
		sum := y
		if c.Wants(1) {
			if sum, err = c.Output(1, tensor.F32, x.Shape()); err != nil {
				return err
			}
		}
		if err := k.skip(c, data(sum), channels, inner); err != nil {
			return err
		}
		src = data(sum)
	}
	rows := norm.Rows[float32]{N: channels / k.groups * inner, Eps: k.eps, Center: true, Scale: data(c.Tensor(1)), Bias: data(c.Tensor(2)), Each: inner}
	dst := data(y)
	if k.last {
		// Groups become rows when the channels come first.
		work, err := mem.floats(len(src))
		if err != nil {
			return err
		}
		flip(c, work, src, batch, inner, channels)
		norm.Normalize(c.Pool, work, work, rows)
		flip(c, dst, work, batch, channels, inner)
	} else {
		norm.Normalize(c.Pool, dst, src, rows)
	}
	if k.silu {
		f := vec.Swish32(1)
		c.Pool.For(len(dst), vec.GrainMath, func(lo, hi int) { f(dst[lo:hi], dst[lo:hi]) })
	}
	return nil
}

// flip transposes matrices of rows×cols elements.
func flip(c *ops.Call, dst, src []float32, batch, rows, cols int) {
	d, _ := tensor.FromSlice(tensor.Shape{len(dst)}, dst)
	s, _ := tensor.FromSlice(tensor.Shape{len(src)}, src)
	move.Bytes(c.Pool, d.Bytes(), s.Bytes(), 4, move.Transpose([]int{batch, rows, cols}, []int{0, 2, 1}))
}

// skip computes X + skip + bias.
func (k *groupNorm) skip(c *ops.Call, sum []float32, channels, inner int) error {
	x, skip := c.Tensor(0), c.Tensor(3)
	batch := x.Dim(0)
	same := skip.Shape().Equal(x.Shape())
	s := skip.Shape()
	perChannel := s.Equal(tensor.Shape{batch, channels}) || len(s) == 4 && s.Len() == batch*channels && s[0] == batch && s[3] == channels
	if !same && !perChannel {
		return fmt.Errorf("input 3 (skip): got %v, want the shape of input 0 (X), %v, or one element for each channel of it", skip, x)
	}
	xs, ss, bias := data(x), data(skip), data(c.Tensor(4))
	c.Pool.For(batch*inner*channels, vec.GrainMove, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			b, ch := i/(channels*inner), i%channels
			if !k.last {
				ch = i / inner % channels
			}
			v := xs[i]
			if same {
				v += ss[i]
			} else {
				v += ss[b*channels+ch]
			}
			if bias != nil {
				v += bias[ch]
			}
			sum[i] = v
		}
	})
	return nil
}
