package cli

import (
	"context"
	"fmt"

	"github.com/onnxrun/onnxrun/tensor"
)

// splits finds the inputs from files whose first dimension is rows for --each:
// those with a dimension more than the model declares, and those with another
// size where the model has 1 or anything.
func (r *runner) splits(f *feeder, inputs map[string]tensor.Value) ([]string, error) {
	var names []string
	r.rows = 0
	for _, in := range f.infos {
		src, given := f.from[in.Name]
		t, ok := inputs[in.Name].(*tensor.Tensor)
		if !given || src.path == "" || !ok || t.Rank() == 0 || !in.Type.HasShape {
			continue
		}
		declared := len(in.Type.Dims)
		same := t.Rank() == declared && t.Dim(0) > 1 && (in.Type.Dims[0].Size == 1 || !in.Type.Dims[0].Known())
		if !same && t.Rank() != declared+1 {
			continue
		}
		if len(names) > 0 && t.Dim(0) != r.rows {
			return nil, fmt.Errorf("input %q has %d rows, %q has %d", names[0], r.rows, in.Name, t.Dim(0))
		}
		names, r.rows = append(names, in.Name), t.Dim(0)
	}
	if r.rows == 0 {
		if len(names) > 0 {
			return nil, fmt.Errorf("input %q has no rows", names[0])
		}
		r.rows = 1
	}
	return names, nil
}

// runEach runs the rows one by one.
func (r *runner) runEach(ctx context.Context, inputs map[string]tensor.Value, split []string) (map[string]tensor.Value, error) {
	bar := newProgress(r.notes, r.rows, "rows")
	defer bar.done()
	rows := map[string][]tensor.Value{}
	keep := true // the dimension of the rows, at all inputs
	for i := range r.rows {
		row := map[string]tensor.Value{}
		for name, v := range inputs {
			row[name] = v
		}
		for _, name := range split {
			t := inputs[name].(*tensor.Tensor)
			whole := t.Rank() == r.rank(name)
			keep = keep && whole
			part, err := slab(t, 0, i, whole)
			if err != nil {
				return nil, err
			}
			row[name] = part
		}
		out, err := r.session.Run(ctx, row)
		if err != nil {
			return nil, fmt.Errorf("row %d: %w", i, err)
		}
		for name, v := range out {
			rows[name] = append(rows[name], v)
		}
		bar.add()
	}
	outputs := map[string]tensor.Value{}
	for name, l := range rows {
		t, isTensor := l[0].(*tensor.Tensor)
		join := keep && isTensor && t.Rank() > 0 && t.Dim(0) == 1
		v, err := joinRows(l, join)
		if err != nil {
			return nil, fmt.Errorf("the rows of output %q %w", name, err)
		}
		outputs[name] = v
	}
	return outputs, nil
}

func (r *runner) rank(input string) int {
	for _, in := range r.session.Inputs() {
		if in.Name == input {
			return len(in.Type.Dims)
		}
	}
	return -1
}
