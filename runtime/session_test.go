package runtime_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/runtime"
	"github.com/onnxrun/onnxrun/tensor"
	"github.com/stretchr/testify/require"
)

type values = map[string]tensor.Value

func session(t *testing.T, b *optest.Builder, opts ...runtime.Option) *runtime.Session {
	t.Helper()
	s, err := runtime.New(b.Model(), append(opts, runtime.WithPoison())...)
	require.NoError(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

func run(t *testing.T, s *runtime.Session, in values) values {
	t.Helper()
	out, err := s.Run(context.Background(), in)
	require.NoError(t, err)
	return out
}

func vec(v ...float32) *tensor.Tensor { return tensor.Of(tensor.Shape{len(v)}, v...) }

func floats(t *testing.T, v tensor.Value) []float32 {
	t.Helper()
	require.IsType(t, &tensor.Tensor{}, v)
	f, err := tensor.Values[float32](v.(*tensor.Tensor))
	require.NoError(t, err)
	return f
}

func equal(t *testing.T, got []float32, want ...float32) {
	t.Helper()
	require.Equal(t, want, got)
}

// chain is ((x+x)·x)−x, whose inner results are written over each other.
func chain() *optest.Builder {
	return optest.NewGraph(17).Input("x", tensor.F32, "n").
		Node("Add", []string{"x", "x"}, []string{"a"}, nil).
		Node("Mul", []string{"a", "x"}, []string{"b"}, nil).
		Node("Sub", []string{"b", "x"}, []string{"y"}, nil).
		Output("y")
}

func TestRunLeavesInputsAndEarlierOutputsAlone(t *testing.T) {
	s := session(t, chain())
	x := vec(1, 2, 3)
	first := run(t, s, values{"x": x})["y"]
	run(t, s, values{"x": vec(5, 6, 7)})
	equal(t, floats(t, first), 1, 6, 15)
	equal(t, floats(t, x), 1, 2, 3)
}

func TestOutputOfOneRunMayBeInputOfOthersAtOnce(t *testing.T) {
	s := session(t, chain())
	y := run(t, s, values{"x": vec(1, 2, 3)})["y"]
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				out, err := s.Run(context.Background(), values{"x": y})
				if err != nil {
					t.Error(err)
					return
				}
				if got := floats(t, out["y"]); got[0] != 1 || got[1] != 66 || got[2] != 435 {
					t.Errorf("got %v", got)
				}
			}
		})
	}
	wg.Wait()
}

func TestValueReadTwiceSurvivesItsFirstReader(t *testing.T) {
	b := optest.NewGraph(17).Input("x", tensor.F32, "n").
		Node("Add", []string{"x", "x"}, []string{"a"}, nil).
		Node("Neg", []string{"a"}, []string{"b"}, nil).
		Node("Reshape", []string{"a", "shape"}, []string{"v"}, nil).
		Node("Neg", []string{"v"}, []string{"c"}, nil).
		Node("Add", []string{"a", "b"}, []string{"y"}, nil).
		Output("y", "c", "a")
	b.Const("shape", tensor.Of(tensor.Shape{2}, int64(1), int64(-1)))
	b.Graph.Nodes[2].Inputs[1] = b.Graph.Initializers[0]
	out := run(t, session(t, b), values{"x": vec(1, 2)})
	equal(t, floats(t, out["y"]), 0, 0)
	equal(t, floats(t, out["c"]), -2, -4)
	equal(t, floats(t, out["a"]), 2, 4)
}

func TestIntermediateValueOnRequest(t *testing.T) {
	s := session(t, chain(), runtime.WithOutputs("a"))
	out := run(t, s, values{"x": vec(1, 2)})
	equal(t, floats(t, out["a"]), 2, 4)
	equal(t, floats(t, out["y"]), 1, 6)
	if _, err := runtime.New(chain().Model(), runtime.WithOutputs("nothing")); err == nil {
		t.Error("an unknown value was accepted")
	}
}

func TestWrongInputsAreNamed(t *testing.T) {
	s := session(t, chain())
	for name, c := range map[string]struct {
		in   values
		want string
	}{
		"missing": {values{}, `"x" (float32[n]) is missing`},
		"unknown": {values{"x": vec(1), "z": vec(1)}, `no input "z"`},
		"type":    {values{"x": tensor.Of(tensor.Shape{1}, int64(1))}, "got int64[1], want float32[n]"},
		"rank":    {values{"x": tensor.Scalar(float32(1))}, "got float32[], want float32[n]"},
	} {
		_, err := s.Run(context.Background(), c.in)
		if !errors.Is(err, runtime.ErrInput) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

func TestErrorNamesNodeOperatorOpsetAndInputs(t *testing.T) {
	b := optest.NewGraph(17).Input("x", tensor.F32, "n").Input("y", tensor.F32, "m").
		Node("Add", []string{"x", "y"}, []string{"z"}, nil).Output("z")
	s := session(t, b)
	_, err := s.Run(context.Background(), values{"x": vec(1, 2), "y": vec(1, 2, 3)})
	var ne *runtime.NodeError
	if !errors.As(err, &ne) {
		t.Fatalf("got %v", err)
	}
	if ne.Node != "Add_0" || ne.Op != "Add" || ne.Opset != 17 || strings.Join(ne.Inputs, " ") != "float32[2] float32[3]" {
		t.Errorf("got %+v", ne)
	}
	// The session goes on after a failed run.
	equal(t, floats(t, run(t, s, values{"x": vec(1), "y": vec(2)})["z"]), 3)
}

func TestUnsupportedOperatorsAreAllNamed(t *testing.T) {
	b := optest.NewGraph(17).Input("x", tensor.F32, "n").
		Node("Frobnicate", []string{"x"}, []string{"a"}, nil).
		Node("Twiddle", []string{"a"}, []string{"y"}, nil).Output("y")
	_, err := runtime.New(b.Model())
	if !errors.Is(err, runtime.ErrUnsupported) || !strings.Contains(err.Error(), "Frobnicate") || !strings.Contains(err.Error(), "Twiddle") {
		t.Errorf("got %v", err)
	}
}

func TestMemoryLimitStopsAnExpansion(t *testing.T) {
	b := optest.NewGraph(17).Input("x", tensor.F32, 1).Input("shape", tensor.I64, 2).
		Node("Expand", []string{"x", "shape"}, []string{"y"}, nil).Output("y")
	s := session(t, b, runtime.WithMemoryLimit(1<<20))
	_, err := s.Run(context.Background(), values{"x": vec(1), "shape": tensor.Of(tensor.Shape{2}, int64(1<<30), int64(1<<20))})
	if !errors.Is(err, tensor.ErrMemory) {
		t.Errorf("got %v, want ErrMemory", err)
	}
}

// countTo is a Loop that adds 1 to x; it ends after the trips, which may be
// without end.
func countTo() *optest.Builder {
	b := optest.NewGraph(17).Input("x", tensor.F32, 1).Input("trips", tensor.I64)
	b.Const("one", vec(1))
	body := b.Body("body").Input("i", tensor.I64).Input("cond", tensor.Boolean).Input("s", tensor.F32, 1)
	body.Node("Identity", []string{"cond"}, []string{"cond_out"}, nil).
		Node("Add", []string{"s", "one"}, []string{"s_out"}, nil).
		Node("Mul", []string{"s", "x"}, []string{"scaled"}, nil).
		Output("cond_out", "s_out", "scaled")
	return b.Node("Loop", []string{"trips", "", "x"}, []string{"y", "all"}, optest.Attrs{"body": body}).Output("y", "all")
}

func TestLoopCarriesStacksAndCaptures(t *testing.T) {
	out := run(t, session(t, countTo()), values{"x": vec(3), "trips": tensor.Scalar(int64(100))})
	equal(t, floats(t, out["y"]), 103)
	all := floats(t, out["all"])
	if len(all) != 100 || all[0] != 9 || all[99] != 3*102 {
		t.Errorf("got %v", all)
	}
}

func TestLoopWithoutATripGivesTheInitialValueAndNoRows(t *testing.T) {
	b := countTo()
	b.Graph.Nodes[0].Attrs[0].Graph.Outputs[2].Type = vec(0).Type()
	out := run(t, session(t, b), values{"x": vec(3), "trips": tensor.Scalar(int64(0))})
	equal(t, floats(t, out["y"]), 3)
	if all := out["all"].(*tensor.Tensor); !all.Shape().Equal(tensor.Shape{0, 1}) {
		t.Errorf("got %v, want no rows of one", all)
	}
}

func TestEndlessLoopStopsWithItsContext(t *testing.T) {
	b := optest.NewGraph(17).Input("x", tensor.F32, 1)
	body := b.Body("body").Input("i", tensor.I64).Input("cond", tensor.Boolean).Input("s", tensor.F32, 1).Output("cond", "s")
	b.Node("Loop", []string{"", "", "x"}, []string{"y"}, optest.Attrs{"body": body}).Output("y")
	s := session(t, b)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() {
		_, err := s.Run(ctx, values{"x": vec(1)})
		done <- err
	}()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestIfRunsOneBranchWithCapturedValues(t *testing.T) {
	b := optest.NewGraph(17).Input("c", tensor.Boolean).Input("x", tensor.F32, 1)
	yes := b.Body("yes").Node("Add", []string{"x", "x"}, []string{"y1"}, nil).Output("y1")
	no := b.Body("no").Output("x")
	s := session(t, b.Node("If", []string{"c"}, []string{"y"}, optest.Attrs{"then_branch": yes, "else_branch": no}).Output("y"))
	equal(t, floats(t, run(t, s, values{"c": tensor.Scalar(true), "x": vec(2)})["y"]), 4)
	equal(t, floats(t, run(t, s, values{"c": tensor.Scalar(false), "x": vec(2)})["y"]), 2)
}

func TestStreamCarriesStateAndKeepsItWhenATickFails(t *testing.T) {
	b := optest.NewGraph(17).Input("x", tensor.F32, "n").Input("h", tensor.F32, "n").
		Node("Add", []string{"x", "h"}, []string{"hn"}, nil).Output("hn")
	s := session(t, b)
	st, err := runtime.NewStream(s, nil)
	if err != nil {
		t.Fatal(err)
	}
	tick := func(v ...float32) []float32 {
		out, err := st.Tick(context.Background(), values{"x": vec(v...)})
		if err != nil {
			t.Fatal(err)
		}
		return floats(t, out["hn"])
	}
	equal(t, tick(1, 2), 1, 2)
	snap := st.Snapshot()
	equal(t, tick(1, 2), 2, 4)
	if _, err := st.Tick(context.Background(), values{"x": vec(1, 2, 3)}); err == nil {
		t.Error("a tick of another shape was accepted")
	}
	equal(t, tick(1, 1), 3, 5)
	if err := st.Restore(snap); err != nil {
		t.Fatal(err)
	}
	equal(t, tick(0, 0), 1, 2)
	st.Reset()
	equal(t, tick(7), 7)
}

func TestInputIsNotTheStateOfOutput(t *testing.T) {
	f := tensor.TensorOf(tensor.F32)
	in := []runtime.Info{{Name: "input", Type: f}, {Name: "state", Type: f}}
	out := []runtime.Info{{Name: "output", Type: f}, {Name: "stateN", Type: f}}
	require.Equal(t, map[string]string{"stateN": "state"}, runtime.FindCarry(in, out))
}

func TestCarryIsFoundByName(t *testing.T) {
	f := tensor.TensorOf(tensor.F32)
	for _, c := range [][2]string{
		{"h", "hn"}, {"state", "stateN"}, {"cache_in", "cache_out"}, {"initial_h", "Y_h"}, {"in_cache0", "out_cache0"},
		{"past_key_values.0.key", "present.0.key"}, {"past_0", "present_0"}, {"h0", "hn"}, {"state", "state_out"}, {"h", "h_out"}, {"c", "new_c"},
	} {
		in := []runtime.Info{{Name: "x", Type: f}, {Name: c[0], Type: f}}
		out := []runtime.Info{{Name: "y", Type: f}, {Name: c[1], Type: f}}
		if got := runtime.FindCarry(in, out); got[c[1]] != c[0] || len(got) != 1 {
			t.Errorf("%v: got %v", c, got)
		}
	}
}

// gathering is a Loop that inserts what it computes into a sequence; it starts
// anew after each tick unless it keeps.
func gathering(keep bool) *optest.Builder {
	b := optest.NewGraph(17).Input("x", tensor.F32, 1<<16).Input("trips", tensor.I64)
	b.Node("SequenceEmpty", nil, []string{"empty"}, nil)
	body := b.Body("body").Input("i", tensor.I64).Input("cond", tensor.Boolean)
	seq := "empty"
	if keep {
		body.Input("s", tensor.F32)
		seq = "s"
	} else {
		body.Input("unused", tensor.F32)
	}
	body.Node("Identity", []string{"cond"}, []string{"cond_out"}, nil).
		Node("Neg", []string{"x"}, []string{"y"}, nil).Node("Exp", []string{"y"}, []string{"z"}, nil).
		Node("Cast", []string{"i"}, []string{"f"}, optest.Attrs{"to": int(tensor.F32)}).
		Node("Add", []string{"z", "f"}, []string{"sum"}, nil).
		Node("SequenceInsert", []string{seq, "sum"}, []string{"s_out"}, nil).Output("cond_out", "s_out")
	return b.Node("Loop", []string{"trips", "", "empty"}, []string{"all"}, optest.Attrs{"body": body}).
		Node("SequenceLength", []string{"all"}, []string{"n"}, nil).Output("n")
}

func TestMemoryLimitCountsWhatLoopsGather(t *testing.T) {
	const each, limit = 4 << 16, 8 << 20
	x := tensor.Of(tensor.Shape{1 << 16}, make([]float32, 1<<16)...)
	s := session(t, gathering(true), runtime.WithMemoryLimit(limit))
	_, err := s.Run(context.Background(), values{"x": x, "trips": tensor.Scalar(int64(10 * limit / each))})
	require.ErrorIs(t, err, tensor.ErrMemory)
	out, err := s.Run(context.Background(), values{"x": x, "trips": tensor.Scalar(int64(limit / each / 2))})
	require.NoError(t, err, "what the run before has gathered is forgotten")
	require.Equal(t, []int64{limit / each / 2}, tensor.Data[int64](out["n"].(*tensor.Tensor)))

	s = session(t, gathering(false), runtime.WithMemoryLimit(limit))
	out, err = s.Run(context.Background(), values{"x": x, "trips": tensor.Scalar(int64(10 * limit / each))})
	require.NoError(t, err, "what has been dropped does not count")
	require.Equal(t, []int64{1}, tensor.Data[int64](out["n"].(*tensor.Tensor)))
}
