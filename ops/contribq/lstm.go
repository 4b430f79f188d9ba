package contribq

import (
	"fmt"
	"slices"

	"github.com/onnxrun/onnxrun/internal/kernel/quant"
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/rnn"
	"github.com/onnxrun/onnxrun/tensor"
)

// DynamicQuantizeLSTM is LSTM with quantized weights, which are stored as
// [directions, input, 4·hidden]. The inputs of all ticks, and the state at each
// tick, are quantized as DynamicQuantizeLinear does it, so that products are
// those of bytes. Scales and zero points are one for each direction, or one for
// each of its columns.
var dynamicQuantizeLSTM1 = ops.Def{
	Domain: domain, Name: "DynamicQuantizeLSTM", Since: 1,
	Sig: "X:T, W:T2, R:T2, B?:T, sequence_lens?:T1, initial_h?:T, initial_c?:T, P?:T, W_scale:T, W_zero_point:T2, R_scale:T, R_zero_point:T2" +
		" -> Y?:T, Y_h?:T, Y_c?:T",
	Types: ops.Types{"T": tensor.SetOf(tensor.F32), "T1": tensor.SetOf(tensor.I32), "T2": byteTypes},
	New:   newLSTM,
}

type lstm struct {
	directions  int
	reverse     bool // the first direction is
	hidden      int  // 0 where the weights alone say it
	clip        float32
	inputForget bool
	w, r        []integerProduct         // of each direction
	activations []func(dst, x []float32) // three of each direction
}

func newLSTM(n *ops.Node) (ops.Kernel, error) {
	direction := n.Enum("direction", "forward", "reverse", "bidirectional")
	k := &lstm{
		directions: 1, reverse: direction == "reverse",
		hidden: n.Int("hidden_size", 0), clip: n.Float("clip", 0), inputForget: n.Bool("input_forget", false),
	}
	if direction == "bidirectional" {
		k.directions = 2
	}
	var err error
	if k.activations, err = rnn.Activations(n, k.directions, "Sigmoid", "Tanh", "Tanh"); err != nil {
		return nil, err
	}
	part := func(t *tensor.Tensor, d int) *tensor.Tensor {
		if t == nil || t.Rank() < 1 || t.Dim(0) != k.directions {
			return nil
		}
		return t.At(d)
	}
	for d := range k.directions {
		w, err := newIntegerProduct(part(n.Constant(1), d), part(n.Constant(9), d), true)
		if err != nil {
			return nil, err
		}
		r, err := newIntegerProduct(part(n.Constant(2), d), part(n.Constant(11), d), true)
		if err != nil {
			return nil, err
		}
		k.w, k.r = append(k.w, w), append(k.r, r)
	}
	return k, nil
}

// sizes are those of one run.
type sizes struct{ ticks, batch, input, hidden int }

func (k *lstm) sizes(c *ops.Call) (s sizes, err error) {
	x, r := c.Tensor(0), c.Tensor(2)
	if x.Rank() != 3 || r.Rank() != 3 {
		return s, fmt.Errorf("input 0 (X), 2 (R): got %v and %v, want three dimensions each", x, r)
	}
	s = sizes{x.Dim(0), x.Dim(1), x.Dim(2), r.Dim(1)}
	if k.hidden > 0 && k.hidden != s.hidden {
		return s, fmt.Errorf("input 2 (R): got %v for a hidden_size of %d", r, k.hidden)
	}
	if s.input < 1 || s.hidden < 1 {
		return s, fmt.Errorf("input 0 (X), 2 (R): got %v and %v, want at least one feature each", x, r)
	}
	d, state := k.directions, tensor.Shape{k.directions, s.batch, s.hidden}
	for _, p := range []struct {
		i     int
		name  string
		shape tensor.Shape
	}{
		{1, "W", tensor.Shape{d, s.input, 4 * s.hidden}}, {2, "R", tensor.Shape{d, s.hidden, 4 * s.hidden}},
		{3, "B", tensor.Shape{d, 8 * s.hidden}}, {4, "sequence_lens", tensor.Shape{s.batch}},
		{5, "initial_h", state}, {6, "initial_c", state}, {7, "P", tensor.Shape{d, 3 * s.hidden}},
	} {
		if t := c.Tensor(p.i); t != nil && !t.Shape().Equal(p.shape) {
			return s, fmt.Errorf("input %d (%s): got %v, want shape %v", p.i, p.name, t, p.shape)
		}
	}
	for i, name := range map[int]string{8: "W_scale", 9: "W_zero_point", 10: "R_scale", 11: "R_zero_point"} {
		if t := c.Tensor(i); !t.Shape().Equal(tensor.Shape{d}) && !t.Shape().Equal(tensor.Shape{d, 4 * s.hidden}) {
			return s, fmt.Errorf("input %d (%s): got %v, want shape [%d] or [%d %d]", i, name, t, d, d, 4*s.hidden)
		}
	}
	if t := c.Tensor(4); t != nil {
		for b, n := range tensor.Data[int32](t) {
			if n < 0 || int(n) > s.ticks {
				return s, fmt.Errorf("input 4 (sequence_lens): element %d is %d, want 0 to %d", b, n, s.ticks)
			}
		}
	}
	return s, nil
}

func (k *lstm) Run(c *ops.Call) error {
	s, err := k.sizes(c)
	if err != nil {
		return err
	}
	state := tensor.Shape{k.directions, s.batch, s.hidden}
	var out [3]*tensor.Tensor
	for i, shape := range []tensor.Shape{{s.ticks, k.directions, s.batch, s.hidden}, state, state} {
		if i < len(c.Outputs) {
			out[i], err = c.Output(i, tensor.F32, shape)
		} else if out[i], err = c.Scratch(tensor.F32, shape...); err == nil {
			defer c.Release(out[i])
		}
		if err != nil {
			return err
		}
	}
	y, h, cell := out[0], out[1], out[2]
	clear(tensor.Data[float32](y))
	for i, t := range []*tensor.Tensor{h, cell} {
		if initial := c.Tensor(5 + i); initial != nil {
			copy(tensor.Data[float32](t), tensor.Data[float32](initial))
		} else {
			clear(tensor.Data[float32](t))
		}
	}
	for d := range k.directions {
		if err := k.direction(c, s, d, y, h.At(d), cell.At(d)); err != nil {
			return err
		}
	}
	return nil
}

// direction runs one direction. h and cell are its states, at first the initial
// ones.
func (k *lstm) direction(c *ops.Call, s sizes, d int, y, h, cell *tensor.Tensor) error {
	lens := make([]int, s.batch)
	longest := 0
	for b := range lens {
		lens[b] = s.ticks
		if t := c.Tensor(4); t != nil {
			lens[b] = int(tensor.Data[int32](t)[b])
		}
		longest = max(longest, lens[b])
	}
	n := 4 * s.hidden
	input, err := k.product(c, k.w[d], c.Tensor(0).Rows(0, longest), c.Tensor(1).At(d), c.Tensor(8).At(d), c.Tensor(9).At(d))
	if err != nil {
		return err
	}
	defer c.Release(input)
	// States that have ended are 0 to the quantization of the others.
	running, err := c.Scratch(tensor.F32, h.Shape()...)
	if err != nil {
		return err
	}
	defer c.Release(running)
	out, hs, cs := tensor.Data[float32](y), tensor.Data[float32](running), tensor.Data[float32](cell)
	copy(hs, tensor.Data[float32](h))
	for step := range longest {
		if err := c.Err(); err != nil {
			return err
		}
		gates, err := k.product(c, k.r[d], running, c.Tensor(2).At(d), c.Tensor(10).At(d), c.Tensor(11).At(d))
		if err != nil {
			return err
		}
		for b, length := range lens {
			state := hs[b*s.hidden : (b+1)*s.hidden]
			if step >= length {
				clear(state)
				continue
			}
			t := step
			if d == 1 || k.reverse {
				t = length - 1 - step
			}
			g := tensor.Data[float32](gates)[b*n : (b+1)*n]
			for i, v := range tensor.Data[float32](input)[(t*s.batch+b)*n:][:n] {
				g[i] += v
			}
			k.cell(c, d, g, state, cs[b*s.hidden:(b+1)*s.hidden])
			copy(out[((t*k.directions+d)*s.batch+b)*s.hidden:], state)
			copy(tensor.Data[float32](h)[b*s.hidden:], state)
		}
		c.Release(gates)
	}
	for b, length := range lens {
		if length == 0 {
			clear(tensor.Data[float32](h)[b*s.hidden : (b+1)*s.hidden])
			clear(cs[b*s.hidden : (b+1)*s.hidden])
		}
	}
	return nil
}

// product returns x·w with x quantized for it, to be released.
func (k *lstm) product(c *ops.Call, p integerProduct, x, w, scale, zero *tensor.Tensor) (*tensor.Tensor, error) {
	q, err := c.Scratch(tensor.U8, x.Shape()...)
	if err != nil {
		return nil, err
	}
	defer c.Release(q)
	xScale, xZero := quant.Dynamic(quant.Range(tensor.Data[float32](x)))
	quantize(c, q, x, params{xScale, int32(xZero)})
	sums, err := call(c, p, 1, q, w, tensor.Scalar(xZero), zero)
	if err != nil {
		return nil, err
	}
	defer c.Release(sums[0])
	m := slices.Clone(tensor.Data[float32](scale))
	for i := range m {
		m[i] *= xScale
	}
	y, err := c.Scratch(tensor.F32, sums[0].Shape()...)
	if err != nil {
		return nil, err
	}
	rowsOf(c, y.Len(), w.Dim(1), func(lo, hi int) {
		quant.Sums(tensor.Data[float32](y)[lo:hi], tensor.Data[int32](sums[0])[lo:hi], m, nil)
	})
	return y, nil
}

// cell computes the next state of one entry from the products of its gates:
// input, output, forget and cell.
func (k *lstm) cell(c *ops.Call, d int, g, h, cell []float32) {
	n := len(h)
	if t := c.Tensor(3); t != nil {
		bias := tensor.Data[float32](t)[8*n*d:]
		for i := range g {
			g[i] += bias[i] + bias[4*n+i]
		}
	}
	in, out, forget, new := g[:n], g[n:2*n], g[2*n:3*n], g[3*n:]
	var peep []float32
	if t := c.Tensor(7); t != nil {
		peep = tensor.Data[float32](t)[3*n*d:][:3*n]
		for i, v := range cell {
			in[i] += peep[i] * v
			forget[i] += peep[2*n+i] * v
		}
	}
	f := k.activations[3*d : 3*d+3]
	k.activate(f[0], in)
	k.activate(f[0], forget)
	k.activate(f[1], new)
	for i := range cell {
		keep := forget[i]
		if k.inputForget {
			keep = 1 - in[i]
		}
		cell[i] = keep*cell[i] + in[i]*new[i]
	}
	if peep != nil {
		for i, v := range cell {
			out[i] += peep[n+i] * v
		}
	}
	k.activate(f[0], out)
	f[2](h, cell)
	for i, o := range out {
		h[i] *= o
	}
}

func (k *lstm) activate(f func(dst, x []float32), x []float32) {
	if k.clip > 0 {
		vec.Clip(x, x, -k.clip, k.clip)
	}
	f(x, x)
}
