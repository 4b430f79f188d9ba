package conformance

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/onnxrun/onnxrun/internal/schema"
	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/runtime"
	"github.com/onnxrun/onnxrun/tensor"
)

// refusals are what operators may say of an input of a type that the standard
// allows, because of a vector's attributes or of what its other inputs became.
var refusals = map[string]string{
	"BitCast":          "bits an element",
	"DequantizeLinear": "the attribute output_dtype to say",
	"Div":              "integer division by zero",
	"FlexAttention":    "as input 1 (X) has",
	"GridSample":       "mode nearest alone",
	"Loop":             "",
	"Mod":              "",
	"Range":            "(delta) is 0",
	"Resize":           "does not take",
	"Scan":             "",
	"ScatterElements":  "does not take",
	"ScatterND":        "does not take",
	"SequenceInsert":   "as input 0 (input_sequence) has",
	"SequenceMap":      "",
	"TfIdfVectorizer":  "the pool is of another type",
	"Upsample":         "does not take",
}

// TestEveryTypeOfTheStandardRuns runs a vector of one node for each version of
// each operator with its inputs converted to every element type that the
// standard allows for them. What comes out is not compared, only that it does.
func TestEveryTypeOfTheStandardRuns(t *testing.T) {
	if testing.Short() {
		t.Skip("thousands of models")
	}
	operators, err := schema.Operators()
	if err != nil {
		t.Fatal(err)
	}
	cases, err := unpacked()
	if err != nil {
		t.Fatal(err)
	}
	older, remove, err := open(versions)
	if err != nil {
		t.Fatal(err)
	}
	defer remove()
	more, err := find(older)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	runs := 0
	for _, c := range slices.Concat(cases, more) {
		o, err := c.single(operators)
		if err != nil {
			t.Fatal(err)
		}
		if o == nil || seen[fmt.Sprint(*o)] {
			continue
		}
		seen[fmt.Sprint(*o)] = true
		variables := map[string][]string{}
		for _, in := range o.Inputs {
			if in.Variable != "" {
				variables[in.Variable] = in.Types
			}
		}
		for _, v := range slices.Sorted(maps.Keys(variables)) {
			for _, typ := range variables[v] {
				d, ok := elementOf(typ)
				if !ok {
					continue
				}
				runs++
				err := c.runAs(o, v, d)
				if excuse, ok := refusals[o.Name]; err != nil && (!ok || !strings.Contains(err.Error(), excuse)) {
					t.Errorf("%s %d, %s: %s = %v: %v", o.Name, o.Version, c.name, v, d, err)
				}
			}
		}
	}
	if len(seen) < 400 || runs < 2000 {
		t.Errorf("%d runs of %d operators and versions are too few", runs, len(seen))
	}
	t.Logf("%d runs of %d operators and versions", runs, len(seen))
}

// single returns the version of the operator of a case whose model is one node,
// nil for others.
func (c testCase) single(operators []schema.Operator) (o *schema.Operator, err error) {
	m, err := onnx.Load(c.model)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	if len(m.Graph.Nodes) != 1 || len(m.Graph.Initializers) > 0 || len(c.sets) == 0 {
		return nil, nil
	}
	n := m.Graph.Nodes[0]
	for i := range operators {
		if s := &operators[i]; onnx.NormDomain(s.Domain) == n.Domain && s.Name == n.OpType && s.Version <= n.Opset {
			o = s
		}
	}
	return o, nil
}

// elementOf returns the element type within a type of the standard; ok is false
// for maps and types that are not known.
func elementOf(typ string) (tensor.DType, bool) {
	if i := strings.LastIndexByte(typ, '('); i >= 0 {
		if strings.Contains(typ, "map") || strings.Contains(typ, "sparse") {
			return tensor.Undefined, false
		}
		typ = strings.TrimRight(typ[i+1:], ")")
	}
	d, err := tensor.ParseDType(typ)
	return d, err == nil
}

var errNotConverted = errors.New("not converted")

// runAs runs the first data set with the inputs of a type variable converted.
func (c testCase) runAs(o *schema.Operator, variable string, d tensor.DType) error {
	m, err := onnx.Load(c.model)
	if err != nil {
		return err
	}
	defer m.Close()
	files, err := numbered(c.sets[0], "input")
	if err != nil {
		return err
	}
	n := m.Graph.Nodes[0]
	inputs := map[string]tensor.Value{}
	for i, f := range files {
		in := m.Graph.Inputs[i]
		v, err := readValue(f, in.Type)
		if err != nil {
			return err
		}
		if j := slices.Index(n.Inputs, in); j >= 0 && o.Inputs[min(j, len(o.Inputs)-1)].Variable == variable {
			if v, err = converted(v, d); err != nil {
				return nil
			}
		}
		inputs[in.Name] = v
	}
	for _, v := range slices.Concat(m.Graph.Inputs, m.Graph.Outputs) {
		v.Type = tensor.Type{}
	}
	s, err := runtime.New(m, runtime.WithPoison(), runtime.WithThreads(1))
	if err != nil {
		return err
	}
	out, err := s.Run(context.Background(), inputs)
	if err != nil {
		return err
	}
	for name, v := range out {
		if t, ok := v.(*tensor.Tensor); ok && t.Len() > 1 && t.DType() != tensor.Str && bytes.Count(t.Bytes(), []byte{0xfb}) == len(t.Bytes()) {
			return fmt.Errorf("output %s was not written", name)
		}
	}
	return nil
}

// converted returns a value with the elements of its tensors converted; those
// that d does not have become something that it has.
func converted(v tensor.Value, d tensor.DType) (tensor.Value, error) {
	switch v := v.(type) {
	case *tensor.Tensor:
		if v.DType() == d {
			return v, nil
		}
		t, err := tensor.New(d, v.Shape())
		if err != nil {
			return nil, err
		}
		return t, tensor.Convert(t, v, tensor.Conversion{})
	case *tensor.Sequence:
		s := &tensor.Sequence{Of: tensor.TensorOf(d)}
		for _, e := range v.Elems {
			x, err := converted(e, d)
			if err != nil {
				return nil, err
			}
			s.Elems = append(s.Elems, x)
		}
		return s, nil
	}
	return nil, errNotConverted
}
