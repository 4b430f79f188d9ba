package controlflow

import (
	"fmt"

	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// Scan 8 has a batch dimension before everything, and the ticks after it: each
// member of the batch is scanned on its own, over as many ticks as
// sequence_lens says, and its outputs are filled up with zeros.
var scan8 = ops.Def{
	Name: "Scan", Since: 8,
	Sig: "sequence_lens?:int64, initial_state_and_scan_inputs+:any -> final_state_and_scan_outputs+:any",
	New: func(n *ops.Node) (ops.Kernel, error) {
		k, err := newScan(n, len(n.Inputs)-1)
		if err != nil {
			return nil, err
		}
		if err := readEach(n, "directions", k.inputs, &k.inReverse); err != nil {
			return nil, err
		}
		return &batchScan{k}, nil
	},
}

type batchScan struct{ *scan }

func (k *batchScan) Run(c *ops.Call) error {
	values, err := k.batches(c)
	if err != nil {
		return err
	}
	batch, length := values[0].Dim(0), values[k.states].Dim(1)
	lens, err := k.lengths(c, batch, length)
	if err != nil {
		return err
	}
	f, err := c.Bodies[k.body].Start(c)
	if err != nil {
		return err
	}
	defer f.Close()

	finals := newStacks(nil, c, make([]tensor.Type, k.states))
	scans := make([][]stack, batch)
	var m scanMemo
	for b := range batch {
		states := make([]tensor.Value, k.states)
		for i := range states {
			states[i] = values[i].At(b)
		}
		xs := make([]*tensor.Tensor, k.inputs)
		for i := range xs {
			xs[i] = values[k.states+i].At(b)
		}
		scans[b] = newStacks(nil, c, k.scans)
		states, err := k.ticks(c, f, &m, states, xs, lens[b], scans[b])
		if err != nil {
			return fmt.Errorf("batch %d: %w", b, err)
		}
		for i := range finals {
			if err := finals[i].push(states[i], batch); err != nil {
				return fmt.Errorf("batch %d: state %d: %w", b, i, err)
			}
			c.Release(states[i])
		}
	}
	for i := range finals {
		s := &finals[i]
		if s.buf == nil {
			c.SetOutput(i, values[i])
		} else if err := s.output(i); err != nil {
			return fmt.Errorf("state %d: %w", i, err)
		}
	}
	for i := range k.scans {
		if err := k.output(c, i, scans, length); err != nil {
			return fmt.Errorf("scan output %d: %w", i, err)
		}
	}
	return nil
}

// batches returns the states and scan inputs, which have the same batch size.
func (k *batchScan) batches(c *ops.Call) ([]*tensor.Tensor, error) {
	values := make([]*tensor.Tensor, k.states+k.inputs)
	for i := range values {
		t := c.Tensor(1 + i)
		if t == nil || t.Rank() < 1 || i >= k.states && t.Rank() < 2 {
			return nil, fmt.Errorf("input %d: got %s, want a batch and, of a scan input, a sequence dimension", 1+i, tensor.Describe(c.Inputs[1+i]))
		}
		values[i] = t
		if t.Dim(0) != values[0].Dim(0) {
			return nil, fmt.Errorf("input %d: got %v, want a batch of %d", 1+i, t, values[0].Dim(0))
		}
		if first := values[min(k.states, i)]; i >= k.states && t.Dim(1) != first.Dim(1) {
			return nil, fmt.Errorf("input %d: got %v, want %d ticks", 1+i, t, first.Dim(1))
		}
	}
	return values, nil
}

// lengths returns the ticks of each member of the batch.
func (k *batchScan) lengths(c *ops.Call, batch, length int) ([]int, error) {
	lens := make([]int, batch)
	if !c.Has(0) {
		for b := range lens {
			lens[b] = length
		}
		return lens, nil
	}
	given, err := ops.IntsOf(c.Tensor(0))
	if err != nil {
		return nil, fmt.Errorf("input 0 (sequence_lens): %w", err)
	}
	if len(given) != batch {
		return nil, fmt.Errorf("input 0 (sequence_lens): got %d entries, want %d", len(given), batch)
	}
	for b, n := range given {
		if n < 0 || n > length {
			return nil, fmt.Errorf("input 0 (sequence_lens): entry %d is %d, want 0 to %d", b, n, length)
		}
	}
	return given, nil
}

// output makes scan output i, [batch, length, …], from the stacks of all
// members of the batch.
func (k *batchScan) output(c *ops.Call, i int, scans [][]stack, length int) error {
	var each *stack
	for _, s := range scans {
		if s[i].buf != nil {
			each = &s[i]
		}
	}
	if each == nil {
		return (&stack{call: c, declared: k.scans[i]}).empty(k.states + i)
	}
	tick := each.buf.Shape()[1:]
	y, err := c.Output(k.states+i, each.buf.DType(), append(tensor.Shape{len(scans), length}, tick...))
	if err != nil {
		return err
	}
	n := tick.Len()
	for b, s := range scans {
		rows, at := s[i].rows, b*length*n
		if buf := s[i].buf; buf != nil {
			if buf.DType() != y.DType() || !buf.Shape()[1:].Equal(tick) {
				return fmt.Errorf("batch %d gives %v%v, another %v%v", b, buf.DType(), buf.Shape()[1:], y.DType(), tick)
			}
			tensor.CopyElems(y, at, buf, 0, rows*n)
			c.Release(buf)
		}
		tensor.ZeroElems(y, at+rows*n, (length-rows)*n)
	}
	return nil
}
