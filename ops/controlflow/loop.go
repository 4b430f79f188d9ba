package controlflow

import (
	"fmt"
	"math"

	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// Loop runs its body up to M times, while the condition holds; values are
// carried from one iteration to the next, and scan outputs stacked.
var loop1 = ops.Def{
	Name: "Loop", Since: 1,
	Sig: "M?:int64, cond?:bool, v_initial*:any -> v_final_and_scan_outputs*:any",
	New: func(n *ops.Node) (ops.Kernel, error) {
		body, g := n.Body("body")
		carried := max(len(n.Inputs)-2, 0)
		ahead, err := newAhead(n, 1)
		if err != nil {
			return nil, err
		}
		if len(g.Inputs) != carried+2+ahead.outputs {
			return nil, fmt.Errorf("body: the graph has %d inputs, want %d: iteration, condition and %d carried values", len(g.Inputs), carried+2+ahead.outputs, carried)
		}
		if len(g.Outputs) < carried+1 {
			return nil, fmt.Errorf("body: the graph has %d outputs, want at least %d: condition and %d carried values", len(g.Outputs), carried+1, carried)
		}
		if len(n.Outputs) > len(g.Outputs)-1 {
			return nil, fmt.Errorf("got %d outputs, the body gives %d", len(n.Outputs), len(g.Outputs)-1)
		}
		for i := range carried {
			if !n.HasInput(i + 2) {
				return nil, fmt.Errorf("input %d (v_initial) is missing", i+2)
			}
		}
		k := &loop{body: body, carried: carried, ahead: ahead}
		k.counts = g.Uses()[g.Inputs[0]] > 0
		for _, v := range g.Outputs[carried+1:] {
			k.scans = append(k.scans, v.Type)
		}
		return k, nil
	},
}

type loop struct {
	body    int
	carried int
	ahead   ahead
	counts  bool          // the body reads the iteration number
	scans   []tensor.Type // declared types of the body's scan outputs
}

func (k *loop) Run(c *ops.Call) error {
	trips, cond, err := k.limits(c)
	if err != nil {
		return err
	}
	f, err := c.Bodies[k.body].Start(c)
	if err != nil {
		return err
	}
	defer f.Close()

	n := k.carried
	m := ops.Memo[scanMemo](c)
	defer m.forget(c)
	if err := k.ahead.start(c, &m.block); err != nil {
		return err
	}
	defer k.ahead.end(c, &m.block)
	m.stacks = newStacks(m.stacks, c, k.scans)
	m.in, m.out = ops.Sized(m.in, n+2+k.ahead.outputs), ops.Sized(m.out, n+1+len(k.scans))
	in, out := m.in, m.out
	for i := range n {
		in[i+2] = c.Inputs[i+2]
		tensor.Retain(in[i+2])
	}
	for i := int64(0); i < trips && cond; i++ {
		if err := c.Err(); err != nil {
			return err
		}
		if in[0], in[1], err = k.counters(c, i, cond); err != nil {
			return err
		}
		if k.ahead.body >= 0 {
			if err := k.computeAhead(c, &m.block, i, trips); err != nil {
				return err
			}
			if err := k.ahead.entries(c, &m.block, int(i)-m.block.from, in[n+2:]); err != nil {
				return err
			}
		}
		if err := f.Run(in, out); err != nil {
			return fmt.Errorf("iteration %d: %w", i, err)
		}
		t, ok := out[0].(*tensor.Tensor)
		if !ok || t.DType() != tensor.Boolean || t.Len() != 1 {
			return fmt.Errorf("iteration %d: the body's condition is %s, want one bool", i, tensor.Describe(out[0]))
		}
		cond = tensor.Data[bool](t)[0]
		c.Release(t)
		copy(in[2:n+2], out[1:])
		for j := range m.stacks {
			if err := m.stacks[j].push(out[1+n+j], int(min(trips, math.MaxInt32))); err != nil {
				return fmt.Errorf("iteration %d: scan output %d: %w", i, j, err)
			}
			c.Release(out[1+n+j])
		}
	}
	for i := range n {
		c.GiveOutput(i, in[i+2])
	}
	for j := range m.stacks {
		if err := m.stacks[j].output(n + j); err != nil {
			return fmt.Errorf("scan output %d: %w", j, err)
		}
	}
	return nil
}

// limits reads the trip count and the first condition.
func (k *loop) limits(c *ops.Call) (trips int64, cond bool, err error) {
	trips, cond = math.MaxInt64, true
	if c.Has(0) {
		t := c.Tensor(0)
		if t.Len() != 1 {
			return 0, false, fmt.Errorf("input 0 (M): got %v, want one element", t)
		}
		trips = tensor.Data[int64](t)[0]
	}
	if c.Has(1) {
		cond, err = condition(c, 1)
	}
	return trips, cond, err
}

// counters makes the iteration number, nil where the body does not read it, and
// the condition that a body takes.
func (k *loop) counters(c *ops.Call, i int64, cond bool) (iteration, condition tensor.Value, err error) {
	if k.counts {
		it, err := c.Scratch(tensor.I64)
		if err != nil {
			return nil, nil, err
		}
		tensor.Data[int64](it)[0] = i
		iteration = it
	}
	ct, err := c.Scratch(tensor.Boolean)
	if err != nil {
		return nil, nil, err
	}
	tensor.Data[bool](ct)[0] = cond
	return iteration, ct, nil
}
