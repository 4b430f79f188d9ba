package all_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/onnxrun/onnxrun/internal/schema"
	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/all"
	"github.com/onnxrun/onnxrun/tensor"
)

func TestEveryTypeOfTheStandardIsAccepted(t *testing.T) {
	operators, err := schema.Operators()
	if err != nil || len(operators) < 600 {
		t.Fatalf("%d operators and versions, %v", len(operators), err)
	}
	for _, o := range operators {
		d, err := all.Registry().Lookup(onnx.NormDomain(o.Domain), o.Name, o.Version)
		if err != nil {
			t.Error(err)
			continue
		}
		ours := d.Inputs()
		for i, in := range o.Inputs {
			if len(ours) == 0 || i >= len(ours) && !ours[len(ours)-1].Variadic {
				t.Errorf("%s %d: input %d (%s) is not declared", o.Name, o.Version, i, in.Name)
				continue
			}
			p := ours[min(i, len(ours)-1)]
			if in.Optional && !p.Optional && !p.Variadic {
				t.Errorf("%s %d: input %d (%s) may be left out", o.Name, o.Version, i, in.Name)
			}
			if in.Variadic && !p.Variadic {
				t.Errorf("%s %d: input %d (%s) may be repeated", o.Name, o.Version, i, in.Name)
			}
			if in.Free && p.Type.Var != "" && p.Type.Kind != tensor.KindUnknown {
				t.Errorf("%s %d: inputs from %d (%s) on may be of different types", o.Name, o.Version, i, in.Name)
			}
			if refused := slices.DeleteFunc(slices.Clone(in.Types), func(typ string) bool { return accepts(p.Type, typ) }); len(refused) > 0 {
				t.Errorf("%s %d: input %d (%s) refuses %v", o.Name, o.Version, i, in.Name, refused)
			}
			for j, other := range o.Inputs[:i] {
				q := ours[min(j, len(ours)-1)]
				same := in.Variable != "" && other.Variable == in.Variable || len(in.Types) == 1 && slices.Equal(in.Types, other.Types)
				if q.Type.Var != "" && q.Type.Var == p.Type.Var && !same {
					t.Errorf("%s %d: inputs %d (%s) and %d (%s) may be of different types", o.Name, o.Version, j, other.Name, i, in.Name)
				}
			}
		}
	}
}

// accepts reports whether a declared type takes one of the standard.
func accepts(e ops.TypeExpr, typ string) bool {
	for prefix, kind := range map[string]tensor.Kind{"seq(": tensor.KindSequence, "optional(": tensor.KindOptional} {
		if inner, ok := strings.CutPrefix(typ, prefix); ok {
			return e.Kind == tensor.KindUnknown || e.Kind == kind && accepts(*e.Of, inner[:len(inner)-1])
		}
	}
	if strings.Contains(typ, "(") { // a map or a sparse tensor
		return e.Kind == tensor.KindUnknown
	}
	for e.Kind == tensor.KindOptional { // takes a plain value, too
		e = *e.Of
	}
	if strings.HasPrefix(typ, "float6e") {
		return true // new in operator set 28; no tensor here has such elements
	}
	d, err := tensor.ParseDType(typ)
	return err == nil && (e.Kind == tensor.KindTensor || e.Kind == tensor.KindUnknown) && e.Set.Has(d)
}
