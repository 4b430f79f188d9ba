package controlflow

import (
	"fmt"

	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// Scan runs its body once for each entry of the scan inputs along their scan
// axes, carries states from tick to tick and stacks the scan outputs.
var scan9 = ops.Def{
	Name: "Scan", Since: 9,
	Sig: "initial_state_and_scan_inputs+:any -> final_state_and_scan_outputs+:any",
	New: func(n *ops.Node) (ops.Kernel, error) {
		k, err := newScan(n, len(n.Inputs))
		if err != nil {
			return nil, err
		}
		for _, l := range []struct {
			name string
			set  *[]int
			want int
		}{
			{"scan_input_axes", &k.inAxes, k.inputs},
			{"scan_input_directions", &k.inReverse, k.inputs},
			{"scan_output_axes", &k.outAxes, len(k.scans)},
			{"scan_output_directions", &k.outReverse, len(k.scans)},
		} {
			if err := readEach(n, l.name, l.want, l.set); err != nil {
				return nil, err
			}
		}
		for i, r := range k.inReverse {
			if k.ahead.body >= 0 && (r != 0) != (k.inReverse[0] != 0) {
				return nil, fmt.Errorf("attribute scan_input_directions: entry %d differs from the first, which an ahead graph cannot have", i)
			}
		}
		return k, nil
	},
}

// readEach reads a list that has one entry for each of want inputs or outputs,
// all 0 when it is absent.
func readEach(n *ops.Node, name string, want int, set *[]int) error {
	*set = n.Ints(name, make([]int, want)...)
	if len(*set) != want {
		return fmt.Errorf("attribute %s: got %d entries, want %d", name, len(*set), want)
	}
	return nil
}

// newScan reads what all versions have in common. values is the number of
// states and scan inputs together.
func newScan(n *ops.Node, values int) (*scan, error) {
	k := &scan{inputs: n.RequiredInt("num_scan_inputs")}
	body, g := n.Body("body")
	k.body, k.states = body, values-k.inputs
	var err error
	if k.ahead, err = newAhead(n, k.inputs); err != nil {
		return nil, err
	}
	switch {
	case k.inputs < 1 || k.states < 0:
		return nil, fmt.Errorf("attribute num_scan_inputs: got %d, want 1 to %d", k.inputs, values)
	case len(g.Inputs) != values+k.ahead.outputs:
		return nil, fmt.Errorf("body: the graph has %d inputs, want %d", len(g.Inputs), values+k.ahead.outputs)
	case len(g.Outputs) < k.states:
		return nil, fmt.Errorf("body: the graph has %d outputs, want at least %d states", len(g.Outputs), k.states)
	case len(n.Outputs) > len(g.Outputs):
		return nil, fmt.Errorf("got %d outputs, the body gives %d", len(n.Outputs), len(g.Outputs))
	}
	for i := len(n.Inputs) - values; i < len(n.Inputs); i++ {
		if !n.HasInput(i) {
			return nil, fmt.Errorf("input %d is missing", i)
		}
	}
	uses := g.Uses()
	for _, v := range g.Inputs[k.states:values] {
		k.unread = append(k.unread, uses[v] == 0)
	}
	for _, v := range g.Outputs[k.states:] {
		k.scans = append(k.scans, v.Type)
	}
	return k, nil
}

type scan struct {
	body   int
	states int
	inputs int
	ahead  ahead
	unread []bool        // scan inputs that the body does not read
	scans  []tensor.Type // declared types of the body's scan outputs

	inAxes, inReverse, outAxes, outReverse []int
}

func (k *scan) Run(c *ops.Call) error {
	f, err := c.Bodies[k.body].Start(c)
	if err != nil {
		return err
	}
	defer f.Close()
	m := ops.Memo[scanMemo](c)
	defer m.forget(c)
	if err := k.ahead.start(c, &m.block); err != nil {
		return err
	}
	defer k.ahead.end(c, &m.block)
	m.xs = ops.Sized(m.xs, k.inputs)
	for i := range m.xs {
		if m.xs[i], err = k.front(c, i); err != nil {
			return fmt.Errorf("input %d: %w", k.states+i, err)
		}
	}
	ticks, err := commonLen(m.xs, k.states)
	if err != nil {
		return err
	}
	m.stacks = newStacks(m.stacks, c, k.scans)
	for i := range m.stacks {
		m.stacks[i].axis, m.stacks[i].reverse = k.outAxes[i], k.outReverse[i] != 0
	}
	states, err := k.ticks(c, f, m, c.Inputs[:k.states], m.xs, ticks, m.stacks)
	if err != nil {
		return err
	}
	for i, v := range states {
		c.GiveOutput(i, v)
	}
	for i := range m.stacks {
		if err := m.stacks[i].output(k.states + i); err != nil {
			return fmt.Errorf("scan output %d: %w", i, err)
		}
	}
	return nil
}

// scanMemo is what a Scan uses again at its next run.
type scanMemo struct {
	xs      []*tensor.Tensor // scan inputs, one reference each
	stacks  []stack
	in, out []tensor.Value // of the body
	block   block
}

// forget drops the values of a run.
func (m *scanMemo) forget(c *ops.Call) {
	for _, x := range m.xs {
		if x != nil {
			c.Release(x)
		}
	}
	clear(m.xs)
	for i := range m.stacks {
		m.stacks[i].call, m.stacks[i].buf = nil, nil
	}
	clear(m.in)
	clear(m.out)
}

// commonLen returns the ticks that all scan inputs agree on.
func commonLen(xs []*tensor.Tensor, first int) (int, error) {
	for i, x := range xs {
		if x.Dim(0) != xs[0].Dim(0) {
			return 0, fmt.Errorf("input %d has %d ticks, input %d has %d", first+i, x.Dim(0), first, xs[0].Dim(0))
		}
	}
	return xs[0].Dim(0), nil
}

// ticks runs the body over the entries of xs and returns the final states, one
// reference each.
func (k *scan) ticks(c *ops.Call, f ops.Frame, m *scanMemo, states []tensor.Value, xs []*tensor.Tensor, ticks int, stacks []stack) ([]tensor.Value, error) {
	m.in, m.out = ops.Sized(m.in, k.states+k.inputs+k.ahead.outputs), ops.Sized(m.out, k.states+len(k.scans))
	in, out := m.in, m.out
	for i, v := range states {
		in[i] = v
		tensor.Retain(v)
	}
	for t := range ticks {
		if err := c.Err(); err != nil {
			return nil, err
		}
		for i, x := range xs {
			if k.unread[i] { // whatever it is, then
				tensor.Retain(x)
				in[k.states+i] = x
				continue
			}
			at := t
			if k.inReverse[i] != 0 {
				at = ticks - 1 - t
			}
			var err error
			if in[k.states+i], err = entry(c, x, at); err != nil {
				return nil, err
			}
		}
		if k.ahead.body >= 0 {
			if err := k.computeAhead(c, m, xs, t, ticks); err != nil {
				return nil, err
			}
			if err := k.entriesAhead(c, m, t, in[k.states+k.inputs:]); err != nil {
				return nil, err
			}
		}
		if err := f.Run(in, out); err != nil {
			return nil, fmt.Errorf("tick %d: %w", t, err)
		}
		copy(in[:k.states], out)
		for i := range stacks {
			if err := stacks[i].push(out[k.states+i], ticks); err != nil {
				return nil, fmt.Errorf("tick %d: scan output %d: %w", t, i, err)
			}
			c.Release(out[k.states+i])
		}
	}
	return in[:k.states], nil
}

// entry returns entry i of x, one reference. A small one is copied: that costs
// less than a header from the heap, and the body may write over it.
func entry(c *ops.Call, x *tensor.Tensor, i int) (*tensor.Tensor, error) {
	const small = 64 << 10
	shape := x.Shape()[1:]
	n := shape.Len()
	if x.DType() == tensor.Str || n*x.DType().Size() > small {
		v := x.At(i)
		tensor.Retain(v)
		return v, nil
	}
	v, err := c.Scratch(x.DType(), shape...)
	if err != nil {
		return nil, err
	}
	tensor.CopyElems(v, 0, x, i*n, n)
	return v, nil
}

// front returns scan input i with the scan axis first, one reference: the
// input itself or a rearranged copy.
func (k *scan) front(c *ops.Call, i int) (*tensor.Tensor, error) {
	x := c.Tensor(k.states + i)
	if x == nil {
		return nil, fmt.Errorf("got %s, want a tensor", tensor.Describe(c.Inputs[k.states+i]))
	}
	axis, err := x.Shape().Axis(k.inAxes[i])
	if err != nil {
		return nil, err
	}
	if axis == 0 {
		tensor.Retain(x)
		return x, nil
	}
	s := x.Shape()
	ticks, outer, inner := s[axis], s.Span(0, axis), s.Span(axis+1, len(s))
	shape := append(tensor.Shape{ticks}, s[:axis]...)
	y, err := c.Scratch(x.DType(), append(shape, s[axis+1:]...)...)
	if err != nil {
		return nil, err
	}
	for t := range ticks {
		for o := range outer {
			tensor.CopyElems(y, (t*outer+o)*inner, x, (o*ticks+t)*inner, inner)
		}
	}
	return y, nil
}
