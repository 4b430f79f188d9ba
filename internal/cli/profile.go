package cli

import (
	"context"
	"fmt"
	"io"
	goruntime "runtime"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/onnxrun/onnxrun/internal/profile"
	"github.com/onnxrun/onnxrun/internal/tensorio"
	"github.com/onnxrun/onnxrun/runtime"
	"github.com/onnxrun/onnxrun/tensor"
)

// profiler is one call of the profile command.
type profiler struct {
	inputFlags
	model      string
	threads    int
	runs       int
	warmup     int
	noOptimize bool
	without    []string
	top        int
	sort       string
	asJSON     bool
	traceFile  string
	htmlFile   string

	out, notes io.Writer
}

func newProfile() *cobra.Command {
	p := &profiler{}
	cmd := &cobra.Command{
		Use:   "profile MODEL",
		Short: "Show where the time of a model goes",
		Long: `Show where the time of a model goes: by operator and by node, with the types
and shapes that were seen. Times are of one run, medians over all runs; the time
of a node with a body, such as Scan, is without that of the nodes in the body,
which are listed themselves with all their calls.

Operators that consist of products, such as Conv, MatMul and LSTM, are shown in
multiplications and additions per second, others in bytes read and written per
second, and both in percent of what this machine does with the same number of
threads in a matrix product and in a copy of that size, which is measured first.
More than 100% is possible where less is done than the formula says, or where
the data are in a faster cache than those of the copy.
The nodes are those that run: rewrites of the graph have put some together;
--no-optimize shows those of the model.

Inputs that are not given are random; dimensions that the model leaves open are
1 unless --dim says otherwise.`,
		Example: `  onnxrun profile digits.onnx
  onnxrun profile net.onnx --dim batch=16 --threads 1 --top 40
  onnxrun profile net.onnx --trace net.json    # open in ui.perfetto.dev
  onnxrun profile net.onnx --html net.html`,
		Args:              oneModel,
		ValidArgsFunction: modelFiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			p.model, p.out, p.notes = args[0], cmd.OutOrStdout(), cmd.ErrOrStderr()
			return p.run(cmd)
		},
	}
	p.inputFlags.add(cmd)
	f := cmd.Flags()
	f.IntVar(&p.runs, "runs", 0, fmt.Sprintf("`number` of runs to measure (default: as many as take %v, %d to %d)", benchTime, minRuns, maxRuns))
	f.IntVar(&p.warmup, "warmup", 2, "`number` of runs before, which do not count")
	f.IntVar(&p.threads, "threads", 0, "`number` of goroutines to work with (default: one for each processor)")
	f.BoolVar(&p.noOptimize, "no-optimize", false, "run the graph as it is")
	f.StringSliceVar(&p.without, "without", nil, "`names` of rewrites of the graph to leave out")
	f.IntVar(&p.top, "top", 15, "`number` of nodes to show, 0 for none")
	f.StringVar(&p.sort, "sort", "time", "`order` of the nodes: time, total (with bodies), calls, peak, name, or graph")
	f.StringVar(&p.traceFile, "trace", "", "`file` to write the timeline of the fastest run to, for ui.perfetto.dev")
	f.StringVar(&p.htmlFile, "html", "", "`file` to write timeline and tables to, as one page for a browser")
	f.BoolVar(&p.asJSON, "json", false, "print JSON")
	return cmd
}

func (p *profiler) check() error {
	switch {
	case p.runs < 0 || p.threads < 0 || p.warmup < 0 || p.top < 0:
		return usagef("--runs, --warmup, --threads and --top are not negative")
	case nodeOrders[p.sort] == nil:
		return usagef("--sort is %s, not %q", list(orderNames()), p.sort)
	case p.traceFile != "" && p.traceFile == p.htmlFile:
		return usagef("--trace and --html name the same file")
	}
	for _, w := range p.without {
		if !slices.Contains(runtime.Passes(), w) {
			return usagef("--without %s: there is no such rewrite; there is %s", w, list(runtime.Passes()))
		}
	}
	if err := checkPlace("trace", p.traceFile); err != nil {
		return err
	}
	return checkPlace("html", p.htmlFile)
}

func (p *profiler) run(cmd *cobra.Command) error {
	if err := p.check(); err != nil {
		return err
	}
	if p.threads == 0 {
		p.threads = goruntime.GOMAXPROCS(0)
	}
	var rec profile.Recorder
	opts := []runtime.Option{runtime.WithThreads(p.threads), runtime.WithProfile(rec.Event), runtime.WithoutPass(p.without...)}
	if p.noOptimize {
		opts = append(opts, runtime.WithoutOptimization())
	}
	s, err := runtime.Open(p.model, opts...)
	if err != nil {
		return err
	}
	defer s.Close()
	inputs, err := anyInputs(cmd, &p.inputFlags, s.Inputs())
	if err != nil {
		return err
	}
	machine := profile.Measure(p.threads)
	if err := p.record(cmd.Context(), s, inputs, &rec); err != nil {
		return err
	}
	return p.report(rec.Report(p.model, machine))
}

// record runs the model: to warm up, once more to see how long it takes, and
// then as often as is asked for.
func (p *profiler) record(ctx context.Context, s *runtime.Session, inputs map[string]tensor.Value, rec *profile.Recorder) error {
	var last time.Duration
	for range p.warmup {
		start := time.Now()
		if _, err := s.Run(ctx, inputs); err != nil {
			return err
		}
		last = time.Since(start)
	}
	runs := p.runs
	bar := &progress{}
	defer func() { bar.done() }()
	for i := 0; runs == 0 || i < runs; i++ {
		start := time.Now()
		rec.Begin()
		if _, err := s.Run(ctx, inputs); err != nil {
			return err
		}
		rec.End()
		if last == 0 {
			last = time.Since(start)
		}
		if i == 0 {
			if runs == 0 {
				runs = min(max(int(benchTime/max(last, time.Microsecond)), minRuns), maxRuns)
			}
			bar = newProgress(p.notes, runs, "running")
		}
		bar.add()
	}
	return nil
}

func (p *profiler) report(r *profile.Report) error {
	for _, f := range []struct {
		path  string
		write func(io.Writer) error
	}{{p.traceFile, r.Trace}, {p.htmlFile, r.Page}} {
		if f.path == "" {
			continue
		}
		if err := tensorio.WriteFile(f.path, f.write); err != nil {
			return err
		}
	}
	if r.Median > r.Fastest*3/2 && r.Median > time.Millisecond {
		fmt.Fprintf(p.notes, "note: the median run took %.1f times as long as the fastest: something else may be using the machine\n", float64(r.Median)/float64(r.Fastest))
	}
	if p.asJSON {
		return printJSON(p.out, r.Document(p.ordered(r.Nodes)))
	}
	p.print(r)
	if p.traceFile != "" {
		fmt.Fprintf(p.out, "\nwrote the timeline to %s; ui.perfetto.dev opens it\n", p.traceFile)
	}
	if p.htmlFile != "" {
		fmt.Fprintf(p.out, "\nwrote timeline and tables to %s\n", p.htmlFile)
	}
	return nil
}
