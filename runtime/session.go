// Package runtime runs ONNX models. Open shows the way of a model: it is
// loaded, checked, rewritten and planned; Session.Run the way of the values:
// they are bound to the plan's inputs, the plan is executed, and its outputs
// are handed out.
package runtime

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/onnxrun/onnxrun/internal/gradient"
	"github.com/onnxrun/onnxrun/internal/optimize"
	"github.com/onnxrun/onnxrun/internal/par"
	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/ops/all"
	"github.com/onnxrun/onnxrun/tensor"
)

// Session is a model ready to run. It is safe for concurrent use: all runs
// share one copy of the weights.
type Session struct {
	model   *onnx.Model
	plan    *plan
	inputs  []Info
	outputs []Info
	config  config
	pool    *par.Pool

	mu     sync.Mutex
	idle   []*job // kept for the next Run
	active sync.WaitGroup
	closed bool
}

// job is what one Run at a time works with: a frame and the memory it uses.
type job struct {
	run   *run
	frame *frame
	in    []tensor.Value   // the model's inputs, in its order
	out   []tensor.Value   // its outputs
	into  []*tensor.Tensor // where the caller wants them, nil where anywhere
}

// Open loads the model in a file, whose weights stay mapped, not copied, until
// Close.
func Open(path string, opts ...Option) (*Session, error) {
	m, err := onnx.Load(path)
	if err != nil {
		return nil, err
	}
	s, err := New(m, opts...)
	if err != nil {
		m.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

// New makes a session of a model, which belongs to the session from then on.
func New(m *onnx.Model, opts ...Option) (*Session, error) {
	c := config{registry: all.Registry(), limit: defaultMemoryLimit()}
	for _, o := range opts {
		o(&c)
	}
	if err := checkModel(m); err != nil {
		return nil, err
	}
	if err := gradient.Lower(m); err != nil { // inlines first, if there are any
		return nil, err
	}
	if err := m.Inline(); err != nil {
		return nil, err
	}
	s := &Session{model: m, config: c, pool: par.New(c.threads)}
	outputs, err := s.describe()
	if err != nil {
		return nil, err
	}
	if !c.plain {
		if err := optimize.Run(m.Graph, outputs, s.evaluate, c.without, c.registry); err != nil {
			return nil, err
		}
	}
	if s.plan, err = makePlan(m.Graph, outputs, c.registry); err != nil {
		return nil, err
	}
	return s, nil
}

// Passes returns the names of the graph rewrites in the order in which they run.
func Passes() []string { return optimize.Names() }

// checkModel returns what is wrong with the structure of a model as one error.
// What breaks the standard and leaves the meaning clear does not count.
func checkModel(m *onnx.Model) error {
	problems := slices.DeleteFunc(onnx.Check(m), func(p onnx.Problem) bool { return p.Minor })
	if len(problems) == 0 {
		return nil
	}
	const most = 5
	var lines []string
	for _, p := range problems[:min(len(problems), most)] {
		lines = append(lines, p.String())
	}
	if n := len(problems) - most; n > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", n))
	}
	return fmt.Errorf("the model is not valid: %s", strings.Join(lines, "; "))
}

// describe lists the inputs and outputs of the session and returns the values
// that are its outputs.
func (s *Session) describe() ([]*onnx.Value, error) {
	g := s.model.Graph
	if s.model.IRVersion < 4 {
		// Before IR 4 every initializer had to be listed as an input, too.
		g.Inputs = slices.DeleteFunc(g.Inputs, func(v *onnx.Value) bool {
			if v.Const != nil {
				v.IsInput = false
			}
			return v.Const != nil
		})
	}
	for _, v := range g.Inputs {
		s.inputs = append(s.inputs, Info{Name: v.Name, Type: v.Type, Doc: v.Doc, Optional: v.Const != nil})
	}
	outputs := slices.Clone(g.Outputs)
	for _, name := range s.config.extra {
		v := findValue(g, name)
		if v == nil {
			return nil, fmt.Errorf("the graph has no value %q to hand out", name)
		}
		if !slices.Contains(outputs, v) {
			outputs = append(outputs, v)
		}
	}
	for _, v := range outputs {
		s.outputs = append(s.outputs, Info{Name: v.Name, Type: v.Type, Doc: v.Doc})
	}
	return outputs, nil
}

func findValue(g *onnx.Graph, name string) *onnx.Value {
	for _, l := range [][]*onnx.Value{g.Outputs, g.Inputs, g.Initializers} {
		for _, v := range l {
			if v.Name == name {
				return v
			}
		}
	}
	for _, n := range g.Nodes {
		for _, v := range n.Outputs {
			if v != nil && v.Name == name {
				return v
			}
		}
	}
	return nil
}

// Inputs returns what Run takes, in the model's order.
func (s *Session) Inputs() []Info { return s.inputs }

// Outputs returns what Run gives, in the model's order, then the values that
// WithOutputs asked for.
func (s *Session) Outputs() []Info { return s.outputs }

// Model returns the model as it runs, after functions have been inlined and
// the graph rewritten. It must not be changed.
func (s *Session) Model() *onnx.Model { return s.model }

// Run computes all outputs from the inputs, both by name. It stops between two
// nodes or ticks when ctx is done. Inputs are only read, and must not change
// while it runs; outputs belong to the caller and may share memory with inputs.
func (s *Session) Run(ctx context.Context, inputs map[string]tensor.Value) (map[string]tensor.Value, error) {
	j, err := s.acquire()
	if err != nil {
		return nil, err
	}
	defer s.active.Done()
	if err := s.bindInputs(inputs, j.in); err != nil {
		s.release(j)
		return nil, err
	}
	if err := j.execute(ctx); err != nil {
		return nil, err // the job's slots are left as they are and not used again
	}
	named := make(map[string]tensor.Value, len(j.out))
	for i, v := range j.out {
		named[s.outputs[i].Name] = tensor.HandOut(v) // while the arena is still this run's alone
	}
	s.release(j)
	return named, nil
}

func (j *job) execute(ctx context.Context) error {
	j.run.ctx = ctx
	for _, v := range j.in {
		tensor.Retain(v) // the caller keeps his
	}
	j.frame.bind(j.in)
	if err := j.frame.execute(); err != nil {
		return err
	}
	j.frame.take(j.out)
	return nil
}

// bindInputs puts the inputs into the model's order and compares them with
// what it declares.
func (s *Session) bindInputs(inputs map[string]tensor.Value, in []tensor.Value) error {
	given := 0
	for i, d := range s.inputs {
		v, ok := inputs[d.Name]
		if ok {
			given++
		}
		if t, isTensor := v.(*tensor.Tensor); v == nil || isTensor && t == nil {
			if v = s.model.Graph.Inputs[i].Const; v == nil {
				return fmt.Errorf("%w: input %q (%v) is missing", ErrInput, d.Name, d.Type)
			}
		}
		if !d.Type.Holds(v) {
			return fmt.Errorf("%w: input %q: got %v, want %v", ErrInput, d.Name, tensor.Describe(v), d.Type)
		}
		in[i] = v
	}
	if given < len(inputs) {
		for name := range inputs {
			if !slices.ContainsFunc(s.inputs, func(d Info) bool { return d.Name == name }) {
				return fmt.Errorf("%w: the model has no input %q; its inputs are %s", ErrInput, name, names(s.inputs))
			}
		}
	}
	return nil
}

// acquire takes an idle job or makes one.
func (s *Session) acquire() (*job, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	s.active.Add(1)
	if n := len(s.idle); n > 0 {
		j := s.idle[n-1]
		s.idle = s.idle[:n-1]
		return j, nil
	}
	r := &run{arena: &tensor.Arena{Limit: s.config.limit, Poison: s.config.poison}, pool: s.pool, trace: s.config.trace, reuse: s.config.inPlace}
	return newJob(r, s.plan), nil
}

func newJob(r *run, p *plan) *job {
	return &job{
		run: r, frame: newFrame(r, p),
		in: make([]tensor.Value, len(p.inputs)), out: make([]tensor.Value, len(p.outputs)),
		into: make([]*tensor.Tensor, len(p.outputs)),
	}
}

// release keeps a job for the next Run.
func (s *Session) release(j *job) {
	j.run.ctx = nil
	j.frame.forget()
	j.run.arena.EndRun()
	clear(j.in)
	clear(j.out)
	clear(j.into)
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.idle = append(s.idle, j)
	}
}

// Close waits for the runs under way and unmaps the model's file. Outputs stay
// valid.
func (s *Session) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	s.idle = nil
	s.mu.Unlock()
	s.active.Wait()
	return s.model.Close()
}

// evaluate runs one node on constant inputs, for constant folding.
func (s *Session) evaluate(n *onnx.Node, limit int) ([]tensor.Value, error) {
	in := make([]tensor.Value, len(n.Inputs))
	for i, v := range n.Inputs {
		if v != nil {
			in[i] = v.Const
		}
	}
	if slices.ContainsFunc(n.Attrs, func(a *onnx.Attr) bool { return a.Kind == onnx.AttrGraph }) {
		return nil, errors.New("nodes with sub-graphs are not folded")
	}
	def, kernel, err := s.config.registry.Build(n, func(i int) tensor.Value { return in[i] })
	if err != nil {
		return nil, err
	}
	g := &onnx.Graph{Name: "fold", Nodes: []*onnx.Node{n}}
	p := &plan{name: g.Name, values: slices.Concat(n.Inputs, n.Outputs)}
	st := step{node: n, def: def, kernel: kernel, wanted: make([]bool, len(n.Outputs)), last: make([]bool, len(n.Inputs))}
	for i, v := range in {
		st.in = append(st.in, i)
		if v == nil {
			st.in[i] = -1
			continue
		}
		p.consts = append(p.consts, constant{i, v})
	}
	for i, v := range n.Outputs {
		st.out = append(st.out, -1)
		if v != nil {
			st.out[i] = len(n.Inputs) + i
			st.wanted[i] = true
		}
		p.outputs = append(p.outputs, output{slot: len(n.Inputs) + i, step: -1})
	}
	p.steps = []step{st}
	r := &run{ctx: context.Background(), arena: &tensor.Arena{Limit: limit}, pool: s.pool}
	j := newJob(r, p)
	if err := j.execute(r.ctx); err != nil {
		return nil, err
	}
	for _, v := range j.out {
		if v != nil {
			tensor.Escape(v)
		}
	}
	return j.out, nil
}
