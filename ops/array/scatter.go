package array

import (
	"fmt"
	"unsafe"

	"github.com/onnxrun/onnxrun/internal/kernel/gather"
	"github.com/onnxrun/onnxrun/internal/kernel/move"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// What the scatter operators share: the output is a copy of the data, in which
// the updates replace elements, or are combined with them.

// newScatter builds a scatter operator with the reductions that its version
// knows; "none" is always among them. Half types are reduced in float32 and
// rounded once.
func newScatter(n *ops.Node, k scatter, reductions ...string) (ops.Kernel, error) {
	k.reduction = "none"
	if len(reductions) > 0 {
		k.reduction = n.Enum("reduction", append([]string{"none"}, reductions...)...)
	}
	if k.reduction == "none" {
		return &k, nil
	}
	return ops.Widen(func(*ops.Node) (ops.Kernel, error) { return &k, nil })(n)
}

// scatter is ScatterElements or, where targets says so, ScatterND.
type scatter struct {
	axis      int
	reduction string
	targets   func(c *ops.Call, k *scatter) (gather.Targets, *tensor.Tensor, error)
}

func (k *scatter) Run(c *ops.Call) error {
	x := c.Tensor(0)
	if err := k.check(x.DType()); err != nil {
		return err
	}
	t, scratch, err := k.targets(c, k)
	if err != nil {
		return err
	}
	defer c.Release(scratch)
	y, upd, free, err := copyToUpdate(c, 2)
	if err != nil {
		return err
	}
	defer c.Release(free)
	k.apply(c, y, upd, t)
	return nil
}

// copyToUpdate makes output 0 a copy of input 0, or takes over its memory, and
// returns it with the updates of input i. These are a copy, to be given back,
// where they lie in the output's memory.
func copyToUpdate(c *ops.Call, i int) (y, upd, free *tensor.Tensor, err error) {
	x, upd := c.Tensor(0), c.Tensor(i)
	if y, err = c.Output(0, x.DType(), x.Shape()); err != nil {
		return nil, nil, nil, err
	}
	if !sameMemory(x, y) {
		copyTo(c, y, x, flat(x.Len()))
		return y, upd, nil, nil
	}
	if sameMemory(upd, y) {
		if free, err = c.Scratch(upd.DType(), upd.Shape()...); err != nil {
			return nil, nil, nil, err
		}
		copyTo(c, free, upd, flat(upd.Len()))
		upd = free
	}
	return y, upd, free, nil
}

// flat lays out the copy of n elements as they lie.
func flat(n int) move.Layout {
	return move.Layout{Dims: []int{n}, Dst: []int{1}, Src: []int{1}}
}

// sameMemory reports whether two tensors that are not strings start at the
// same byte.
func sameMemory(a, b *tensor.Tensor) bool {
	return len(a.Bytes()) > 0 && unsafe.SliceData(a.Bytes()) == unsafe.SliceData(b.Bytes())
}

// check returns an error where elements of type d have no such reduction.
func (k *scatter) check(d tensor.DType) error {
	types := ops.All
	switch k.reduction {
	case "add", "mul":
		types = ops.Numeric | ops.Bool | ops.Complex
	case "max", "min":
		types = ops.Numeric | ops.Bool
	}
	if !types.Has(d) {
		return fmt.Errorf("input 0 (data): got %v elements, which reduction %s does not take", d, k.reduction)
	}
	return nil
}

// apply writes the updates to their places in y.
func (k *scatter) apply(c *ops.Call, y, upd *tensor.Tensor, t gather.Targets) {
	if k.reduction == "none" {
		if y.DType() == tensor.Str {
			gather.Put(c.Pool, tensor.Data[string](y), tensor.Data[string](upd), t)
		} else {
			gather.PutBytes(c.Pool, y.Bytes(), upd.Bytes(), y.DType().Size(), t)
		}
		return
	}
	switch y.DType() {
	case tensor.Boolean:
		// or is the larger, and the smaller of two bools
		op := map[string]string{"add": "max", "max": "max", "mul": "min", "min": "min"}[k.reduction]
		reduceBytes(c, op, y.Bytes(), upd.Bytes(), t)
	case tensor.F32:
		reduceInto[float32](c, k.reduction, y, upd, t)
	case tensor.F64:
		reduceInto[float64](c, k.reduction, y, upd, t)
	case tensor.I8:
		reduceInto[int8](c, k.reduction, y, upd, t)
	case tensor.I16:
		reduceInto[int16](c, k.reduction, y, upd, t)
	case tensor.I32:
		reduceInto[int32](c, k.reduction, y, upd, t)
	case tensor.I64:
		reduceInto[int64](c, k.reduction, y, upd, t)
	case tensor.U8:
		reduceBytes(c, k.reduction, y.Bytes(), upd.Bytes(), t)
	case tensor.U16:
		reduceInto[uint16](c, k.reduction, y, upd, t)
	case tensor.U32:
		reduceInto[uint32](c, k.reduction, y, upd, t)
	case tensor.U64:
		reduceInto[uint64](c, k.reduction, y, upd, t)
	case tensor.C64:
		reduceComplex[complex64](c, k.reduction, y, upd, t)
	case tensor.C128:
		reduceComplex[complex128](c, k.reduction, y, upd, t)
	}
}

type orderedElement interface {
	gather.Ordered
	tensor.Element
}

func reduceInto[T orderedElement](c *ops.Call, op string, y, upd *tensor.Tensor, t gather.Targets) {
	reduce(c, op, tensor.Data[T](y), tensor.Data[T](upd), t)
}

func reduceBytes(c *ops.Call, op string, y, upd []byte, t gather.Targets) {
	reduce(c, op, y, upd, t)
}

func reduce[T gather.Ordered](c *ops.Call, op string, dst, upd []T, t gather.Targets) {
	switch op {
	case "add":
		gather.Add(c.Pool, dst, upd, t)
	case "mul":
		gather.Mul(c.Pool, dst, upd, t)
	case "max":
		gather.Max(c.Pool, dst, upd, t)
	case "min":
		gather.Min(c.Pool, dst, upd, t)
	}
}

type complexElement interface {
	complex64 | complex128
	tensor.Element
}

func reduceComplex[T complexElement](c *ops.Call, op string, y, upd *tensor.Tensor, t gather.Targets) {
	if op == "add" {
		gather.Add(c.Pool, tensor.Data[T](y), tensor.Data[T](upd), t)
	} else {
		gather.Mul(c.Pool, tensor.Data[T](y), tensor.Data[T](upd), t)
	}
}
