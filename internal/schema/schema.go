// Package schema knows which types the standard allows for the inputs of its
// operators, for the tests that compare this with what the operators here take.
package schema

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
)

//go:embed types.txt
var table string

// Operator is one version of an operator.
type Operator struct {
	Domain  string // "ai.onnx" for the standard's own
	Name    string
	Version int
	Inputs  []Input
}

// Input is one input as the standard declares it.
type Input struct {
	Name     string
	Variable string   // the type variable, "" where the type is fixed
	Types    []string // "float32", "seq(int64)", "optional(seq(string))", "map(int64,float32)" …
	Optional bool
	Variadic bool
	Free     bool // variadic, each with a type of its own
}

// Operators reads the table, whose lines testdata/export/schema_types.py
// describes: each version of each operator, in the order of their domains,
// names and versions.
func Operators() ([]Operator, error) {
	var l []Operator
	sets := map[string]string{}
	for line := range strings.Lines(table) {
		line = strings.TrimSpace(line)
		if set, ok := strings.CutPrefix(line, "set "); ok {
			name, members, _ := strings.Cut(set, " = ")
			sets[name] = members
			continue
		}
		if strings.HasPrefix(line, "#") {
			continue
		}
		o, err := parse(line, sets)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", line, err)
		}
		l = append(l, o)
	}
	return l, nil
}

func parse(line string, sets map[string]string) (o Operator, err error) {
	head, rest, _ := strings.Cut(line, ":")
	f := strings.Fields(head)
	if len(f) != 3 {
		return o, fmt.Errorf("got %d words before the colon, want domain, name and version", len(f))
	}
	o = Operator{Domain: f[0], Name: f[1]}
	if o.Version, err = strconv.Atoi(f[2]); err != nil {
		return o, err
	}
	inputs, vars, _ := strings.Cut(rest, ";")
	variables := map[string]string{}
	for _, v := range strings.Fields(vars) {
		name, members, _ := strings.Cut(v, "=")
		if set, ok := sets[members]; ok {
			members = set
		}
		variables[name] = members
	}
	for _, s := range strings.Fields(inputs) {
		name, typ, _ := strings.Cut(s, ":")
		in := Input{
			Name:     strings.TrimRight(name, "?*"),
			Optional: strings.HasSuffix(name, "?"),
			Variadic: strings.HasSuffix(name, "*"),
			Free:     strings.HasSuffix(name, "**"),
		}
		if members, ok := variables[typ]; ok {
			in.Variable, typ = typ, members
		}
		in.Types = strings.Split(typ, "|")
		o.Inputs = append(o.Inputs, in)
	}
	return o, nil
}
