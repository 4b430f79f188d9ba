package ops

import "github.com/onnxrun/onnxrun/tensor"

// Widen makes a build function for float32 serve float16 and bfloat16, too:
// inputs of these types reach the kernel as float32, constants widened once,
// and its float32 outputs are rounded once to what the signature declares.
func Widen(build func(*Node) (Kernel, error)) func(*Node) (Kernel, error) {
	return func(n *Node) (Kernel, error) {
		w := &widened{def: n.Def, constants: make([]*tensor.Tensor, len(n.Inputs))}
		for i := range n.Inputs {
			t := n.Constant(i)
			if t == nil || !isHalf(t.DType()) {
				continue
			}
			f, err := tensor.New(tensor.F32, t.Shape())
			if err != nil {
				return nil, err
			}
			widen(f, t)
			w.constants[i] = f
		}
		if constant := n.constant; constant != nil {
			n.constant = func(i int) tensor.Value {
				if f := w.constants[i]; f != nil {
					return f
				}
				return constant(i)
			}
		}
		var err error
		w.Kernel, err = build(n)
		return w, err
	}
}

type widened struct {
	Kernel
	def       *Def
	constants []*tensor.Tensor // the widened inputs that are known, nil else
}

func (w *widened) Run(c *Call) error {
	half := false
	for _, v := range c.Inputs {
		if t, ok := v.(*tensor.Tensor); ok && isHalf(t.DType()) {
			half = true
		}
	}
	if !half {
		return w.Kernel.Run(c)
	}
	wide := Memo[Call](c)
	memo, inputs, outputs := wide.memo, wide.Inputs, wide.Outputs
	*wide = *c
	wide.memo, wide.Last, wide.Into = memo, nil, nil
	wide.Inputs, wide.Outputs = Sized(inputs, len(c.Inputs)), Sized(outputs, len(c.Outputs))
	for i, v := range c.Inputs {
		wide.Inputs[i] = v
		t, ok := v.(*tensor.Tensor)
		if !ok || !isHalf(t.DType()) {
			continue
		}
		if i < len(w.constants) && w.constants[i] != nil {
			wide.Inputs[i] = w.constants[i]
			continue
		}
		x, err := c.Scratch(tensor.F32, t.Shape()...)
		if err != nil {
			return err
		}
		defer c.Release(x)
		widen(x, t)
		wide.Inputs[i] = x
	}
	if err := w.Kernel.Run(wide); err != nil {
		return err
	}
	for i, v := range wide.Outputs {
		y, ok := v.(*tensor.Tensor)
		d := w.outputType(c, i)
		if !ok || y.DType() != tensor.F32 || !isHalf(d) {
			c.Outputs[i] = v
			continue
		}
		h, err := c.Output(i, d, y.Shape())
		if err != nil {
			return err
		}
		narrow(h, y)
		c.Release(y)
	}
	return nil
}

// outputType returns the element type that the signature gives output i, from
// the input that binds the same variable.
func (w *widened) outputType(c *Call, i int) tensor.DType {
	p := param(w.def.sig.out, i)
	if p == nil || p.Type.Var == "" {
		return tensor.Undefined
	}
	for j, v := range c.Inputs {
		if q := param(w.def.sig.in, j); q != nil && q.Type.Var == p.Type.Var {
			if t, ok := v.(*tensor.Tensor); ok {
				return t.DType()
			}
		}
	}
	return tensor.Undefined
}

func isHalf(d tensor.DType) bool { return d == tensor.F16 || d == tensor.BF16 }

func widen(dst, src *tensor.Tensor) {
	if src.DType() == tensor.F16 {
		tensor.WidenSlice(tensor.Data[float32](dst), tensor.Data[tensor.Float16](src))
	} else {
		tensor.WidenSlice(tensor.Data[float32](dst), tensor.Data[tensor.BFloat16](src))
	}
}

func narrow(dst, src *tensor.Tensor) {
	if dst.DType() == tensor.F16 {
		tensor.NarrowToFloat16(tensor.Data[tensor.Float16](dst), tensor.Data[float32](src))
	} else {
		tensor.NarrowToBFloat16(tensor.Data[tensor.BFloat16](dst), tensor.Data[float32](src))
	}
}
