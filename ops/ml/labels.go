package ml

import (
	"fmt"

	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// labels are the classes that a classifier names: strings or integers.
type labels struct {
	strs []string
	ints []int64
}

// readLabels reads the two attributes, of which one gives the labels.
func readLabels(n *ops.Node, strings, ints string) (l labels, err error) {
	l.strs = n.Strings(strings)
	list := n.Ints(ints)
	if (len(l.strs) > 0) == (len(list) > 0) {
		return l, fmt.Errorf("attributes %s and %s: got %d and %d labels, want one list of them", strings, ints, len(l.strs), len(list))
	}
	for _, v := range list {
		l.ints = append(l.ints, int64(v))
	}
	return l, nil
}

func (l labels) len() int { return max(len(l.strs), len(l.ints)) }

func (l labels) dtype() tensor.DType {
	if l.strs != nil {
		return tensor.Str
	}
	return tensor.I64
}

// output makes output i of n labels and returns a function that sets them,
// safe for different rows at once.
func (l labels) output(c *ops.Call, i, n int) (set func(row, class int), err error) {
	y, err := c.Output(i, l.dtype(), tensor.Shape{n})
	if err != nil {
		return nil, err
	}
	if l.strs != nil {
		d := tensor.Data[string](y)
		return func(row, class int) { d[row] = l.strs[class] }, nil
	}
	d := tensor.Data[int64](y)
	return func(row, class int) { d[row] = l.ints[class] }, nil
}

// binary returns the labels between which one score decides, class 0 where it
// is low and 1 where it is high: those of two classes, else 0 and 1, as
// onnxruntime has it.
func (l labels) binary() labels {
	switch {
	case l.len() == 2:
		return l
	case l.strs != nil:
		return labels{strs: []string{"0", "1"}}
	}
	return labels{ints: []int64{0, 1}}
}
