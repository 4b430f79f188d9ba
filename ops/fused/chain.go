package fused

import (
	"fmt"
	"sync"

	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/internal/par"
	"github.com/onnxrun/onnxrun/ops"
	opsmath "github.com/onnxrun/onnxrun/ops/math"
	"github.com/onnxrun/onnxrun/tensor"
)

// Chain is several operators that compute element by element, one after another in
// a block of elements that stays in the first cache. The attribute ops has their
// names, args two operands for each (-1 where an operator has one): the number of an
// input or, from the number of inputs on, of an earlier result. The last result is
// the output. Inputs have one shape, or one element; others cost a pass for each
// operator. Results are those of the operators, bit for bit.
var chain1 = ops.Def{
	Domain: Domain, Name: "Chain", Since: 1,
	Sig: "X+:T -> Y:T", Types: ops.Types{"T": tensor.SetOf(tensor.F32)},
	New: func(n *ops.Node) (ops.Kernel, error) {
		return newChain(n)
	},
	Reuse: ops.Elementwise(MaxChain + 1),
}

// MaxChain is how many operators a Chain has at most.
const MaxChain = 8

// chainBlock is how many elements are computed at a time.
const chainBlock = 1024

// chainUnary and chainBinary are the operators that a Chain knows.
var (
	chainUnary = map[string]func(dst, x []float32){
		"Relu": vec.Relu[float32], "Sigmoid": vec.Sigmoid32, "Tanh": vec.Tanh32, "Exp": vec.Exp32, "Erf": vec.Erf32,
		"Softplus": vec.Softplus32, "Neg": vec.Neg[float32], "Abs": vec.AbsFloat[float32], "Sqrt": vec.Sqrt[float32],
		"Log": vec.Log32, "Reciprocal": vec.Reciprocal[float32], "Floor": vec.Floor[float32], "Ceil": vec.Ceil[float32],
	}
	chainBinary = map[string]vec.Binary[float32, float32, float32]{
		"Add": vec.Add[float32](), "Sub": vec.Sub[float32](), "Mul": vec.Mul[float32](), "Div": vec.Div[float32](),
	}
)

// Chains returns how many operands an operator of the standard has that may be part
// of a Chain, 0 if it may not.
func Chains(op string) int {
	if _, ok := chainUnary[op]; ok {
		return 1
	}
	if _, ok := chainBinary[op]; ok {
		return 2
	}
	return 0
}

type chain struct {
	inputs int
	steps  []step
}

type step struct {
	unary  func(dst, x []float32)
	binary vec.Binary[float32, float32, float32]
	a, b   int // b is -1 for one operand
	kernel ops.Kernel
}

func newChain(n *ops.Node) (*chain, error) {
	names, args := n.Strings("ops"), n.Ints("args")
	k := &chain{inputs: len(n.Inputs)}
	if len(names) < 1 || len(names) > MaxChain || len(args) != 2*len(names) || k.inputs > MaxChain+1 {
		return nil, fmt.Errorf("attributes ops, args: got %d and %d elements for %d inputs, want 1 to %d operators with two operands each", len(names), len(args), k.inputs, MaxChain)
	}
	for i, name := range names {
		s := step{a: args[2*i], b: args[2*i+1]}
		known := k.inputs + i
		switch Chains(name) {
		case 1:
			s.unary = chainUnary[name]
			if s.b != -1 {
				return nil, fmt.Errorf("attribute args: %s has one operand", name)
			}
		case 2:
			s.binary = chainBinary[name]
			if s.b < 0 || s.b >= known {
				return nil, fmt.Errorf("attribute args: operand %d of %s is not known yet", s.b, name)
			}
		default:
			return nil, ops.Unsupportedf("%s in a chain", name)
		}
		if s.a < 0 || s.a >= known {
			return nil, fmt.Errorf("attribute args: operand %d of %s is not known yet", s.a, name)
		}
		for _, d := range opsmath.Defs {
			if d.Name == name && d.Domain == "" { // the last is the latest
				var err error
				if s.kernel, err = d.New(n); err != nil {
					return nil, err
				}
			}
		}
		k.steps = append(k.steps, s)
	}
	return k, nil
}

func (k *chain) Run(c *ops.Call) error {
	// The shape is that of the inputs which have more than one element.
	var of *tensor.Tensor
	rank := 0
	for i := range c.Inputs {
		t := c.Tensor(i)
		rank = max(rank, t.Rank())
		if t.Len() != 1 && of == nil {
			of = t
		}
	}
	if of == nil || of.Rank() < rank {
		return k.apart(c)
	}
	p := chaining{chain: k}
	for i := range c.Inputs {
		t := c.Tensor(i)
		if t.Len() != 1 && !t.Shape().Equal(of.Shape()) {
			return k.apart(c)
		}
		p.in[i] = tensor.Data[float32](t)
	}
	if !k.spreads(&p) {
		return k.apart(c)
	}
	y, err := c.Output(0, tensor.F32, of.Shape())
	if err != nil {
		return err
	}
	p.y = tensor.Data[float32](y)
	par.Each(c.Pool, len(p.y), vec.GrainMath, p)
	return nil
}

// spreads reports whether all results have the shape of the inputs of more than one
// element.
func (k *chain) spreads(p *chaining) bool {
	var many [2*MaxChain + 1]bool
	for i := range k.inputs {
		many[i] = len(p.in[i]) != 1
	}
	for i, s := range k.steps {
		many[k.inputs+i] = many[s.a] || s.b >= 0 && many[s.b]
		if !many[k.inputs+i] {
			return false
		}
	}
	return true
}

// chaining is the loop of a Chain.
type chaining struct {
	*chain
	in [MaxChain + 1][]float32
	y  []float32
}

var chainMemory = sync.Pool{New: func() any { return new([MaxChain][chainBlock]float32) }}

func (p *chaining) Part(lo, hi int) {
	mem := chainMemory.Get().(*[MaxChain][chainBlock]float32)
	for ; lo < hi; lo += chainBlock {
		n := min(chainBlock, hi-lo)
		for i := range p.steps {
			s := &p.steps[i]
			dst := mem[i][:n]
			if i == len(p.steps)-1 {
				dst = p.y[lo : lo+n]
			}
			a := p.operand(s.a, lo, n, mem)
			if s.unary != nil {
				s.unary(dst, a)
				continue
			}
			b := p.operand(s.b, lo, n, mem)
			switch {
			case !p.one(s.a) && !p.one(s.b):
				s.binary.VV(dst, a, b)
			case p.one(s.b) && s.binary.VS != nil:
				s.binary.VS(dst, a, b[0])
			case p.one(s.b):
				vec.Fill(mem[i][:n], b[0])
				s.binary.VV(dst, a, mem[i][:n])
			case s.binary.SV != nil:
				s.binary.SV(dst, a[0], b)
			default:
				vec.Fill(mem[i][:n], a[0])
				s.binary.VV(dst, mem[i][:n], b)
			}
		}
	}
	chainMemory.Put(mem)
}

// one reports whether an operand is an input of one element.
func (p *chaining) one(i int) bool { return i < p.inputs && len(p.in[i]) == 1 }

// operand returns n elements from lo on of an input or a result; one, where an input
// has no more.
func (p *chaining) operand(i, lo, n int, mem *[MaxChain][chainBlock]float32) []float32 {
	switch {
	case i >= p.inputs:
		return mem[i-p.inputs][:n]
	case len(p.in[i]) == 1:
		return p.in[i]
	}
	return p.in[i][lo : lo+n]
}

// apart runs the operators one by one.
func (k *chain) apart(c *ops.Call) error {
	values := append([]tensor.Value{}, c.Inputs...)
	defer func() {
		for _, v := range values[k.inputs:] {
			c.Release(v)
		}
	}()
	for _, s := range k.steps {
		call := ops.Call{Inputs: []tensor.Value{values[s.a]}, Outputs: make([]tensor.Value, 1), Arena: c.Arena, Pool: c.Pool, Ctx: c.Ctx}
		if s.b >= 0 {
			call.Inputs = append(call.Inputs, values[s.b])
		}
		// Without Last, an output would be written over what others read.
		call.Last = make([]bool, len(call.Inputs))
		if err := s.kernel.Run(&call); err != nil {
			return err
		}
		values = append(values, call.Outputs[0])
	}
	last := len(values) - 1
	c.GiveOutput(0, values[last])
	values = values[:last]
	return nil
}
