//go:build 386 || amd64 || arm || arm64 || wasm

package onnxgo

import (
	"cmp"
	"errors"
	"math"
	"slices"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/ops"
)

// versionsOf lists the operators of each name: those of ai.onnx before those of
// other domains, newer versions first.
func versionsOf(r *ops.Registry) map[string][]*ops.Def {
	m := make(map[string][]*ops.Def)
	for _, d := range r.Defs() {
		m[d.Name] = append(m[d.Name], d)
	}
	for _, l := range m {
		slices.SortFunc(l, func(a, b *ops.Def) int {
			return cmp.Or(cmp.Compare(a.Domain, b.Domain), b.Since-a.Since)
		})
	}
	return m
}

// takesNone reports whether an operator has no inputs at all.
func (g *Graph) takesNone(name string) bool {
	l := g.versions[name]
	return len(l) > 0 && len(l[0].Inputs()) == 0
}

// setVersion says which operator a node is. Where none fits it is the likeliest
// one that takes as many inputs, whose complaint will be the most useful.
func (g *Graph) setVersion(n *onnx.Node) {
	var near *onnx.OpsetID
	candidates := g.candidates(n.OpType)
	for i, c := range candidates {
		n.Domain, n.Opset = c.Domain, int(c.Version)
		d, err := g.registry.Lookup(n.Domain, n.OpType, n.Opset)
		if err != nil {
			continue // no such operator then
		}
		if _, _, err = g.registry.Build(n, nil); err == nil || errors.Is(err, ops.ErrUnsupported) {
			return
		}
		if near == nil && takes(d, len(n.Inputs)) {
			near = &candidates[i]
		}
	}
	if near == nil {
		near = &candidates[0]
	}
	n.Domain, n.Opset = near.Domain, int(near.Version)
}

// takes reports whether an operator may have n inputs.
func takes(d *ops.Def, n int) bool {
	least, most := 0, 0
	for _, p := range d.Inputs() {
		most++
		switch {
		case p.Variadic:
			least, most = least+p.Min, math.MaxInt
		case !p.Optional:
			least = most
		}
	}
	return least <= n && n <= most
}

// candidates lists the versions that an operator of the name may have, the
// likeliest first.
func (g *Graph) candidates(name string) []onnx.OpsetID {
	var l []onnx.OpsetID
	defs := g.versions[name]
	for len(defs) > 0 {
		n := slices.IndexFunc(defs, func(d *ops.Def) bool { return d.Domain != defs[0].Domain })
		if n < 0 {
			n = len(defs)
		}
		domain := defs[0].Domain
		switch v, known := g.imports[domain]; {
		case known:
			l = append(l, onnx.OpsetID{Domain: domain, Version: int64(v)})
		case domain == "":
			l = append(l, around(defs[:n], DefaultOpset)...)
		default:
			l = append(l, around(defs[:n], defs[0].Since)...)
		}
		defs = defs[n:]
	}
	return l
}

// around lists one version for each behaviour of an operator: the given one
// first if there was such an operator then, then newer ones, then older ones.
// defs are of one operator, newest first.
func around(defs []*ops.Def, version int) []onnx.OpsetID {
	var at, newer, older []onnx.OpsetID
	last := int64(0) // the last version of a behaviour: the one before the next
	for _, d := range defs {
		if d.Until != 0 {
			last = int64(d.Until)
		}
		id := onnx.OpsetID{Domain: d.Domain, Version: int64(d.Since)}
		switch {
		case d.Since > version:
			newer = append(newer, id)
		case last == 0 || int64(version) <= last:
			id.Version = int64(version)
			at = append(at, id)
		default:
			id.Version = last
			older = append(older, id)
		}
		last = int64(d.Since) - 1
	}
	slices.Reverse(newer)
	return slices.Concat(at, newer, older)
}
