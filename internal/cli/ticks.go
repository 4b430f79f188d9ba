package cli

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

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
