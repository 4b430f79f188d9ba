package math

import (
	"fmt"
	"slices"

	"github.com/onnxrun/onnxrun/internal/kernel/gemm"
	"github.com/onnxrun/onnxrun/internal/kernel/move"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// Einsum sums products over the labels that the output lacks. Inputs are taken
// in from the left, two at a time: each pair is a stack of products of
// matrices, in which labels are the stack (in both inputs and needed later),
// summed (in both, not needed later), rows (in the left only) or columns (in
// the right only).
var einsum12 = ops.Def{
	Name: "Einsum", Since: 12,
	Sig: "Inputs+:T -> Output:T", Types: ops.Types{"T": ops.Numeric},
	New: ops.Widen(func(n *ops.Node) (ops.Kernel, error) {
		e, err := parseEquation(n.Str("equation", ""))
		return einsum{e}, err
	}),
}

type einsum struct{ equation *equation }

func (k einsum) Run(c *ops.Call) error {
	for i := range c.NumInputs() {
		if !c.Has(i) {
			return fmt.Errorf("input %d is missing", i)
		}
	}
	switch c.Tensor(0).DType() {
	case tensor.F32:
		return runEinsum[float32](c, k.equation)
	case tensor.F64:
		return runEinsum[float64](c, k.equation)
	case tensor.I8:
		return runEinsum[int8](c, k.equation)
	case tensor.I16:
		return runEinsum[int16](c, k.equation)
	case tensor.I32:
		return runEinsum[int32](c, k.equation)
	case tensor.I64:
		return runEinsum[int64](c, k.equation)
	case tensor.U8:
		return runEinsum[uint8](c, k.equation)
	case tensor.U16:
		return runEinsum[uint16](c, k.equation)
	case tensor.U32:
		return runEinsum[uint32](c, k.equation)
	default:
		return runEinsum[uint64](c, k.equation)
	}
}

// operand is a strided view of a tensor: a dimension for each label, none of
// size 1.
type operand struct {
	t       *tensor.Tensor
	labels  []int
	dims    []int
	strides []int
}

// newOperand looks at a tensor along its labels: one that comes twice is the
// diagonal, and a dimension of 1 is left out, which broadcasts it.
func newOperand(t *tensor.Tensor, labels []int) operand {
	o := operand{t: t}
	st := t.Shape().Strides()
	for i, l := range labels {
		if t.Dim(i) == 1 {
			continue
		}
		if at := slices.Index(o.labels, l); at >= 0 {
			o.strides[at] += st[i]
			continue
		}
		o.labels, o.dims, o.strides = append(o.labels, l), append(o.dims, t.Dim(i)), append(o.strides, st[i])
	}
	return o
}

func (o *operand) volume(labels []int) int {
	n := 1
	for _, l := range labels {
		n *= o.dims[slices.Index(o.labels, l)]
	}
	return n
}

// split returns the labels that ok accepts, and the others.
func (o *operand) split(ok func(int) bool) (in, out []int) {
	for _, l := range o.labels {
		if ok(l) {
			in = append(in, l)
		} else {
			out = append(out, l)
		}
	}
	return in, out
}

// contraction is one run of an einsum.
type contraction[T gemmNumber] struct {
	c       *ops.Call
	output  []int // labels of the output of more than one entry
	shape   tensor.Shape
	scratch []*tensor.Tensor
}

func runEinsum[T gemmNumber](c *ops.Call, e *equation) error {
	var shapes []tensor.Shape
	for i := range c.NumInputs() {
		shapes = append(shapes, c.Tensor(i).Shape())
	}
	inputs, output, sizes, err := e.resolve(shapes)
	if err != nil {
		return err
	}
	x := &contraction[T]{c: c, shape: tensor.Shape{}}
	defer func() {
		for _, t := range x.scratch {
			c.Release(t)
		}
	}()
	for _, l := range output {
		x.shape = append(x.shape, sizes[l])
		if sizes[l] != 1 {
			x.output = append(x.output, l)
		}
	}
	left := newOperand(c.Tensor(0), inputs[0])
	for i := 1; i < len(inputs); i++ {
		needed := func(l int) bool {
			return slices.Contains(output, l) || slices.ContainsFunc(inputs[i+1:], func(t []int) bool { return slices.Contains(t, l) })
		}
		if left, err = x.pair(left, newOperand(c.Tensor(i), inputs[i]), needed, i == len(inputs)-1); err != nil {
			return err
		}
	}
	return x.finish(left)
}

// finish sums what the output lacks and writes it in its order.
func (x *contraction[T]) finish(o operand) error {
	if x.c.Outputs[0] != nil {
		return nil // the last product has written it
	}
	o, err := x.sum(o, func(l int) bool { return slices.Contains(x.output, l) })
	if err != nil {
		return err
	}
	y, err := x.c.Output(0, o.t.DType(), x.shape)
	if err != nil {
		return err
	}
	x.copy(y, &o, x.output)
	return nil
}

// copy writes the elements of o in the order of labels.
func (x *contraction[T]) copy(dst *tensor.Tensor, o *operand, labels []int) {
	l := move.Layout{}
	for _, label := range labels {
		at := slices.Index(o.labels, label)
		l.Dims, l.Src = append(l.Dims, o.dims[at]), append(l.Src, o.strides[at])
	}
	l.Dst = move.Strides(l.Dims)
	move.Bytes(x.c.Pool, dst.Bytes(), o.t.Bytes(), dst.DType().Size(), l)
}

// contiguous returns the elements of o in the order of labels, copied if they
// do not lie so.
func (x *contraction[T]) contiguous(o *operand, labels []int) ([]T, error) {
	if o.contiguous(labels) {
		return tensor.Data[T](o.t), nil
	}
	t, err := x.alloc(o.volume(labels))
	if err != nil {
		return nil, err
	}
	x.copy(t, o, labels)
	return tensor.Data[T](t), nil
}

func (o *operand) contiguous(labels []int) bool {
	n := 1
	for i := len(labels) - 1; i >= 0; i-- {
		at := slices.Index(o.labels, labels[i])
		if o.strides[at] != n {
			return false
		}
		n *= o.dims[at]
	}
	return n == o.t.Len()
}

func (x *contraction[T]) alloc(n ...int) (*tensor.Tensor, error) {
	t, err := x.c.Scratch(tensor.DTypeOf[T](), n...)
	if err == nil {
		x.scratch = append(x.scratch, t)
	}
	return t, err
}

// sum sums over the labels that are not kept.
func (x *contraction[T]) sum(o operand, kept func(int) bool) (operand, error) {
	keep, drop := o.split(kept)
	if len(drop) == 0 {
		return o, nil
	}
	src, err := x.contiguous(&o, slices.Concat(keep, drop))
	if err != nil {
		return o, err
	}
	t, err := x.alloc(o.volume(keep))
	if err != nil {
		return o, err
	}
	n := o.volume(drop)
	dst := tensor.Data[T](t)
	for i := range dst {
		dst[i] = sumOf(src[i*n : (i+1)*n])
	}
	return o.like(t, keep, nil, nil), nil
}

// like returns a contiguous operand with dimensions of o and of more.
func (o *operand) like(t *tensor.Tensor, labels []int, more *operand, moreLabels []int) operand {
	r := operand{t: t, labels: slices.Concat(labels, moreLabels)}
	for _, l := range labels {
		r.dims = append(r.dims, o.dims[slices.Index(o.labels, l)])
	}
	for _, l := range moreLabels {
		r.dims = append(r.dims, more.dims[slices.Index(more.labels, l)])
	}
	r.strides = move.Strides(r.dims)
	return r
}

// sumOf returns the sum of the elements, of float32 in float64.
func sumOf[T gemmNumber](s []T) T {
	if f, ok := any(s).([]float32); ok {
		sum := 0.0
		for _, v := range f {
			sum += float64(v)
		}
		return T(sum)
	}
	var sum T
	for _, v := range s {
		sum += v
	}
	return sum
}

// pair returns the sum of products of a and b over the labels that are not
// needed. The last pair writes the output where its order allows.
func (x *contraction[T]) pair(a, b operand, needed func(int) bool, last bool) (operand, error) {
	a, err := x.sum(a, func(l int) bool { return needed(l) || slices.Contains(b.labels, l) })
	if err != nil {
		return a, err
	}
	if b, err = x.sum(b, func(l int) bool { return needed(l) || slices.Contains(a.labels, l) }); err != nil {
		return a, err
	}
	if last && len(x.output) > 0 {
		// The side that has the last label of the output should be the right.
		if l := x.output[len(x.output)-1]; slices.Contains(a.labels, l) && !slices.Contains(b.labels, l) {
			a, b = b, a
		}
	}
	common, rows := a.split(func(l int) bool { return slices.Contains(b.labels, l) })
	_, cols := b.split(func(l int) bool { return slices.Contains(a.labels, l) })
	var stack, summed []int
	for _, l := range common {
		if needed(l) {
			stack = append(stack, l)
		} else {
			summed = append(summed, l)
		}
	}
	m, n, k := a.volume(rows), b.volume(cols), a.volume(summed)
	transA := !a.contiguous(slices.Concat(stack, rows, summed)) && a.contiguous(slices.Concat(stack, summed, rows))
	transB := !b.contiguous(slices.Concat(stack, summed, cols)) && b.contiguous(slices.Concat(stack, cols, summed))
	left, err := x.contiguous(&a, order(stack, rows, summed, transA))
	if err != nil {
		return a, err
	}
	right, err := x.contiguous(&b, order(stack, summed, cols, transB))
	if err != nil {
		return a, err
	}
	labels := slices.Concat(stack, rows, cols)
	var y *tensor.Tensor
	if last && slices.Equal(labels, x.output) {
		y, err = x.c.Output(0, tensor.DTypeOf[T](), x.shape)
	} else {
		y, err = x.alloc(a.volume(stack), m, n)
	}
	if err != nil {
		return a, err
	}
	out := tensor.Data[T](y)
	p := &batch{m: m, n: n, k: k, dims: tensor.Shape{a.volume(stack)}, as: []int{m * k}, bs: []int{k * n}}
	lda, ldb := k, n
	if transA {
		lda = m
	}
	if transB {
		ldb = k
	}
	p.run(x.c, func(c *ops.Call, i, j, o int) {
		gemm.Mul(c.Pool, m, n, k, 1, gemm.Matrix(transA, left[i:], lda), gemm.Matrix(transB, right[j:], ldb), 0, out[o:], n)
	})
	return a.like(y, slices.Concat(stack, rows), &b, cols), nil
}

// order concatenates lists of labels, the last two exchanged if swap.
func order(stack, a, b []int, swap bool) []int {
	if swap {
		a, b = b, a
	}
	return slices.Concat(stack, a, b)
}
