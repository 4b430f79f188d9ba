package gradient

import (
	"slices"
	"strings"

	"github.com/onnxrun/onnxrun/onnx"
)

// A recurrent layer is differentiated as a Scan of its cell for each direction.

var (
	rnnRule  = recurrentRule(rnnCell, 1, "Tanh")
	gruRule  = recurrentRule(gruCell, 3, "Sigmoid", "Tanh")
	lstmRule = recurrentRule(lstmCell, 4, "Sigmoid", "Tanh", "Tanh")
)

// cell is one direction of a layer.
type cell struct {
	gates    int
	acts     []func(t *tape, x *onnx.Value) *onnx.Value
	clip     float64     // 0: none
	r        *onnx.Value // [hidden, gates·hidden]
	bias     *onnx.Value // of the state's product, where it stands apart
	peephole []*onnx.Value
	option   bool // input_forget or linear_before_reset
}

// step computes the next states of a tick from those before, [batch, hidden],
// and from the input's product with its weights, [batch, gates·hidden].
type step func(t *tape, c *cell, x *onnx.Value, states []*onnx.Value) []*onnx.Value

// act applies activation i, within the clip.
func (c *cell) act(t *tape, i int, x *onnx.Value) *onnx.Value {
	if c.clip != 0 {
		x = t.op("Clip", x, t.num(-c.clip, x), t.num(c.clip, x))
	}
	return c.acts[i](t, x)
}

// split cuts the last dimension into n equal parts.
func (t *tape) split(x *onnx.Value, n int) []*onnx.Value {
	return t.node("Split", opset, attrs("axis", -1, "num_outputs", n), n, x)
}

// times is a product of matrices that is as large as another value.
func (t *tape) times(as, a, b *onnx.Value) *onnx.Value {
	p := t.op("Gemm", a, b)
	t.alike(as, p)
	return p
}

func rnnCell(t *tape, c *cell, x *onnx.Value, states []*onnx.Value) []*onnx.Value {
	return []*onnx.Value{c.act(t, 0, t.addOp(x, t.times(x, states[0], c.r)))}
}

// h = (1-z)·n + z·h
func gruCell(t *tape, c *cell, x *onnx.Value, states []*onnx.Value) []*onnx.Value {
	h := states[0]
	in, r := t.split(x, 3), t.split(c.r, 3)
	t.alike(h, in...)
	z := c.act(t, 0, t.addOp(in[0], t.times(h, h, r[0])))
	reset := c.act(t, 0, t.addOp(in[1], t.times(h, h, r[1])))
	var hidden *onnx.Value
	if c.option {
		hidden = t.times(h, h, r[2])
		if c.bias != nil {
			hidden = t.addOp(hidden, c.bias)
			t.alike(h, hidden)
		}
		hidden = t.mul(reset, hidden)
	} else {
		hidden = t.times(h, t.mul(reset, h), r[2])
	}
	n := c.act(t, 1, t.addOp(in[2], hidden))
	return []*onnx.Value{t.addOp(n, t.mul(z, t.sub(h, n)))}
}

// c = f·c + i·z, h = o·act(c)
func lstmCell(t *tape, l *cell, x *onnx.Value, states []*onnx.Value) []*onnx.Value {
	h, c := states[0], states[1] // as large as each other
	gates := t.split(t.addOp(x, t.times(x, h, l.r)), 4)
	t.alike(h, gates...)
	peep := func(gate int, c *onnx.Value) *onnx.Value {
		if l.peephole == nil {
			return gates[gate]
		}
		p := t.mul(l.peephole[gate], c)
		t.alike(h, p)
		return t.addOp(gates[gate], p)
	}
	in := l.act(t, 0, peep(0, c))
	forget := t.sub(t.num(1, in), in)
	if !l.option {
		forget = l.act(t, 0, peep(2, c))
	}
	c = t.addOp(t.mul(forget, c), t.mul(in, l.act(t, 1, gates[3])))
	out := l.act(t, 0, peep(1, c))
	return []*onnx.Value{t.mul(out, l.acts[2](t, c)), c}
}

// layer is a node of RNN, GRU or LSTM while it is expanded.
type layer struct {
	*vjp
	rows    *onnx.Value // X as [ticks, batch, input]
	lens    *onnx.Value // int64, nil for all ticks
	mask    *onnx.Value // [ticks, batch, 1], nil for all ticks
	batches bool        // come first
	both    bool        // directions
}

const (
	inLens, inState, inPeephole = 4, 5, 7
)

func recurrentRule(next step, gates int, defaults ...string) rule {
	return rule{inputs: []int{0, 1, 2, 3, 5, 6, 7}, expand: func(v *vjp) []*onnx.Value {
		l := &layer{vjp: v, batches: v.int("layout", 0) != 0, both: v.str("direction", "forward") == "bidirectional"}
		states := 1
		if v.n.OpType == "LSTM" {
			states = 2
		}
		l.rows = l.major(v.x(0))
		if v.x(inLens) != nil {
			l.lens = v.with("Cast", attrs("to", 7), v.x(inLens))
			at := v.span(v.ints(0), v.dim(l.rows, 0))
			l.mask = v.op("Less", v.op("Unsqueeze", at, v.ints(1, 2)), v.op("Unsqueeze", l.lens, v.ints(0, 2)))
		}
		var each [][]*onnx.Value // of each direction
		reverse := v.str("direction", "forward") == "reverse"
		for d := range l.directions() {
			c, ok := l.cell(d, gates, defaults)
			if !ok {
				return nil
			}
			each = append(each, l.scan(next, c, d, reverse || d == 1, states))
		}
		out := make([]*onnx.Value, 1+states)
		for i := range out {
			var parts []*onnx.Value
			for _, l := range each {
				parts = append(parts, l[i])
			}
			axis, perm := 0, []int64{1, 0, 2}
			if i == 0 {
				axis, perm = 1, []int64{2, 0, 1, 3}
			}
			for k, p := range parts {
				parts[k] = v.op("Unsqueeze", p, v.ints(int64(axis)))
			}
			if out[i] = parts[0]; len(parts) > 1 {
				out[i] = v.with("Concat", attrs("axis", axis), parts...)
			}
			if l.batches {
				out[i] = v.with("Transpose", attrs("perm", perm), out[i])
			}
		}
		return out
	}}
}

func (l *layer) directions() int {
	if l.both {
		return 2
	}
	return 1
}

// major exchanges the first two dimensions where those of the batch come first.
func (l *layer) major(x *onnx.Value) *onnx.Value {
	if x == nil || !l.batches {
		return x
	}
	return l.with("Transpose", attrs("perm", []int64{1, 0, 2}), x)
}

// part is the part of a direction of what has one for each, nil for nil.
func (l *layer) part(x *onnx.Value, d int) *onnx.Value {
	if x == nil {
		return nil
	}
	if l.both {
		x = l.node("Split", opset, attrs("axis", 0, "num_outputs", 2), 2, x)[d]
	}
	return l.op("Squeeze", x, l.ints(0))
}

// cell reads one direction's weights and attributes.
func (l *layer) cell(d, gates int, defaults []string) (*cell, bool) {
	c := &cell{gates: gates, clip: l.float("clip", 0)}
	c.option = l.int("input_forget", 0) != 0 || l.n.Opset >= 3 && l.int("linear_before_reset", 0) != 0
	acts, ok := l.activations(len(defaults), d, defaults)
	if !ok {
		return nil, false
	}
	c.acts = acts
	c.r = l.op("Transpose", l.part(l.x(2), d))
	if p := l.part(l.x(inPeephole), d); p != nil {
		c.peephole = l.split(p, 3) // of i, o and f
	}
	return c, true
}

// product is the input's part of the gates, with the biases.
func (l *layer) product(x *onnx.Value, c *cell, d int) *onnx.Value {
	rows := l.reshape(x, l.concat(l.prod(l.dims(x, 0, 2)), l.dim(x, 2)))
	p := l.with("Gemm", attrs("transB", 1), rows, l.part(l.x(1), d), l.bias(c, d))
	return l.reshape(p, l.concat(l.dims(x, 0, 2), l.dim(p, 1)))
}

// bias is what the gates have beside the products, nil for nothing, but for
// what stands apart.
func (l *layer) bias(c *cell, d int) *onnx.Value {
	b := l.part(l.x(3), d)
	if b == nil {
		return nil
	}
	halves := l.split(b, 2) // of the input and of the state
	state := halves[1]
	if c.gates == 3 && c.option {
		gates := l.split(state, 3)
		c.bias = gates[2]
		state = l.concat(gates[0], gates[1], l.zeros(gates[2]))
	}
	return l.addOp(halves[0], state)
}

// scan runs a direction and returns what it gives each tick, [ticks, batch,
// hidden], and its last states.
func (l *layer) scan(next step, c *cell, d int, reverse bool, states int) []*onnx.Value {
	x := l.rows
	turn := func(x *onnx.Value) *onnx.Value {
		if !reverse || l.lens == nil {
			return x
		}
		return l.with("ReverseSequence", attrs("time_axis", 0, "batch_axis", 1), x, l.lens)
	}
	in := make([]*onnx.Value, states, states+2)
	for i := range in {
		if in[i] = l.part(l.major(l.x(inState+i)), d); in[i] == nil {
			in[i] = l.op("Expand", l.num(0, x), l.concat(l.dim(x, 1), l.dim(c.r, 0)))
		}
	}
	in = append(in, l.product(turn(x), c, d))
	if l.mask != nil {
		in = append(in, l.mask)
	}
	b := l.inside("cell")
	var args []*onnx.Value
	for range states + 1 {
		args = append(args, b.input(l.x(0)))
	}
	b.alike(args[0], args[:states]...)
	out := next(b, c, args[states], args[:states])
	b.alike(args[0], out...)
	y := out[0]
	if l.mask != nil {
		mask := b.input(nil)
		for i := range out {
			out[i] = b.op("Where", mask, out[i], args[i])
		}
		b.alike(args[0], out...)
		y = b.where(mask, y, nil)
	}
	out = append(slices.Clone(out), b.result(y, args[0]))
	a := attrs("num_scan_inputs", len(in)-states)
	if reverse && l.lens == nil { // and no mask
		a = append(a, attrs("scan_input_directions", []int64{1}, "scan_output_directions", []int64{1})...)
	}
	a = append(a, attrs("body", b.done(out))...)
	out = l.flow("Scan", a, len(out), in...)
	last := slices.Clone(out[:states])
	if l.lens != nil {
		began := l.op("Unsqueeze", l.op("Greater", l.lens, l.ints(0)), l.ints(1))
		for i := range last {
			last[i] = l.where(began, last[i], nil)
		}
	}
	return append([]*onnx.Value{turn(out[states])}, last...)
}

// activations are those of one direction; n is how many it has. One with an
// alpha takes the next of activation_alpha while there are any, and so with
// beta.
func (l *layer) activations(n, d int, defaults []string) ([]func(*tape, *onnx.Value) *onnx.Value, bool) {
	var names []string
	if a := l.n.Attr("activations"); a != nil {
		names = a.Strings
	}
	if len(names) == 0 {
		names = slices.Concat(defaults, defaults)
	}
	if len(names) < n*(d+1) {
		l.unsupported("%d activations", len(names))
		return nil, false
	}
	var alphas, betas []float32
	if a := l.n.Attr("activation_alpha"); a != nil {
		alphas = a.Floats
	}
	if a := l.n.Attr("activation_beta"); a != nil {
		betas = a.Floats
	}
	next := func(list *[]float32, def float64) float64 {
		if len(*list) == 0 {
			return def
		}
		x := (*list)[0]
		*list = (*list)[1:]
		return float64(x)
	}
	var acts []func(*tape, *onnx.Value) *onnx.Value
	for _, name := range names[:n*(d+1)] {
		def, ok := cellActivations[strings.ToLower(name)]
		if !ok {
			l.unsupported("the activation %q has no derivative", name)
			return nil, false
		}
		alpha, beta := def.alpha, def.beta
		if def.params > 0 {
			alpha = next(&alphas, alpha)
		}
		if def.params > 1 {
			beta = next(&betas, beta)
		}
		acts = append(acts, func(t *tape, x *onnx.Value) *onnx.Value { return def.apply(t, x, alpha, beta) })
	}
	return acts[n*d:], true
}

type cellActivation struct {
	apply       func(t *tape, x *onnx.Value, alpha, beta float64) *onnx.Value
	params      int // how many of alpha and beta it has
	alpha, beta float64
}

func plainActivation(op string) cellActivation {
	return cellActivation{apply: func(t *tape, x *onnx.Value, _, _ float64) *onnx.Value { return t.op(op, x) }}
}

func alphaActivation(op string, alpha float64) cellActivation {
	return cellActivation{func(t *tape, x *onnx.Value, alpha, _ float64) *onnx.Value {
		return t.with(op, attrs("alpha", alpha), x)
	}, 1, alpha, 0}
}

var cellActivations = map[string]cellActivation{
	"relu": plainActivation("Relu"), "tanh": plainActivation("Tanh"), "sigmoid": plainActivation("Sigmoid"),
	"softsign": plainActivation("Softsign"), "softplus": plainActivation("Softplus"),
	"leakyrelu": alphaActivation("LeakyRelu", 0.01), "elu": alphaActivation("Elu", 1),
	"thresholdedrelu": alphaActivation("ThresholdedRelu", 1),
	"affine": {func(t *tape, x *onnx.Value, alpha, beta float64) *onnx.Value {
		return t.plus(t.scale(alpha, x), beta)
	}, 2, 1, 0},
	"scaledtanh": {func(t *tape, x *onnx.Value, alpha, beta float64) *onnx.Value {
		return t.scale(alpha, t.op("Tanh", t.scale(beta, x)))
	}, 2, 1, 1},
	"hardsigmoid": {func(t *tape, x *onnx.Value, alpha, beta float64) *onnx.Value {
		return t.with("HardSigmoid", attrs("alpha", alpha, "beta", beta), x)
	}, 2, 0.2, 0.5},
}
