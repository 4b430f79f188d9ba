package array

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// castable are the element types of Cast: all but the complex ones.
var castable = ops.All &^ ops.Complex

var castTypes = ops.Types{"T1": castable, "T2": castable}

// Cast converts the elements to the type that the attribute to names: in
// version 1 by its name, from 6 on by its number. Strings came with version 9,
// float8 and saturate with 19, Float8E8M0 and round_mode with 24. See
// tensor.Convert for what becomes of each value.
var cast1 = ops.Def{
	Name: "Cast", Since: 1,
	Sig: "input:T1 -> output:T2", Types: castTypes,
	New: func(n *ops.Node) (ops.Kernel, error) {
		name := strings.ToLower(n.Str("to", ""))
		switch name {
		case "float":
			name = "float32"
		case "double":
			name = "float64"
		}
		d, err := tensor.ParseDType(name)
		if err != nil && n.Has("to") {
			return nil, fmt.Errorf("attribute to: %w", err)
		}
		return newCast(n, d, tensor.Conversion{})
	},
	Reuse: ops.Elementwise(1),
}

var cast6 = ops.Def{
	Name: "Cast", Since: 6,
	Sig: "input:T1 -> output:T2", Types: castTypes,
	New: func(n *ops.Node) (ops.Kernel, error) {
		return newCast(n, n.DType("to", tensor.Undefined), tensor.Conversion{})
	},
	Reuse: ops.Elementwise(1),
}

var cast19 = ops.Def{
	Name: "Cast", Since: 19,
	Sig: "input:T1 -> output:T2", Types: castTypes,
	New: func(n *ops.Node) (ops.Kernel, error) {
		return newCast(n, n.DType("to", tensor.Undefined), conversion19(n))
	},
	Reuse: ops.Elementwise(1),
}

var cast24 = ops.Def{
	Name: "Cast", Since: 24,
	Sig: "input:T1 -> output:T2", Types: castTypes,
	New: func(n *ops.Node) (ops.Kernel, error) {
		return newCast(n, n.DType("to", tensor.Undefined), conversion24(n))
	},
	Reuse: ops.Elementwise(1),
}

// CastLike converts the elements of the first input to the type of the second.
var castLike15 = ops.Def{
	Name: "CastLike", Since: 15,
	Sig: "input:T1, target_type:T2 -> output:T2", Types: castTypes,
	New:   func(n *ops.Node) (ops.Kernel, error) { return castLike{}, nil },
	Reuse: ops.Elementwise(1),
}

var castLike19 = ops.Def{
	Name: "CastLike", Since: 19,
	Sig: "input:T1, target_type:T2 -> output:T2", Types: castTypes,
	New:   func(n *ops.Node) (ops.Kernel, error) { return castLike{conversion19(n)}, nil },
	Reuse: ops.Elementwise(1),
}

var castLike24 = ops.Def{
	Name: "CastLike", Since: 24,
	Sig: "input:T1, target_type:T2 -> output:T2", Types: castTypes,
	New:   func(n *ops.Node) (ops.Kernel, error) { return castLike{conversion24(n)}, nil },
	Reuse: ops.Elementwise(1),
}

func conversion19(n *ops.Node) tensor.Conversion {
	return tensor.Conversion{NoSaturate: !n.Bool("saturate", true)}
}

func conversion24(n *ops.Node) tensor.Conversion {
	o := conversion19(n)
	switch n.Enum("round_mode", "up", "down", "nearest") {
	case "down":
		o.Round = tensor.RoundDown
	case "nearest":
		o.Round = tensor.RoundNearest
	}
	return o
}

type cast struct {
	to tensor.DType
	tensor.Conversion
}

func newCast(n *ops.Node, to tensor.DType, o tensor.Conversion) (ops.Kernel, error) {
	switch {
	case !n.Has("to"):
		return nil, errors.New("attribute to is missing")
	case !castable.Has(to):
		return nil, fmt.Errorf("attribute to: got %v, want one of %v", to, castable)
	}
	return cast{to, o}, nil
}

func (k cast) Run(c *ops.Call) error { return castTo(c, k.to, k.Conversion) }

type castLike struct{ tensor.Conversion }

func (k castLike) Run(c *ops.Call) error { return castTo(c, c.Tensor(1).DType(), k.Conversion) }

// castTo makes the first output the first input with elements of type d.
func castTo(c *ops.Call, d tensor.DType, o tensor.Conversion) error {
	x := c.Tensor(0)
	if x.DType() == d {
		c.SetOutput(0, x)
		return nil
	}
	y, err := c.Output(0, d, x.Shape())
	if err != nil {
		return err
	}
	var mu sync.Mutex
	c.Pool.For(x.Len(), 1<<14, func(lo, hi int) {
		if e := tensor.ConvertRange(y, x, lo, hi, o); e != nil {
			mu.Lock()
			defer mu.Unlock()
			err = e
		}
	})
	if err != nil {
		return fmt.Errorf("input 0 (input): %w", err)
	}
	return nil
}

// BitCast reads the bits of the elements as another type of as many bits.
var bitCast26 = ops.Def{
	Name: "BitCast", Since: 26,
	Sig:   "input:T1 -> output:T2",
	Types: ops.Types{"T1": ops.All &^ ops.String, "T2": ops.All &^ ops.String},
	New: func(n *ops.Node) (ops.Kernel, error) {
		to := n.DType("to", tensor.Undefined)
		switch {
		case !n.Has("to"):
			return nil, errors.New("attribute to is missing")
		case to.Bits() == 0:
			return nil, fmt.Errorf("attribute to: %v has no bits", to)
		}
		return bitCast{to}, nil
	},
}

type bitCast struct{ to tensor.DType }

func (k bitCast) Run(c *ops.Call) error {
	x := c.Tensor(0)
	if x.DType().Bits() != k.to.Bits() {
		return fmt.Errorf("input 0 (input): got %v of %d bits an element, want %d as %v has", x, x.DType().Bits(), k.to.Bits(), k.to)
	}
	if k.to == tensor.Boolean || x.DType().Bits() < 8 {
		return k.copy(c, x)
	}
	y, err := x.Reinterpret(k.to)
	if err != nil {
		return err
	}
	c.SetOutput(0, y)
	return nil
}

// copy casts where the bytes in memory are not just the bits: a bool is 0 or 1,
// and Int4 and Int2 are sign-extended.
func (k bitCast) copy(c *ops.Call, x *tensor.Tensor) error {
	y, err := c.Output(0, k.to, x.Shape())
	if err != nil {
		return err
	}
	d := y.Bytes()
	for i, b := range x.Bytes() {
		switch k.to {
		case tensor.Boolean:
			b = min(b, 1)
		case tensor.I4:
			b = byte(int8(b) << 4 >> 4)
		case tensor.I2:
			b = byte(int8(b) << 6 >> 6)
		case tensor.U4, tensor.F4E2M1:
			b &= 15
		case tensor.U2:
			b &= 3
		}
		d[i] = b
	}
	return nil
}
