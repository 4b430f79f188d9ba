// Package onnx is the ONNX model as data: it decodes and encodes the protobuf
// format, finds external data, checks models and inlines their functions. What
// comes in is bytes of anybody's making; what goes out is a Model in which
// every name has been resolved to a pointer, or an error that says where the
// bytes are wrong. It knows nothing of how operators compute.
package onnx

import "github.com/onnxrun/onnxrun/tensor"

// Model is a ModelProto.
type Model struct {
	IRVersion       int64
	ProducerName    string
	ProducerVersion string
	Domain          string
	ModelVersion    int64
	Doc             string
	Opsets          []OpsetID
	Metadata        []Pair
	Graph           *Graph
	Functions       []*Function
	Training        []*TrainingInfo
	Unknown         []byte // fields that this package does not know, kept for Save

	mapping *mapping // the file's bytes, where the model came from a file
}

// OpsetID is one OperatorSetIdProto: which version of a domain's operators the
// model was written for. The domain ai.onnx is written "".
type OpsetID struct {
	Domain  string
	Version int64
}

// Pair is a StringStringEntryProto.
type Pair struct{ Key, Value string }

// Opset returns the version that the model imports for a domain, 0 if none.
func (m *Model) Opset(domain string) int { return opsetOf(m.Opsets, domain) }

func opsetOf(ids []OpsetID, domain string) int {
	for _, o := range ids {
		if o.Domain == domain {
			return int(o.Version)
		}
	}
	return 0
}

// NormDomain writes the default domain as "", whether the file says "" or
// "ai.onnx".
func NormDomain(domain string) string {
	if domain == "ai.onnx" {
		return ""
	}
	return domain
}

// Graph is a GraphProto: a whole model's, or the body of a control flow node.
type Graph struct {
	Name         string
	Doc          string
	Inputs       []*Value
	Outputs      []*Value // may be values of an enclosing graph
	Initializers []*Value // values with Const set; those also in Inputs may be overridden from IR 4 on
	Nodes        []*Node  // in the file's order, which the standard wants topological
	Infos        []*Value // values that value_info declares, in its order
	Quantization []QuantAnnotation
	Metadata     []Pair
	Unknown      []byte

	// Outer is the graph whose node has this one as an attribute, nil for a
	// model's own graph and for function bodies.
	Outer *Graph

	problems []Problem // what resolving the names found, for Check
}

// Value is one edge of a graph: a graph input, an initializer or the output of
// a node, defined once, with what the file declares of it.
type Value struct {
	Name  string
	Type  tensor.Type  // declared; Kind is KindUnknown where the file says nothing
	Const tensor.Value // an initializer's *tensor.Tensor or *tensor.Sparse

	Graph    *Graph // where it is defined; nil for a name that nothing defines
	Producer *Node  // the node that computes it; nil for inputs and initializers
	IsInput  bool   // listed in Graph.Inputs
	Fixed    bool   // an initializer listed in Graph.Inputs by a file older than IR 4, which wants all of them there

	Doc      string
	Metadata []Pair

	constLabel label // what the initializer's own message says
}

// Constant reports whether the value is known before any run: an initializer
// that the caller cannot override.
func (v *Value) Constant() bool { return v.Const != nil && (v.Fixed || !v.IsInput) }

// Node is a NodeProto with its names resolved.
type Node struct {
	Name     string
	OpType   string
	Domain   string // "" is ai.onnx
	Overload string
	Opset    int      // the version of Domain that the enclosing model or function imports; 0 if it imports none
	Inputs   []*Value // nil where an optional input is left out
	Outputs  []*Value // nil where an optional output is left out
	Attrs    []*Attr
	Doc      string
	Metadata []Pair
	Unknown  []byte

	// Captures are the values of enclosing graphs that the node's sub-graphs
	// read, at any depth, each once: further inputs of the node.
	Captures []*Value
}

// Attr returns the attribute of the given name, nil if the node has none.
func (n *Node) Attr(name string) *Attr {
	for _, a := range n.Attrs {
		if a.Name == name {
			return a
		}
	}
	return nil
}

// AttrKind is AttributeProto.AttributeType.
type AttrKind int32

// The kinds of attributes.
const (
	AttrUndefined     AttrKind = 0
	AttrFloat         AttrKind = 1
	AttrInt           AttrKind = 2
	AttrString        AttrKind = 3
	AttrTensor        AttrKind = 4
	AttrGraph         AttrKind = 5
	AttrFloats        AttrKind = 6
	AttrInts          AttrKind = 7
	AttrStrings       AttrKind = 8
	AttrTensors       AttrKind = 9
	AttrGraphs        AttrKind = 10
	AttrSparseTensor  AttrKind = 11
	AttrSparseTensors AttrKind = 12
	AttrTypeProto     AttrKind = 13
	AttrTypeProtos    AttrKind = 14
)

var attrKindNames = [...]string{"undefined", "float", "int", "string", "tensor", "graph", "floats", "ints",
	"strings", "tensors", "graphs", "sparse tensor", "sparse tensors", "type", "types"}

// String returns what the kind holds: "float", "ints", "graph" …
func (k AttrKind) String() string {
	if k >= 0 && int(k) < len(attrKindNames) {
		return attrKindNames[k]
	}
	return "unknown kind"
}

// Attr is an AttributeProto: Kind says which of the fields holds the value.
type Attr struct {
	Name string
	Kind AttrKind
	Doc  string
	// Ref names the attribute of the enclosing function whose value this one
	// takes when the function is called; such an attribute has no value.
	Ref string

	Float         float32
	Int           int64
	String        string
	Tensor        *tensor.Tensor
	Graph         *Graph
	Sparse        *tensor.Sparse
	Type          tensor.Type
	Floats        []float32
	Ints          []int64
	Strings       []string
	Tensors       []*tensor.Tensor
	Graphs        []*Graph
	SparseTensors []*tensor.Sparse
	Types         []tensor.Type
	TensorName    string // of Tensor, as the file says; of no meaning to any operator

	labels  []label // what the messages of Tensor or Tensors say
	unknown []byte
}

// Function is a FunctionProto: an operator that the model defines from others.
type Function struct {
	Domain   string // "" is ai.onnx
	Name     string
	Overload string
	Doc      string
	Opsets   []OpsetID
	Attrs    []string // attributes without a default
	Defaults []*Attr  // attributes with one
	Body     *Graph   // Inputs and Outputs are the formal ones
	Metadata []Pair
	Unknown  []byte
}

// QuantAnnotation is a TensorAnnotation: which values hold the scale and zero
// point of a quantized tensor. Runtimes may ignore it.
type QuantAnnotation struct {
	Tensor string
	Params []Pair
}

// TrainingInfo is a TrainingInfoProto, which inference ignores and Save keeps.
type TrainingInfo struct{ Raw []byte }

// Problem is one thing that Check finds wrong.
type Problem struct {
	Where   string // the path to it: "graph main, node 3 (conv1, Conv)"
	Message string
	// Minor says that the standard is broken but the meaning of the model is
	// clear: nodes that are not in order, an inner name that hides an outer one.
	Minor bool
}

func (p Problem) String() string { return p.Where + ": " + p.Message }
