package gradient_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
)

type (
	builder = *optest.Builder
	names   = []string
)

func TestDerivativesThroughBranches(t *testing.T) {
	r := rand.New(rand.NewPCG(20, 20))
	type A = optest.Attrs
	branches := func(b builder) {
		then, otherwise := b.Body("then"), b.Body("else")
		then.Const("half", tensor.Scalar(0.5)).Node("Mul", names{"i0", "i2"}, names{"p"}, nil).
			Node("Sin", names{"p"}, names{"s"}, nil).Node("Mul", names{"s", "half"}, names{"t"}, nil).Output("t", "i2")
		otherwise.Node("Exp", names{"i0"}, names{"e"}, nil).Node("Tanh", names{"e"}, names{"f"}, nil).Output("e", "f")
		b.Node("If", names{"i1"}, names{"o0", "o1"}, A{"then_branch": then, "else_branch": otherwise})
	}
	nested := func(b builder) {
		then, otherwise := b.Body("then"), b.Body("else")
		then.Node("Mul", names{"i0", "i2"}, names{"q"}, nil)
		inner, other := then.Body("inner"), then.Body("other")
		inner.Node("Mul", names{"q", "i0"}, names{"r"}, nil).Output("r")
		other.Node("Sin", names{"q"}, names{"u"}, nil).Output("u")
		then.Node("If", names{"i1"}, names{"v"}, A{"then_branch": inner, "else_branch": other}).
			Node("Mul", names{"v", "i2"}, names{"w"}, nil).Output("w")
		otherwise.Output("i0")
		b.Node("If", names{"i1"}, names{"o0"}, A{"then_branch": then, "else_branch": otherwise})
	}
	for _, taken := range []bool{true, false} {
		in := []tensor.Value{random(r, 2, 3), tensor.Scalar(taken), random(r, 3)}
		both := []int{0, 2}
		checkAll(t, []probe{
			{op: "If", in: in, wrt: both, out: 2, build: branches},
			{op: "If", name: "nested", in: in, wrt: both, build: nested},
		})
	}
}

func TestDerivativesThroughLoops(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 21))
	type A = optest.Attrs
	// s ← tanh(w·s + x[i]), until |s| is large or the trips are done; s² is stacked.
	loop := func(b builder) {
		body := b.Body("body").Input("i", tensor.I64).Input("c", tensor.Boolean).Input("n", tensor.I64).Input("s", tensor.F64, 2)
		body.Const("two", tensor.Scalar(int64(2))).Const("bound", tensor.Scalar(30.0)).
			Node("Gather", names{"i0", "i"}, names{"x"}, nil).Node("MatMul", names{"i2", "s"}, names{"ws"}, nil).
			Node("Add", names{"ws", "x"}, names{"a"}, nil).Node("Tanh", names{"a"}, names{"s2"}, nil).
			Node("Mul", names{"s2", "s"}, names{"y"}, nil).Node("Mul", names{"n", "two"}, names{"n2"}, nil).
			Node("ReduceL1", names{"s2"}, names{"l1"}, A{"keepdims": 0}).Node("Less", names{"l1", "bound"}, names{"c2"}, nil).
			Output("c2", "n2", "s2", "y")
		b.Const("trips", tensor.Scalar(int64(4))).Const("yes", tensor.Scalar(true)).Const("n0", tensor.Scalar(int64(1))).
			Node("Loop", names{"trips", "yes", "n0", "i1"}, names{"", "o0", "o1"}, A{"body": body})
	}
	// The loop ends by its condition: s doubles while it is small.
	until := func(b builder) {
		body := b.Body("body").Input("i", tensor.I64).Input("c", tensor.Boolean).Input("s", tensor.F64)
		body.Const("limit", tensor.Scalar(20.0)).Node("Mul", names{"s", "i1"}, names{"s2"}, nil).
			Node("Less", names{"s2", "limit"}, names{"c2"}, nil).Output("c2", "s2")
		b.Const("yes", tensor.Scalar(true)).Node("Loop", names{"", "yes", "i0"}, names{"o0"}, A{"body": body})
	}
	none := func(b builder) {
		body := b.Body("body").Input("i", tensor.I64).Input("c", tensor.Boolean).Input("s", tensor.F64)
		body.Node("Mul", names{"s", "i1"}, names{"s2"}, nil).Output("c", "s2")
		b.Const("no", tensor.Scalar(false)).Node("Loop", names{"", "no", "i0"}, names{"o0"}, A{"body": body})
	}
	// A loop in a loop: s ← (s·w)·w… as often as the outer one has run.
	nested := func(b builder) {
		body := b.Body("body").Input("i", tensor.I64).Input("c", tensor.Boolean).Input("s", tensor.F64)
		inner := body.Body("inner").Input("k", tensor.I64).Input("d", tensor.Boolean).Input("u", tensor.F64)
		inner.Node("Mul", names{"u", "i1"}, names{"v"}, nil).Node("Sin", names{"v"}, names{"v2"}, nil).Output("d", "v2", "v")
		body.Const("one", tensor.Scalar(int64(1))).Node("Add", names{"i", "one"}, names{"j"}, nil).
			Node("Loop", names{"j", "c", "s"}, names{"s2", "all"}, A{"body": inner}).
			Node("ReduceSum", names{"all"}, names{"sum"}, A{"keepdims": 0}).Node("Add", names{"s2", "sum"}, names{"s3"}, nil).Output("c", "s3")
		b.Const("trips", tensor.Scalar(int64(4))).Node("Loop", names{"trips", "", "i0"}, names{"o0"}, A{"body": body})
	}
	// The state grows by a row each trip.
	grows := func(b builder) {
		body := b.Const("zero", i64(0)).Body("body").Input("i", tensor.I64).Input("c", tensor.Boolean).Input("s", tensor.F64, "rows", 2)
		body.Node("Mul", names{"s", "i1"}, names{"p"}, nil).Node("ReduceSum", names{"p", "zero"}, names{"row"}, nil).
			Node("Sin", names{"row"}, names{"sin"}, nil).Node("Concat", names{"p", "sin"}, names{"s2"}, A{"axis": 0}).Output("c", "s2")
		b.Const("trips", tensor.Scalar(int64(3))).Node("Loop", names{"trips", "", "i0"}, names{"o0"}, A{"body": body})
	}
	checkAll(t, []probe{
		{op: "Loop", name: "grows", first: true, in: []tensor.Value{random(r, 1, 2), random(r, 2)}, wrt: []int{0, 1}, build: grows},
		{op: "Loop", in: []tensor.Value{random(r, 4, 2), random(r, 2), random(r, 2, 2)}, wrt: []int{0, 1, 2}, out: 2, build: loop},
		{op: "Loop", name: "until", in: []tensor.Value{tensor.Scalar(0.7), tensor.Scalar(2.1)}, wrt: []int{0, 1}, build: until},
		{op: "Loop", name: "no trip", in: []tensor.Value{tensor.Scalar(0.7), tensor.Scalar(2.1)}, wrt: []int{0, 1}, build: none},
		{op: "Loop", name: "nested", in: []tensor.Value{tensor.Scalar(0.7), tensor.Scalar(0.9)}, wrt: []int{0, 1}, build: nested},
	})
}

func TestDerivativesThroughScans(t *testing.T) {
	r := rand.New(rand.NewPCG(22, 22))
	type A = optest.Attrs
	scan := func(l A) func(b builder) {
		return func(b builder) {
			body := b.Body("body").Input("s", tensor.F64, 2).Input("x", tensor.F64, 2).Input("z", tensor.F64, 2)
			body.Node("Mul", names{"s", "x"}, names{"p"}, nil).Node("Add", names{"p", "z"}, names{"q"}, nil).
				Node("Sin", names{"q"}, names{"s2"}, nil).Node("Mul", names{"s2", "i3"}, names{"y"}, nil).
				Node("Mul", names{"x", "s"}, names{"y2"}, nil).Output("s2", "y", "y2")
			a := A{"body": body, "num_scan_inputs": 2}
			for k, v := range l {
				a[k] = v
			}
			b.Node("Scan", names{"i0", "i1", "i2"}, names{"o0", "o1", "o2"}, a)
		}
	}
	in := []tensor.Value{random(r, 2), random(r, 3, 2), random(r, 3, 2), random(r, 2)}
	turned := []tensor.Value{random(r, 2), random(r, 2, 3), random(r, 3, 2), random(r, 2)}
	all := []int{0, 1, 2, 3}
	sum := func(b builder) { // no state at all
		body := b.Body("body").Input("x", tensor.F64, 2)
		body.Node("Exp", names{"x"}, names{"y"}, nil).Output("y")
		b.Node("Scan", names{"i0"}, names{"o0"}, A{"body": body, "num_scan_inputs": 1})
	}
	last := func(b builder) {
		body := b.Body("body").Input("s", tensor.F64, 2).Input("x", tensor.F64, 2)
		body.Node("Mul", names{"s", "x"}, names{"s2"}, nil).Output("s2")
		b.Node("Scan", names{"i0", "i1"}, names{"o0"}, A{"body": body, "num_scan_inputs": 1})
	}
	checkAll(t, []probe{
		{op: "Scan", in: in, wrt: all, out: 3, build: scan(nil)},
		{op: "Scan", in: turned, wrt: all, out: 3, name: "turned", build: scan(A{"scan_input_axes": []int{1, 0}, "scan_input_directions": []int{0, 1}, "scan_output_axes": []int{-1, 0}, "scan_output_directions": []int{1, 0}})},
		{op: "Scan", name: "without states", in: []tensor.Value{random(r, 3, 2)}, build: sum},
		{op: "Scan", name: "empty", in: []tensor.Value{random(r, 2), random(r, 0, 2)}, wrt: []int{0, 1}, build: last},
	})
	// Version 8: two members of a batch, of three and one tick.
	batches := func(directions, lens string) func(b builder) {
		return func(b builder) {
			body := b.Body("body").Input("s", tensor.F64, 2).Input("x", tensor.F64, 2)
			body.Node("Mul", names{"s", "x"}, names{"p"}, nil).Node("Add", names{"p", "i2"}, names{"s2"}, nil).
				Node("Mul", names{"s2", "x"}, names{"y"}, nil).Output("s2", "y")
			a := A{"body": body, "num_scan_inputs": 1}
			if directions != "" {
				a["directions"] = []int{1}
			}
			b.Const("lens", i64(3, 1)).Node("Scan", names{lens, "i0", "i1"}, names{"o0", "o1"}, a)
		}
	}
	members := []tensor.Value{random(r, 2, 2), random(r, 2, 3, 2), random(r, 2)}
	checkAll(t, []probe{
		{op: "Scan", opset: 8, in: members, wrt: []int{0, 1, 2}, out: 2, build: batches("", "")},
		{op: "Scan", opset: 8, in: members, wrt: []int{0, 1, 2}, out: 2, build: batches("backward", "lens")},
	})
}

// What was dropped on the way there is dropped on the way back, though bodies
// are computed twice.
func TestRandomNumbersInBodiesAreRecalled(t *testing.T) {
	type A = optest.Attrs
	dropped := func(b builder) builder {
		return b.Const("training", tensor.Scalar(true)).Node("Dropout", names{"x", "", "training"}, names{"y"}, nil).
			Node("RandomNormalLike", names{"x"}, names{"noise"}, nil).Node("Mul", names{"y", "noise"}, names{"z"}, nil)
	}
	for name, build := range map[string]func(b builder){
		"Scan": func(b builder) {
			body := dropped(b.Body("body").Input("x", tensor.F64, 50)).Output("z")
			b.Node("Scan", names{"i"}, names{"o"}, A{"body": body, "num_scan_inputs": 1})
		},
		"If": func(b builder) {
			then, otherwise := b.Body("then"), b.Body("else")
			otherwise.Node("Exp", names{"i"}, names{"x"}, nil).Output("x")
			dropped(then.Node("Identity", names{"i"}, names{"x"}, nil)).Output("z")
			b.Const("yes", tensor.Scalar(true)).Node("If", names{"yes"}, names{"o"}, A{"then_branch": then, "else_branch": otherwise})
		},
		"SequenceMap": func(b builder) {
			body := dropped(b.Body("body").Input("x", tensor.F64)).Output("z")
			b.Node("SplitToSequence", names{"i"}, names{"s"}, nil).Node("SequenceMap", names{"s"}, names{"t"}, A{"body": body}).
				Node("ConcatFromSequence", names{"t"}, names{"o"}, A{"axis": 0})
		},
	} {
		b := optest.NewGraph(22).Input("i", tensor.F64, 4, 50)
		build(b)
		gradientNode(b, names{"i"}, nil, "o", names{"i"}, names{"d"})
		ones := make([]float64, 200)
		for k := range ones {
			ones[k] = 1
		}
		out := run(t, open(t, model(b.Output("o", "d"))), values{"i": tensor.Of(tensor.Shape{4, 50}, ones...)})
		y, d := tensor.Data[float64](out["o"].(*tensor.Tensor)), tensor.Data[float64](out["d"].(*tensor.Tensor))
		zeros := 0
		for k := range y {
			if y[k] != d[k] { // the output is as many times the input
				t.Fatalf("%s: element %d: got %v, want %v", name, k, d[k], y[k])
			}
			if y[k] == 0 {
				zeros++
			}
		}
		if zeros == 0 || zeros == 200 {
			t.Errorf("%s: %d of 200 elements dropped", name, zeros)
		}
	}
}

// A Gradient may be given other values than those named; sub-graphs on the way
// are then copied.
func TestSubGraphsAreCopiedForOtherValues(t *testing.T) {
	b := optest.NewGraph(18).Input("a", tensor.F64).Input("b", tensor.F64).Const("three", tensor.Scalar(int64(3)))
	body := b.Body("body").Input("i", tensor.I64).Input("c", tensor.Boolean).Input("s", tensor.F64)
	body.Const("yes", tensor.Scalar(true)).Node("Mul", names{"s", "a"}, names{"s2"}, nil).Output("yes", "s2")
	b.Node("Loop", names{"three", "", "b"}, names{"y"}, optest.Attrs{"body": body})
	gradientNode(b, names{"a"}, names{"b"}, "y", names{"a", "b"}, names{"da"})
	gradientNode(b, names{"a"}, names{"b"}, "y", names{"b", "a"}, names{"other"})
	out := run(t, open(t, model(b.Output("y", "da", "other"))), scalars(2, 5))
	expect(t, "y", out["y"], 5*8)
	expect(t, "da", out["da"], 3*5*4)
	expect(t, "other", out["other"], 3*2*25)
}

// A Gradient in a body may be of what loops around it compute: what it needs of
// them, they then give.
func TestGradientInABodyThroughLoopsAroundIt(t *testing.T) {
	for _, rows := range []any{1, "rows"} { // of known and of unknown size
		b := optest.NewGraph(18).Input("a", tensor.F64, 1).Input("b", tensor.F64, rows).Input("cond", tensor.Boolean).
			Const("three", tensor.Scalar(int64(3)))
		body := b.Body("body").Input("i", tensor.I64).Input("c", tensor.Boolean).Input("s", tensor.F64, rows)
		body.Node("Mul", names{"s", "a"}, names{"p"}, nil).Node("Mul", names{"p", "s"}, names{"s2"}, nil).Output("c", "s2")
		b.Node("Loop", names{"three", "", "b"}, names{"y"}, optest.Attrs{"body": body})
		then, otherwise := b.Body("then"), b.Body("else")
		gradientNode(then, names{"a"}, names{"b"}, "y", names{"a", "b"}, names{"d"})
		otherwise.Node("Neg", names{"y"}, names{"n"}, nil)
		b.Node("If", names{"cond"}, names{"o"}, optest.Attrs{"then_branch": then.Output("d"), "else_branch": otherwise.Output("n")})
		// y = a⁷·b⁸ and dy/da = 7·a⁶·b⁸
		in := values{"a": tensor.Of(tensor.Shape{1}, 2.0), "b": tensor.Of(tensor.Shape{1}, 1.5), "cond": tensor.Scalar(true)}
		out := run(t, open(t, model(b.Output("o"))), in)
		expect(t, "o", out["o"], 7*64*math.Pow(1.5, 8))
	}
}

// Outputs of bodies may be their inputs, one for another, or values from around.
func TestDerivativesOfBodiesThatOnlyPassOn(t *testing.T) {
	r := rand.New(rand.NewPCG(32, 32))
	type A = optest.Attrs
	scan := func(b builder) {
		b.Node("Exp", names{"i2"}, names{"e"}, nil)
		body := b.Body("body").Input("s", tensor.F64, 2).Input("u", tensor.F64, 2).Input("x", tensor.F64, 2).Output("u", "s", "x", "e", "u", "x")
		b.Node("Scan", names{"i0", "i2", "i4"}, names{"o0", "o1", "o2", "o3", "o4", "o5"}, A{"body": body, "num_scan_inputs": 1})
	}
	loop := func(b builder) {
		b.Node("Exp", names{"i2"}, names{"e"}, nil)
		body := b.Body("body").Input("i", tensor.I64).Input("c", tensor.Boolean).Input("s", tensor.F64, 2).Input("u", tensor.F64, 2).Output("c", "u", "e", "s")
		b.Const("trips", tensor.Scalar(int64(3))).Node("Loop", names{"trips", "", "i0", "i2"}, names{"o0", "o1", "o2"}, A{"body": body})
	}
	in := []tensor.Value{random(r, 2), nil, random(r, 2), nil, random(r, 3, 2)}
	checkAll(t, []probe{
		{op: "Scan", in: in, wrt: []int{0, 2, 4}, out: 6, build: scan},
		{op: "Loop", in: in[:3], wrt: []int{0, 2}, out: 3, build: loop},
	})
}
