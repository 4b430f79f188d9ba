package controlflow

import (
	"fmt"

	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// If runs one of two sub-graphs.
var if1 = ops.Def{
	Name: "If", Since: 1,
	Sig: "cond:bool -> outputs*:any",
	New: func(n *ops.Node) (ops.Kernel, error) {
		k := &ifKernel{}
		for i, name := range []string{"else_branch", "then_branch"} {
			body, g := n.Body(name)
			if len(g.Inputs) != 0 {
				return nil, fmt.Errorf("%s: the graph has %d inputs, want none", name, len(g.Inputs))
			}
			if len(g.Outputs) < len(n.Outputs) {
				return nil, fmt.Errorf("%s: the graph has %d outputs, want %d", name, len(g.Outputs), len(n.Outputs))
			}
			k.body[i], k.outputs[i] = body, len(g.Outputs)
		}
		return k, nil
	},
}

type ifKernel struct {
	body    [2]int // of else and then
	outputs [2]int
}

func (k *ifKernel) Run(c *ops.Call) error {
	cond, err := condition(c, 0)
	if err != nil {
		return err
	}
	branch := 0
	if cond {
		branch = 1
	}
	f, err := c.Bodies[k.body[branch]].Start(c)
	if err != nil {
		return err
	}
	defer f.Close()
	out := make([]tensor.Value, k.outputs[branch])
	if err := f.Run(nil, out); err != nil {
		return err
	}
	for i, v := range out {
		c.GiveOutput(i, v)
	}
	return nil
}

// condition reads the single bool at input i.
func condition(c *ops.Call, i int) (bool, error) {
	t := c.Tensor(i)
	if t.Len() != 1 {
		return false, fmt.Errorf("input %d (cond): got %v, want one element", i, t)
	}
	return tensor.Data[bool](t)[0], nil
}
