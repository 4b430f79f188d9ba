package rnn

import (
	"fmt"

	kernel "github.com/onnxrun/onnxrun/internal/kernel/rnn"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// layer is the kernel of the three operators, which differ in the number of
// gates, in what their cells compute and in the inputs and outputs that an LSTM
// has for its cell state.
type layer struct {
	kind              kernel.Kind
	directions        int
	reverse           bool // the first direction is
	batchFirst        bool
	hidden            int // 0 where the weights alone say it
	clip              float32
	inputForget       bool
	linearBeforeReset bool
	acts              []activation

	// packed32 or packed64 has the weights of each direction where they are
	// constant.
	packed32 []kernel.Weights[float32]
	packed64 []kernel.Weights[float64]
}

// build reads the attributes that all three have, and packs constant weights.
func (l *layer) build(n *ops.Node, defaults ...string) (err error) {
	direction := n.Enum("direction", "forward", "reverse", "bidirectional")
	l.directions, l.reverse = 1, direction == "reverse"
	if direction == "bidirectional" {
		l.directions = 2
	}
	if l.hidden = n.Int("hidden_size", 0); l.hidden < 0 {
		return fmt.Errorf("attribute hidden_size: got %d", l.hidden)
	}
	if l.clip = n.Float("clip", 0); n.Has("clip") && !(l.clip > 0) {
		return fmt.Errorf("attribute clip: got %v, want a positive number", l.clip)
	}
	if l.acts, err = activations(n, l.directions, defaults...); err != nil {
		return err
	}
	w, r := n.Constant(1), n.Constant(2)
	if w == nil || r == nil {
		return nil
	}
	input, hidden, err := l.sizes(w, r)
	switch {
	case err != nil || w.DType() != r.DType():
		// The run says what is wrong.
		return nil
	case w.DType() == tensor.F32:
		l.packed32 = pack[float32](l, w, r, input, hidden, true)
	case w.DType() == tensor.F64:
		l.packed64 = pack[float64](l, w, r, input, hidden, true)
	}
	return nil
}

// sizes checks the weights' shapes and returns the sizes of an input and of the
// state.
func (l *layer) sizes(w, r *tensor.Tensor) (input, hidden int, err error) {
	if r.Rank() != 3 {
		return 0, 0, fmt.Errorf("input 2 (R): got %v, want three dimensions", r)
	}
	hidden = r.Dim(2)
	if l.hidden > 0 {
		hidden = l.hidden
	}
	rows := l.kind.Gates() * hidden
	if want := (tensor.Shape{l.directions, rows, hidden}); !r.Shape().Equal(want) {
		return 0, 0, fmt.Errorf("input 2 (R): got %v, want shape %v", r, want)
	}
	if w.Rank() != 3 || w.Dim(0) != l.directions || w.Dim(1) != rows {
		return 0, 0, fmt.Errorf("input 1 (W): got %v, want shape [%d %d input_size]", w, l.directions, rows)
	}
	return w.Dim(2), hidden, nil
}

// pack prepares the weights of each direction.
func pack[T kernel.Float](l *layer, w, r *tensor.Tensor, input, hidden int, keep bool) []kernel.Weights[T] {
	wd, rd := data[T](w), data[T](r)
	list := make([]kernel.Weights[T], l.directions)
	for d := range list {
		list[d] = kernel.Pack(l.kind, part(wd, d, l.directions), part(rd, d, l.directions), input, hidden, keep)
	}
	return list
}

// data returns the elements, nil for an absent tensor.
func data[T kernel.Float](t *tensor.Tensor) []T {
	if t == nil {
		return nil
	}
	return tensor.Data[T](t)
}

// part returns part i of n of x, nil where x is nil.
func part[T any](x []T, i, n int) []T {
	if x == nil {
		return nil
	}
	k := len(x) / n
	return x[i*k : (i+1)*k]
}

func (l *layer) Run(c *ops.Call) error {
	if c.Tensor(0).DType() == tensor.F64 {
		return run(l, c, l.packed64)
	}
	return run(l, c, l.packed32)
}

// The numbers of inputs and outputs.
const (
	inX, inW, inR, inB, inLens, inH, inC, inP = 0, 1, 2, 3, 4, 5, 6, 7
	outY, outH, outC                          = 0, 1, 2
)

func run[T kernel.Float](l *layer, c *ops.Call, weights []kernel.Weights[T]) error {
	x := c.Tensor(inX)
	if x.Rank() != 3 {
		return fmt.Errorf("input 0 (X): got %v, want three dimensions", x)
	}
	input, hidden, err := l.sizes(c.Tensor(inW), c.Tensor(inR))
	if err != nil {
		return err
	}
	if x.Dim(2) != input {
		return fmt.Errorf("input 0 (X): got %v, want a last dimension of %d as W has", x, input)
	}
	if input == 0 {
		return fmt.Errorf("input 0 (X): got %v, want at least one feature", x)
	}
	k := kernel.Layer[T]{
		Kind: l.kind, Ticks: x.Dim(0), Batch: x.Dim(1), Input: input, Hidden: hidden,
		Clip: T(l.clip), InputForget: l.inputForget, LinearBeforeReset: l.linearBeforeReset,
		X: data[T](x), BatchFirst: l.batchFirst,
	}
	if l.batchFirst {
		k.Ticks, k.Batch = k.Batch, k.Ticks
	}
	state := tensor.Shape{l.directions, k.Batch, hidden}
	all := tensor.Shape{k.Ticks, l.directions, k.Batch, hidden}
	if l.batchFirst {
		state = tensor.Shape{k.Batch, l.directions, hidden}
		all = tensor.Shape{k.Batch, k.Ticks, l.directions, hidden}
	}
	if err := l.checkInputs(c, state, k.Ticks); err != nil {
		return err
	}
	k.InitialH, k.InitialC = data[T](c.Tensor(inH)), data[T](c.Tensor(inC))
	if t := c.Tensor(inLens); t != nil {
		k.Lens = tensor.Data[int32](t)
	}
	for _, o := range []struct {
		i     int
		shape tensor.Shape
		dst   *[]T
	}{{outY, all, &k.Y}, {outH, state, &k.FinalH}, {outC, state, &k.FinalC}} {
		if c.Wants(o.i) {
			t, err := c.Output(o.i, tensor.DTypeOf[T](), o.shape)
			if err != nil {
				return err
			}
			*o.dst = tensor.Data[T](t)
		}
	}
	if k.Batch == 0 || hidden == 0 {
		return nil // nothing to compute
	}
	if weights == nil {
		weights = pack[T](l, c.Tensor(inW), c.Tensor(inR), input, hidden, false)
	}
	return compute(l, c, weights, &k)
}

// checkInputs checks the shapes of the optional inputs, and the lengths.
func (l *layer) checkInputs(c *ops.Call, state tensor.Shape, ticks int) error {
	batch, hidden := state[1], state[2]
	if l.batchFirst {
		batch = state[0]
	}
	for _, p := range []struct {
		i     int
		name  string
		shape tensor.Shape
	}{
		{inB, "B", tensor.Shape{l.directions, 2 * l.kind.Gates() * hidden}},
		{inLens, "sequence_lens", tensor.Shape{batch}},
		{inH, "initial_h", state},
		{inC, "initial_c", state},
		{inP, "P", tensor.Shape{l.directions, 3 * hidden}},
	} {
		if t := c.Tensor(p.i); t != nil && !t.Shape().Equal(p.shape) {
			return fmt.Errorf("input %d (%s): got %v, want shape %v", p.i, p.name, t, p.shape)
		}
	}
	if t := c.Tensor(inLens); t != nil {
		for b, n := range tensor.Data[int32](t) {
			if n < 0 || int(n) > ticks {
				return fmt.Errorf("input 4 (sequence_lens): entry %d has length %d, want 0 to %d", b, n, ticks)
			}
		}
	}
	return nil
}

// compute runs k with memory of the call.
func compute[T kernel.Float](l *layer, c *ops.Call, weights []kernel.Weights[T], k *kernel.Layer[T]) error {
	gates, state := l.kind.Gates()*k.Hidden, l.directions*k.Batch*k.Hidden
	for _, s := range []struct {
		dst  *[]T
		want bool
		n    int
	}{
		{&k.Gates, true, l.directions * k.ChunkTicks() * k.Batch * gates},
		{&k.StateH, true, state},
		{&k.NextH, true, state},
		{&k.StateC, l.kind == kernel.LSTM, state},
		{&k.Temp, l.kind == kernel.GRU, state},
	} {
		if s.want {
			t, err := c.Scratch(tensor.DTypeOf[T](), s.n)
			if err != nil {
				return err
			}
			defer c.Release(t)
			*s.dst = tensor.Data[T](t)
		}
	}
	bias, hiddenBias, release, err := biases[T](l, c, gates)
	if err != nil {
		return err
	}
	defer release()
	acts := len(l.acts) / l.directions
	peephole := data[T](c.Tensor(inP))
	for d := range l.directions {
		dir := kernel.Direction[T]{
			Reverse:    l.reverse || d == 1,
			Weights:    weights[d],
			Bias:       part(bias, d, l.directions),
			HiddenBias: part(hiddenBias, d, l.directions),
			Peephole:   part(peephole, d, l.directions),
		}
		for i, dst := range []*kernel.Activation[T]{&dir.F, &dir.G, &dir.H}[:acts] {
			a := l.acts[d*acts+i]
			*dst = kernel.New[T](a.f, a.alpha, a.beta)
		}
		k.Dirs = append(k.Dirs, dir)
	}
	k.Stop = c.Err
	return k.Run(c.Pool)
}

// biases adds the two halves of B, which belong to the input and to the state.
// What the reset gate scales of the latter stays apart.
func biases[T kernel.Float](l *layer, c *ops.Call, gates int) (sum, hidden []T, release func(), err error) {
	b := data[T](c.Tensor(inB))
	if b == nil {
		return nil, nil, func() {}, nil
	}
	n := gates / l.kind.Gates()
	t, err := c.Scratch(tensor.DTypeOf[T](), l.directions*(gates+n))
	if err != nil {
		return nil, nil, nil, err
	}
	sum = tensor.Data[T](t)
	sum, hidden = sum[:l.directions*gates], sum[l.directions*gates:]
	for d := range l.directions {
		in := part(b, d, l.directions)
		state := in[gates:]
		s := part(sum, d, l.directions)
		copy(s, in)
		if l.linearBeforeReset {
			copy(part(hidden, d, l.directions), state[2*n:])
			state = state[:2*n]
		}
		for i, v := range state {
			s[i] += v
		}
	}
	if !l.linearBeforeReset {
		hidden = nil
	}
	return sum, hidden, func() { c.Release(t) }, nil
}
