package main

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/onnxrun/onnxrun/benchmarks/wire"
)

// bench is how to measure.
type bench struct {
	self    string // this program, which serves onnxrun and onnxruntime
	peers   string // folder of the programs that serve peers, or empty
	models  string
	library string
	threads []int
	rounds  int
	block   time.Duration
	budget  time.Duration
	best    bool // compare the fastest blocks

	late map[string]string // by peer and model: that it gave no answer in time
}

const (
	fewestRounds = 7
	fewestPeer   = 3 // rounds of a peer, whose budget is smaller, too
	peerBudget   = 500 * time.Millisecond
	peerPatience = 8 * time.Second
	loads        = 5 // fresh processes, of which the median is taken
	warm         = 100 * time.Millisecond
	patience     = 90 * time.Second // for one answer of an engine
	quiet        = 500 * time.Millisecond
	touchBelow   = 50 * time.Millisecond // runs that long fetch their data anyway
)

// peers are the other Go runtimes, and programs the programs that serve them.
var (
	peers    = []string{"gonnx", "gomlx", "onnx-go"}
	programs = map[string]string{"gonnx": "gonnx", "gomlx": "peers", "onnx-go": "peers"}
)

// Measurement is one engine in one case.
type Measurement struct {
	Error      string        `json:"error,omitempty"`
	Median     time.Duration `json:"median_ns,omitempty"`
	P95        time.Duration `json:"p95_ns,omitempty"`
	Best       time.Duration `json:"best_ns,omitempty"` // the fastest block
	Blocks     int           `json:"blocks,omitempty"`
	Runs       int           `json:"runs_per_block,omitempty"`
	Load       time.Duration `json:"load_ns,omitempty"`
	First      time.Duration `json:"first_run_ns,omitempty"`
	Peak       int64         `json:"peak_bytes,omitempty"`
	Difference float64       `json:"difference"` // from onnxruntime's outputs
	Disagrees  string        `json:"disagrees,omitempty"`
}

// Result is one case at one number of threads.
type Result struct {
	Case    Case                    `json:"case"`
	Threads int                     `json:"threads"`
	Engines map[string]*Measurement `json:"engines"`
	Unrest  int                     `json:"unrest,omitempty"` // blocks begun while another engine's threads ran
}

func (b *bench) measure(cases []Case, r *Report) error {
	r.describe(b)
	b.late = map[string]string{}
	began := time.Now()
	for i, c := range cases {
		for _, n := range b.threads {
			result := b.one(c, n, r)
			r.Results = append(r.Results, result)
			fmt.Fprintf(os.Stderr, "%5.0fs  [%d/%d] %s – %s, %d thread(s): %s\n",
				time.Since(began).Seconds(), i+1, len(cases), c.Group, c.Name, n, result.line())
		}
	}
	return nil
}

func (b *bench) job(c *Case, engine string, threads int) wire.Job {
	job := wire.Job{
		Engine: engine, Model: filepath.Join(b.models, c.File),
		Inputs: c.Inputs, Outputs: c.Outputs, Threads: threads, Warm: warm,
	}
	if engine == "onnxruntime" {
		job.Library = b.library
	}
	return job
}

// start runs an engine's process. What a peer did not do in time it is not
// asked again, with more threads.
func (b *bench) start(job wire.Job) (*wire.Child, error) {
	if !slices.Contains(peers, job.Engine) {
		return wire.Start(patience, job, b.self, "-serve")
	}
	key := job.Engine + " " + job.Model
	if why := b.late[key]; why != "" {
		return nil, errors.New(why)
	}
	began := time.Now()
	c, err := wire.Start(peerPatience, job, filepath.Join(b.peers, programs[job.Engine]))
	if err == nil && c.Error != "" && time.Since(began) > peerPatience {
		b.late[key] = c.Error
	}
	return c, err
}

// one measures a case: every engine opens the model in a process of its own,
// outputs are compared, and then the engines take turns in running blocks.
func (b *bench) one(c Case, threads int, r *Report) Result {
	result := Result{Case: c, Threads: threads, Engines: map[string]*Measurement{}}
	engines := []string{"onnxruntime", "onnxrun"}
	if c.Copy {
		engines = append(engines, "copy")
	}
	if b.peers != "" {
		engines = append(engines, peers...)
	}
	runners := b.open(&c, threads, engines, &result, r)
	for round := range b.rounds {
		for i := range runners {
			// Each engine is first, and after each other, equally often.
			run := runners[(i+round)%len(runners)]
			if run.done() {
				continue
			}
			others := make([]*wire.Child, 0, len(runners))
			for _, o := range runners {
				if o != run && o.m.Error == "" {
					others = append(others, o.child)
				}
			}
			if !wire.Quiet(quiet, others...) {
				result.Unrest++
			}
			run.block()
		}
	}
	for _, run := range runners {
		run.finish()
		if b.best {
			run.m.Median = run.m.Best
		}
	}
	if c.Load {
		b.load(&c, threads, &result)
	}
	return result
}

// open starts the engines and compares their outputs; those that cannot run
// the model have their error in the result and are not among the runners.
func (b *bench) open(c *Case, threads int, engines []string, result *Result, r *Report) []*runner {
	var runners []*runner
	var children []*wire.Child
	var want []wire.Tensor
	for _, name := range engines {
		m := &Measurement{}
		result.Engines[name] = m
		wire.Quiet(quiet, children...)
		child, err := b.start(b.job(c, name, threads))
		if err != nil {
			m.Error = err.Error()
			continue
		}
		if child.Version != "" {
			r.Versions[name] = child.Version
		}
		if m.Error = child.Error; m.Error != "" {
			continue
		}
		m.Load, m.First, m.Peak = child.Load, child.First, child.Peak
		switch {
		case name == "onnxruntime":
			want = child.Outputs
		case name != "copy" && want != nil:
			m.Difference, err = difference(child.Outputs, want)
			if err == nil && m.Difference > c.Tolerance {
				err = fmt.Errorf("outputs differ by %.2g, %.2g is allowed", m.Difference, c.Tolerance)
			}
			if math.IsInf(m.Difference, 0) {
				m.Difference = math.MaxFloat64 // JSON has no word for it
			}
			if err != nil {
				m.Disagrees = err.Error()
			}
		}
		child.Outputs = nil
		children = append(children, child)
		m.Runs = max(1, c.Runs, int((b.block+child.Run-1)/max(child.Run, 1)))
		run := &runner{child: child, m: m, touch: child.Run < touchBelow, fewest: fewestRounds, budget: b.budget}
		if slices.Contains(peers, name) {
			run.fewest, run.budget = fewestPeer, min(b.budget, peerBudget)
		}
		runners = append(runners, run)
	}
	return runners
}

// load measures how long the two engines take from a file to the first result,
// and the memory that they need, in fresh processes.
func (b *bench) load(c *Case, threads int, result *Result) {
	type sample struct {
		load, first []time.Duration
		peak        []int64
	}
	samples := map[string]*sample{"onnxruntime": {}, "onnxrun": {}}
	for range loads {
		for name, s := range samples {
			child, err := b.start(b.job(c, name, threads))
			if err != nil || child.Error != "" {
				continue
			}
			s.load, s.first = append(s.load, child.Load), append(s.first, child.First)
			s.peak = append(s.peak, child.Peak)
			child.Stop()
		}
	}
	for name, s := range samples {
		if m := result.Engines[name]; len(s.load) > 0 {
			m.Load, m.First, m.Peak = quantile(s.load, 0.5), quantile(s.first, 0.5), quantile(s.peak, 0.5)
		}
	}
}

// runner is an engine's process during a case.
type runner struct {
	child  *wire.Child
	m      *Measurement
	touch  bool
	fewest int // rounds, whatever they take
	budget time.Duration
	times  []time.Duration // of a run, by block
	spent  time.Duration
}

func (r *runner) done() bool {
	return r.m.Error != "" || r.spent > r.budget && len(r.times) >= r.fewest
}

func (r *runner) block() {
	began := time.Now()
	took, err := r.child.Measure(patience, wire.Block{Runs: r.m.Runs, Touch: r.touch})
	if err != nil {
		r.m.Error = err.Error()
		return
	}
	r.spent += time.Since(began)
	r.times = append(r.times, took/time.Duration(r.m.Runs))
}

func (r *runner) finish() {
	r.child.Stop()
	if r.m.Blocks = len(r.times); r.m.Error == "" && r.m.Blocks > 0 {
		r.m.Median, r.m.P95, r.m.Best = quantile(r.times, 0.5), quantile(r.times, 0.95), slices.Min(r.times)
	}
}

// quantile returns the value below which a share q of the values lies,
// interpolated between two of them.
func quantile[T ~int64](values []T, q float64) T {
	v := slices.Sorted(slices.Values(values))
	at := q * float64(len(v)-1)
	i := int(at)
	if i+1 == len(v) {
		return v[i]
	}
	return v[i] + T(math.Round((at-float64(i))*float64(v[i+1]-v[i])))
}

// difference returns the largest difference of two elements, relative to the
// wanted one plus the root mean square of its tensor.
func difference(got, want []wire.Tensor) (float64, error) {
	worst := 0.0
	for _, w := range want {
		i := slices.IndexFunc(got, func(t wire.Tensor) bool { return t.Name == w.Name })
		if i < 0 {
			return 0, fmt.Errorf("no output %q", w.Name)
		}
		g := got[i]
		if g.DType != w.DType || !slices.Equal(g.Shape, w.Shape) {
			return 0, fmt.Errorf("output %q is %s%v, not %s%v", w.Name, g.DType, g.Shape, w.DType, w.Shape)
		}
		a, b := g.Floats(), w.Floats()
		if len(a) != len(b) {
			return 0, fmt.Errorf("output %q has %d elements, not %d", w.Name, len(a), len(b))
		}
		squares := 0.0
		for _, v := range b {
			squares += v * v
		}
		rms := math.Sqrt(squares / float64(max(len(b), 1)))
		for j, v := range b {
			switch d := math.Abs(a[j]-v) / (math.Abs(v) + rms); {
			case a[j] == v || a[j] != a[j] && v != v:
			case d != d:
				return math.Inf(1), nil
			case d > worst:
				worst = d
			}
		}
	}
	return worst, nil
}
