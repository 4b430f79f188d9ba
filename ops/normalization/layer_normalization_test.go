package normalization

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
)

func TestLayerNormalization(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	type shape = []int
	for _, c := range []struct {
		x, scale, bias shape // nil bias is absent
		axis           int
	}{
		{shape{4, 5}, shape{5}, shape{5}, -1},
		{shape{4, 5}, shape{5}, nil, 1},
		{shape{2, 3, 4}, shape{3, 4}, shape{3, 4}, 1},
		{shape{2, 3, 4}, shape{2, 3, 4}, shape{4}, 0},
		{shape{2, 3, 4}, shape{1}, shape{1}, -2},
		{shape{2, 3, 4}, shape{}, shape{}, -1},
		{shape{2, 3, 4}, shape{3, 1}, shape{3, 1}, 1},  // one for each channel
		{shape{2, 3, 4}, shape{3, 1}, shape{4}, 1},     // of different kinds
		{shape{2, 3, 4}, shape{3, 4}, shape{3, 4}, 2},  // varying between rows
		{shape{2, 3, 4}, shape{2, 1, 1}, shape{1}, -1}, // one for several rows
		{shape{2, 3, 4}, shape{2, 1, 4}, shape{2, 3, 1}, 1},
		{shape{2, 3, 4, 5}, shape{3, 1, 5}, shape{1, 4, 1}, -2},
		{shape{2, 3, 4}, shape{12}, shape{12}, 1}, // flattened, as the function body reads it
		{shape{1}, shape{1}, shape{1}, 0},
		{shape{3, 3000}, shape{3000}, shape{3000}, -1}, // several blocks
		{shape{1, 70000}, shape{70000}, nil, -1},       // one row for several threads
		{shape{3, 0}, shape{0}, shape{0}, -1},
		{shape{0, 3}, shape{3}, shape{3}, -1},
	} {
		for _, d := range floats {
			what := fmt.Sprint(d, c)
			x, xv := random(r, d, 3, 2, c.x...)
			scale, sv := random(r, d, 1, 0.5, c.scale...)
			in := []tensor.Value{x, scale}
			bv := make([]float64, 1)
			if c.bias != nil {
				bias, v := random(r, d, 0, 1, c.bias...)
				in, bv = append(in, bias), v
			}
			flat := len(c.scale) == 1 && c.scale[0] == 12
			if x.Len() > 0 && !flat {
				sv = broadcast(sv, c.scale, c.x)
				bv = broadcast(bv, c.bias, c.x)
			}
			out := optest.MustRun(t, Defs, optest.Node{Op: "LayerNormalization", Opset: 17, Outputs: 3, Threads: 3,
				Attrs: optest.Attrs{"axis": c.axis, "epsilon": float32(0.01)}}, in...)

			axis, _ := x.Shape().Axis(c.axis)
			stat := x.Shape().Clone()
			for i := axis; i < len(stat); i++ {
				stat[i] = 1
			}
			for i, o := range out[1:] {
				if o.DType() != tensor.F32 || !o.Shape().Equal(stat) {
					t.Fatalf("%s: output %d is %v, want float32%v", what, i+1, o, stat)
				}
			}
			if x.Len() == 0 {
				continue
			}
			var yv, mean, inv []float64
			n := x.Shape().Span(axis, x.Rank())
			for i := 0; i < len(xv); i += n {
				y, m, s := standardized(xv[i:i+n], float64(float32(0.01)), true)
				yv, mean, inv = append(yv, y...), append(mean, m), append(inv, s)
			}
			for i := range yv {
				yv[i] = yv[i]*sv[i%len(sv)] + bv[i%len(bv)]
			}
			near(t, what, out[0], yv, 2, 2)
			near(t, what+" Mean", out[1], mean, 1, 0)
			near(t, what+" InvStdDev", out[2], inv, 1, 0)
		}
	}
}

func TestLayerNormalizationKeepsPrecisionFarFromZero(t *testing.T) {
	r := rand.New(rand.NewSource(2))
	for _, n := range []int{1, 2, 64, 4096, 1_000_000} {
		x, xv := random(r, tensor.F32, 1e4, 1e-2, n)
		one, _ := of(tensor.F32, []float64{1}, 1)
		y := optest.MustRun(t, Defs, optest.Node{Op: "LayerNormalization", Opset: 17,
			Attrs: optest.Attrs{"epsilon": float32(1e-9)}}, x, one)
		want, _, _ := standardized(xv, float64(float32(1e-9)), true)
		// The textbook reference itself is only good to 1e-9 or so here.
		near(t, fmt.Sprint(n), y[0], want, 2, 0.1)
	}
}

func TestLayerNormalizationStaysInRangeAtTheEndsOfFloat32(t *testing.T) {
	for _, v := range [][]float64{{3e38, -3e38, 1e38, 0}, {1e-44, 3e-44, 0, 1e-45}, {1e38, 1e38, 1e38, 1e38}} {
		x, xv := of(tensor.F32, v, 4)
		one, _ := of(tensor.F32, []float64{1, 1, 1, 1}, 4)
		y := optest.MustRun(t, Defs, optest.Node{Op: "LayerNormalization", Opset: 17,
			Attrs: optest.Attrs{"epsilon": float32(1e-45)}}, x, one, one)
		want, _, _ := standardized(xv, 0x1p-149, true)
		for i := range want {
			want[i]++
		}
		near(t, fmt.Sprint(v), y[0], want, 1, 1)
	}
}

func TestLayerNormalizationStashTypeIsTheTypeOfTheStatistics(t *testing.T) {
	x, _ := of(tensor.F16, []float64{1, 3}, 1, 2)
	out := optest.MustRun(t, Defs, optest.Node{Op: "LayerNormalization", Opset: 17, Outputs: 3,
		Attrs: optest.Attrs{"stash_type": int(tensor.BF16), "epsilon": float32(0)}}, x, x)
	near(t, "Y", out[0], []float64{-1, 3}, 0, 0)
	for i, want := range []float64{2, 1} {
		if out[i+1].DType() != tensor.BF16 || values(out[i+1])[0] != want {
			t.Errorf("output %d: %v %v, want bfloat16 %v", i+1, out[i+1], values(out[i+1]), want)
		}
	}
}

func TestLayerNormalizationRefuses(t *testing.T) {
	x, _ := of(tensor.F32, make([]float64, 6), 2, 3)
	s, _ := of(tensor.F32, make([]float64, 3), 3)
	two, _ := of(tensor.F32, make([]float64, 2), 2)
	scalar, _ := of(tensor.F32, []float64{1})
	for _, c := range []struct {
		want  string
		attrs optest.Attrs
		in    []tensor.Value
	}{
		{"axis 2 is outside of [-2, 1]", optest.Attrs{"axis": 2}, []tensor.Value{x, s}},
		{"axis -1 is outside", nil, []tensor.Value{scalar, scalar}},
		{"input 1 (Scale): shape [2] does not broadcast to [2 3]", nil, []tensor.Value{x, two}},
		{"input 2 (B): shape [2] does not broadcast", nil, []tensor.Value{x, s, two}},
		{"attribute stash_type: got int32", optest.Attrs{"stash_type": int(tensor.I32)}, []tensor.Value{x, s}},
	} {
		_, err := optest.Run(Defs, optest.Node{Op: "LayerNormalization", Opset: 17, Attrs: c.attrs}, c.in...)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got error %v, want %s", err, c.want)
		}
	}
}
