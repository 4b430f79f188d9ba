package contrib

import (
	"fmt"

	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

var tensorF64 = tensor.SetOf(tensor.F64)

// standard returns the build function of an operator of the standard, which an
// operator here shares.
func standard(table []ops.Def, name string, since int) func(*ops.Node) (ops.Kernel, error) {
	for i := range table {
		if table[i].Name == name && table[i].Since == since {
			return table[i].New
		}
	}
	panic(fmt.Sprintf("no operator %s %d", name, since))
}

// memory is a call's scratch memory, given back as a whole.
type memory struct {
	c    *ops.Call
	held []*tensor.Tensor
}

func (m *memory) release() {
	for _, t := range m.held {
		m.c.Release(t)
	}
}

// floats returns n numbers whose values are not set.
func (m *memory) floats(n int) ([]float32, error) {
	t, err := m.c.Scratch(tensor.F32, n)
	if err != nil {
		return nil, err
	}
	m.held = append(m.held, t)
	return tensor.Data[float32](t), nil
}

// data returns the elements of an input of type float32, nil where it is absent.
func data(t *tensor.Tensor) []float32 {
	if t == nil {
		return nil
	}
	return tensor.Data[float32](t)
}

// wantShape checks the shape of an input; -1 takes any size.
func wantShape(t *tensor.Tensor, input int, name string, shape ...int) error {
	ok := t.Rank() == len(shape)
	for i := 0; ok && i < len(shape); i++ {
		ok = shape[i] == -1 || shape[i] == t.Dim(i)
	}
	if !ok {
		return fmt.Errorf("input %d (%s): got %v, want shape %v", input, name, t, shape)
	}
	return nil
}
