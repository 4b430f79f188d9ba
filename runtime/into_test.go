package runtime_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/internal/race"
	"github.com/onnxrun/onnxrun/runtime"
	"github.com/onnxrun/onnxrun/tensor"
	"github.com/stretchr/testify/require"
)

type outputs = map[string]*tensor.Tensor

// cell is h' = tanh(LayerNormalization(x·W + h)), y = 2h'.
func cell(units int) *optest.Builder {
	b := optest.NewGraph(17).Input("x", tensor.F32, 1, units).Input("h", tensor.F32, 1, units)
	b.Const("W", tensor.Of(tensor.Shape{units, units}, ramp(units*units)...)).Const("scale", vec(ramp(units)...)).Const("two", tensor.Scalar(float32(2)))
	return b.Node("MatMul", []string{"x", "W"}, []string{"p"}, nil).
		Node("Add", []string{"p", "h"}, []string{"sum"}, nil).
		Node("LayerNormalization", []string{"sum", "scale"}, []string{"n"}, nil).
		Node("Tanh", []string{"n"}, []string{"h_next"}, nil).
		Node("Mul", []string{"h_next", "two"}, []string{"y"}, nil).Output("y", "h_next")
}

func row(n int) *tensor.Tensor { return tensor.Of(tensor.Shape{1, n}, ramp(n)...) }

func TestRunIntoIsRun(t *testing.T) {
	const units = 32
	s := session(t, cell(units))
	in := values{"x": row(units), "h": row(units)}
	want := run(t, s, in)
	y, h := row(units), row(units)
	require.NoError(t, s.RunInto(context.Background(), in, outputs{"y": y, "h_next": h}))
	require.Equal(t, floats(t, want["y"]), floats(t, y))
	require.Equal(t, floats(t, want["h_next"]), floats(t, h))

	t.Run("a state in place", func(t *testing.T) {
		state := row(units)
		require.NoError(t, s.RunInto(context.Background(), values{"x": row(units), "h": state}, outputs{"h_next": state}))
		require.Equal(t, floats(t, want["h_next"]), floats(t, state))
	})
	t.Run("mistakes", func(t *testing.T) {
		for name, out := range map[string]outputs{
			"no such output": {"z": row(units)},
			"shape":          {"y": row(units + 1)},
			"type":           {"y": tensor.Of(tensor.Shape{1, 2}, int64(1), 2)},
			"shared":         {"y": y, "h_next": y},
		} {
			require.ErrorIs(t, s.RunInto(context.Background(), in, out), runtime.ErrOutput, name)
		}
	})
}

// A dimension that the model does not declare shows in the run alone; what the
// caller had is kept then.
func TestRunIntoOfAnotherShapeChangesNothing(t *testing.T) {
	b := optest.NewGraph(17).Input("x", tensor.F32, "n").Node("Relu", []string{"x"}, []string{"y"}, nil).Output("y")
	s := session(t, b)
	y := vec(7, 7)
	require.ErrorIs(t, s.RunInto(context.Background(), values{"x": vec(1, 2, 3)}, outputs{"y": y}), runtime.ErrOutput)
	require.Equal(t, []float32{7, 7}, floats(t, y))
}

func TestTickIntoIsTick(t *testing.T) {
	const units = 32
	s := session(t, cell(units))
	stream := func() *runtime.Stream {
		st, err := runtime.NewStream(s, map[string]string{"h_next": "h"})
		require.NoError(t, err)
		return st
	}
	a, b := stream(), stream()
	y, h := row(units), row(units)
	var snapshot runtime.State
	var third []float32
	for i := range 6 {
		in := values{"x": tensor.Of(tensor.Shape{1, units}, ramp(units + i)[i:]...)}
		want, err := a.Tick(context.Background(), in)
		require.NoError(t, err)
		require.NoError(t, b.TickInto(context.Background(), in, outputs{"y": y, "h_next": h}))
		require.Equal(t, floats(t, want["y"]), floats(t, y), i)
		require.Equal(t, floats(t, want["h_next"]), floats(t, h), i)
		require.Equal(t, floats(t, want["h_next"]), floats(t, b.Snapshot().Values()["h"]), i)
		if i == 2 {
			snapshot, third = b.Snapshot(), floats(t, want["h_next"])
		}
	}
	require.Equal(t, third, floats(t, snapshot.Values()["h"]), "a snapshot is not written over")
	require.ErrorIs(t, b.TickInto(context.Background(), values{"x": row(units)}, outputs{"h_next": row(units + 1)}), runtime.ErrOutput)
	require.Equal(t, floats(t, a.Snapshot().Values()["h"]), floats(t, b.Snapshot().Values()["h"]), "a failed tick leaves the state")
}

// images is a small network of the operators that convolutional ones are made
// of.
func images() *optest.Builder {
	b := optest.NewGraph(17).Input("x", tensor.F32, 1, 3, 32, 32).
		Const("w", tensor.Of(tensor.Shape{8, 3, 3, 3}, ramp(8*3*3*3)...)).
		Const("flat", tensor.Of(tensor.Shape{2}, int64(0), -1)).
		Const("channels", tensor.Of(tensor.Shape{1}, int64(-1))).
		Const("m", tensor.Of(tensor.Shape{8, 10}, ramp(80)...)).Const("bias", vec(ramp(10)...)).
		Const("scales", vec(1, 1, 2, 2))
	pad := []int{1, 1, 1, 1}
	return b.Node("Conv", []string{"x", "w"}, []string{"c"}, optest.Attrs{"pads": pad}).
		Node("MaxPool", []string{"c"}, []string{"p"}, optest.Attrs{"kernel_shape": []int{3, 3}, "strides": []int{2, 2}, "pads": pad}).
		Node("AveragePool", []string{"p"}, []string{"a"}, optest.Attrs{"kernel_shape": []int{3, 3}, "pads": pad}).
		Node("Resize", []string{"a", "", "scales"}, []string{"sum"}, optest.Attrs{"mode": "nearest"}).
		Node("ReduceMean", []string{"sum"}, []string{"mean"}, optest.Attrs{"axes": []int{2, 3}}).
		Node("GlobalAveragePool", []string{"sum"}, []string{"g"}, nil).
		Node("GlobalMaxPool", []string{"sum"}, []string{"gm"}, nil).
		Node("Add", []string{"g", "mean"}, []string{"g2"}, nil).
		Node("Add", []string{"g2", "gm"}, []string{"g3"}, nil).
		Node("Reshape", []string{"g3", "flat"}, []string{"f"}, nil).
		Node("Gemm", []string{"f", "m", "bias"}, []string{"y"}, nil).
		Node("ArgMax", []string{"y"}, []string{"best"}, optest.Attrs{"axis": 1}).
		Node("Unsqueeze", []string{"best", "channels"}, []string{"u"}, nil).
		Node("Squeeze", []string{"u", "channels"}, []string{"label"}, nil).Output("y", "label")
}

// A state that grows, as a cache does, has no memory to go to.
func TestTickIntoOfAGrowingState(t *testing.T) {
	b := optest.NewGraph(17).Input("x", tensor.F32, 1).Input("past", tensor.F32, "n").
		Node("Concat", []string{"past", "x"}, []string{"present"}, optest.Attrs{"axis": 0}).Output("present")
	st, err := runtime.NewStream(session(t, b), map[string]string{"present": "past"})
	require.NoError(t, err)
	require.NoError(t, st.Restore(runtime.NewState(values{"past": vec(0)})))
	for i := range 5 {
		require.NoError(t, st.TickInto(context.Background(), values{"x": vec(float32(i + 1))}, nil))
	}
	require.Equal(t, []float32{0, 1, 2, 3, 4, 5}, floats(t, st.Snapshot().Values()["past"]))
}

// allocations is testing.AllocsPerRun, 0 where the race detector is on.
func allocations(runs int, f func()) float64 {
	n := testing.AllocsPerRun(runs, f)
	if race.Enabled {
		return 0
	}
	return n
}

func TestWarmRunsAllocateNothing(t *testing.T) {
	const units = 32
	ctx := context.Background()
	t.Run("RunInto", func(t *testing.T) {
		s := session(t, cell(units), runtime.WithThreads(1))
		in, out := values{"x": row(units), "h": row(units)}, outputs{"y": row(units), "h_next": row(units)}
		require.Less(t, allocations(200, func() { require.NoError(t, s.RunInto(ctx, in, out)) }), 1.0)
	})
	t.Run("TickInto", func(t *testing.T) {
		st, err := runtime.NewStream(session(t, cell(units), runtime.WithThreads(1)), map[string]string{"h_next": "h"})
		require.NoError(t, err)
		in, out := values{"x": row(units)}, outputs{"y": row(units)}
		for range 3 {
			require.NoError(t, st.TickInto(ctx, in, out))
		}
		require.Less(t, allocations(200, func() { require.NoError(t, st.TickInto(ctx, in, out)) }), 1.0)
	})
	t.Run("Scan with a product ahead", func(t *testing.T) {
		const ticks = 301
		b := optest.NewGraph(17).Input("h0", tensor.F32, 1, units).Input("x", tensor.F32, ticks, 1, units)
		b.Const("W", tensor.Of(tensor.Shape{units, units}, ramp(units*units)...)).Const("b", vec(ramp(units)...))
		body := b.Body("body").Input("h", tensor.F32, 1, units).Input("xt", tensor.F32, 1, units)
		body.Node("MatMul", []string{"xt", "W"}, []string{"p"}, nil).Node("MatMul", []string{"h", "W"}, []string{"r"}, nil).
			Node("Add", []string{"p", "r"}, []string{"sum"}, nil).Node("Add", []string{"sum", "b"}, []string{"all"}, nil).
			Node("Tanh", []string{"all"}, []string{"hn"}, nil).Node("Identity", []string{"hn"}, []string{"yt"}, nil).Output("hn", "yt")
		b.Node("Scan", []string{"h0", "x"}, []string{"h", "y"}, optest.Attrs{"body": body, "num_scan_inputs": 1}).Output("h", "y")
		s := session(t, b, runtime.WithThreads(1))
		in := values{"h0": row(units), "x": tensor.Of(tensor.Shape{ticks, 1, units}, ramp(units*ticks)...)}
		out := outputs{"h": row(units), "y": tensor.Of(tensor.Shape{ticks, 1, units}, ramp(units*ticks)...)}
		require.Less(t, allocations(50, func() { require.NoError(t, s.RunInto(ctx, in, out)) }), 1.0)
	})
	for threads := 1; threads < 3; threads++ {
		t.Run(fmt.Sprintf("images with %d threads", threads), func(t *testing.T) {
			s := session(t, images(), runtime.WithThreads(threads))
			in := values{"x": tensor.Of(tensor.Shape{1, 3, 32, 32}, ramp(3*32*32)...)}
			out := outputs{"y": row(10), "label": tensor.Of(tensor.Shape{1, 1}, int64(0))}
			require.Less(t, allocations(200, func() { require.NoError(t, s.RunInto(ctx, in, out)) }), 1.0)
		})
	}
	t.Run("Scan", func(t *testing.T) {
		const ticks = 100
		s := session(t, normScan(units), runtime.WithThreads(1))
		in := values{"h0": vec(ramp(units)...), "x": tensor.Of(tensor.Shape{ticks, units}, ramp(units*ticks)...)}
		out := outputs{"h": vec(ramp(units)...), "y": tensor.Of(tensor.Shape{ticks, units}, ramp(units*ticks)...)}
		require.Less(t, allocations(200, func() { require.NoError(t, s.RunInto(ctx, in, out)) }), 1.0)
	})
}
