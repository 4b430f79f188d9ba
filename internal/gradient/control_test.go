package gradient_test

import (
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
	checkAll(t, []probe{
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
}
