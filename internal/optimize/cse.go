package optimize

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/onnxrun/onnxrun/onnx"
)

// mergeCommon computes once what several nodes of a graph compute: the same
// operator with the same attributes of the same inputs.
func mergeCommon(g *graph) {
	keep, r := g.protected(), renaming{}
	for _, b := range g.bodies() {
		first := map[string]*onnx.Node{}
		b.Nodes = slices.DeleteFunc(b.Nodes, func(n *onnx.Node) bool {
			r.read(n)
			key, ok := keyOf(n)
			if !ok {
				return false
			}
			f := first[key]
			if f == nil {
				first[key] = n
				return false
			}
			if len(f.Outputs) < len(n.Outputs) {
				return false
			}
			for i, v := range n.Outputs {
				if v != nil && (keep[v] || f.Outputs[i] == nil) {
					return false
				}
			}
			for i, v := range n.Outputs {
				if v != nil {
					r[v] = f.Outputs[i]
				}
			}
			return true
		})
	}
}

// smallConstant is up to how many bytes constants are compared by what they
// hold, as exporters write each axis and epsilon anew.
const smallConstant = 64

// keyOf returns a text that is the same for nodes that compute the same; ok is
// false where there is no telling.
func keyOf(n *onnx.Node) (key string, ok bool) {
	if n.Domain != "" || IsRandom(n) {
		return "", false
	}
	var k strings.Builder
	fmt.Fprintf(&k, "%s %d", n.OpType, n.Opset)
	for _, v := range n.Inputs {
		if t := constantOf(v); t != nil && t.Len() > 0 && len(t.Bytes()) > 0 && len(t.Bytes()) <= smallConstant {
			fmt.Fprintf(&k, " %v%x", t, t.Bytes())
		} else {
			fmt.Fprintf(&k, " %p", v)
		}
	}
	attrs := slices.SortedFunc(slices.Values(n.Attrs), func(a, b *onnx.Attr) int { return strings.Compare(a.Name, b.Name) })
	for _, a := range attrs {
		fmt.Fprintf(&k, " %s %v ", a.Name, a.Kind)
		switch a.Kind {
		case onnx.AttrFloat:
			fmt.Fprint(&k, math.Float32bits(a.Float))
		case onnx.AttrFloats:
			for _, f := range a.Floats {
				fmt.Fprint(&k, math.Float32bits(f), ",")
			}
		case onnx.AttrInt:
			fmt.Fprint(&k, a.Int)
		case onnx.AttrInts:
			fmt.Fprint(&k, a.Ints)
		case onnx.AttrString:
			fmt.Fprintf(&k, "%q", a.String)
		case onnx.AttrStrings:
			fmt.Fprintf(&k, "%q", a.Strings)
		default:
			return "", false
		}
	}
	return k.String(), true
}

// IsRandom reports whether a node may give another result the next time.
func IsRandom(n *onnx.Node) bool {
	switch n.OpType {
	case "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Bernoulli", "Multinomial", "Dropout":
		return true
	}
	return false
}
