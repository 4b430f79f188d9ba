package runtime

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/onnxrun/onnxrun/tensor"
)

// Stream runs a model tick by tick: some of its outputs are fed back into its
// inputs at the next tick. Many streams may share a session; one stream serves
// one goroutine at a time.
type Stream struct {
	session *Session
	carry   map[string]string       // output to input
	state   map[string]tensor.Value // by input, nil before the first tick

	// What TickInto works with, empty before the first.
	own  map[string]*[2]*tensor.Tensor // by input: one may hold the state, the other takes the next
	in   map[string]tensor.Value
	next map[string]tensor.Value // by output
	out  map[string]*tensor.Tensor
}

// NewStream returns a stream that carries outputs back into inputs as carry
// says, by name. Where carry is nil the pairs are found by their names; see
// FindCarry. A stream without any pair is refused.
func NewStream(s *Session, carry map[string]string) (*Stream, error) {
	if carry == nil {
		if carry = FindCarry(s.Inputs(), s.Outputs()); len(carry) == 0 {
			return nil, fmt.Errorf("no output looks like the next state of an input; outputs are %s, inputs %s", names(s.Outputs()), names(s.Inputs()))
		}
	}
	fed := map[string]string{}
	for out, in := range carry {
		o, i := infoByName(s.Outputs(), out), infoByName(s.Inputs(), in)
		switch {
		case o == nil:
			return nil, fmt.Errorf("the model has no output %q to carry; its outputs are %s", out, names(s.Outputs()))
		case i == nil:
			return nil, fmt.Errorf("the model has no input %q to carry into; its inputs are %s", in, names(s.Inputs()))
		case fed[in] != "":
			return nil, fmt.Errorf("input %q would take both %q and %q", in, fed[in], out)
		case !fits(o.Type, i.Type):
			return nil, fmt.Errorf("output %q (%v) does not fit input %q (%v)", out, o.Type, in, i.Type)
		}
		fed[in] = out
	}
	return &Stream{session: s, carry: maps.Clone(carry)}, nil
}

// fits reports whether a value of an output may go into an input, as far as
// the model declares their types.
func fits(out, in tensor.Type) bool {
	return out.Kind == tensor.KindUnknown || in.Accepts(out)
}

func infoByName(l []Info, name string) *Info {
	for i := range l {
		if l[i].Name == name {
			return &l[i]
		}
	}
	return nil
}

func names(l []Info) string {
	var n []string
	for _, i := range l {
		n = append(n, fmt.Sprintf("%q", i.Name))
	}
	return strings.Join(n, ", ")
}

// FindCarry pairs outputs with the inputs whose next value they look like:
// h and hn, state and stateN, cache_in and cache_out, initial_h and Y_h,
// past_key and present_key. Types must fit, and a name must fit one partner
// alone.
func FindCarry(inputs, outputs []Info) map[string]string {
	carry := map[string]string{}
	taken := map[string]string{}
	for _, o := range outputs {
		var found []string
		for _, i := range inputs {
			if fits(o.Type, i.Type) && nextOf(i.Name, o.Name) {
				found = append(found, i.Name)
			}
		}
		if len(found) == 1 && taken[found[0]] == "" {
			carry[o.Name], taken[found[0]] = found[0], o.Name
		}
	}
	return carry
}

// nextOf reports whether an output's name says that it is the next value of
// the input.
func nextOf(in, out string) bool {
	in, out = strings.ToLower(in), strings.ToLower(out)
	if in == out || in == "input" || in == "in" { // which say nothing of a state
		return false
	}
	stems := func(s string, prefixes, suffixes []string) []string {
		l := []string{}
		for _, p := range prefixes {
			if t, ok := strings.CutPrefix(s, p); ok && t != "" {
				l = append(l, strings.Trim(t, "_."))
			}
		}
		for _, x := range suffixes {
			if t, ok := strings.CutSuffix(s, x); ok && t != "" {
				l = append(l, strings.Trim(t, "_."))
			}
		}
		return l
	}
	ins := append(stems(in, []string{"initial_", "init_", "prev_", "past_", "in_", "input_", "last_"},
		[]string{"_in", "_prev", "_input", ".in", "_0", "0", "_old", "_past", "_init"}), in)
	outs := stems(out, []string{"y_", "next_", "new_", "present_", "out_", "output_", "final_", "updated_"},
		[]string{"_out", "_next", "_output", ".out", "_n", "n", "_1", "1", "_new", "_present", "_final", "_last", "out", "_t"})
	// An input's stem replaced in the middle: past_key_values.0.key and
	// present.0.key.
	outs = append(outs, strings.NewReplacer("present", "past_key_values").Replace(out), strings.NewReplacer("present", "past").Replace(out),
		strings.NewReplacer("_out", "_in").Replace(out), strings.NewReplacer("output", "input").Replace(out))
	return slices.ContainsFunc(outs, func(s string) bool { return s != out && slices.Contains(ins, s) })
}

// Session returns the session that the stream runs on.
func (st *Stream) Session() *Session { return st.session }

// Carry returns which output is carried into which input.
func (st *Stream) Carry() map[string]string { return maps.Clone(st.carry) }

// Tick runs one time step. The carried inputs may be left out: they are what
// the tick before gave, and zeros of the declared shape at first (unknown
// dimensions take the size that another input has under the same name, else
// 1). Giving one sets the state. A failed tick leaves the state as it was.
func (st *Stream) Tick(ctx context.Context, inputs map[string]tensor.Value) (map[string]tensor.Value, error) {
	in := map[string]tensor.Value{}
	if err := st.bind(in, inputs); err != nil {
		return nil, err
	}
	out, err := st.session.Run(ctx, in)
	if err != nil {
		return nil, err
	}
	state := make(map[string]tensor.Value, len(st.carry))
	for o, i := range st.carry {
		state[i] = out[o]
	}
	st.state = state
	return out, nil
}

// bind sets in to the given inputs and the state.
func (st *Stream) bind(in, given map[string]tensor.Value) error {
	maps.Copy(in, given)
	for _, name := range st.carry {
		if in[name] != nil {
			continue
		}
		if v := st.state[name]; v != nil {
			in[name] = v
			continue
		}
		info := infoByName(st.session.Inputs(), name)
		if info.Optional {
			continue
		}
		v, err := st.zeros(info, given)
		if err != nil {
			return err
		}
		in[name] = v
	}
	return nil
}

// TickInto is Tick with memory of the caller's for the outputs, as in
// Session.RunInto. Carried outputs may be left out: the stream keeps its state
// in memory of its own. Once the shapes of the state stay the same, a tick
// takes no memory from the heap.
func (st *Stream) TickInto(ctx context.Context, inputs map[string]tensor.Value, outputs map[string]*tensor.Tensor) error {
	if st.own == nil {
		st.own = map[string]*[2]*tensor.Tensor{}
		st.in, st.next, st.out = map[string]tensor.Value{}, map[string]tensor.Value{}, map[string]*tensor.Tensor{}
		for _, i := range st.carry {
			st.own[i] = new([2]*tensor.Tensor)
		}
	}
	defer clear(st.in)
	defer clear(st.out)
	if err := st.bind(st.in, inputs); err != nil {
		return err
	}
	maps.Copy(st.out, outputs)
	for o, i := range st.carry {
		delete(st.out, o)
		st.next[o] = nil
		if t := *st.spare(i); t != nil {
			st.next[o] = t
		}
	}
	if err := st.session.runInto(ctx, st.in, st.out, st.next); err != nil {
		return err
	}
	for o := range st.carry {
		if t := outputs[o]; t != nil && !same(st.next[o], t) {
			return fmt.Errorf("%w: output %q is %s, got %v for it", ErrOutput, o, tensor.Describe(st.next[o]), t)
		}
	}
	if st.state == nil {
		st.state = map[string]tensor.Value{}
	}
	for o, i := range st.carry {
		v, ok := st.next[o].(*tensor.Tensor)
		if ok && same(st.in[i], v) {
			*st.spare(i) = v // where it lies already, or the first of this shape
		}
		if t := outputs[o]; t != nil {
			tensor.CopyElems(t, 0, v, 0, v.Len())
		}
		st.state[i] = st.next[o]
	}
	return nil
}

// spare returns which of the stream's own tensors takes the next state of an
// input: the one that does not hold the present one.
func (st *Stream) spare(input string) **tensor.Tensor {
	own := st.own[input]
	if own[0] != nil && st.state[input] == tensor.Value(own[0]) {
		return &own[1]
	}
	return &own[0]
}

// same reports whether v is a tensor of the type and shape of t.
func same(v tensor.Value, t *tensor.Tensor) bool {
	x, ok := v.(*tensor.Tensor)
	return ok && x.DType() == t.DType() && x.Shape().Equal(t.Shape())
}

// zeros makes the first value of a state.
func (st *Stream) zeros(info *Info, inputs map[string]tensor.Value) (tensor.Value, error) {
	if info.Type.Kind != tensor.KindTensor || !info.Type.HasShape {
		return nil, fmt.Errorf("%w: state %q (%v) has no declared shape: give its first value", ErrInput, info.Name, info.Type)
	}
	sizes := st.symbols(inputs)
	shape := make(tensor.Shape, len(info.Type.Dims))
	for i, d := range info.Type.Dims {
		switch n, ok := sizes[d.Name]; {
		case d.Known():
			shape[i] = d.Size
		case ok && d.Name != "":
			shape[i] = n
		default:
			shape[i] = 1
		}
	}
	return tensor.New(info.Type.Elem, shape)
}

// symbols returns the sizes that the given inputs have for the named
// dimensions of the model.
func (st *Stream) symbols(inputs map[string]tensor.Value) map[string]int {
	sizes := map[string]int{}
	for _, d := range st.session.Inputs() {
		t, ok := inputs[d.Name].(*tensor.Tensor)
		if !ok || t.Rank() != len(d.Type.Dims) {
			continue
		}
		for i, dim := range d.Type.Dims {
			if !dim.Known() && dim.Name != "" {
				sizes[dim.Name] = t.Dim(i)
			}
		}
	}
	return sizes
}

// State is the memory of a stream between two ticks. It is immutable.
type State struct{ values map[string]tensor.Value }

// Values returns the carried values by the name of the input that takes them;
// empty before the first tick.
func (s State) Values() map[string]tensor.Value { return maps.Clone(s.values) }

// Reset forgets the state: the next tick is the first again.
func (st *Stream) Reset() { st.state = nil }

// Snapshot returns the state, for Restore, also into another stream of the
// same model.
func (st *Stream) Snapshot() State {
	values := maps.Clone(st.state)
	for i, own := range st.own {
		if t, ok := values[i].(*tensor.Tensor); ok && (t == own[0] || t == own[1]) {
			values[i] = t.Clone() // TickInto will write over it
		}
	}
	return State{values}
}

// Restore sets the state. One whose values do not fit the carried inputs is
// refused, and the stream's own kept.
func (st *Stream) Restore(s State) error {
	for name, v := range s.values {
		info := infoByName(st.session.Inputs(), name)
		if info == nil || !slices.Contains(slices.Collect(maps.Values(st.carry)), name) {
			return fmt.Errorf("%w: the stream carries no state %q", ErrInput, name)
		}
		if !info.Type.Accepts(v.Type()) {
			return fmt.Errorf("%w: state %q: got %s, want %v", ErrInput, name, tensor.Describe(v), info.Type)
		}
	}
	st.state = maps.Clone(s.values)
	return nil
}

// NewState returns a state of the given values, by the name of the input that
// takes them: one that was stored outside the program.
func NewState(values map[string]tensor.Value) State { return State{maps.Clone(values)} }
