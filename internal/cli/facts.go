package cli

import (
	"slices"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/all"
	"github.com/onnxrun/onnxrun/runtime"
	"github.com/onnxrun/onnxrun/tensor"
)

// opUse is an operator and what the model has of it.
type opUse struct {
	Op        string `json:"op"` // with its domain
	Opset     int    `json:"opset"`
	Count     int    `json:"count"`
	Supported bool   `json:"supported"`
	Function  bool   `json:"function,omitempty"` // defined by the model
	Reason    string `json:"reason,omitempty"`   // why it is not supported
	Node      string `json:"node,omitempty"`     // the first that is not
}

// walk calls f for each node of a graph and of the graphs within it, with how
// deep it lies.
func walk(g *onnx.Graph, depth int, f func(n *onnx.Node, depth int)) {
	if g == nil {
		return
	}
	for _, n := range g.Nodes {
		f(n, depth)
		for _, b := range bodies(n) {
			walk(b.graph, depth+1, f)
		}
	}
}

type namedBody struct {
	name  string
	graph *onnx.Graph
}

// bodies lists the sub-graphs of a node.
func bodies(n *onnx.Node) []namedBody {
	var l []namedBody
	for _, a := range n.Attrs {
		if a.Graph != nil {
			l = append(l, namedBody{a.Name, a.Graph})
		}
		for _, g := range a.Graphs {
			l = append(l, namedBody{a.Name, g})
		}
	}
	return l
}

// graphs returns a model's graph and the bodies of its functions.
func graphs(m *onnx.Model) []*onnx.Graph {
	l := []*onnx.Graph{m.Graph}
	for _, f := range m.Functions {
		l = append(l, f.Body)
	}
	return l
}

// opUses lists the operators of a model by name, those that are not supported
// first. With build set it looks at attributes, too.
func opUses(m *onnx.Model, build bool) []*opUse {
	type key struct {
		domain, name string
		opset        int
	}
	found := map[key]*opUse{}
	var uses []*opUse
	for i, g := range graphs(m) {
		inFunction := i > 0
		walk(g, 0, func(n *onnx.Node, _ int) {
			k := key{n.Domain, n.OpType, n.Opset}
			u := found[k]
			if u == nil {
				u = &opUse{Op: ops.QualifiedName(n.Domain, n.OpType), Opset: n.Opset, Supported: true, Function: isFunction(m, n)}
				found[k] = u
				uses = append(uses, u)
			}
			u.Count++
			if !u.Supported || u.Function {
				return
			}
			if err := supports(n, build && !inFunction); err != nil {
				u.Supported, u.Reason, u.Node = false, reason(err), nodeLabel(n)
			}
		})
	}
	slices.SortStableFunc(uses, func(a, b *opUse) int {
		switch {
		case a.Supported != b.Supported && b.Supported:
			return -1
		case a.Supported != b.Supported:
			return 1
		case a.Op < b.Op:
			return -1
		case a.Op > b.Op:
			return 1
		}
		return a.Opset - b.Opset
	})
	return uses
}

// reason is an error without the words that every such error begins with.
func reason(err error) string {
	s := oneLine(err)
	if prefix := ops.ErrUnsupported.Error() + ": "; len(s) > len(prefix) && s[:len(prefix)] == prefix {
		return s[len(prefix):]
	}
	return s
}

func supports(n *onnx.Node, build bool) error {
	reg := all.Registry()
	_, err := reg.Lookup(n.Domain, n.OpType, n.Opset)
	if err != nil || !build {
		return err
	}
	_, _, err = reg.Build(n, func(i int) tensor.Value {
		if v := n.Inputs[i]; v != nil && v.Constant() {
			return v.Const
		}
		return nil
	})
	return err
}

func isFunction(m *onnx.Model, n *onnx.Node) bool {
	return slices.ContainsFunc(m.Functions, func(f *onnx.Function) bool {
		return f.Name == n.OpType && f.Domain == n.Domain && f.Overload == n.Overload
	})
}

// nodeLabel is the name of a node, or that of its first output.
func nodeLabel(n *onnx.Node) string {
	if n.Name != "" {
		return n.Name
	}
	for _, o := range n.Outputs {
		if o != nil {
			return "→" + o.Name
		}
	}
	return "without a name"
}

// weights counts the elements and bytes of a model's initializers, those of
// its sub-graphs included.
type weights struct {
	Tensors  int `json:"tensors"`
	Elements int `json:"elements"`
	Bytes    int `json:"bytes"`
}

func weightsOf(m *onnx.Model) weights {
	var w weights
	count := func(g *onnx.Graph) {
		for _, v := range g.Initializers {
			w.add(v.Const)
		}
	}
	for _, g := range graphs(m) {
		if g == nil {
			continue
		}
		count(g)
		walk(g, 0, func(n *onnx.Node, _ int) {
			for _, b := range bodies(n) {
				count(b.graph)
			}
		})
	}
	return w
}

func (w *weights) add(v tensor.Value) {
	switch v := v.(type) {
	case *tensor.Tensor:
		w.Tensors++
		w.Elements += v.Len()
		if v.DType() == tensor.Str {
			for _, s := range tensor.Data[string](v) {
				w.Bytes += len(s)
			}
			return
		}
		w.Bytes += (v.Len()*v.DType().Bits() + 7) / 8
	case *tensor.Sparse:
		w.add(v.Values)
		w.add(v.Indices)
		w.Tensors--
	}
}

// infosOf describes the inputs and outputs of a model as a session would.
func infosOf(m *onnx.Model) (inputs, outputs []runtime.Info) {
	for _, v := range m.Graph.Inputs {
		if v.Const != nil && (v.Fixed || m.IRVersion < 4) {
			continue // an initializer that old files list here, too
		}
		inputs = append(inputs, runtime.Info{Name: v.Name, Type: v.Type, Doc: v.Doc, Optional: v.Const != nil})
	}
	for _, v := range m.Graph.Outputs {
		if v != nil {
			outputs = append(outputs, runtime.Info{Name: v.Name, Type: v.Type, Doc: v.Doc})
		}
	}
	return inputs, outputs
}
