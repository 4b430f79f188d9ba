//go:build 386 || amd64 || arm || arm64 || wasm

package onnxgo_test

import (
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	onnxgo "github.com/owulveryck/onnx-go"
	"github.com/owulveryck/onnx-go/backend/testbackend"
	_ "github.com/owulveryck/onnx-go/backend/testbackend/onnx"
	gorgonia "gorgonia.org/tensor"

	"github.com/onnxrun/onnxrun/onnx"
	backend "github.com/onnxrun/onnxrun/runtime/onnxgo"
	"github.com/onnxrun/onnxrun/tensor"
)

//go:generate go test -run TestBackendCases -write-docs .

var writeDocs = flag.Bool("write-docs", false, "write the results of TestBackendCases to docs/onnx-go.md")

// leastPassed is how many of onnx-go's cases its own runner has to pass.
const leastPassed = 339

// gorgonnxPassed is how many of the same cases the backend gorgonnx of onnx-go
// passes in the version that go.mod names, counted with
//
//	go test -run TestONNX -v ./backend/x/gorgonnx
//
// in a copy of the module. It skips the others as not implemented.
const gorgonnxPassed = 96

// outcome is how a case of onnx-go ends.
type outcome string

const (
	passed         outcome = "passed"          // onnx-go's runner accepts it
	rounded        outcome = "rounded"         // right, but the runner's tolerance is narrower than the vector's digits
	contradictory  outcome = "contradictory"   // the expected output is none that the case's model declares
	notImplemented outcome = "not implemented" // by onnx-go or by this backend
	wrong          outcome = "wrong"
)

// TestBackendCases replays all cases of onnx-go. Those that pass or are not
// implemented go through onnx-go's own runner, too.
func TestBackendCases(t *testing.T) {
	cases := make(map[outcome][]string)
	for _, c := range testbackend.GetAllRegisteredTests() {
		tc := c()
		o, detail := replay(tc)
		line := tc.Title
		if detail != "" {
			line += ": " + detail
		}
		cases[o] = append(cases[o], line)
		switch o {
		case wrong:
			t.Error(line)
		case passed, notImplemented:
			t.Run(tc.Title, tc.RunTest(backend.NewGraph(), false))
			if tc.Skipped != (o == notImplemented) {
				t.Errorf("%s: the runner of onnx-go skips it: %v, want the opposite", line, tc.Skipped)
			}
		}
	}
	for _, l := range cases {
		slices.Sort(l)
	}
	for _, o := range []outcome{notImplemented, rounded, contradictory} {
		t.Logf("%s:\n\t%s", o, strings.Join(cases[o], "\n\t"))
	}
	t.Logf("%d passed", len(cases[passed]))
	if n := len(cases[passed]); n < leastPassed {
		t.Errorf("%d cases pass, want at least %d", n, leastPassed)
	}
	if runtime.GOARCH == "amd64" { // others may round elsewhere
		checkDocs(t, document(cases))
	}
}

// replay runs a case and compares what comes out.
func replay(tc *testbackend.TestCase) (o outcome, detail string) {
	defer func() {
		if r := recover(); r != nil {
			o, detail = wrong, fmt.Sprint("panic: ", r)
		}
	}()
	out, err := run(tc)
	var missing *onnxgo.ErrNotImplemented
	switch {
	case errors.As(err, &missing):
		return notImplemented, reason(missing)
	case err != nil:
		return wrong, err.Error()
	}
	declared, err := onnx.Decode(tc.ModelB)
	if err != nil {
		return wrong, err.Error()
	}
	o = passed
	for i, want := range tc.ExpectedOutput {
		if is, says := describe(want), declared.Graph.Outputs[i].Type.String(); is != says {
			if got := describe(out[i]); got != says || strings.Trim(fmt.Sprint(out[i].Data()), "[]") != strings.Trim(fmt.Sprint(want.Data()), "[]") {
				return wrong, fmt.Sprintf("got %s %v, want %s %v", got, out[i].Data(), says, want.Data())
			}
			return contradictory, fmt.Sprintf("it expects %s where its model declares %s", is, says)
		}
		switch to, where := compare(out[i], want); {
		case to == wrong:
			return wrong, where
		case to == rounded:
			o, detail = rounded, where
		}
	}
	return o, detail
}

func run(tc *testbackend.TestCase) ([]gorgonia.Tensor, error) {
	b := backend.NewGraph()
	m := onnxgo.NewModel(b)
	if err := m.UnmarshalBinary(tc.ModelB); err != nil {
		return nil, err
	}
	for i, t := range tc.Input {
		if err := m.SetInput(i, t); err != nil {
			return nil, err
		}
	}
	if err := b.Run(); err != nil {
		return nil, err
	}
	out, err := m.GetOutputTensors()
	if err == nil && len(out) != len(tc.ExpectedOutput) {
		err = fmt.Errorf("got %d outputs, want %d", len(out), len(tc.ExpectedOutput))
	}
	return out, err
}

// reason is why a case is not implemented, without what it prints of onnx-go's
// structures.
func reason(e *onnxgo.ErrNotImplemented) string {
	if e.AttributeName != "" {
		return fmt.Sprintf("attribute %s: %s", e.AttributeName, e.Message)
	}
	return fmt.Sprintf("%s: %s", e.Operator, e.Message)
}

// describe prints element type and shape as tensor.Type does.
func describe(t gorgonia.Tensor) string {
	typ := tensor.Type{Kind: tensor.KindTensor, HasShape: true}
	typ.Elem, _ = tensor.ParseDType(t.Dtype().String())
	for _, d := range t.Shape() {
		typ.Dims = append(typ.Dims, tensor.Dim{Size: d})
	}
	return typ.String()
}

// compare compares two tensors of the same type as onnx-go does, within 1e-6.
// That is too narrow for some right results. From 16 on it is less than one unit
// in the last place of a float32, by which two correct sums or powers may well
// differ; and some vectors are given with four decimals only, the last of which
// is off by one in places.
func compare(got, want gorgonia.Tensor) (outcome, string) {
	if describe(got) != describe(want) {
		return wrong, fmt.Sprintf("got %s, want %s", describe(got), describe(want))
	}
	g, w := list(got), list(want)
	decimals := true
	for i := range w.Len() {
		if v := w.Index(i); v.CanFloat() {
			decimals = decimals && math.Abs(v.Float()*1e4-math.Round(v.Float()*1e4)) < 1e-2
		}
	}
	o, where := passed, ""
	for i := range w.Len() {
		a, b := g.Index(i), w.Index(i)
		if !a.CanFloat() {
			if !a.Equal(b) {
				return wrong, fmt.Sprintf("element %d: got %v, want %v", i, a, b)
			}
			continue
		}
		x, y := a.Float(), b.Float()
		switch {
		case math.Abs(x-y) <= 1e-6 || x == y:
			continue
		case a.Kind() == reflect.Float32 && math.Abs(y) >= 16 && math.Nextafter32(float32(x), float32(y)) == float32(y):
		case decimals && math.Abs(x-y) <= 1e-4:
		default:
			return wrong, fmt.Sprintf("element %d: got %v, want %v", i, a, b)
		}
		o, where = rounded, fmt.Sprintf("got %v, want %v", a, b)
	}
	return o, where
}

// list returns the elements of a tensor, which gorgonia returns as a slice or,
// where there is only one, as itself.
func list(t gorgonia.Tensor) reflect.Value {
	v := reflect.ValueOf(t.Data())
	if v.Kind() == reflect.Slice {
		return v
	}
	return reflect.Append(reflect.MakeSlice(reflect.SliceOf(v.Type()), 0, 1), v)
}

const docs = "../../docs/onnx-go.md"

// checkDocs compares the part of the documentation that lists the results, or
// writes it.
func checkDocs(t *testing.T, want string) {
	const begin, end = "<!-- results -->\n", "<!-- end of results -->\n"
	text, err := os.ReadFile(docs)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(text), begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no place for the results", docs)
	}
	now := head + begin + want + end + tail
	switch {
	case now == string(text):
	case *writeDocs:
		if err := os.WriteFile(docs, []byte(now), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s is not what the cases give; go generate ./runtime/onnxgo writes it", docs)
	}
}

// document writes the results for the documentation.
func document(cases map[outcome][]string) string {
	total := 0
	for _, l := range cases {
		total += len(l)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "| backend | passed | of |\n| --- | ---: | ---: |\n")
	fmt.Fprintf(&b, "| `onnxgo.NewGraph()` | %d | %d |\n", len(cases[passed]), total)
	fmt.Fprintf(&b, "| `gorgonnx.NewGraph()` of onnx-go v0.5.0 | %d | %d |\n", gorgonnxPassed, total)
	section := func(o outcome, title string) {
		if len(cases[o]) > 0 {
			fmt.Fprintf(&b, "\n%s\n\n", title)
			for _, c := range cases[o] {
				fmt.Fprintf(&b, "- %s\n", c)
			}
		}
	}
	section(rounded, "Right, but further from the vector than the 1e-6 that onnx-go's runner allows, which is less than one unit in the last place of such a float32, or than the vector's four decimals:")
	section(contradictory, "Cases that no backend can pass:")
	section(notImplemented, "Not implemented:")
	section(wrong, "Wrong:")
	return b.String()
}
