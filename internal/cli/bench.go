package cli

import (
	"context"
	"fmt"
	"io"
	goruntime "runtime"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/onnxrun/onnxrun/runtime"
	"github.com/onnxrun/onnxrun/tensor"
)

// benchResult is what bench measures.
type benchResult struct {
	Model        string  `json:"model"`
	Threads      int     `json:"threads"`
	Runs         int     `json:"runs"`
	LoadMS       float64 `json:"load_ms"`
	FirstMS      float64 `json:"first_ms"`
	MedianMS     float64 `json:"median_ms"`
	P95MS        float64 `json:"p95_ms"`
	MinMS        float64 `json:"min_ms"`
	AllocsPerRun float64 `json:"allocs_per_run"`
	PeakRSSMB    float64 `json:"peak_rss_mb"`
}

// Where the number of runs is not given, there are as many as take benchTime,
// within these bounds.
const (
	benchTime = 3 * time.Second
	minRuns   = 5
	maxRuns   = 1000
)

func newBench() *cobra.Command {
	var flags inputFlags
	var runs, threads int
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "bench MODEL",
		Short: "Measure how long a model takes",
		Long: `Measure how long a model takes to load and to run, how often a run asks for
memory, and the most memory that the program had. Inputs that are not given are
random; dimensions that the model leaves open are 1 unless --dim says otherwise.`,
		Example: `  onnxrun bench digits.onnx
  onnxrun bench digits.onnx --threads 1 --runs 200 --json
  onnxrun bench net.onnx --dim batch=16`,
		Args:              oneModel,
		ValidArgsFunction: modelFiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			if runs < 0 || threads < 0 {
				return usagef("--runs and --threads are not negative")
			}
			b := &benchResult{Model: args[0], Threads: threads, Runs: runs}
			if threads == 0 {
				b.Threads = goruntime.GOMAXPROCS(0)
			}
			if err := b.measure(cmd, &flags); err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), b)
			}
			b.print(cmd.OutOrStdout())
			return nil
		},
	}
	flags.add(cmd)
	cmd.Flags().IntVar(&runs, "runs", 0, fmt.Sprintf("`number` of runs to measure (default: as many as take %v, %d to %d)", benchTime, minRuns, maxRuns))
	cmd.Flags().IntVar(&threads, "threads", 0, "`number` of goroutines to work with (default: one for each processor)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (b *benchResult) measure(cmd *cobra.Command, flags *inputFlags) error {
	start := time.Now()
	s, err := runtime.Open(b.Model, runtime.WithThreads(b.Threads))
	if err != nil {
		return err
	}
	defer s.Close()
	b.LoadMS = micro(time.Since(start))
	inputs, err := anyInputs(cmd, flags, s.Inputs())
	if err != nil {
		return err
	}
	return b.time(cmd.Context(), s, inputs)
}

// anyInputs makes the inputs of a model: those that are not given are random.
func anyInputs(cmd *cobra.Command, flags *inputFlags, infos []runtime.Info) (map[string]tensor.Value, error) {
	f, err := newFeeder(cmd, flags, infos)
	if err != nil {
		return nil, err
	}
	if err := f.assign(flags.inputs); err != nil {
		return nil, err
	}
	for _, in := range f.required() {
		if _, ok := f.from[in.Name]; !ok {
			f.from[in.Name] = source{text: "random"}
		}
	}
	return f.load()
}

// time runs the model: once, a second time to warm up, and then b.Runs times.
// All but the first run write into the same outputs, where those are tensors.
func (b *benchResult) time(ctx context.Context, s *runtime.Session, inputs map[string]tensor.Value) error {
	start := time.Now()
	values, err := s.Run(ctx, inputs)
	if err != nil {
		return err
	}
	b.FirstMS = micro(time.Since(start))
	outputs := owned(values)
	once := func() (time.Duration, error) {
		start := time.Now()
		var err error
		if outputs != nil {
			err = s.RunInto(ctx, inputs, outputs)
		} else {
			_, err = s.Run(ctx, inputs)
		}
		return time.Since(start), err
	}
	warm, err := once()
	if err != nil {
		return err
	}
	if b.Runs == 0 {
		b.Runs = min(max(int(benchTime/max(warm, time.Microsecond)), minRuns), maxRuns)
	}
	times := make([]time.Duration, b.Runs)
	var before, after goruntime.MemStats
	goruntime.ReadMemStats(&before)
	for i := range times {
		if times[i], err = once(); err != nil {
			return err
		}
	}
	goruntime.ReadMemStats(&after)
	slices.Sort(times)
	b.MedianMS, b.P95MS, b.MinMS = micro(quantile(times, 0.5)), micro(quantile(times, 0.95)), micro(times[0])
	b.AllocsPerRun = float64((after.Mallocs-before.Mallocs)*10/uint64(b.Runs)) / 10
	b.PeakRSSMB = float64(peakRSS()*10>>20) / 10
	return nil
}

// owned returns tensors like the outputs of a run for the next to write into,
// nil where an output is something else.
func owned(values map[string]tensor.Value) map[string]*tensor.Tensor {
	outputs := map[string]*tensor.Tensor{}
	for name, v := range values {
		t, ok := v.(*tensor.Tensor)
		if !ok {
			return nil
		}
		outputs[name] = t.Clone() // an output may be an input, or part of another
	}
	return outputs
}

func (b *benchResult) print(w io.Writer) {
	fmt.Fprintf(w, "%s, %s, %s\n", b.Model, plural(b.Threads, "thread"), plural(b.Runs, "run"))
	t := &table{indent: "  "}
	t.row("load", millis(b.LoadMS))
	t.row("first run", millis(b.FirstMS))
	t.row("median", millis(b.MedianMS))
	t.row("95th percentile", millis(b.P95MS))
	t.row("fastest", millis(b.MinMS))
	t.row("allocations", num(b.AllocsPerRun)+" per run")
	if b.PeakRSSMB > 0 {
		t.row("peak memory", num(b.PeakRSSMB)+" MB")
	}
	t.print(w)
}
