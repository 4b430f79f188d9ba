package cli

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/tensor"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"onnxrun": func() {
			os.Exit(Main(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
		},
	})
}

// The scripts find the models below in their folder, and those that frameworks
// have exported in $MODELS.
func TestScripts(t *testing.T) {
	models, err := filepath.Abs("../../testdata/models")
	if err != nil {
		t.Fatal(err)
	}
	vectors, err := filepath.Glob("../../conformance/testdata/*-node.tar.zst")
	if err != nil || len(vectors) != 1 {
		t.Fatal(vectors, err)
	}
	archive, err := filepath.Abs(vectors[0])
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                filepath.Join("testdata", "script"),
		RequireUniqueNames: true,
		Cmds:               map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
		Setup: func(e *testscript.Env) error {
			e.Setenv("MODELS", models)
			e.Setenv("VECTORS", archive)
			return writeModels(e.WorkDir)
		},
	})
}

// exits is a command of the scripts: "exits 2 onnxrun run" wants the code that
// the program ends with.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits code program args…")
	}
	code := 0
	var failed *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &failed) {
		code = failed.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if got := strconv.Itoa(code); got != args[0] {
		ts.Fatalf("%s ended with code %s, want %s", args[1], got, args[0])
	}
}

func writeModels(dir string) error {
	for name, m := range smallModels() {
		if err := onnx.Save(filepath.Join(dir, name+".onnx"), m); err != nil {
			return err
		}
	}
	return nil
}

func float32s(dims ...any) tensor.Type {
	t := tensor.TensorOf(tensor.F32)
	t.HasShape = true
	for _, d := range dims {
		switch d := d.(type) {
		case int:
			t.Dims = append(t.Dims, tensor.Dim{Size: d})
		case string:
			t.Dims = append(t.Dims, tensor.Dim{Size: -1, Name: d})
		}
	}
	return t
}

// model finishes a graph whose outputs are of the given types.
func model(b *optest.Builder, types ...tensor.Type) *onnx.Model {
	for i, t := range types {
		b.Graph.Outputs[i].Type = t
	}
	m := b.Model()
	m.ProducerName = "cli_test"
	return m
}

func smallModels() map[string]*onnx.Model {
	models := map[string]*onnx.Model{
		// y = 2x
		"double": model(optest.NewGraph(17).Input("x", tensor.F32, "batch", 2).
			Const("two", tensor.Scalar(float32(2))).
			Node("Mul", []string{"x", "two"}, []string{"y"}, nil).Output("y"), float32s("batch", 2)),
		// One row at a time, whole numbers.
		"one": model(optest.NewGraph(17).Input("x", tensor.I32, 1, 2).
			Node("Neg", []string{"x"}, []string{"y"}, nil).Output("y")),
		// s = a+b, d = a-b
		"two": model(optest.NewGraph(17).Input("a", tensor.F32, "n").Input("b", tensor.F32, "n").
			Node("Add", []string{"a", "b"}, []string{"s"}, nil).
			Node("Sub", []string{"a", "b"}, []string{"d"}, nil).Output("s", "d"), float32s("n"), float32s("n")),
		// The running sum of x, and the same number as its state.
		"sum": model(optest.NewGraph(17).Input("x", tensor.F32, 1, 3).Input("state", tensor.F32, 1, 3).Input("k", tensor.F32, 1).
			Node("Mul", []string{"x", "k"}, []string{"kx"}, nil).
			Node("Add", []string{"kx", "state"}, []string{"y"}, nil).
			Node("Identity", []string{"y"}, []string{"state_next"}, nil).Output("y", "state_next"), float32s(1, 3), float32s(1, 3)),
		// One vector at a time, normalized.
		"norm": model(optest.NewGraph(17).Input("x", tensor.F32, 4).
			Const("scale", tensor.Of(tensor.Shape{4}, float32(1), 1, 1, 1)).
			Node("LayerNormalization", []string{"x", "scale"}, []string{"y"}, nil).Output("y"), float32s(4)),
		// A list of tensors.
		"list": model(optest.NewGraph(17).Input("x", tensor.F32, "n").
			Node("SequenceConstruct", []string{"x", "x"}, []string{"l"}, nil).Output("l"), tensor.SequenceOf(tensor.TensorOf(tensor.F32))),
	}
	// An operator that nobody has.
	foreign := optest.NewGraph(17).Input("x", tensor.F32, "n").
		Node("Relu", []string{"x"}, []string{"r"}, nil).
		Node("Frobnicate", []string{"r"}, []string{"y"}, nil).Output("y")
	foreign.Graph.Nodes[1].Domain, foreign.Graph.Nodes[1].Opset = "com.example", 1
	models["foreign"] = model(foreign, float32s("n"))
	models["foreign"].Opsets = append(models["foreign"].Opsets, onnx.OpsetID{Domain: "com.example", Version: 1})
	// A value that nothing defines.
	models["broken"] = model(optest.NewGraph(17).Input("x", tensor.F32, "n").
		Node("Add", []string{"x", "nowhere"}, []string{"y"}, nil).Output("y"), float32s("n"))
	// A branch in either of two bodies.
	choice := optest.NewGraph(17).Input("c", tensor.Boolean).Input("x", tensor.F32, "n")
	yes, no := choice.Body("yes"), choice.Body("no")
	yes.Node("Neg", []string{"x"}, []string{"negative"}, nil).Output("negative")
	no.Node("Abs", []string{"x"}, []string{"positive"}, nil).Output("positive")
	choice.Node("If", []string{"c"}, []string{"y"}, optest.Attrs{"then_branch": yes}).Output("y")
	choice.Graph.Nodes[0].Attrs = append(choice.Graph.Nodes[0].Attrs, &onnx.Attr{Name: "else_branch", Kind: onnx.AttrGraph, Graph: no.Graph})
	models["choice"] = model(choice, float32s("n"))
	return models
}

func TestMainStopsWhenItsContextIsDone(t *testing.T) {
	dir := t.TempDir()
	if err := writeModels(dir); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var out, notes bytes.Buffer
	code := Main(ctx, []string{"run", filepath.Join(dir, "double.onnx"), "-i", "x=zeros", "--dim", "batch=1"}, nil, &out, &notes)
	if code != 1 || out.Len() > 0 || notes.String() != "onnxrun: interrupted\n" {
		t.Errorf("got code %d, %q and %q", code, out.String(), notes.String())
	}
}

// The moments of a series are those of all its elements, in however many ticks
// they come, and keep their digits far from zero.
func TestMomentsAddUp(t *testing.T) {
	var all []float64
	var sum moments
	for k := range 5 {
		var tick []float64
		for i := range 3 * k {
			tick = append(tick, 1e9+float64((i*7+k)%11))
		}
		all = append(all, tick...)
		if k > 0 {
			sum = sum.add(momentsOf(tick))
		}
	}
	// The plain sums of what is left without 1e9.
	mean, squares := 0.0, 0.0
	for _, v := range all {
		mean += (v - 1e9) / float64(len(all))
	}
	for _, v := range all {
		squares += (v - 1e9 - mean) * (v - 1e9 - mean) / float64(len(all))
	}
	if sum.N != len(all) || math.Abs(sum.Mean-1e9-mean) > 1e-6 || math.Abs(sum.Var-squares) > 1e-6 {
		t.Errorf("got %+v, want mean 1e9+%v and variance %v", sum, mean, squares)
	}
}

func TestJoinAxisUndoesSlab(t *testing.T) {
	x := tensor.Of(tensor.Shape{2, 3, 2}, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11.0)
	for axis := range 3 {
		var parts []tensor.Value
		for i := range x.Dim(axis) {
			p, err := slab(x, axis, i, true)
			if err != nil {
				t.Fatal(err)
			}
			parts = append(parts, p)
		}
		v, err := joinAxis(parts, axis)
		if err != nil {
			t.Fatal(err)
		}
		y := v.(*tensor.Tensor)
		if !y.Shape().Equal(x.Shape()) || !slices.Equal(tensor.Data[float64](y), tensor.Data[float64](x)) {
			t.Errorf("axis %d: got %v %v", axis, y, tensor.Data[float64](y))
		}
	}
}
