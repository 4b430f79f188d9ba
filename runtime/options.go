package runtime

import (
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// Option changes how a session is made or runs.
type Option func(*config)

type config struct {
	registry *ops.Registry
	threads  int
	limit    int
	without  []string // names of passes
	plain    bool     // no pass at all
	extra    []string // intermediate values to hand out
	trace    func(*Event)
	inPlace  bool // what trace sees may have been written over
	poison   bool
}

// WithThreads bounds the goroutines that one Run works on; n ≤ 0 means
// GOMAXPROCS, which is the default.
func WithThreads(n int) Option { return func(c *config) { c.threads = n } }

// WithRegistry replaces the operators; see ops.Registry.With for adding some.
func WithRegistry(r *ops.Registry) Option { return func(c *config) { c.registry = r } }

// WithMemoryLimit bounds the bytes of tensors that one Run may hold at once.
// The default is what the machine, or its container, has.
func WithMemoryLimit(bytes int) Option { return func(c *config) { c.limit = bytes } }

// WithoutPass turns graph rewrites off by name; Passes lists them.
func WithoutPass(names ...string) Option {
	return func(c *config) { c.without = append(c.without, names...) }
}

// WithoutOptimization runs the graph as the model has it.
func WithoutOptimization() Option { return func(c *config) { c.plain = true } }

// WithOutputs makes values of the graph that are not its outputs outputs of
// the session, by name.
func WithOutputs(names ...string) Option {
	return func(c *config) { c.extra = append(c.extra, names...) }
}

// WithTrace calls f after each node that a Run executes, those of sub-graphs
// included, on the goroutine of the Run. The values of an Event may be looked
// at only until f returns.
func WithTrace(f func(*Event)) Option {
	return func(c *config) { c.trace, c.inPlace = f, false }
}

// WithProfile is WithTrace for measuring: nothing runs otherwise than without
// it. Of the values of an Event only types and shapes may be looked at, since
// an output may lie in the memory of an input.
func WithProfile(f func(*Event)) Option {
	return func(c *config) { c.trace, c.inPlace = f, true }
}

// WithPoison fills memory that is given back with a pattern, so that a test
// sees a kernel that reads what it should not.
func WithPoison() Option { return func(c *config) { c.poison = true } }

// Info describes an input or output of a session.
type Info struct {
	Name string
	Type tensor.Type
	Doc  string
	// Optional is set for an input that has a default in the model.
	Optional bool
}
