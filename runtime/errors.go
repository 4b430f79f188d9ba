package runtime

import (
	"errors"
	"fmt"
	"strings"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// ErrUnsupported is wrapped by errors that say that a model may be right but
// this program cannot run it.
var ErrUnsupported = ops.ErrUnsupported

// ErrInput is wrapped by errors that the caller of Run made: an input that the
// model does not have, or of the wrong type or shape.
var ErrInput = errors.New("wrong input")

// ErrOutput is wrapped by errors that the caller of RunInto made: an output that
// the model does not have, or a tensor that does not fit it.
var ErrOutput = errors.New("wrong output")

// ErrClosed is returned by a session that has been closed.
var ErrClosed = errors.New("the session is closed")

// PanicError is a kernel that panicked: a mistake of this program that the
// model brought to light.
type PanicError = ops.PanicError

// NodeError says which node an error comes from. In a sub-graph, the error of
// the inner node is wrapped by that of the node that owns the graph.
type NodeError struct {
	Node   string // name, may be empty
	Op     string // with its domain
	Opset  int
	Inputs []string // what was at the inputs, where the node had been reached
	Err    error
}

func (e *NodeError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "node %q (%s, operator set %d)", e.Node, e.Op, e.Opset)
	if len(e.Inputs) > 0 {
		fmt.Fprintf(&b, " on (%s)", strings.Join(e.Inputs, ", "))
	}
	fmt.Fprintf(&b, ": %v", e.Err)
	return b.String()
}

func (e *NodeError) Unwrap() error { return e.Err }

func nodeError(n *onnx.Node, inputs []tensor.Value, err error) error {
	e := &NodeError{Node: nodeName(n), Op: ops.QualifiedName(n.Domain, n.OpType), Opset: n.Opset, Err: err}
	for _, v := range inputs {
		e.Inputs = append(e.Inputs, tensor.Describe(v))
	}
	return e
}

// nodeName is the node's name, or that of its first output where it has none.
func nodeName(n *onnx.Node) string {
	if n.Name != "" {
		return n.Name
	}
	for _, o := range n.Outputs {
		if o != nil {
			return "→" + o.Name
		}
	}
	return ""
}
