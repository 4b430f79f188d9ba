package nn

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/onnxrun/onnxrun/internal/kernel/window"
	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
)

// pooled walks the windows of a pooling by coordinates, for the tests: visit
// gets each window's values inside of the plane with their places in it, and
// how many places the window has inside of the padded plane.
func pooled(planes int, dims []window.Dim, x []float32, visit func(values []float32, places []int, padded int)) {
	in, out, kvol := window.Volume(dims, window.In), window.Volume(dims, window.Out), window.Volume(dims, window.Kernel)
	for p := range planes {
		for o := range out {
			var values []float32
			var places []int
			padded := 0
		next:
			for e := range kvol {
				at, step, ro, re, inside := 0, 1, o, e, true
				for i := len(dims) - 1; i >= 0; i-- {
					d := &dims[i]
					c := ro%d.Out*d.Stride - d.Head + re%d.Kernel*d.Dilation
					ro, re = ro/d.Out, re/d.Kernel
					if c >= d.In+d.Tail {
						continue next
					}
					inside = inside && c >= 0 && c < d.In
					at += c * step
					step *= d.In
				}
				padded++
				if inside {
					values, places = append(values, x[p*in+at]), append(places, p*in+at)
				}
			}
			visit(values, places, padded)
		}
	}
}

var poolCases = []struct {
	x, kernel, strides, dilations, pads []int
	ceil                                bool
	auto                                string
	out                                 []int
}{
	{x: []int{2, 3, 9}, kernel: []int{3}, out: []int{7}},
	{x: []int{1, 2, 9}, kernel: []int{2}, strides: []int{2}, ceil: true, out: []int{5}},
	{x: []int{1, 2, 3, 3}, kernel: []int{1, 1}, strides: []int{2, 2}, ceil: true, pads: []int{1, 1, 1, 1}, out: []int{2, 2}}, // the last window starts in the padding
	{x: []int{2, 2, 8, 7}, kernel: []int{3, 2}, strides: []int{2, 1}, pads: []int{1, 0, 0, 1}, out: []int{4, 7}},
	{x: []int{2, 2, 8, 7}, kernel: []int{3, 2}, dilations: []int{2, 3}, pads: []int{2, 1, 1, 1}, strides: []int{2, 2}, ceil: true, out: []int{4, 4}},
	{x: []int{1, 3, 8, 7}, kernel: []int{3, 2}, auto: "SAME_UPPER", strides: []int{2, 2}, out: []int{4, 4}},
	{x: []int{1, 3, 8, 7}, kernel: []int{3, 2}, auto: "SAME_LOWER", strides: []int{2, 2}, out: []int{4, 4}},
	{x: []int{1, 3, 8, 7}, kernel: []int{3, 2}, auto: "VALID", strides: []int{2, 2}, out: []int{3, 3}},
	{x: []int{1, 2, 4, 5, 6}, kernel: []int{2, 3, 2}, strides: []int{2, 1, 3}, pads: []int{0, 1, 1, 1, 1, 0}, out: []int{2, 5, 2}},
	{x: []int{0, 2, 4}, kernel: []int{2}, out: []int{3}},
}

func TestPoolingsEqualThePlainLoop(t *testing.T) {
	for _, k := range poolCases {
		attrs := optest.Attrs{"kernel_shape": k.kernel}
		for name, l := range map[string][]int{"strides": k.strides, "dilations": k.dilations, "pads": k.pads} {
			if l != nil {
				attrs[name] = l
			}
		}
		if k.ceil {
			attrs["ceil_mode"] = 1
		}
		if k.auto != "" {
			attrs["auto_pad"] = k.auto
		}
		a := window.Attrs{AutoPad: k.auto, Kernel: k.kernel, Strides: k.strides, Dilations: k.dilations, Pads: k.pads, Ceil: k.ceil}
		dims, err := a.Resolve(k.x[2:], nil)
		if err != nil {
			t.Fatal(err)
		}
		x := noise(4, k.x...)
		shape := append([]int{k.x[0], k.x[1]}, k.out...)
		var maxima, means, padMeans, norms, cubes []float32
		var index []int64
		pooled(k.x[0]*k.x[1], dims, tensor.Data[float32](x), func(values []float32, places []int, padded int) {
			m, at := math.Inf(-1), -1
			sum, squares, third := 0.0, 0.0, 0.0
			for i, v := range values {
				if f := float64(v); f > m {
					m, at = f, places[i]
				}
				sum += float64(v)
				squares += float64(v) * float64(v)
				third += math.Pow(math.Abs(float64(v)), 3)
			}
			maxima, index = append(maxima, float32(m)), append(index, int64(at))
			if len(values) == 0 {
				means = append(means, 0)
			} else {
				means = append(means, float32(sum/float64(len(values))))
			}
			padMeans = append(padMeans, float32(sum/float64(padded)))
			norms = append(norms, float32(math.Sqrt(squares)))
			cubes = append(cubes, float32(math.Cbrt(third)))
		})
		run := func(op string, outputs int, extra optest.Attrs) []*tensor.Tensor {
			at := optest.Attrs{}
			for k, v := range attrs {
				at[k] = v
			}
			for k, v := range extra {
				at[k] = v
			}
			y := optest.MustRun(t, Defs, optest.Node{Op: op, Opset: 22, Attrs: at, Outputs: outputs, Threads: 2}, x)
			wantShape(t, y[0], shape...)
			return y
		}
		t.Run(fmt.Sprint(k), func(t *testing.T) {
			wantFloats(t, run("MaxPool", 1, nil)[0], maxima, 0)
			y := run("MaxPool", 2, nil)
			wantFloats(t, y[0], maxima, 0)
			if got := tensor.Data[int64](y[1]); fmt.Sprint(got) != fmt.Sprint(index) {
				t.Fatalf("Indices: got %v, want %v", got, index)
			}
			wantFloats(t, run("AveragePool", 1, nil)[0], means, 1e-6)
			wantFloats(t, run("AveragePool", 1, optest.Attrs{"count_include_pad": 1})[0], padMeans, 1e-6)
			wantFloats(t, run("LpPool", 1, nil)[0], norms, 1e-6)
			wantFloats(t, run("LpPool", 1, optest.Attrs{"p": 3})[0], cubes, 1e-6)
		})
	}
}

func TestMaxPoolIndicesInColumnMajorOrder(t *testing.T) {
	x := counting(1, 2, 2, 3)
	y := optest.MustRun(t, Defs, optest.Node{Op: "MaxPool", Opset: 12, Outputs: 2, Attrs: optest.Attrs{"kernel_shape": []int{2, 2}, "storage_order": 1}}, x)
	// The maxima are at (1, 1) and (1, 2) of each plane: 1 + 2·1 and 1 + 2·2.
	if got := fmt.Sprint(tensor.Data[int64](y[1])); got != "[3 5 9 11]" {
		t.Fatalf("got %v, want [3 5 9 11]", got)
	}
}

func TestMaxPoolOfBytesAndNaN(t *testing.T) {
	y := optest.MustRun(t, Defs, optest.Node{Op: "MaxPool", Opset: 12, Attrs: optest.Attrs{"kernel_shape": []int{2}, "pads": []int{1, 0}}},
		tensor.Of(tensor.Shape{1, 1, 3}, int8(-7), -9, -8))[0]
	if got := fmt.Sprint(tensor.Data[int8](y)); got != "[-7 -7 -8]" {
		t.Fatalf("int8: got %v, want [-7 -7 -8]", got)
	}
	nan := float32(math.NaN())
	out := optest.MustRun(t, Defs, optest.Node{Op: "MaxPool", Opset: 12, Outputs: 2, Attrs: optest.Attrs{"kernel_shape": []int{3}}},
		tensor.Of(tensor.Shape{1, 1, 4}, 1, nan, 3, 2))
	if got := tensor.Data[float32](out[0]); got[0] == got[0] || got[1] == got[1] {
		t.Fatalf("got %v, want NaN", got)
	}
	if got := fmt.Sprint(tensor.Data[int64](out[1])); got != "[1 1]" {
		t.Fatalf("got %v, want the places of the NaN", got)
	}
}

func TestGlobalPoolings(t *testing.T) {
	x := tensor.Of(tensor.Shape{1, 2, 1, 5}, float32(3), -4, 0, 0, 0, -1, -2, -3, -4, -5)
	for _, k := range []struct {
		op    string
		opset int
		attrs optest.Attrs
		want  []float32
	}{
		{"GlobalAveragePool", 1, nil, []float32{-0.2, -3}},
		{"GlobalMaxPool", 22, nil, []float32{3, -1}},
		{"GlobalLpPool", 1, optest.Attrs{"p": float32(1)}, []float32{7, 15}},
		{"GlobalLpPool", 2, nil, []float32{5, float32(math.Sqrt(55))}},
		{"GlobalLpPool", 22, optest.Attrs{"p": 3}, []float32{float32(math.Cbrt(27 + 64)), float32(math.Cbrt(1 + 8 + 27 + 64 + 125))}},
	} {
		y := optest.MustRun(t, Defs, optest.Node{Op: k.op, Opset: k.opset, Attrs: k.attrs}, x)[0]
		wantShape(t, y, 1, 2, 1, 1)
		wantFloats(t, y, k.want, 1e-6)
	}
}

func TestGlobalAverageOfManyIsAccurate(t *testing.T) {
	const n = 1 << 21
	d := make([]float32, n)
	for i := range d {
		d[i] = 0.1
	}
	y := optest.MustRun(t, Defs, optest.Node{Op: "GlobalAveragePool", Opset: 1}, tensor.Of(tensor.Shape{1, 1, n}, d...))[0]
	wantFloats(t, y, []float32{0.1}, 0)
}

func TestPoolingsRefuseWhatDoesNotFit(t *testing.T) {
	for _, k := range []struct {
		x     []int
		attrs optest.Attrs
		want  string
	}{
		{[]int{1, 2}, optest.Attrs{"kernel_shape": []int{}}, "input 0 (X)"},
		{[]int{1, 1, 3}, nil, "kernel_shape is missing"},
		{[]int{1, 1, 3}, optest.Attrs{"kernel_shape": []int{2, 2}}, "kernel_shape"},
		{[]int{1, 1, 3}, optest.Attrs{"kernel_shape": []int{4}}, "does not fit"},
		{[]int{1, 1, 3}, optest.Attrs{"kernel_shape": []int{0}}, "kernel_shape"},
		{[]int{1, 1, 3}, optest.Attrs{"kernel_shape": []int{1}, "strides": []int{-1}}, "strides"},
	} {
		for _, op := range []string{"MaxPool", "AveragePool"} {
			_, err := optest.Run(Defs, optest.Node{Op: op, Opset: 11, Attrs: k.attrs}, counting(k.x...))
			if err == nil || !strings.Contains(err.Error(), k.want) {
				t.Errorf("%s of %v with %v: got error %v, want one about %q", op, k.x, k.attrs, err, k.want)
			}
		}
	}
}

func TestLpPool1TakesAFloatAndTheWholeImage(t *testing.T) {
	y := optest.MustRun(t, Defs, optest.Node{Op: "LpPool", Opset: 1, Attrs: optest.Attrs{"p": float32(1)}}, tensor.Of(tensor.Shape{1, 1, 2, 2}, float32(1), -2, 3, -4))[0]
	wantShape(t, y, 1, 1, 1, 1)
	wantFloats(t, y, []float32{10}, 0)
	for _, p := range []any{float32(0), float32(-1), float32(math.NaN())} {
		if _, err := optest.Run(Defs, optest.Node{Op: "LpPool", Opset: 1, Attrs: optest.Attrs{"p": p}}, counting(1, 1, 2)); err == nil {
			t.Errorf("p = %v: got no error", p)
		}
	}
}

func TestMaxUnpoolPutsElementsBack(t *testing.T) {
	x := tensor.Of(tensor.Shape{1, 1, 2, 2}, float32(1), 2, 3, 4)
	at := tensor.Of(tensor.Shape{1, 1, 2, 2}, int64(5), 7, 13, 15)
	node := optest.Node{Op: "MaxUnpool", Opset: 9, Attrs: optest.Attrs{"kernel_shape": []int{2, 2}, "strides": []int{2, 2}}}
	y := optest.MustRun(t, Defs, node, x, at)[0]
	wantShape(t, y, 1, 1, 4, 4)
	wantFloats(t, y, []float32{0, 0, 0, 0, 0, 1, 0, 2, 0, 0, 0, 0, 0, 3, 0, 4}, 0)
	y = optest.MustRun(t, Defs, node, x, at, tensor.Of(tensor.Shape{4}, int64(1), 1, 4, 5))[0]
	wantShape(t, y, 1, 1, 4, 5)
	wantFloats(t, y, []float32{0, 0, 0, 0, 0, 0, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3, 0, 4, 0}, 0)
	for _, in := range [][]tensor.Value{
		{x, tensor.Of(tensor.Shape{1, 1, 2, 2}, int64(5), 7, 13, 16)},
		{x, tensor.Of(tensor.Shape{1, 1, 2, 2}, int64(-1), 7, 13, 15)},
		{x, tensor.Of(tensor.Shape{1, 1, 4}, int64(5), 7, 13, 15)},
		{x, at, tensor.Of(tensor.Shape{4}, int64(1), 1, 3, 5)},
		{x, at, tensor.Of(tensor.Shape{2}, int64(5), 5)},
	} {
		if _, err := optest.Run(Defs, node, in...); err == nil {
			t.Errorf("%v: got no error", in)
		}
	}
}
