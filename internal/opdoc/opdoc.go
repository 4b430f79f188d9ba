// Package opdoc writes the table of operators in the documentation, from the
// registry and the official vectors.
package opdoc

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

//go:embed standard.txt
var standard string

// operator is one line of the standard.
type operator struct {
	domain, category, name string
	versions               []string
}

func operators() []operator {
	var l []operator
	for line := range strings.Lines(standard) {
		f := strings.Fields(line)
		if len(f) < 5 || strings.HasPrefix(line, "#") {
			continue
		}
		l = append(l, operator{f[0], f[1], f[2], f[4:]})
	}
	slices.SortFunc(l, func(a, b operator) int {
		return strings.Compare(a.domain+" "+a.name, b.domain+" "+b.name)
	})
	return l
}

// Table returns the page: every operator of the standard with its versions,
// what this program has of it, and how many official test cases it passes
// through; then the operators that are not of the standard, with all their
// cases. official and extra count, for each operator with its domain, the cases
// that use it.
func Table(r *ops.Registry, official, extra map[string]int) string {
	var b strings.Builder
	b.WriteString("# Operators\n\n" +
		"Generated from the registry by `go generate ./internal/opdoc`.\n\n" +
		"*Versions* are those in which the standard changed an operator's definition, *behaviours* the first\n" +
		"version of each implementation; between two of them only element types were added. *Cases* counts the\n" +
		"official test cases of the `onnx` package whose graph has the operator; outside of the standard, also\n" +
		"those under `conformance/testdata/extra`.\n")
	defs := map[string][]*ops.Def{}
	for _, d := range r.Defs() {
		name := ops.QualifiedName(d.Domain, d.Name)
		defs[name] = append(defs[name], d)
	}
	domain, have, total := "", 0, 0
	for _, o := range operators() {
		total++
		if o.domain != domain {
			domain = o.domain
			fmt.Fprintf(&b, "\n## %s\n\n| operator | category | versions | behaviours | element types | cases |\n| --- | --- | --- | --- | --- | --- |\n", domain)
		}
		name := ops.QualifiedName(onnx.NormDomain(o.domain), o.name)
		l := defs[name]
		delete(defs, name)
		since, types := "not yet", ""
		if len(l) > 0 {
			have++
			since, types = behaviours(l), elementTypes(l)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %d |\n", o.name, o.category, strings.Join(o.versions, " "), since, types, official[name])
	}
	if len(defs) > 0 {
		b.WriteString("\n## Outside of the standard\n\n| operator | behaviours | element types | cases |\n| --- | --- | --- | --- |\n")
		for _, d := range r.Defs() {
			name := ops.QualifiedName(d.Domain, d.Name)
			if l := defs[name]; l != nil {
				delete(defs, name)
				fmt.Fprintf(&b, "| %s | %s | %s | %d |\n", name, behaviours(l), elementTypes(l), official[name]+extra[name])
			}
		}
	}
	fmt.Fprintf(&b, "\n%d of the standard's %d operators.\n", have, total)
	return b.String()
}

func behaviours(l []*ops.Def) string {
	var s []string
	for _, d := range l {
		s = append(s, fmt.Sprint(d.Since))
	}
	return strings.Join(s, " ")
}

// elementTypes lists what the type variables of the newest behaviour may be.
func elementTypes(l []*ops.Def) string {
	d := l[len(l)-1]
	var parts, vars []string
	for _, p := range slices.Concat(d.Inputs(), d.Outputs()) {
		e := p.Type
		for e.Of != nil {
			e = *e.Of
		}
		if e.Var == "" || slices.Contains(vars, e.Var) {
			continue
		}
		vars = append(vars, e.Var)
		parts = append(parts, e.Var+": "+setName(e.Set))
	}
	return strings.Join(parts, "; ")
}

func setName(s tensor.DTypes) string {
	for _, n := range []struct {
		set  tensor.DTypes
		name string
	}{{ops.All, "all"}, {ops.Classic, "all up to 64 bits and strings"}, {ops.Numeric, "numeric"}, {ops.Floats, "floats"}, {ops.Ints, "integers"}} {
		if s == n.set {
			return n.name
		}
	}
	return s.String()
}
