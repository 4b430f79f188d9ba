package cli

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/onnxrun/onnxrun/internal/tensorio"
	"github.com/onnxrun/onnxrun/runtime"
	"github.com/onnxrun/onnxrun/tensor"
)

// ticker is one call of the ticks command.
type ticker struct {
	inputFlags
	model    string
	axis     int
	carry    []string
	consts   []string
	keepAxis bool
	whole    bool
	outputs  []string
	csvFile  string
	plot     bool
	threads  int
	asJSON   bool

	out, notes io.Writer
	cmd        *cobra.Command
	session    *runtime.Session
	stream     *runtime.Stream
	norms      normRecorder
	split      []series
	ticks      int
}

// series is an input that is split into ticks.
type series struct {
	info  runtime.Info
	data  *tensor.Tensor
	axis  int
	keep  bool // ticks keep the axis with size 1
	batch int  // where ticks get a dimension of size 1, -1 for nowhere
}

func newTicks() *cobra.Command {
	k := &ticker{}
	cmd := &cobra.Command{
		Use:   "ticks MODEL",
		Short: "Run a model tick by tick over a series",
		Long: `Run a model tick by tick: the inputs are split along an axis, each part is run
on its own, and outputs that are the next state of an input are carried into it.
They are found by their names (h and h_next, state_in and state_out …) or named
with --carry. A state that is not given begins with zeros.

For each normalization node, the mean and variance of what goes in and comes out
are shown by tick. In the body of a Scan or Loop each iteration is a tick of its
own: a model that walks through the series by itself gets it in one piece.`,
		Example: `  onnxrun ticks lstm.onnx --input x=series.npy --output y.npy
  onnxrun ticks lstm.onnx --input series.npy --carry h_out=h --const mask=mask.npy --plot
  onnxrun ticks scan.onnx --input x=series.npy --csv norms.csv`,
		Args:              oneModel,
		ValidArgsFunction: modelFiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			k.model, k.cmd, k.out, k.notes = args[0], cmd, cmd.OutOrStdout(), cmd.ErrOrStderr()
			return k.run()
		},
	}
	k.inputFlags.add(cmd)
	cmd.Flags().IntVar(&k.axis, "axis", 0, "`dimension` of the inputs that is time")
	cmd.Flags().StringArrayVar(&k.carry, "carry", nil, "output that is the next value of an input, as `OUT=IN`; none for no state (default: found by name)")
	cmd.Flags().StringArrayVar(&k.consts, "const", nil, "input that is the same at each tick, or the first value of a state, as `NAME=FILE`")
	cmd.Flags().BoolVar(&k.keepAxis, "keep-axis", false, "ticks keep the dimension of time with size 1 (default: found from the shape)")
	cmd.Flags().BoolVar(&k.whole, "whole", false, "run the series in one piece (default: if the model has a loop of its own and no state to carry)")
	cmd.Flags().StringArrayVarP(&k.outputs, "output", "o", nil, outputHelp+"; outputs of all ticks, and states as they are at the end")
	cmd.Flags().StringVar(&k.csvFile, "csv", "", "`file` for the mean and variance of each normalization at each tick")
	cmd.Flags().BoolVar(&k.plot, "plot", false, "draw them")
	cmd.Flags().IntVar(&k.threads, "threads", 0, "`number` of goroutines to work with (default: one for each processor)")
	cmd.Flags().BoolVar(&k.asJSON, "json", false, "print JSON")
	return cmd
}

// keptPass is a rewrite that ticks goes without: it folds normalizations into
// convolutions, where they cannot be seen.
const keptPass = "conv-batchnorm"

func (k *ticker) run() error {
	if err := checkPlace("csv", k.csvFile); err != nil {
		return err
	}
	opts := []runtime.Option{runtime.WithThreads(k.threads), runtime.WithTrace(k.norms.record)}
	if slices.Contains(runtime.Passes(), keptPass) {
		opts = append(opts, runtime.WithoutPass(keptPass))
	}
	var err error
	if k.session, err = runtime.Open(k.model, opts...); err != nil {
		return err
	}
	defer k.session.Close()
	carry, err := k.carried()
	if err != nil {
		return err
	}
	if k.stream, err = runtime.NewStream(k.session, carry); err != nil {
		return &usageError{err}
	}
	var states []string
	for out := range carry {
		states = append(states, out)
	}
	targets, err := parseTargets(k.outputs, k.session.Outputs(), states)
	if err != nil {
		return err
	}
	rest, err := k.readInputs(carry)
	if err != nil {
		return err
	}
	outputs, err := k.compute(k.cmd.Context(), rest, states)
	if err != nil {
		return err
	}
	if k.csvFile != "" {
		if err := k.writeCSV(); err != nil {
			return err
		}
	}
	if err := k.report(outputs, carry); err != nil {
		return err
	}
	if k.csvFile != "" && !k.asJSON {
		fmt.Fprintf(k.out, "wrote the normalizations to %s\n", k.csvFile)
	}
	return writeTargets(k.out, targets, outputs, k.asJSON)
}

// carried returns which output is carried into which input.
func (k *ticker) carried() (map[string]string, error) {
	if len(k.carry) == 0 {
		return runtime.FindCarry(k.session.Inputs(), k.session.Outputs()), nil
	}
	carry := map[string]string{}
	for _, s := range k.carry {
		if s == "none" && len(k.carry) == 1 {
			break
		}
		out, in, ok := k.splitPair(s)
		if !ok {
			return nil, usagef("--carry is OUT=IN, not %q", s)
		}
		if _, twice := carry[out]; twice {
			return nil, usagef("--carry: output %q is carried twice", out)
		}
		carry[out] = in
	}
	return carry, nil
}

// splitPair cuts OUT=IN at the end of an output's name, which may have = signs.
func (k *ticker) splitPair(s string) (out, in string, ok bool) {
	for _, o := range k.session.Outputs() {
		if in, ok := strings.CutPrefix(s, o.Name+"="); ok {
			return o.Name, in, true
		}
	}
	return strings.Cut(s, "=")
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

// compute runs all ticks and returns the outputs put together, and the states
// in the end.
func (k *ticker) compute(ctx context.Context, rest map[string]tensor.Value, states []string) (map[string]tensor.Value, error) {
	n := k.ticks
	if k.whole {
		n = 1
	}
	bar := newProgress(k.notes, n, "ticks")
	defer bar.done()
	rows := map[string][]tensor.Value{}
	last := map[string]tensor.Value{}
	inputs := map[string]tensor.Value{}
	carried := slices.Collect(maps.Values(k.stream.Carry()))
	for i := range n {
		clear(inputs)
		for name, v := range rest {
			// The first value of a state is given once.
			if i == 0 || !slices.Contains(carried, name) {
				inputs[name] = v
			}
		}
		for _, s := range k.split {
			part, err := s.part(i, k.whole)
			if err != nil {
				return nil, err
			}
			inputs[s.info.Name] = part
		}
		out, err := k.stream.Tick(ctx, inputs)
		if err != nil {
			return nil, fmt.Errorf("tick %d: %w", i+1, err)
		}
		for name, v := range out {
			if slices.Contains(states, name) {
				last[name] = v
			} else {
				rows[name] = append(rows[name], v)
			}
		}
		bar.add()
	}
	for name, l := range rows {
		v, err := k.together(l)
		if err != nil {
			return nil, fmt.Errorf("the ticks of output %q %w", name, err)
		}
		last[name] = v
	}
	return last, nil
}

// together puts the outputs of all ticks together: along the axis of time where
// they have it with size 1, else along a new first dimension.
func (k *ticker) together(rows []tensor.Value) (tensor.Value, error) {
	if k.whole {
		return rows[0], nil
	}
	t, ok := rows[0].(*tensor.Tensor)
	if s := k.split[0]; ok && s.keep && s.axis < t.Rank() && t.Dim(s.axis) == 1 {
		return joinAxis(rows, s.axis)
	}
	return joinRows(rows, false)
}
