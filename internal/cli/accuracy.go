package cli

import (
	"errors"
	"fmt"
	"os"

	"github.com/onnxrun/onnxrun/internal/tensorio"
	"github.com/onnxrun/onnxrun/tensor"
)

// hits counts the rows whose class is right.
type hits struct{ right, of int }

// accuracy compares the outputs with --labels-true.
func (r *runner) accuracy(outputs map[string]tensor.Value) (*hits, error) {
	if r.trueFile == "" {
		return nil, nil
	}
	truth, err := readClasses(r.trueFile)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.trueFile, err)
	}
	got, name, err := r.predicted(outputs, len(truth))
	if err != nil {
		return nil, err
	}
	if len(got) != len(truth) {
		return nil, fmt.Errorf("%s has %s, output %q has %s", r.trueFile, plural(len(truth), "label"), name, plural(len(got), "row"))
	}
	h := &hits{of: len(got)}
	for i := range got {
		if got[i] == truth[i] {
			h.right++
		}
	}
	return h, nil
}

// predicted returns the class of each row: the best of the only output that
// can be scores, or else of an int64 output that names the class.
func (r *runner) predicted(outputs map[string]tensor.Value, n int) ([]int, string, error) {
	var scores, classes []string
	for _, o := range r.session.Outputs() {
		t, ok := outputs[o.Name].(*tensor.Tensor)
		switch {
		case isScores(outputs[o.Name]):
			scores = append(scores, o.Name)
		case ok && t.DType() == tensor.I64 && t.Len() == n:
			classes = append(classes, o.Name)
		}
	}
	switch {
	case len(scores) == 1:
		return best(outputs[scores[0]].(*tensor.Tensor)), scores[0], nil
	case len(scores) == 0 && len(classes) == 1:
		return ints(tensor.Data[int64](outputs[classes[0]].(*tensor.Tensor))), classes[0], nil
	}
	return nil, "", errors.New("--labels-true: it is not clear which output has the class of each row")
}

// best returns the class of the highest score of each row.
func best(t *tensor.Tensor) []int {
	var l []int
	for _, row := range topOf(t, 1, nil) {
		l = append(l, row[0].Class)
	}
	return l
}

func ints(v []int64) []int {
	l := make([]int, len(v))
	for i, x := range v {
		l[i] = int(x)
	}
	return l
}

// readClasses reads the class of each row: whole numbers, or rows that are 1 at
// the class and 0 elsewhere.
func readClasses(path string) ([]int, error) {
	format, err := tensorio.FormatOf(path)
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, errors.Unwrap(err)
	}
	v, _, err := tensorio.Decode(data, format, tensor.Type{}, "", tensorio.Pixels{})
	if err != nil {
		return nil, err
	}
	t, ok := v.(*tensor.Tensor)
	if !ok {
		return nil, errors.New("labels are whole numbers")
	}
	if t.Rank() == 2 && t.Dim(1) > 1 && t.Dim(0) > 0 {
		if t, err = tensorio.Convert(t, tensor.F32); err != nil {
			return nil, err
		}
		return best(t), nil
	}
	if t, err = tensorio.Convert(t, tensor.I64); err != nil {
		return nil, err
	}
	return ints(tensor.Data[int64](t)), nil
}
