package rnn

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand"
	"os"
	"strings"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
)

// array is a tensor in testdata.
type array struct {
	Shape []int
	Data  []float64
}

func (a *array) tensor(d tensor.DType) tensor.Value {
	if a == nil {
		return nil
	}
	return rounded(d, a.Data, a.Shape...)
}

// rounded returns a tensor of the values in the given type.
func rounded(d tensor.DType, v []float64, shape ...int) *tensor.Tensor {
	t, err := tensor.New(d, shape)
	if err != nil {
		panic(err)
	}
	for i, x := range v {
		switch d {
		case tensor.F32:
			tensor.Data[float32](t)[i] = float32(x)
		case tensor.F64:
			tensor.Data[float64](t)[i] = x
		case tensor.F16:
			tensor.Data[tensor.Float16](t)[i] = tensor.ToFloat16(float32(x))
		case tensor.BF16:
			tensor.Data[tensor.BFloat16](t)[i] = tensor.ToBFloat16(float32(x))
		case tensor.I32:
			tensor.Data[int32](t)[i] = int32(x)
		}
	}
	return t
}

func values(t *tensor.Tensor) []float64 {
	v := make([]float64, t.Len())
	for i := range v {
		switch t.DType() {
		case tensor.F32:
			v[i] = float64(tensor.Data[float32](t)[i])
		case tensor.F64:
			v[i] = tensor.Data[float64](t)[i]
		case tensor.F16:
			v[i] = float64(tensor.Data[tensor.Float16](t)[i].Float32())
		case tensor.BF16:
			v[i] = float64(tensor.Data[tensor.BFloat16](t)[i].Float32())
		}
	}
	return v
}

func near(t *testing.T, what string, got *tensor.Tensor, want []float64, shape tensor.Shape, tolerance float64) {
	t.Helper()
	if !got.Shape().Equal(shape) {
		t.Fatalf("%s: got %v, want shape %v", what, got, shape)
	}
	for i, g := range values(got) {
		if d := math.Abs(g - want[i]); !(d <= tolerance*(1+math.Abs(want[i]))) {
			t.Fatalf("%s: element %d is %v, want %v", what, i, g, want[i])
		}
	}
}

func TestLikeOnnxruntime(t *testing.T) {
	raw, err := os.ReadFile("testdata/onnxruntime.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Cases []struct {
			Op      string
			Attrs   map[string]any
			Inputs  []*array
			Outputs []array
		}
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	for i, c := range file.Cases {
		attrs := optest.Attrs{}
		for name, v := range c.Attrs {
			switch v := v.(type) {
			case float64:
				attrs[name] = int(v)
				if name == "clip" {
					attrs[name] = float32(v)
				}
			case string:
				attrs[name] = v
			case []any:
				var names []string
				var floats []float32
				for _, e := range v {
					if s, ok := e.(string); ok {
						names = append(names, s)
					} else {
						floats = append(floats, float32(e.(float64)))
					}
				}
				if attrs[name] = floats; names != nil {
					attrs[name] = names
				}
			}
		}
		for _, d := range []tensor.DType{tensor.F32, tensor.F64} {
			var in []tensor.Value
			for k, a := range c.Inputs {
				if k == inLens {
					in = append(in, a.tensor(tensor.I32))
				} else {
					in = append(in, a.tensor(d))
				}
			}
			for _, constants := range []bool{false, true} {
				out := optest.MustRun(t, Defs, optest.Node{Op: c.Op, Opset: 14, Attrs: attrs, Outputs: len(c.Outputs),
					Constants: constants, Threads: 2}, in...)
				for k, o := range out {
					near(t, fmt.Sprintf("case %d %s %v output %d", i, c.Op, d, k), o, c.Outputs[k].Data, c.Outputs[k].Shape, 1e-5)
				}
			}
		}
	}
}

// problem is a layer with default activations, its inputs in time-major order.
type problem struct {
	op                  string
	s, b, in, h, d      int
	reverse             bool
	lens                []float64
	x, w, r, bias       []float64
	h0, c0, p           []float64
	linear, inputForget bool
}

func newProblem(r *rand.Rand, op string, s, b, in, h int, direction string) *problem {
	q := &problem{op: op, s: s, b: b, in: in, h: h, d: 1, reverse: direction == "reverse"}
	if direction == "bidirectional" {
		q.d = 2
	}
	f := func(scale float64, n ...int) []float64 {
		v := make([]float64, tensor.Shape(n).Len())
		for i := range v {
			v[i] = math.Round(scale*r.NormFloat64()*64) / 64 // exact in every type
		}
		return v
	}
	g := map[string]int{"RNN": 1, "GRU": 3, "LSTM": 4}[op]
	weight := 1 / math.Sqrt(float64(h))
	q.x, q.w, q.r, q.bias = f(1, s, b, in), f(weight, q.d, g*h, in), f(weight, q.d, g*h, h), f(0.5, q.d, 2*g*h)
	q.h0, q.c0, q.p = f(0.5, q.d, b, h), f(0.5, q.d, b, h), f(0.5, q.d, 3*h)
	for range b {
		q.lens = append(q.lens, float64(r.Intn(s+1)))
	}
	return q
}

// solve computes Y, Y_h and Y_c one scalar after another.
func (q *problem) solve() (y, yh, yc []float64) {
	g := map[string]int{"RNN": 1, "GRU": 3, "LSTM": 4}[q.op]
	y, yh, yc = make([]float64, q.s*q.d*q.b*q.h), make([]float64, q.d*q.b*q.h), make([]float64, q.d*q.b*q.h)
	sigmoid := func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
	for d := range q.d {
		w, r, bias := part(q.w, d, q.d), part(q.r, d, q.d), part(q.bias, d, q.d)
		for b := range q.b {
			n := int(q.lens[b])
			h := append([]float64(nil), q.h0[(d*q.b+b)*q.h:][:q.h]...)
			c := append([]float64(nil), q.c0[(d*q.b+b)*q.h:][:q.h]...)
			for k := range n {
				t := k
				if q.reverse || d == 1 {
					t = n - 1 - k
				}
				x := q.x[(t*q.b+b)*q.in:][:q.in]
				fromX := func(gate, j int) float64 {
					v := bias[gate*q.h+j]
					for i, e := range x {
						v += w[(gate*q.h+j)*q.in+i] * e
					}
					return v
				}
				fromH := func(gate, j int, h []float64) float64 {
					v := bias[(g+gate)*q.h+j]
					for i, e := range h {
						v += r[(gate*q.h+j)*q.h+i] * e
					}
					return v
				}
				next, nextC := make([]float64, q.h), make([]float64, q.h)
				reset := make([]float64, q.h)
				if q.op == "GRU" {
					for j := range reset {
						reset[j] = sigmoid(fromX(1, j)+fromH(1, j, h)) * h[j]
					}
				}
				for j := range next {
					switch q.op {
					case "RNN":
						next[j] = math.Tanh(fromX(0, j) + fromH(0, j, h))
					case "GRU":
						z := sigmoid(fromX(0, j) + fromH(0, j, h))
						hidden := fromX(2, j) + fromH(2, j, reset)
						if q.linear {
							hidden = fromX(2, j) + sigmoid(fromX(1, j)+fromH(1, j, h))*fromH(2, j, h)
						}
						next[j] = (1-z)*math.Tanh(hidden) + z*h[j]
					case "LSTM":
						p := part(q.p, d, q.d)
						in := sigmoid(fromX(0, j) + fromH(0, j, h) + p[j]*c[j])
						forget := sigmoid(fromX(2, j) + fromH(2, j, h) + p[2*q.h+j]*c[j])
						if q.inputForget {
							forget = 1 - in
						}
						nextC[j] = forget*c[j] + in*math.Tanh(fromX(3, j)+fromH(3, j, h))
						next[j] = sigmoid(fromX(1, j)+fromH(1, j, h)+p[q.h+j]*nextC[j]) * math.Tanh(nextC[j])
					}
				}
				h, c = next, nextC
				copy(y[((t*q.d+d)*q.b+b)*q.h:], h)
			}
			if n > 0 {
				copy(yh[(d*q.b+b)*q.h:], h)
				copy(yc[(d*q.b+b)*q.h:], c)
			}
		}
	}
	return y, yh, yc
}

// swap exchanges the two outer dimensions a and b of v.
func swap(v []float64, a, b int) []float64 {
	out := make([]float64, len(v))
	n := len(v) / max(a*b, 1)
	for i := range a {
		for j := range b {
			copy(out[(j*a+i)*n:][:n], v[(i*b+j)*n:])
		}
	}
	return out
}

func (q *problem) inputs(d tensor.DType, batchFirst bool) []tensor.Value {
	g := map[string]int{"RNN": 1, "GRU": 3, "LSTM": 4}[q.op]
	x, h0, c0 := rounded(d, q.x, q.s, q.b, q.in), rounded(d, q.h0, q.d, q.b, q.h), rounded(d, q.c0, q.d, q.b, q.h)
	if batchFirst {
		x = rounded(d, swap(q.x, q.s, q.b), q.b, q.s, q.in)
		h0, c0 = rounded(d, swap(q.h0, q.d, q.b), q.b, q.d, q.h), rounded(d, swap(q.c0, q.d, q.b), q.b, q.d, q.h)
	}
	in := []tensor.Value{x, rounded(d, q.w, q.d, g*q.h, q.in), rounded(d, q.r, q.d, g*q.h, q.h),
		rounded(d, q.bias, q.d, 2*g*q.h), rounded(tensor.I32, q.lens, q.b), h0}
	if q.op == "LSTM" {
		in = append(in, c0, rounded(d, q.p, q.d, 3*q.h))
	}
	return in
}

func TestAllTypesLayoutsAndDirections(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	tolerance := map[tensor.DType]float64{tensor.F32: 1e-5, tensor.F64: 1e-13, tensor.F16: 2e-3, tensor.BF16: 1e-2}
	for _, op := range []string{"RNN", "GRU", "LSTM"} {
		for _, direction := range []string{"forward", "reverse", "bidirectional"} {
			for _, size := range [][4]int{{1, 1, 1, 1}, {3, 2, 4, 5}, {7, 33, 3, 20}, {20, 2, 5, 70}} {
				q := newProblem(r, op, size[0], size[1], size[2], size[3], direction)
				q.linear, q.inputForget = r.Intn(2) == 0, r.Intn(2) == 0
				y, yh, yc := q.solve()
				attrs := optest.Attrs{"direction": direction, "hidden_size": q.h}
				outputs := 2
				switch op {
				case "GRU":
					attrs["linear_before_reset"] = map[bool]int{true: 1}[q.linear]
				case "LSTM":
					attrs["input_forget"] = map[bool]int{true: 1}[q.inputForget]
					outputs = 3
				}
				for _, d := range []tensor.DType{tensor.F32, tensor.F64, tensor.F16, tensor.BF16} {
					for layout := range 2 {
						attrs["layout"] = layout
						shape, state := tensor.Shape{q.s, q.d, q.b, q.h}, tensor.Shape{q.d, q.b, q.h}
						wantY, wantH, wantC := y, yh, yc
						if layout == 1 {
							shape, state = tensor.Shape{q.b, q.s, q.d, q.h}, tensor.Shape{q.b, q.d, q.h}
							wantY, wantH, wantC = swap(y, q.s*q.d, q.b), swap(yh, q.d, q.b), swap(yc, q.d, q.b)
						}
						var first []*tensor.Tensor
						for threads := 1; threads <= 3; threads += 2 {
							what := fmt.Sprint(op, direction, size, d, " layout ", layout, " threads ", threads)
							out := optest.MustRun(t, Defs, optest.Node{Op: op, Opset: 22, Attrs: attrs, Outputs: outputs,
								Threads: threads, Constants: threads == 1}, q.inputs(d, layout == 1)...)
							near(t, what+" Y", out[0], wantY, shape, tolerance[d])
							near(t, what+" Y_h", out[1], wantH, state, tolerance[d])
							if op == "LSTM" {
								near(t, what+" Y_c", out[2], wantC, state, tolerance[d])
							}
							if first != nil && string(first[0].Bytes()) != string(out[0].Bytes()) {
								t.Errorf("%s: other bits than with one thread", what)
							}
							first = out
						}
					}
				}
			}
		}
	}
}

func TestOldVersions(t *testing.T) {
	r := rand.New(rand.NewSource(2))
	for _, op := range []string{"RNN", "GRU", "LSTM"} {
		q := newProblem(r, op, 3, 2, 4, 5, "forward")
		y, yh, _ := q.solve()
		for _, opset := range []int{1, 3, 6, 7, 13} {
			attrs := optest.Attrs{}
			if opset == 1 || opset < 7 && op == "GRU" {
				attrs["output_sequence"] = 1
			}
			out := optest.MustRun(t, Defs, optest.Node{Op: op, Opset: opset, Attrs: attrs, Outputs: 2}, q.inputs(tensor.F32, false)...)
			near(t, op, out[0], y, tensor.Shape{3, 1, 2, 5}, 1e-5)
			near(t, op, out[1], yh, tensor.Shape{1, 2, 5}, 1e-5)
		}
	}
}

func TestActivations(t *testing.T) {
	x := []float64{-3, -1, -0.5, 0, 0.25, 0.5, 1, 3}
	for _, c := range []struct {
		name        string
		alpha, beta []float32
		want        func(x float64) float64
	}{
		{"relu", nil, nil, func(x float64) float64 { return max(x, 0) }},
		{"TANH", nil, nil, math.Tanh},
		{"Sigmoid", nil, nil, func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }},
		{"Affine", []float32{0.5}, []float32{0.75}, func(x float64) float64 { return 0.5*x + 0.75 }},
		{"Affine", nil, nil, func(x float64) float64 { return x }},
		{"LeakyRelu", nil, nil, func(x float64) float64 { return max(x, x*float64(float32(0.01))) }},
		{"LeakyRelu", []float32{0.5}, nil, func(x float64) float64 { return max(x, x*0.5) }},
		{"ThresholdedRelu", nil, nil, func(x float64) float64 { return x * float64(step(x, 1)) }},
		{"ThresholdedRelu", []float32{0.5}, nil, func(x float64) float64 { return x * float64(step(x, 0.5)) }},
		{"ScaledTanh", []float32{0.5}, []float32{0.75}, func(x float64) float64 { return 0.5 * math.Tanh(0.75*x) }},
		{"HardSigmoid", nil, nil, func(x float64) float64 { return min(max(float64(float32(0.2))*x+0.5, 0), 1) }},
		{"HardSigmoid", []float32{0.5}, []float32{0.75}, func(x float64) float64 { return min(max(0.5*x+0.75, 0), 1) }},
		{"Elu", nil, nil, func(x float64) float64 { return max(x, 0) + math.Expm1(min(x, 0)) }},
		{"Elu", []float32{0.5}, nil, func(x float64) float64 { return max(x, 0) + 0.5*math.Expm1(min(x, 0)) }},
		{"Softsign", nil, nil, func(x float64) float64 { return x / (1 + math.Abs(x)) }},
		{"Softplus", nil, nil, func(x float64) float64 { return math.Log1p(math.Exp(x)) }},
	} {
		attrs := optest.Attrs{"activations": []string{c.name}}
		if c.alpha != nil {
			attrs["activation_alpha"] = c.alpha
		}
		if c.beta != nil {
			attrs["activation_beta"] = c.beta
		}
		want := make([]float64, len(x))
		for i, v := range x {
			want[i] = c.want(v)
		}
		for d, tolerance := range map[tensor.DType]float64{tensor.F32: 1e-6, tensor.F64: 1e-15} {
			one, zero := rounded(d, []float64{1}, 1, 1, 1), rounded(d, []float64{0}, 1, 1, 1)
			y := optest.MustRun(t, Defs, optest.Node{Op: "RNN", Opset: 14, Attrs: attrs}, rounded(d, x, len(x), 1, 1), one, zero)
			near(t, c.name, y[0], want, tensor.Shape{len(x), 1, 1, 1}, tolerance)
		}
	}
}

func step(x, at float64) int {
	if x >= at {
		return 1
	}
	return 0
}

func TestEmptySequencesAndBatches(t *testing.T) {
	r := rand.New(rand.NewSource(3))
	for _, op := range []string{"RNN", "GRU", "LSTM"} {
		for _, size := range [][2]int{{0, 2}, {3, 0}} {
			for layout := range 2 {
				q := newProblem(r, op, size[0], size[1], 4, 5, "bidirectional")
				outputs := map[bool]int{true: 3, false: 2}[op == "LSTM"]
				out := optest.MustRun(t, Defs, optest.Node{Op: op, Opset: 14, Outputs: outputs,
					Attrs: optest.Attrs{"direction": "bidirectional", "layout": layout}}, q.inputs(tensor.F32, layout == 1)...)
				for _, o := range out {
					for _, v := range values(o) {
						if v != 0 {
							t.Errorf("%s %v: %v has an element %v", op, size, o, v)
						}
					}
				}
			}
		}
	}
}

func TestRefusals(t *testing.T) {
	z := func(d tensor.DType, shape ...int) tensor.Value {
		return rounded(d, make([]float64, tensor.Shape(shape).Len()), shape...)
	}
	f := func(shape ...int) tensor.Value { return z(tensor.F32, shape...) }
	lens := func(v ...float64) tensor.Value { return rounded(tensor.I32, v, len(v)) }
	x, w, r := f(4, 2, 3), f(1, 20, 3), f(1, 20, 5)
	for _, c := range []struct {
		want  string
		attrs optest.Attrs
		in    []tensor.Value
	}{
		{"input 0 (X): got float32[4 2], want three dimensions", nil, []tensor.Value{f(4, 2), w, r}},
		{"input 0 (X): got float32[4 2 4], want a last dimension of 3", nil, []tensor.Value{f(4, 2, 4), w, r}},
		{"input 0 (X): got float32[4 2 0], want at least one feature", nil, []tensor.Value{f(4, 2, 0), f(1, 20, 0), r}},
		{"input 1 (W): got float32[1 19 3], want shape [1 20 input_size]", nil, []tensor.Value{x, f(1, 19, 3), r}},
		{"input 2 (R): got float32[20 5], want three dimensions", nil, []tensor.Value{x, w, f(20, 5)}},
		{"input 2 (R): got float32[1 20 5], want shape [1 24 6]", optest.Attrs{"hidden_size": 6}, []tensor.Value{x, w, r}},
		{"input 2 (R): got float32[1 20 5], want shape [2 20 5]", optest.Attrs{"direction": "bidirectional"}, []tensor.Value{x, w, r}},
		{"input 3 (B): got float32[1 39], want shape [1 40]", nil, []tensor.Value{x, w, r, f(1, 39)}},
		{"input 4 (sequence_lens): got int32[3], want shape [2]", nil, []tensor.Value{x, w, r, nil, lens(1, 2, 3)}},
		{"entry 1 has length 5, want 0 to 4", nil, []tensor.Value{x, w, r, nil, lens(1, 5)}},
		{"entry 0 has length -1", nil, []tensor.Value{x, w, r, nil, lens(-1, 4)}},
		{"input 5 (initial_h): got float32[2 1 5], want shape [1 2 5]", nil, []tensor.Value{x, w, r, nil, nil, f(2, 1, 5)}},
		{"input 6 (initial_c): got float32[1 2 4], want shape [1 2 5]", nil, []tensor.Value{x, w, r, nil, nil, nil, f(1, 2, 4)}},
		{"input 7 (P): got float32[1 20], want shape [1 15]", nil, []tensor.Value{x, w, r, nil, nil, nil, nil, f(1, 20)}},
		{"attribute activations: got 2, want 3", optest.Attrs{"activations": []string{"Tanh", "Tanh"}}, []tensor.Value{x, w, r}},
		{`attribute activations: "Gelu" is not an activation`, optest.Attrs{"activations": []string{"Gelu", "Tanh", "Tanh"}}, []tensor.Value{x, w, r}},
		{`attribute direction: got "sideways"`, optest.Attrs{"direction": "sideways"}, []tensor.Value{x, w, r}},
		{"attribute clip: got -1, want a positive number", optest.Attrs{"clip": float32(-1)}, []tensor.Value{x, w, r}},
		{"attribute hidden_size: got -5", optest.Attrs{"hidden_size": -5}, []tensor.Value{x, w, r}},
	} {
		for _, constants := range []bool{false, true} {
			_, err := optest.Run(Defs, optest.Node{Op: "LSTM", Opset: 14, Attrs: c.attrs, Outputs: 3, Constants: constants}, c.in...)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got error %v, want %s", err, c.want)
			}
		}
	}
}
