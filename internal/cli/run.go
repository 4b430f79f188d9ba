package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/onnxrun/onnxrun/internal/tensorio"
	"github.com/onnxrun/onnxrun/runtime"
	"github.com/onnxrun/onnxrun/tensor"
)

// runner is one call of the run command.
type runner struct {
	inputFlags
	model      string
	threads    int
	outputs    []string
	each       bool
	repeat     int
	labelsFile string
	trueFile   string
	top        int
	asJSON     bool

	out, notes io.Writer
	session    *runtime.Session
	labels     []string
	load, took time.Duration // of the model, and of all runs
	times      []time.Duration
	rows       int
}

func newRun() *cobra.Command {
	r := &runner{}
	cmd := &cobra.Command{
		Use:   "run MODEL",
		Short: "Run a model and show or write its outputs",
		Long: `Run a model on inputs from files, and show what comes out.

Arrays and numbers are converted to the element type that the model declares
where no value changes (and from float64 to float32); a batch dimension of 1 is
added where it is missing. Images are resized to the model's height and width.`,
		Example: `  onnxrun run digits.onnx --input digit.png --labels labels.txt
  onnxrun run digits.onnx --input digits.npy --scale 1/255 --output scores.npy
  onnxrun run digits.onnx --input image=digits.npy --each --labels-true labels.npy
  onnxrun run net.onnx --input x=x.json --input h=zeros --dim batch=4
  onnxrun run net.onnx --input x=random --output all.npz --output y=y.json`,
		Args:              oneModel,
		ValidArgsFunction: modelFiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			r.model, r.out, r.notes = args[0], cmd.OutOrStdout(), cmd.ErrOrStderr()
			return r.run(cmd)
		},
	}
	r.inputFlags.add(cmd)
	cmd.Flags().StringArrayVarP(&r.outputs, "output", "o", nil, outputHelp)
	cmd.Flags().BoolVar(&r.each, "each", false, "run the rows of the inputs one by one and put the outputs together")
	cmd.Flags().IntVar(&r.repeat, "repeat", 1, "`times` to run, to say how long a run takes")
	cmd.Flags().StringVar(&r.labelsFile, "labels", "", "`file` with the name of each class, one a line")
	cmd.Flags().StringVar(&r.trueFile, "labels-true", "", "`file` with the right class of each row, to print the accuracy")
	cmd.Flags().IntVar(&r.top, "top", 5, "`number` of the best classes to show, 0 for none")
	cmd.Flags().IntVar(&r.threads, "threads", 0, "`number` of goroutines to work with (default: one for each processor)")
	cmd.Flags().BoolVar(&r.asJSON, "json", false, "print the outputs as JSON")
	return cmd
}

func (r *runner) run(cmd *cobra.Command) error {
	switch {
	case r.repeat < 1:
		return usagef("--repeat is at least 1, not %d", r.repeat)
	case r.each && r.repeat > 1:
		return usagef("--each and --repeat do not go together")
	case r.top < 0:
		return usagef("--top is at least 0, not %d", r.top)
	}
	var err error
	if r.labels, err = readLabels(r.labelsFile); err != nil {
		return err
	}
	start := time.Now()
	if r.session, err = runtime.Open(r.model, runtime.WithThreads(r.threads)); err != nil {
		return err
	}
	defer r.session.Close()
	r.load = time.Since(start)
	targets, err := parseTargets(r.outputs, r.session.Outputs(), nil)
	if err != nil {
		return err
	}
	inputs, split, err := r.readInputs(cmd)
	if err != nil {
		return err
	}
	outputs, err := r.compute(cmd.Context(), inputs, split)
	if err != nil {
		return err
	}
	accuracy, err := r.accuracy(outputs)
	if err != nil {
		return err
	}
	asked := r.labelsFile != "" || cmd.Flags().Changed("top")
	if err := r.report(outputs, accuracy, asked); err != nil {
		return err
	}
	return writeTargets(r.out, targets, outputs, r.asJSON)
}

// readInputs returns the inputs and which of them --each is to split.
func (r *runner) readInputs(cmd *cobra.Command) (map[string]tensor.Value, []string, error) {
	f, err := newFeeder(cmd, &r.inputFlags, r.session.Inputs())
	if err != nil {
		return nil, nil, err
	}
	f.rows = r.each
	if err := f.assign(r.inputFlags.inputs); err != nil {
		return nil, nil, err
	}
	if err := f.missing(); err != nil {
		return nil, nil, err
	}
	inputs, err := f.load()
	if err != nil {
		return nil, nil, err
	}
	if r.each {
		split, err := r.splits(f, inputs)
		return inputs, split, err
	}
	return inputs, nil, f.suggestEach(inputs)
}

// suggestEach explains an input of many rows for a model that takes one.
func (d *feeder) suggestEach(inputs map[string]tensor.Value) error {
	for _, in := range d.infos {
		t, ok := inputs[in.Name].(*tensor.Tensor)
		if !ok || t.Rank() == 0 || t.Rank() != len(in.Type.Dims) || in.Type.Dims[0].Size != 1 || t.Dim(0) < 2 {
			continue
		}
		one := t.Type()
		one.Dims[0].Size = 1
		if in.Type.Accepts(one) {
			return usagef("input %q has %s rows where the model takes one; --each runs them one by one", in.Name, count(t.Dim(0)))
		}
	}
	return nil
}

func (r *runner) compute(ctx context.Context, inputs map[string]tensor.Value, split []string) (map[string]tensor.Value, error) {
	start := time.Now()
	defer func() { r.took = time.Since(start) }()
	if r.each {
		return r.runEach(ctx, inputs, split)
	}
	var outputs map[string]tensor.Value
	bar := newProgress(r.notes, r.repeat, "running")
	if r.repeat == 1 {
		bar = &progress{}
	}
	defer bar.done()
	for range r.repeat {
		t := time.Now()
		var err error
		if outputs, err = r.session.Run(ctx, inputs); err != nil {
			return nil, err
		}
		r.times = append(r.times, time.Since(t))
		bar.add()
	}
	return outputs, nil
}

// report prints the outputs.
func (r *runner) report(outputs map[string]tensor.Value, accuracy *hits, asked bool) error {
	names := scoreOutputs(r.session.Outputs(), outputs, asked)
	if r.top == 0 {
		names = nil
	}
	if r.labels != nil && !slices.ContainsFunc(names, func(n string) bool { return outputs[n].(*tensor.Tensor).Dim(1) == len(r.labels) }) && r.top > 0 {
		var have []string
		for _, n := range names {
			have = append(have, fmt.Sprintf("%q has %d classes", n, outputs[n].(*tensor.Tensor).Dim(1)))
		}
		if have == nil {
			have = []string{"no output has scores of classes"}
		}
		return fmt.Errorf("%s has %d labels, but %s", r.labelsFile, len(r.labels), list(have))
	}
	top := map[string][][]scored{}
	for _, n := range names {
		t := outputs[n].(*tensor.Tensor)
		labels := r.labels
		if len(labels) != t.Dim(1) {
			labels = nil
		}
		top[n] = topOf(t, r.top, labels)
	}
	if r.asJSON {
		return r.printJSON(outputs, top, accuracy)
	}
	for i, o := range r.session.Outputs() {
		if i > 0 {
			fmt.Fprintln(r.out)
		}
		printValue(r.out, o.Name, outputs[o.Name])
		if rows := top[o.Name]; rows != nil {
			printTop(r.out, rows)
		}
	}
	if accuracy != nil {
		fmt.Fprintf(r.out, "\naccuracy %s (%s of %s)\n", percent(accuracy.right, accuracy.of), count(accuracy.right), count(accuracy.of))
	}
	r.printTimes()
	return nil
}

func percent(n, of int) string {
	return strings.TrimSuffix(fmt.Sprintf("%.2f", 100*float64(n)/float64(of)), ".00") + "%"
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func (r *runner) printTimes() {
	switch {
	case r.each:
		fmt.Fprintf(r.out, "\n%s in %s\n", plural(r.rows, "row"), millis(ms(r.took)))
	case r.repeat > 1:
		slices.Sort(r.times)
		fmt.Fprintf(r.out, "\n%s: median %s, min %s, max %s\n", plural(r.repeat, "run"),
			millis(ms(quantile(r.times, 0.5))), millis(ms(r.times[0])), millis(ms(r.times[len(r.times)-1])))
	}
	if r.verbose {
		fmt.Fprintf(r.notes, "note: loaded in %s, ran in %s\n", millis(ms(r.load)), millis(ms(r.took)))
	}
}

// quantile returns the q-quantile of sorted times, the nearest rank.
func quantile(sorted []time.Duration, q float64) time.Duration {
	at := int(math.Ceil(q*float64(len(sorted)))) - 1
	return sorted[max(at, 0)]
}

// runJSON is what run --json prints.
type runJSON struct {
	Model    string       `json:"model"`
	Rows     int          `json:"rows,omitempty"`
	Runs     int          `json:"runs"`
	LoadMS   float64      `json:"load_ms"`
	RunMS    float64      `json:"run_ms"` // the median run, or all rows
	Accuracy *float64     `json:"accuracy,omitempty"`
	Outputs  []outputJSON `json:"outputs"`
}

type outputJSON struct {
	Name  string          `json:"name"`
	Min   *float64        `json:"min,omitempty"`
	Max   *float64        `json:"max,omitempty"`
	Mean  *float64        `json:"mean,omitempty"`
	Top   [][]scored      `json:"top,omitempty"`
	Value json.RawMessage `json:"value"`
}

func (r *runner) printJSON(outputs map[string]tensor.Value, top map[string][][]scored, accuracy *hits) error {
	v := runJSON{Model: r.model, Rows: r.rows, Runs: max(len(r.times), 1), LoadMS: micro(r.load), RunMS: micro(r.took)}
	if !r.each {
		slices.Sort(r.times)
		v.RunMS = micro(quantile(r.times, 0.5))
	}
	if accuracy != nil {
		a := float64(accuracy.right) / float64(accuracy.of)
		v.Accuracy = &a
	}
	for _, o := range r.session.Outputs() {
		var b strings.Builder
		if err := tensorio.EncodeJSON(&b, outputs[o.Name]); err != nil {
			return err
		}
		j := outputJSON{Name: o.Name, Top: finiteScores(top[o.Name]), Value: json.RawMessage(b.String())}
		if t, ok := outputs[o.Name].(*tensor.Tensor); ok {
			if s, ok := statsOf(t); ok && s.finite > 0 {
				j.Min, j.Max, j.Mean = &s.min, &s.max, &s.mean
			}
		}
		v.Outputs = append(v.Outputs, j)
	}
	e := json.NewEncoder(r.out)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// finiteScores leaves out classes whose scores JSON has no number for.
func finiteScores(rows [][]scored) [][]scored {
	for i, row := range rows {
		rows[i] = slices.DeleteFunc(row, func(s scored) bool { return math.IsNaN(s.Score) || math.IsInf(s.Score, 0) })
	}
	return rows
}

// micro is a time in milliseconds, to the microsecond.
func micro(d time.Duration) float64 { return math.Round(float64(d)/1e3) / 1e3 }
