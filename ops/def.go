// Package ops says what an operator is: a Def declares one behaviour of one
// operator, its build function turns a Node into a Kernel, and the Kernel
// computes one Call after another. A Registry finds the Def for a node. The
// operators themselves are in the packages below this one.
package ops

import (
	"errors"
	"fmt"

	"github.com/onnxrun/onnxrun/tensor"
)

// ErrUnsupported is wrapped by every error that says that the model may be
// right but this program cannot run it.
var ErrUnsupported = errors.New("unsupported")

// Def declares one behaviour of one operator, from one operator set version to
// the next Def of the same name. Versions that only widen the element types
// share a Def.
type Def struct {
	Domain string // "" is ai.onnx
	Name   string
	Since  int
	// Until is the last version that has the operator; 0 where it still exists.
	Until int

	// Sig declares the inputs and outputs in the standard's names:
	//
	//	"X:T, Scale:T, B?:T -> Y:T, Mean?:U"
	//
	// "B?" may be left out, "in+" takes one or more and "in*" any number.
	// After the colon stands a type: an element type ("int64"), a variable
	// that is bound to the same type wherever it stands ("T"), "any" for any
	// value, each its own, or seq(…), optional(…) of one of these.
	Sig string
	// Types bounds the variables in Sig. A variable without an entry takes any
	// element type, and any kind of value where its name starts with "V".
	Types Types

	// New reads the node's attributes and returns its kernel.
	New func(*Node) (Kernel, error)

	// Reuse lists which output may be written over which input, element by
	// element, when nothing else needs that input any more.
	Reuse []Reuse

	sig *signature
}

// Types bounds the type variables of a signature.
type Types map[string]tensor.DTypes

// Reuse says that an output may take the memory of an input of the same shape
// and element size: the kernel reads element i of the input before it writes
// element i of the output, and never after.
type Reuse struct{ Output, Input int }

// Elementwise is the Reuse of operators whose first output may be written over
// any of the first n inputs.
func Elementwise(n int) []Reuse {
	r := make([]Reuse, n)
	for i := range r {
		r[i] = Reuse{0, i}
	}
	return r
}

// Kernel computes a node. It is immutable and may run in several goroutines at
// once, each with a Call of its own.
type Kernel interface {
	Run(*Call) error
}

// Func is a Kernel made of a function.
type Func func(*Call) error

// Run calls f.
func (f Func) Run(c *Call) error { return f(c) }

// The sets of element types that signatures use again and again.
var (
	Floats      = tensor.SetOf(tensor.F16, tensor.F32, tensor.F64, tensor.BF16)
	Float8s     = tensor.SetOf(tensor.F8E4M3FN, tensor.F8E4M3FNUZ, tensor.F8E5M2, tensor.F8E5M2FNUZ)
	SignedInts  = tensor.SetOf(tensor.I8, tensor.I16, tensor.I32, tensor.I64)
	UnsignedInt = tensor.SetOf(tensor.U8, tensor.U16, tensor.U32, tensor.U64)
	Ints        = SignedInts | UnsignedInt
	Numeric     = Floats | Ints
	Indices     = tensor.SetOf(tensor.I32, tensor.I64)
	Bool        = tensor.SetOf(tensor.Boolean)
	String      = tensor.SetOf(tensor.Str)
	Complex     = tensor.SetOf(tensor.C64, tensor.C128)
	Classic     = Numeric | Bool | String | Complex // the types before float8 and 4 bits
	Narrow      = Float8s | tensor.SetOf(tensor.F8E8M0, tensor.U4, tensor.I4, tensor.F4E2M1, tensor.U2, tensor.I2)
	All         = Classic | Narrow
)

// Unsupportedf returns an error that wraps ErrUnsupported.
func Unsupportedf(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrUnsupported, fmt.Sprintf(format, args...))
}
