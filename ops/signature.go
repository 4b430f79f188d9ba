package ops

import (
	"fmt"
	"strings"

	"github.com/onnxrun/onnxrun/tensor"
)

// Param is one declared input or output.
type Param struct {
	Name     string
	Optional bool
	Variadic bool // takes all that follow
	Min      int  // of a variadic parameter
	Type     TypeExpr
}

// TypeExpr is the declared type of a parameter.
type TypeExpr struct {
	Kind tensor.Kind   // KindTensor, KindSequence, KindOptional; KindUnknown where any kind will do
	Var  string        // the type variable of the elements, "" where they are fixed or free
	Set  tensor.DTypes // which element types are allowed
	Of   *TypeExpr     // within seq(…) and optional(…)
}

// signature is a parsed Def.Sig.
type signature struct {
	in, out []Param
	vars    []string // the type variables in order of appearance
}

// Inputs returns the declared inputs.
func (d *Def) Inputs() []Param { return d.sig.in }

// Outputs returns the declared outputs.
func (d *Def) Outputs() []Param { return d.sig.out }

func parseSignature(sig string, types Types) (*signature, error) {
	left, right, ok := strings.Cut(sig, "->")
	if !ok {
		return nil, fmt.Errorf("signature %q has no arrow", sig)
	}
	s := &signature{}
	var err error
	if s.in, err = s.params(left, types); err != nil {
		return nil, err
	}
	if s.out, err = s.params(right, types); err != nil {
		return nil, err
	}
	for name := range types {
		if !strings.Contains(sig, name) {
			return nil, fmt.Errorf("signature %q does not use the type variable %s", sig, name)
		}
	}
	return s, nil
}

func (s *signature) params(list string, types Types) ([]Param, error) {
	var ps []Param
	for _, f := range splitTop(list) {
		name, typ, ok := strings.Cut(strings.TrimSpace(f), ":")
		if !ok {
			return nil, fmt.Errorf("parameter %q has no type", f)
		}
		p := Param{Name: name}
		switch name[len(name)-1] {
		case '?':
			p.Optional = true
		case '+':
			p.Variadic, p.Min = true, 1
		case '*':
			p.Variadic = true
		}
		p.Name = strings.TrimRight(name, "?+*")
		var err error
		if p.Type, err = s.typeExpr(strings.TrimSpace(typ), types); err != nil {
			return nil, err
		}
		ps = append(ps, p)
	}
	return ps, nil
}

// splitTop splits at the commas that are not inside parentheses.
func splitTop(s string) []string {
	var parts []string
	depth, start := 0, 0
	for i, c := range s {
		switch c {
		case '(':
			depth++
		case ')':
			depth--
		case ',':
			if depth == 0 {
				parts = append(parts, s[start:i])
				start = i + 1
			}
		}
	}
	if strings.TrimSpace(s[start:]) != "" {
		parts = append(parts, s[start:])
	}
	return parts
}

func (s *signature) typeExpr(t string, types Types) (TypeExpr, error) {
	for _, k := range []struct {
		prefix string
		kind   tensor.Kind
	}{{"seq(", tensor.KindSequence}, {"optional(", tensor.KindOptional}} {
		if inner, ok := strings.CutPrefix(t, k.prefix); ok && strings.HasSuffix(t, ")") {
			of, err := s.typeExpr(inner[:len(inner)-1], types)
			return TypeExpr{Kind: k.kind, Of: &of}, err
		}
	}
	if t == "any" {
		return TypeExpr{Set: All}, nil
	}
	if d, err := tensor.ParseDType(t); err == nil {
		return TypeExpr{Kind: tensor.KindTensor, Set: tensor.SetOf(d)}, nil
	}
	if t == "" || t[0] < 'A' || t[0] > 'Z' {
		return TypeExpr{}, fmt.Errorf("%q is no type", t)
	}
	e := TypeExpr{Kind: tensor.KindTensor, Var: t, Set: All}
	if set, ok := types[t]; ok {
		e.Set = set
	}
	if t[0] == 'V' {
		e.Kind = tensor.KindUnknown
	}
	for _, v := range s.vars {
		if v == t {
			return e, nil
		}
	}
	s.vars = append(s.vars, t)
	return e, nil
}

// param returns the declaration of argument i, nil where there is none.
func param(ps []Param, i int) *Param {
	if i < len(ps) {
		return &ps[i]
	}
	if n := len(ps); n > 0 && ps[n-1].Variadic {
		return &ps[n-1]
	}
	return nil
}

// checkArity compares a node's inputs or outputs, present or not, with their
// declaration.
func checkArity(what string, ps []Param, n int, has func(int) bool) error {
	for i := range n {
		if param(ps, i) == nil {
			return fmt.Errorf("got %d %ss, want at most %d", n, what, len(ps))
		}
	}
	for i, p := range ps {
		switch {
		case p.Variadic && n-i < p.Min:
			return fmt.Errorf("%s %d (%s): got none, want at least %d", what, i, p.Name, p.Min)
		case !p.Variadic && !p.Optional && (i >= n || !has(i)):
			return fmt.Errorf("%s %d (%s) is missing", what, i, p.Name)
		}
	}
	return nil
}

// CheckInputs compares the inputs of a call with the signature: presence,
// kinds and element types.
func (d *Def) CheckInputs(in []tensor.Value) error { return d.checkInputs(in, true) }

// checkInputs is CheckInputs; unless all is set, inputs may be missing because
// they are not known yet.
func (d *Def) checkInputs(in []tensor.Value, all bool) error {
	var bound [8]struct {
		d  tensor.DType
		by int
	}
	for i, v := range in {
		p := param(d.sig.in, i)
		if p == nil {
			return fmt.Errorf("got %d inputs, want at most %d", len(in), len(d.sig.in))
		}
		if v == nil {
			if p.Optional || p.Variadic || !all {
				continue
			}
			return fmt.Errorf("input %d (%s) is missing", i, p.Name)
		}
		e := &p.Type
		for e.Of != nil {
			next, ok := inside(v, e.Kind)
			if !ok {
				return fmt.Errorf("input %d (%s): got %v, want %s", i, p.Name, tensor.Describe(v), kindName(e.Kind))
			}
			e = e.Of
			if v = next; v == nil {
				break
			}
		}
		t, ok := v.(*tensor.Tensor)
		if v == nil || (!ok && e.Kind == tensor.KindUnknown) {
			continue
		}
		if !ok {
			return fmt.Errorf("input %d (%s): got %v, want a tensor", i, p.Name, tensor.Describe(v))
		}
		dt := t.DType()
		if !e.Set.Has(dt) {
			return fmt.Errorf("input %d (%s): got %v, want one of %v", i, p.Name, t, e.Set)
		}
		if e.Var == "" {
			continue
		}
		for k, name := range d.sig.vars {
			if name != e.Var || k >= len(bound) {
				continue
			}
			if b := &bound[k]; b.d == tensor.Undefined {
				b.d, b.by = dt, i
			} else if b.d != dt {
				return fmt.Errorf("input %d (%s): got %v, want %v as input %d (%s) has", i, p.Name, t, b.d, b.by, param(d.sig.in, b.by).Name)
			}
		}
	}
	return nil
}

// inside returns one element of a sequence or optional, nil when it is empty.
// An optional parameter takes a plain value, too.
func inside(v tensor.Value, kind tensor.Kind) (tensor.Value, bool) {
	switch x := v.(type) {
	case *tensor.Sequence:
		if kind == tensor.KindSequence {
			if len(x.Elems) == 0 {
				return nil, true
			}
			return x.Elems[0], true
		}
	case *tensor.Optional:
		if kind == tensor.KindOptional {
			return x.Elem, true
		}
	}
	return v, kind == tensor.KindOptional
}

func kindName(k tensor.Kind) string {
	if k == tensor.KindSequence {
		return "a sequence"
	}
	return "an optional"
}
