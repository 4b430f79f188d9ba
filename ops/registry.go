package ops

import (
	"cmp"
	"fmt"
	"runtime/debug"
	"slices"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/tensor"
)

// Registry finds operators. It is immutable once built.
type Registry struct {
	defs map[opKey][]*Def // by descending Since
}

type opKey struct{ domain, name string }

// NewRegistry returns a registry of the operators in the tables. A Def that
// cannot be right, two of the same version or a signature that does not parse,
// is a mistake of the program and panics.
func NewRegistry(tables ...[]Def) *Registry {
	r := &Registry{defs: map[opKey][]*Def{}}
	for _, t := range tables {
		for i := range t {
			d := t[i]
			sig, err := parseSignature(d.Sig, d.Types)
			if err != nil {
				panic(fmt.Sprintf("operator %s: %v", d.Name, err))
			}
			d.sig = sig
			k := opKey{d.Domain, d.Name}
			for _, o := range r.defs[k] {
				if o.Since == d.Since {
					panic(fmt.Sprintf("operator %s %d is declared twice", d.Name, d.Since))
				}
			}
			r.defs[k] = append(r.defs[k], &d)
		}
	}
	for _, l := range r.defs {
		slices.SortFunc(l, func(a, b *Def) int { return b.Since - a.Since })
	}
	return r
}

// With returns a registry that has the operators of r and of the tables, which
// may replace some: this is how a program adds operators of its own.
func (r *Registry) With(tables ...[]Def) *Registry {
	n := NewRegistry(tables...)
	for k, l := range r.defs {
		if _, ok := n.defs[k]; !ok {
			n.defs[k] = l
		}
	}
	return n
}

// Defs returns all operators, ordered by domain, name and version.
func (r *Registry) Defs() []*Def {
	var all []*Def
	for _, l := range r.defs {
		all = append(all, l...)
	}
	slices.SortFunc(all, func(a, b *Def) int {
		return cmp.Or(cmp.Compare(a.Domain, b.Domain), cmp.Compare(a.Name, b.Name), a.Since-b.Since)
	})
	return all
}

// Lookup finds the behaviour of an operator at an operator set version. The
// error says what is missing: the domain, the operator or the version.
func (r *Registry) Lookup(domain, name string, opset int) (*Def, error) {
	l := r.defs[opKey{domain, name}]
	for _, d := range l {
		if d.Since <= opset && (d.Until == 0 || opset <= d.Until) {
			return d, nil
		}
	}
	switch {
	case len(l) > 0 && opset < l[len(l)-1].Since:
		return nil, Unsupportedf("operator %s exists from operator set %d on, the model imports %d", QualifiedName(domain, name), l[len(l)-1].Since, opset)
	case len(l) > 0:
		return nil, Unsupportedf("operator %s ended with operator set %d, the model imports %d", QualifiedName(domain, name), l[0].Until, opset)
	}
	for k := range r.defs {
		if k.domain == domain {
			return nil, Unsupportedf("operator %s is not known", QualifiedName(domain, name))
		}
	}
	return nil, Unsupportedf("operator %s: no operator of the domain is known", QualifiedName(domain, name))
}

// QualifiedName writes an operator with its domain: "Conv", "com.microsoft.Gelu".
func QualifiedName(domain, name string) string {
	if domain == "" {
		return name
	}
	return domain + "." + name
}

// PanicError is code of an operator that panicked: a mistake of this program
// that a model brought to light.
type PanicError struct {
	Value any
	Stack []byte
}

func (e *PanicError) Error() string { return fmt.Sprintf("internal error: %v", e.Value) }

// Recovered turns what recover returned into an error, nil where it is nil.
func Recovered(v any) error {
	if v == nil {
		return nil
	}
	return &PanicError{v, debug.Stack()}
}

// Build finds the operator of a node, checks the number of its inputs and
// outputs and the types of those that are known, and builds its kernel.
// constant, which may be nil, returns the value of an input where it is known
// before the run.
func (r *Registry) Build(node *onnx.Node, constant Constants) (d *Def, k Kernel, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = Recovered(p)
		}
	}()
	d, err = r.Lookup(node.Domain, node.OpType, node.Opset)
	if err != nil {
		return nil, nil, err
	}
	n := &Node{Node: node, Def: d, constant: constant}
	if err := checkArity("input", d.sig.in, len(node.Inputs), n.HasInput); err != nil {
		return nil, nil, err
	}
	if err := checkArity("output", d.sig.out, len(node.Outputs), n.HasOutput); err != nil {
		return nil, nil, err
	}
	if constant != nil {
		known := make([]tensor.Value, len(node.Inputs))
		for i := range known {
			if n.HasInput(i) {
				known[i] = constant(i)
			}
		}
		if err := d.checkInputs(known, false); err != nil {
			return nil, nil, err
		}
	}
	k, err = d.New(n)
	if err := cmp.Or(n.err, err); err != nil {
		return nil, nil, err
	}
	if err := n.unread(); err != nil {
		return nil, nil, err
	}
	return d, k, nil
}
