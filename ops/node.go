package ops

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/tensor"
)

// Node is what a build function sees of a node. Its attribute readers take the
// default where they read; a wrong kind is remembered and fails the build, and
// so does an attribute that nobody read.
type Node struct {
	*onnx.Node
	Def *Def

	constant Constants
	read     []string
	err      error
}

// Constants returns the value of a node's input i where it is known before
// the run, nil where not.
type Constants func(i int) tensor.Value

// HasInput reports whether input i is present.
func (n *Node) HasInput(i int) bool { return i < len(n.Inputs) && n.Inputs[i] != nil }

// HasOutput reports whether output i is wanted.
func (n *Node) HasOutput(i int) bool { return i < len(n.Outputs) && n.Outputs[i] != nil }

// Constant returns the tensor at input i where it is known before the run, nil
// where not: what is computed from it (packed weights, parsed axes) belongs
// into the kernel.
func (n *Node) Constant(i int) *tensor.Tensor {
	if n.constant == nil || !n.HasInput(i) {
		return nil
	}
	t, _ := n.constant(i).(*tensor.Tensor)
	return t
}

// Has reports whether the node gives the attribute, and counts it as read.
func (n *Node) Has(name string) bool { return n.attr(name) != nil }

// Ignore counts attributes as read that have no effect here.
func (n *Node) Ignore(names ...string) { n.read = append(n.read, names...) }

func (n *Node) attr(name string) *onnx.Attr {
	n.read = append(n.read, name)
	return n.Attr(name)
}

// typed returns the attribute if it is there and of one of the kinds.
func (n *Node) typed(name string, kinds ...onnx.AttrKind) *onnx.Attr {
	a := n.attr(name)
	if a == nil {
		return nil
	}
	if !slices.Contains(kinds, a.Kind) {
		n.fail("attribute %s: got %v, want %v", name, a.Kind, kinds[0])
		return nil
	}
	return a
}

func (n *Node) fail(format string, args ...any) {
	if n.err == nil {
		n.err = fmt.Errorf(format, args...)
	}
}

// Float reads a float attribute.
func (n *Node) Float(name string, def float32) float32 {
	if a := n.typed(name, onnx.AttrFloat); a != nil {
		return a.Float
	}
	return def
}

// Int reads an integer attribute.
func (n *Node) Int(name string, def int) int {
	if a := n.typed(name, onnx.AttrInt); a != nil {
		return n.toInt(name, a.Int)
	}
	return def
}

func (n *Node) toInt(name string, v int64) int {
	if int64(int(v)) != v {
		n.fail("attribute %s: %d is out of range", name, v)
		return 0
	}
	return int(v)
}

// Bool reads an integer attribute that is a switch: anything but 0 is on.
func (n *Node) Bool(name string, def bool) bool {
	if a := n.typed(name, onnx.AttrInt); a != nil {
		return a.Int != 0
	}
	return def
}

// RequiredInt reads an integer attribute that has no default.
func (n *Node) RequiredInt(name string) int {
	n.require(name)
	return n.Int(name, 0)
}

func (n *Node) require(name string) {
	if n.Attr(name) == nil {
		n.fail("attribute %s is missing", name)
	}
}

// Str reads a string attribute.
func (n *Node) Str(name, def string) string {
	if a := n.typed(name, onnx.AttrString); a != nil {
		return a.String
	}
	return def
}

// Enum reads a string attribute that takes one of the given values, the first
// by default.
func (n *Node) Enum(name string, values ...string) string {
	v := n.Str(name, values[0])
	if !slices.Contains(values, v) {
		n.fail("attribute %s: got %q, want one of %s", name, v, strings.Join(values, ", "))
	}
	return v
}

// Floats reads a list of floats; it returns def when the attribute is absent.
func (n *Node) Floats(name string, def ...float32) []float32 {
	if a := n.typed(name, onnx.AttrFloats); a != nil {
		return a.Floats
	}
	return def
}

// Ints reads a list of integers; it returns def, nil if none, when the
// attribute is absent, and a list that is not nil when it is there.
func (n *Node) Ints(name string, def ...int) []int {
	a := n.typed(name, onnx.AttrInts)
	if a == nil {
		return def
	}
	l := make([]int, len(a.Ints))
	for i, v := range a.Ints {
		l[i] = n.toInt(name, v)
	}
	return l
}

// RequiredInts reads a list of integers that has no default.
func (n *Node) RequiredInts(name string) []int {
	n.require(name)
	return n.Ints(name)
}

// Strings reads a list of strings; it returns def when the attribute is absent.
func (n *Node) Strings(name string, def ...string) []string {
	if a := n.typed(name, onnx.AttrStrings); a != nil {
		return a.Strings
	}
	return def
}

// Tensor reads a tensor attribute, nil when it is absent.
func (n *Node) Tensor(name string) *tensor.Tensor {
	if a := n.typed(name, onnx.AttrTensor); a != nil {
		return a.Tensor
	}
	return nil
}

// SparseTensor reads a sparse tensor attribute, nil when it is absent.
func (n *Node) SparseTensor(name string) *tensor.Sparse {
	if a := n.typed(name, onnx.AttrSparseTensor); a != nil {
		return a.Sparse
	}
	return nil
}

// TypeProto reads a type attribute; ok is false when it is absent.
func (n *Node) TypeProto(name string) (t tensor.Type, ok bool) {
	if a := n.typed(name, onnx.AttrTypeProto); a != nil {
		return a.Type, true
	}
	return t, false
}

// DType reads an integer attribute that names an element type.
func (n *Node) DType(name string, def tensor.DType) tensor.DType {
	v := n.Int(name, int(def))
	if v < 0 || v > math.MaxUint8 || (!tensor.DType(v).Valid() && v != int(def)) {
		n.fail("attribute %s: %d is not an element type", name, v)
		return def
	}
	return tensor.DType(v)
}

// Body reads a sub-graph attribute that has no default and returns its number
// for Call.Body, and the graph.
func (n *Node) Body(name string) (int, *onnx.Graph) {
	n.require(name)
	a := n.typed(name, onnx.AttrGraph)
	if a == nil || a.Graph == nil {
		n.fail("attribute %s: the graph is missing", name)
		return 0, &onnx.Graph{}
	}
	i := 0
	for _, b := range n.Attrs {
		if b == a {
			break
		}
		if b.Kind == onnx.AttrGraph {
			i++
		}
	}
	return i, a.Graph
}

// unread returns an error if the node has an attribute that no reader asked for.
func (n *Node) unread() error {
	for _, a := range n.Attrs {
		if !slices.Contains(n.read, a.Name) {
			return fmt.Errorf("attribute %s is not one of %s %d", a.Name, QualifiedName(n.Domain, n.OpType), n.Def.Since)
		}
	}
	return nil
}
