package optimize_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/runtime"
	"github.com/onnxrun/onnxrun/tensor"
	"github.com/stretchr/testify/require"
)

// A bias that is added last joins the product that is computed ahead.
func TestBiasGoesAhead(t *testing.T) {
	build := func() g {
		b := optest.NewGraph(17).Input("x", tensor.F32, "t", 2, 5).Input("h0", tensor.F32, 2, 6)
		cellWeights(b)
		body := b.Body("body").Input("h", tensor.F32).Input("xt", tensor.F32)
		lines(body, `
			xw = MatMul(xt, W)
			hr = MatMul(h, R)
			both = Add(hr, xw)
			sum = Add(both, b)
			hn = Tanh(sum)
			yt = Identity(hn)
		`)
		return b.Node("Scan", []string{"h0", "x"}, []string{"h", "y"}, optest.Attrs{"body": body.Output("hn", "yt"), "num_scan_inputs": 1}).Output("h", "y")
	}
	in := values{"x": random(9, 2, 5), "h0": random(2, 6)}
	require.Equal(t, "Scan[MatMul Add Tanh][MatMul Add]", rewritten(t, build, in, runtime.WithoutPass("linear", "linear-residual")))
	require.Equal(t, "Scan[Linear Tanh][Linear]", rewritten(t, build, in))
}

// cellBody is h' = tanh(x·W + b + h·R), y = h' + x·W.
func cellBody(body g) {
	node(body, "xw = MatMul(xt, W)", nil)
	node(body, "xwb = Add(xw, b)", nil)
	node(body, "hr = MatMul(h, R)", nil)
	node(body, "sum = Add(xwb, hr)", nil)
	node(body, "hn = Tanh(sum)", nil)
	node(body, "yt = Add(hn, xw)", nil)
}

func cellWeights(b g) { b.Const("W", random(5, 6)).Const("R", random(6, 6)).Const("b", random(6)) }

func TestScanComputesProductsAhead(t *testing.T) {
	for _, ticks := range []int{1, 3, 128, 300} {
		for name, c := range map[string]struct {
			attrs optest.Attrs
			x     []int
		}{
			"forward":  {optest.Attrs{}, []int{ticks, 2, 5}},
			"backward": {optest.Attrs{"scan_input_directions": []int{1}, "scan_output_directions": []int{1}}, []int{ticks, 2, 5}},
			"axis 1":   {optest.Attrs{"scan_input_axes": []int{1}, "scan_output_axes": []int{1}}, []int{2, ticks, 5}},
		} {
			t.Run(fmt.Sprintf("%s, %d ticks", name, ticks), func(t *testing.T) {
				build := func() g {
					b := optest.NewGraph(17).Input("x", tensor.F32, "a", "b", 5).Input("h0", tensor.F32, 2, 6)
					cellWeights(b)
					body := b.Body("body").Input("h", tensor.F32).Input("xt", tensor.F32)
					cellBody(body)
					body.Output("hn", "yt")
					c.attrs["body"], c.attrs["num_scan_inputs"] = body, 1
					return b.Node("Scan", []string{"h0", "x"}, []string{"h", "y"}, c.attrs).Output("h", "y")
				}
				list := rewritten(t, build, values{"x": random(c.x...), "h0": random(2, 6)})
				require.Contains(t, list, "Scan[Linear Tanh Add][MatMul Add]")
			})
		}
	}
}

type values = map[string]tensor.Value

// loopModel runs the cell over a captured sequence; axis is where its ticks
// are. It stops after the given tick, or with the trip count where that is -1.
func loopModel(axis, last int) g {
	b := optest.NewGraph(17).Input("x", tensor.F32, "a", "b", 5).Input("h0", tensor.F32, 2, 6).Input("trips", tensor.I64)
	cellWeights(b)
	b.Const("last", tensor.Scalar(int64(last))).Const("yes", tensor.Scalar(true))
	body := b.Body("body").Input("i", tensor.I64).Input("go", tensor.Boolean).Input("h", tensor.F32)
	node(body, "xt = Gather(x, i)", optest.Attrs{"axis": axis})
	cellBody(body)
	node(body, "stop = Equal(i, last)", nil)
	node(body, "on = Not(stop)", nil)
	body.Output("on", "hn", "yt")
	return b.Node("Loop", []string{"trips", "yes", "h0"}, []string{"h", "y"}, optest.Attrs{"body": body}).Output("h", "y")
}

func TestLoopComputesProductsAhead(t *testing.T) {
	for axis := range 2 {
		for _, c := range []struct{ ticks, trips, last int }{
			{300, 300, -1}, {1, 1, -1}, {300, 20, -1},
			{20, 1 << 30, 19}, // later iterations would read past the end
			{7, 0, -1},
		} {
			shape := []int{c.ticks, 2, 5}
			if axis == 1 {
				shape = []int{2, c.ticks, 5}
			}
			in := values{"x": random(shape...), "h0": random(2, 6), "trips": tensor.Scalar(int64(c.trips))}
			if c.trips == 0 {
				continue // the stacked output has no shape then
			}
			list := rewritten(t, func() g { return loopModel(axis, c.last) }, in)
			require.Regexp(t, `\[Gather( Transpose)? MatMul Add\]`, list)
		}
	}
}

// An iteration that fails fails as it does without the rewrite.
func TestLoopAheadFailsWhereItWould(t *testing.T) {
	s, err := runtime.New(loopModel(0, -1).Model())
	require.NoError(t, err)
	defer s.Close()
	_, err = s.Run(context.Background(), values{"x": random(20, 2, 5), "h0": random(2, 6), "trips": tensor.Scalar(int64(30))})
	require.ErrorContains(t, err, "ahead of tick 20")
	require.ErrorContains(t, err, "Gather")
}

// What a body computes from captured values alone it computes once.
func TestTicksShareWhatDoesNotDependOnThem(t *testing.T) {
	b := optest.NewGraph(17).Input("x", tensor.F32, "t", 3).Input("a", tensor.F32, 3).Input("h0", tensor.F32, 3)
	body := b.Body("body").Input("h", tensor.F32).Input("xt", tensor.F32)
	lines(body, `
		e = Exp(a)
		e2 = Mul(e, e)
		p = Mul(xt, e2)
		hn = Add(h, p)
	`)
	b.Node("Scan", []string{"h0", "x"}, []string{"h", "es"}, optest.Attrs{"body": body.Output("hn", "e2"), "num_scan_inputs": 1}).Output("h", "es")
	ran := map[string]int{}
	s, err := runtime.New(b.Model(), runtime.WithoutOptimization(), runtime.WithPoison(), runtime.WithTrace(func(e *runtime.Event) { ran[e.Node.OpType]++ }))
	require.NoError(t, err)
	defer s.Close()
	for run := range 2 {
		clear(ran)
		a := tensor.Of(tensor.Shape{3}, 0, float32(run), 0)
		out, err := s.Run(context.Background(), values{"x": random(5, 3), "a": a, "h0": random(3)})
		require.NoError(t, err)
		require.Equal(t, map[string]int{"Exp": 1, "Mul": 6, "Add": 5, "Scan": 1}, ran)
		es := tensor.Data[float32](out["es"].(*tensor.Tensor))
		require.Len(t, es, 15)
		require.InDelta(t, []float64{1, 7.38905609893}[run], float64(es[13]), 1e-5, "the next run has its own")
	}
}
