package profile

import (
	"context"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/runtime"
	"github.com/onnxrun/onnxrun/tensor"
)

// fake is a machine of round numbers.
var fake = &Machine{Threads: 1, Vectors: "none", Rates: map[tensor.DType]float64{tensor.F32: 1e9},
	Copies: []Copy{{Bytes: 1e3, Rate: 100e9}, {Bytes: 1e6, Rate: 10e9}}}

// script plays runs to a recorder whose clock it holds.
type script struct {
	r   Recorder
	now time.Time
}

func newScript() *script {
	s := &script{now: time.Unix(1e9, 0)}
	s.r.now = func() time.Time { return s.now }
	return s
}

func (s *script) wait(d time.Duration) { s.now = s.now.Add(d) }

// play runs a node for a time of its own and that of its body, and lets
// recording it take a while.
func (s *script) play(n *onnx.Node, depth int, own, recording time.Duration, x *tensor.Tensor, body ...func()) {
	start := s.now
	for _, b := range body {
		b()
	}
	s.wait(own)
	e := &runtime.Event{Node: n, Depth: depth, Inputs: []tensor.Value{x}, Outputs: []tensor.Value{x}, Start: start, Time: s.now.Sub(start), Memory: 64 * (depth + 1), Peak: 200}
	s.wait(recording)
	s.r.Event(e)
}

func named(name, op string) *onnx.Node { return &onnx.Node{Name: name, OpType: op} }

const us = time.Microsecond

func TestBodiesAreNotCountedTwice(t *testing.T) {
	scan, add, inner, last := named("scan", "Scan"), named("add", "Add"), named("if", "If"), named("mul", "Mul")
	deep := named("deep", "Neg")
	x := tensor.Of(tensor.Shape{2}, float32(1), 2)
	for _, recording := range []time.Duration{0, 7 * us} {
		s := newScript()
		s.play(last, 0, 50*us, 0, x) // outside of a run
		s.r.Begin()
		s.wait(3 * us)
		s.play(scan, 0, 10*us, recording, x, func() {
			for range 4 {
				s.play(add, 1, 5*us, recording, x)
				s.play(inner, 1, 2*us, recording, x, func() { s.play(deep, 2, us, recording, x) })
			}
		})
		s.play(last, 0, 20*us, recording, x)
		s.r.End()
		p := s.r.Report("m", fake)
		if p.Median != 65*us || p.Outside != 3*us || p.Sum != 65*us || p.Memory != 200 {
			t.Errorf("recording %v: got %+v", recording, p)
		}
		want := map[string]struct {
			calls       int
			total, self time.Duration
			parent      int
		}{
			"scan": {1, 42 * us, 10 * us, -1}, "add": {4, 20 * us, 20 * us, 0},
			"if": {4, 12 * us, 8 * us, 0}, "deep": {4, 4 * us, 4 * us, 2}, "mul": {1, 20 * us, 20 * us, -1},
		}
		var order []string
		share := 3.0 / 65
		for _, n := range p.Nodes {
			order = append(order, n.Name)
			w := want[n.Name]
			if n.Calls != w.calls || n.Total != w.total || n.Self != w.self || n.Parent != w.parent {
				t.Errorf("recording %v, %s: got %d calls, total %v, self %v, in %d, want %+v", recording, n.Name, n.Calls, n.Total, n.Self, n.Parent, w)
			}
			share += n.Share
		}
		if !slices.Equal(order, []string{"scan", "add", "if", "deep", "mul"}) || math.Abs(share-1) > 1e-9 {
			t.Errorf("got nodes %v with shares of %v", order, share)
		}
		// The timeline is as if recording took no time, and knows the ticks.
		if len(p.Timeline) != 14 {
			t.Fatalf("got %d slices, want 14", len(p.Timeline))
		}
		third := p.Timeline[1+3*2] // scan, and two ticks of three nodes
		if third.Node != 1 || third.Tick != 3 || third.Start != (3+2*8)*us || third.Time != 5*us {
			t.Errorf("recording %v: got %+v for the third tick", recording, third)
		}
		if mul := p.Timeline[13]; mul.Start != 45*us || mul.Tick != 0 {
			t.Errorf("recording %v: got %+v for the last node", recording, mul)
		}
	}
}

func TestMediansAndTheFastestRun(t *testing.T) {
	a, b := named("a", "Relu"), named("", "Relu")
	b.Outputs = []*onnx.Value{{Name: "out"}}
	x := tensor.Of(tensor.Shape{1000}, make([]float32, 1000)...)
	s := newScript()
	for i, d := range []time.Duration{30 * us, 10 * us, 20 * us} {
		s.r.Begin()
		s.play(a, 0, d, us, x)
		if i == 2 {
			s.play(b, 0, 4*us, us, x) // in one run of three
		}
		s.r.End()
	}
	p := s.r.Report("m", fake)
	if p.Runs != 3 || p.Median != 24*us || p.Fastest != 10*us || len(p.Timeline) != 1 {
		t.Errorf("got %+v", p)
	}
	if n := p.Nodes[0]; n.Self != 20*us || n.Calls != 1 || n.Bytes != 8000 {
		t.Errorf("got %+v", n)
	}
	if n := p.Nodes[1]; n.Name != "→out" || n.Self != 0 || n.Calls != 1 {
		t.Errorf("got %+v", n)
	}
	if o := p.Operators; len(o) != 1 || o[0].Nodes != 2 || o[0].Self != 20*us {
		t.Errorf("got %+v", o[0])
	}
}

func TestWhatLimitsAnOperator(t *testing.T) {
	gemm := func(m, k, n int) *nodeData {
		return &nodeData{node: node("", "MatMul", nil), variants: []variant{{
			in: []Value{f32(m, k), f32(k, n)}, out: []Value{f32(m, n)}, calls: 2,
			cost: CostOf(node("", "MatMul", nil), []Value{f32(m, k), f32(k, n)}, []Value{f32(m, n)}),
		}}, totals: []time.Duration{4 * time.Millisecond}, selfs: []time.Duration{4 * time.Millisecond}}
	}
	// Two calls of 2·100³ at 1e9 per second are 4 ms.
	n := gemm(100, 100, 100).report(1, fake)
	if n.finish(4 * time.Millisecond); n.Bound != Arithmetic || n.Rate() != 1e9 || math.Abs(n.Peak-1) > 1e-9 || n.Share != 1 {
		t.Errorf("got %v %v %v", n.Bound, n.Rate(), n.Peak)
	}
	// With a thousand times the arithmetic, the bytes are what takes longer:
	// 2·4·(100·100·3) of them at what a copy of 120 kB does.
	fast := &Machine{Rates: map[tensor.DType]float64{tensor.F32: 1e12}, Copies: []Copy{{1e3, 1e9}, {1e6, 1e9}}}
	n = gemm(100, 100, 100).report(1, fast)
	if n.finish(8 * time.Millisecond); n.Bound != Bandwidth || math.Abs(n.Rate()-60e6) > 1 || math.Abs(n.Peak-0.06) > 1e-9 || n.Share != 0.5 {
		t.Errorf("got %v %v %v", n.Bound, n.Rate(), n.Peak)
	}
	// What the machine can do is not known for these elements.
	unknown := &Machine{Copies: []Copy{{1e3, 1e9}}}
	n = gemm(100, 100, 100).report(1, unknown)
	if n.finish(time.Millisecond); n.Bound != Arithmetic || n.Peak != 0 || n.Rate() != 1e9 {
		t.Errorf("got %v %v %v", n.Bound, n.Rate(), n.Peak)
	}
}

func TestCopyRateLiesBetweenMeasurements(t *testing.T) {
	for bytes, want := range map[float64]float64{1: 100e9, 1e3: 100e9, 1e6: 10e9, 1e9: 10e9, math.Sqrt(1e9): 55e9} {
		if got := fake.copyRate(bytes); math.Abs(got-want) > 1 {
			t.Errorf("%v bytes: got %v, want %v", bytes, got, want)
		}
	}
}

func TestManyShapes(t *testing.T) {
	a := named("grow", "Relu")
	s := newScript()
	s.r.Begin()
	bytes := 0.0
	for i := range 100 {
		s.play(a, 0, us, 0, tensor.Of(tensor.Shape{i + 1}, make([]float32, i+1)...))
		bytes += float64(8 * (i + 1))
	}
	s.r.End()
	n := s.r.Report("m", fake).Nodes[0]
	if n.Calls != 100 || n.Bytes != bytes || len(n.Shapes) != maxVariants || n.Other != 100-maxVariants {
		t.Errorf("got %+v, want %v bytes", n, bytes)
	}
}

// A Scan of the standard, of seven ticks.
func TestProfileOfAScan(t *testing.T) {
	var r Recorder
	s, err := runtime.Open("../../testdata/models/torch_lstm_layernorm_scan/model.onnx", runtime.WithProfile(r.Event), runtime.WithThreads(1), runtime.WithoutOptimization())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	in := map[string]tensor.Value{}
	for _, i := range s.Inputs() {
		shape := tensor.Shape{}
		for _, d := range i.Type.Dims {
			switch {
			case d.Known():
				shape = append(shape, d.Size)
			case d.Name == "time":
				shape = append(shape, 7)
			default:
				shape = append(shape, 1)
			}
		}
		if in[i.Name], err = tensor.New(i.Type.Elem, shape); err != nil {
			t.Fatal(err)
		}
	}
	r.Begin()
	if _, err := s.Run(context.Background(), in); err != nil {
		t.Fatal(err)
	}
	r.End()
	p := r.Report("scan", fake)
	scan := p.Nodes[0]
	sum := scan.Self
	for i, n := range p.Nodes[1:] {
		if n.Depth != 1 || n.Parent != 0 || n.Calls != 7 {
			t.Errorf("node %d: got %+v", i+1, n)
		}
		sum += n.Self
	}
	if scan.Op != "Scan" || scan.Calls != 1 || sum != scan.Total || scan.Self <= 0 || p.Memory == 0 {
		t.Errorf("got %+v, and %v with the body", scan, sum)
	}
	if last := p.Timeline[len(p.Timeline)-1]; last.Tick != 7 {
		t.Errorf("got tick %d at last, want 7", last.Tick)
	}
}
