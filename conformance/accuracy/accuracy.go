// Package accuracy measures how far float32 results are from the exact ones,
// operator by operator, on inputs that are hard: rows of a million, means that
// dwarf their deviations, exponents from end to end, denormal numbers.
//
// The exact results come from plain float64 loops in this package, which share
// nothing with the operators. onnxruntime.json holds what onnxruntime makes of
// the same inputs; testdata/export/accuracy_onnxruntime.py writes it with
// references of its own, in numpy, and the tests compare the two references.
// docs/accuracy.md is the table of both.
package accuracy

//go:generate go run ./gen

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/runtime"
	"github.com/onnxrun/onnxrun/tensor"
)

// Case is one operator on inputs that are hard in one way. Its first output is
// looked at.
type Case struct {
	Family   string  `json:"family"`
	Operator string  `json:"operator"`
	What     string  `json:"what"`
	Opset    int     `json:"opset"`
	Inputs   []Input `json:"inputs"`
	Attrs    Attrs   `json:"attrs"`

	reference reference
}

// Name names a case within all.
func (c *Case) Name() string { return c.Operator + ", " + c.What }

// Attrs are attributes: float32, int, string and []int.
type Attrs map[string]any

// MarshalJSON writes each attribute as its kind and its value.
func (a Attrs) MarshalJSON() ([]byte, error) {
	m := map[string][2]any{}
	for name, v := range a {
		kind := "i"
		switch v.(type) {
		case float32:
			kind = "f"
		case string:
			kind = "s"
		}
		m[name] = [2]any{kind, v}
	}
	return json.Marshal(m)
}

func (a Attrs) int(name string, otherwise int) int {
	if v, ok := a[name].(int); ok {
		return v
	}
	return otherwise
}

func (a Attrs) float(name string, otherwise float32) float64 {
	if v, ok := a[name].(float32); ok {
		return float64(v)
	}
	return float64(otherwise)
}

// array is an input, in float64.
type array struct {
	shape []int
	data  []float64
}

// A reference returns the exact first output, and for each element the
// magnitude that an error is measured by where it is larger than the element's
// own; nil where that is none.
type reference func(in []array, a Attrs) (want, scale []float64)

// Result is what came of a case.
type Result struct {
	ULP float64 `json:"ulp"` // the largest error
	// Sum and Weighted are sums over the exact results, of magnitudes and of
	// values times -3 to 3 in turn: they tell whether two references agree.
	Sum      float64 `json:"sum"`
	Weighted float64 `json:"weighted"`
}

// Measure runs a case.
func (c *Case) Measure() (Result, error) {
	inputs := make([]*tensor.Tensor, len(c.Inputs))
	exact := make([]array, len(c.Inputs))
	named := map[string]tensor.Value{}
	for i, in := range c.Inputs {
		t, data := in.values(seedOf(c.Name(), i))
		inputs[i], exact[i] = t, array{in.Shape, data}
		named[fmt.Sprint("x", i)] = t
	}
	s, err := runtime.New(c.model(inputs), runtime.WithThreads(2))
	if err != nil {
		return Result{}, err
	}
	defer s.Close()
	out, err := s.Run(context.Background(), named)
	if err != nil {
		return Result{}, err
	}
	got := tensor.Data[float32](out["y"].(*tensor.Tensor))
	want, scale := c.reference(exact, c.Attrs)
	if len(want) != len(got) {
		return Result{}, fmt.Errorf("the reference has %d results, the operator %d", len(want), len(got))
	}
	var r Result
	for i, w := range want {
		by := 0.0
		if scale != nil {
			by = scale[i]
		}
		r.ULP = max(r.ULP, distance(got[i], w, by))
		if !math.IsInf(w, 0) && !math.IsNaN(w) {
			r.Sum += math.Abs(w)
			r.Weighted += w * float64(i%7-3)
		}
	}
	return r, nil
}

// model is a model of the one node.
func (c *Case) model(inputs []*tensor.Tensor) *onnx.Model {
	g := &onnx.Graph{Name: "accuracy"}
	n := &onnx.Node{OpType: c.Operator, Opset: c.Opset}
	for i, t := range inputs {
		v := &onnx.Value{Name: fmt.Sprint("x", i), Type: t.Type(), Graph: g, IsInput: true}
		g.Inputs, n.Inputs = append(g.Inputs, v), append(n.Inputs, v)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Attrs)) {
		a := &onnx.Attr{Name: name}
		switch v := c.Attrs[name].(type) {
		case float32:
			a.Kind, a.Float = onnx.AttrFloat, v
		case int:
			a.Kind, a.Int = onnx.AttrInt, int64(v)
		case string:
			a.Kind, a.String = onnx.AttrString, v
		case []int:
			a.Kind = onnx.AttrInts
			for _, i := range v {
				a.Ints = append(a.Ints, int64(i))
			}
		}
		n.Attrs = append(n.Attrs, a)
	}
	y := &onnx.Value{Name: "y", Graph: g, Producer: n}
	n.Outputs, g.Outputs, g.Nodes = []*onnx.Value{y}, []*onnx.Value{y}, []*onnx.Node{n}
	return &onnx.Model{IRVersion: 10, Opsets: []onnx.OpsetID{{Version: int64(c.Opset)}}, Graph: g}
}

// wrong stands for an error without bounds: one of the results is not finite and
// the other is not the same.
const wrong = 1e30

// distance is the error of got in units in the last place of float32, those of
// the larger of |want| and scale.
func distance(got float32, want, scale float64) float64 {
	w := float32(want)
	switch {
	case want != want || math.IsInf(float64(w), 0):
		if got == w || got != got && want != want {
			return 0
		}
		return wrong
	case got != got || math.IsInf(float64(got), 0):
		return wrong
	}
	return math.Abs(float64(got)-want) / unit(max(math.Abs(want), scale))
}

// unit is the distance of float32 numbers of magnitude v.
func unit(v float64) float64 {
	_, e := math.Frexp(max(v, 0x1p-149))
	return math.Ldexp(1, max(e-24, -149))
}
