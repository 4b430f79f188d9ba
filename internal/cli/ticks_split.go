package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/onnxrun/onnxrun/internal/tensorio"
	"github.com/onnxrun/onnxrun/runtime"
	"github.com/onnxrun/onnxrun/tensor"
)

// series is an input that is split into ticks.
type series struct {
	info  runtime.Info
	data  *tensor.Tensor
	axis  int
	keep  bool // ticks keep the axis with size 1
	batch int  // where ticks get a dimension of size 1, -1 for nowhere
}

// readInputs reads the series to split, and returns the inputs that are the
// same at each tick. States that are not given are the stream's business.
func (k *ticker) readInputs(carry map[string]string) (map[string]tensor.Value, error) {
	if len(k.inputFlags.inputs) == 0 {
		return nil, usagef("which input is the series? write --input NAME=FILE; the inputs are %s", infoNames(k.session.Inputs()))
	}
	var free []runtime.Info // inputs that no output is carried into
	for _, in := range k.session.Inputs() {
		if !slices.Contains(slices.Collect(maps.Values(carry)), in.Name) {
			free = append(free, in)
		}
	}
	f, err := newFeeder(k.cmd, &k.inputFlags, k.session.Inputs())
	if err != nil {
		return nil, err
	}
	f.asIs = true
	if err := k.assignSeries(f, free); err != nil {
		return nil, err
	}
	values, err := f.load()
	if err != nil {
		return nil, err
	}
	k.decideWhole(carry)
	if err := k.splitAll(f, values); err != nil {
		return nil, err
	}
	return k.readConsts(f, free)
}

// assignSeries assigns --input. Without a name it is not for an input that is a
// state or that --const gives.
func (k *ticker) assignSeries(f *feeder, free []runtime.Info) error {
	all := f.infos
	free = slices.DeleteFunc(slices.Clone(free), func(in runtime.Info) bool {
		return slices.ContainsFunc(k.consts, func(c string) bool { return strings.HasPrefix(c, in.Name+"=") })
	})
	for _, spec := range k.inputFlags.inputs {
		named := slices.ContainsFunc(all, func(in runtime.Info) bool { return strings.HasPrefix(spec, in.Name+"=") })
		if f.infos = free; named || len(free) == 0 {
			f.infos = all
		}
		if err := f.assignOne(spec); err != nil {
			return err
		}
	}
	f.infos = all
	for name, src := range f.from {
		if src.path == "" {
			return usagef("--input %s=%s: the series to split is a file", name, src.text)
		}
	}
	return nil
}

// decideWhole sets whether the series is run in one piece.
func (k *ticker) decideWhole(carry map[string]string) {
	if k.cmd.Flags().Changed("whole") || len(carry) > 0 || len(k.carry) > 0 {
		return
	}
	for _, n := range k.session.Model().Graph.Nodes {
		switch n.OpType {
		case "Scan", "Loop", "LSTM", "GRU", "RNN":
			k.whole = true
			fmt.Fprintf(k.notes, "note: the model has no state to carry and walks through the series by itself (%s %s): it gets the series in one piece\n", n.OpType, nodeLabel(n))
			return
		}
	}
}

// splitAll finds out how each series is cut into ticks.
func (k *ticker) splitAll(f *feeder, values map[string]tensor.Value) error {
	for _, in := range f.infos {
		v, ok := values[in.Name]
		if !ok {
			continue
		}
		t, ok := v.(*tensor.Tensor)
		if !ok {
			return fmt.Errorf("input %q is %s, which cannot be split into ticks", in.Name, tensor.Describe(v))
		}
		axis, err := t.Shape().Axis(k.axis)
		if err != nil {
			return usagef("--axis: %v of input %q", err, in.Name)
		}
		s, err := k.splitOne(in, t, axis)
		if err != nil {
			return err
		}
		if k.ticks = t.Dim(axis); len(k.split) > 0 && k.ticks != k.split[0].data.Dim(k.split[0].axis) {
			return fmt.Errorf("input %q has %d ticks, input %q has %d", k.split[0].info.Name, k.split[0].data.Dim(k.split[0].axis), in.Name, k.ticks)
		}
		if k.ticks == 0 {
			return fmt.Errorf("input %q has no ticks", in.Name)
		}
		k.split = append(k.split, s)
	}
	return nil
}

// splitOne decides from the declared rank whether ticks keep the axis, and
// whether they lack a batch dimension.
func (k *ticker) splitOne(in runtime.Info, t *tensor.Tensor, axis int) (series, error) {
	s := series{info: in, data: t, axis: axis, keep: true, batch: -1}
	changed := k.cmd.Flags().Changed("keep-axis")
	if !in.Type.HasShape {
		s.keep = !changed || k.keepAxis
		return s, nil
	}
	declared := len(in.Type.Dims)
	switch t.Rank() - declared {
	case 0:
	case 1:
		s.keep = k.whole // too many dimensions then, which the run reports
	case -1:
		s.batch = k.batchAxis(in, axis)
	default:
		return s, fmt.Errorf("input %q: %v does not make ticks of %v", in.Name, t, in.Type)
	}
	if changed && !k.whole {
		s.keep = k.keepAxis
		s.batch = -1
		if kept := t.Rank() - 1; !s.keep && kept == declared-1 {
			s.batch = tensorio.BatchAxis(in.Type)
		} else if s.keep && t.Rank() == declared-1 {
			s.batch = k.batchAxis(in, axis)
		}
	}
	return s, nil
}

// batchAxis is where a series lacks the batch: where the model says, else
// beside the axis of time.
func (k *ticker) batchAxis(in runtime.Info, axis int) int {
	if at := tensorio.BatchAxis(in.Type); at != 0 || axis != 0 || in.Type.Dims[0].Name != "" && !k.whole {
		return at
	}
	return axis + 1
}

// part returns the input of one tick, or all of it.
func (s *series) part(i int, whole bool) (*tensor.Tensor, error) {
	t := s.data
	if !whole {
		var err error
		if t, err = slab(t, s.axis, i, s.keep); err != nil {
			return nil, err
		}
	}
	if s.batch < 0 || s.batch > t.Rank() {
		return t, nil
	}
	shape := slices.Clone(t.Shape())
	return t.Reshape(slices.Insert(shape, s.batch, 1))
}

// readConsts reads --const, and fills inputs that nothing gives with zeros.
func (k *ticker) readConsts(f *feeder, free []runtime.Info) (map[string]tensor.Value, error) {
	given := f.from
	f.from, f.asIs = map[string]source{}, false
	for _, s := range k.split {
		p, err := s.part(0, k.whole)
		if err != nil {
			return nil, err
		}
		if err := f.observe(s.info, p); err != nil {
			return nil, err
		}
	}
	for _, spec := range k.consts {
		if err := f.assignOne(spec); err != nil {
			return nil, err
		}
	}
	for name := range f.from {
		if _, both := given[name]; both {
			return nil, usagef("input %q is given as --input and as --const", name)
		}
	}
	for _, in := range free {
		_, split := given[in.Name]
		if _, ok := f.from[in.Name]; !ok && !split && !in.Optional {
			fmt.Fprintf(k.notes, "note: input %q (%v) is not given and taken as zeros; --const %s=FILE sets it\n", in.Name, in.Type, in.Name)
			f.from[in.Name] = source{text: "zeros"}
		}
	}
	return f.load()
}
