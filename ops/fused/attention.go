package fused

import (
	"fmt"
	"slices"

	"github.com/onnxrun/onnxrun/internal/kernel/attention"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// Roles of axes in the attributes q, k, v and y of Attention. A number below 0 is
// an axis of which -1-role is the one index that takes part.
const (
	Batch  = 0
	Head   = 1
	Row    = 2 // queries, or keys
	Column = 3
)

// Attention is softmax(scale·Q·Kᵀ, masked)·V, as MatMul, Softmax and MatMul compute
// it of tensors whose axes stand in any order.
//
// The attributes q, k, v and y say for each axis of Q, K, V and Y what it is: see
// the roles. Batches and heads broadcast; a tensor that lacks such an axis has one.
// The last axis of Q, V and Y is their columns, that of K its columns or rows.
// bias is added to the scores; where cond is false, or true with the attribute
// drop, a score is fill, before bias is added or, with fill_last, after. Both
// broadcast to the scores, whose axes are those of Y that are not columns, in the
// order of the roles, and the keys. With zero, probabilities that are NaN become 0.
var attention1 = ops.Def{
	Domain: Domain, Name: "Attention", Since: 1,
	Sig: "Q:T, K:T, V:T, bias?:T, cond?:bool -> Y:T", Types: ops.Types{"T": ops.Floats},
	New: ops.Widen(func(n *ops.Node) (ops.Kernel, error) {
		k := &attend{
			scale: n.Float("scale", 1), fill: n.Float("fill", 0),
			drop: n.Bool("drop", false), fillLast: n.Bool("fill_last", false), zero: n.Bool("zero", false),
		}
		for i, name := range []string{"q", "k", "v", "y"} {
			k.roles[i] = n.RequiredInts(name)
			if err := checkRoles(k.roles[i], i == 1, i == 3); err != nil {
				return nil, fmt.Errorf("attribute %s: %w", name, err)
			}
		}
		return k, nil
	}),
}

type attend struct {
	roles                [4][]int // of Q, K, V and Y
	scale, fill          float32
	drop, fillLast, zero bool
}

// checkRoles checks the roles of axes.
func checkRoles(roles []int, keys, output bool) error {
	var seen [4]bool
	for _, r := range roles {
		if r > Column || r >= 0 && seen[r] || r < 0 && output {
			return fmt.Errorf("got %v", roles)
		}
		if r >= 0 {
			seen[r] = true
		}
	}
	if !seen[Row] || !seen[Column] {
		return fmt.Errorf("got %v, want rows and columns", roles)
	}
	if last := roles[len(roles)-1]; last != Column && !(keys && last == Row) {
		return fmt.Errorf("got %v, want columns last", roles)
	}
	return nil
}

func (k *attend) Run(c *ops.Call) error {
	if c.Tensor(0).DType() == tensor.F64 {
		return runAttention[float64](c, k)
	}
	return runAttention[float32](c, k)
}

// operand is a tensor seen by the roles of its axes.
type operand struct {
	dims, strides [4]int
	at            int // of the first element
}

func (k *attend) operand(c *ops.Call, i int) (o operand, err error) {
	t, roles := c.Tensor(i), k.roles[i]
	if t.Rank() != len(roles) {
		return o, fmt.Errorf("input %d (%c): got %v, want %d dimensions", i, "QKV"[i], t, len(roles))
	}
	o.dims = [4]int{1, 1, 1, 1}
	strides := t.Shape().Strides()
	for a, r := range roles {
		switch {
		case r >= 0:
			o.dims[r], o.strides[r] = t.Dim(a), strides[a]
		case -1-r >= t.Dim(a):
			return o, fmt.Errorf("input %d (%c): got %v, want more than %d in dimension %d", i, "QKV"[i], t, -1-r, a)
		default:
			o.at += (-1 - r) * strides[a]
		}
	}
	for r, d := range o.dims {
		if d == 1 {
			o.strides[r] = 0
		}
	}
	return o, nil
}

func heads[T attention.Float](o operand, row int) attention.Heads[T] {
	return attention.Heads[T]{Batch: o.strides[Batch], Head: o.strides[Head], Row: o.strides[row]}
}

// attending is what a call keeps: an attention, and where its operands start.
type attending[T attention.Float] struct {
	shapes  [5]tensor.Shape // of the inputs that it is for
	present [5]bool
	p       attention.Params[T]
	at      [3]int // of Q, K and V in their data
	masks   [2]int // inputs of p.Masks
	y       tensor.Shape
	room    int // elements of scratch
}

// fits reports whether the inputs have the shapes that a was made for.
func (a *attending[T]) fits(c *ops.Call) bool {
	for i := range a.shapes {
		t := c.Tensor(i)
		if t == nil && a.present[i] || t != nil && (!a.present[i] || !slices.Equal(t.Shape(), a.shapes[i])) {
			return false
		}
	}
	return true
}

func runAttention[T attention.Float](c *ops.Call, k *attend) error {
	a := ops.Memo[attending[T]](c)
	if !a.fits(c) {
		*a = attending[T]{}
		if err := prepareAttention(c, k, a); err != nil {
			*a = attending[T]{}
			return err
		}
	}
	p := &a.p
	y, err := c.Output(0, c.Tensor(0).DType(), a.y)
	if err != nil {
		return err
	}
	work, err := c.Scratch(tensor.DTypeOf[T](), a.room)
	if err != nil {
		return err
	}
	defer c.Release(work)
	for i, x := range [3]*attention.Heads[T]{&p.Q, &p.K, &p.V} {
		d := tensor.Data[T](c.Tensor(i))
		x.Data = d[min(a.at[i], len(d)):]
	}
	p.Y.Data = tensor.Data[T](y)
	for i := range p.Masks {
		if m := &p.Masks[i]; a.masks[i] == 3 {
			m.Add = tensor.Data[T](c.Tensor(3))
		} else {
			m.Keep = tensor.Data[bool](c.Tensor(4))
		}
	}
	attention.Run(c.Pool, p, tensor.Data[T](work))
	// Holds on to no tensor's memory.
	p.Q.Data, p.K.Data, p.V.Data, p.Y.Data = nil, nil, nil, nil
	for i := range p.Masks {
		p.Masks[i].Add, p.Masks[i].Keep = nil, nil
	}
	return nil
}

// prepareAttention works out what follows from the shapes of the inputs.
func prepareAttention[T attention.Float](c *ops.Call, k *attend, a *attending[T]) error {
	var in [3]operand
	for i := range in {
		var err error
		if in[i], err = k.operand(c, i); err != nil {
			return err
		}
	}
	q, key, v := &in[0], &in[1], &in[2]
	a.p = attention.Params[T]{
		Size: q.dims[Column], VSize: v.dims[Column], Scale: T(k.scale), Window: attention.Full, Plain: true, Zero: k.zero,
		KColumns: k.roles[1][len(k.roles[1])-1] == Row && len(k.roles[1]) > 0,
	}
	p := &a.p
	if key.dims[Column] != p.Size {
		return fmt.Errorf("input 1 (K): got %v, want rows of %d as input 0 (Q) has, %v", c.Tensor(1), p.Size, c.Tensor(0))
	}
	// What the scores come to.
	scores := [4]int{1, 1, q.dims[Row], key.dims[Row]}
	grow := func(input string, dims ...int) error {
		for i, d := range dims {
			switch at := &scores[i]; {
			case d == *at || d == 1:
			case *at == 1:
				*at = d
			default:
				return fmt.Errorf("%s: got %d in a dimension where there are %d", input, d, *at)
			}
		}
		return nil
	}
	if err := grow("input 0 (Q)", q.dims[:2]...); err != nil {
		return err
	}
	if err := grow("input 1 (K)", key.dims[:2]...); err != nil {
		return err
	}
	var masks [2]tensor.Shape
	for i, name := range []string{"input 3 (bias)", "input 4 (cond)"} {
		if t := c.Tensor(3 + i); t != nil {
			dims, err := k.scoresOf(t)
			if err == nil {
				err = grow(name, dims...)
			}
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			masks[i] = dims
		}
	}
	if v.dims[Row] != scores[3] {
		return fmt.Errorf("input 2 (V): got %v, want %d rows", c.Tensor(2), scores[3])
	}
	if err := grow("input 2 (V)", v.dims[:2]...); err != nil {
		return err
	}
	p.Batch, p.Heads, p.KVHeads, p.Queries, p.Keys = scores[0], scores[1], scores[1], scores[2], scores[3]
	p.Q, p.V = heads[T](*q, Row), heads[T](*v, Row)
	if p.KColumns {
		// One key, or one column, leaves no stride.
		key.strides[Column] = max(key.strides[Column], 1)
		p.K = heads[T](*key, Column)
		if key.dims[Row] != p.Keys {
			return fmt.Errorf("input 1 (K): got %v, want %d rows", c.Tensor(1), p.Keys)
		}
	} else {
		p.K = heads[T](*key, Row)
	}
	for i, dims := range masks {
		if dims == nil {
			continue
		}
		s := dims.Strides()
		for a, d := range dims {
			if d == 1 {
				s[a] = 0
			}
		}
		m := attention.Mask[T]{Batch: s[0], Head: s[1], Row: s[2], Col: s[3]}
		if i == 1 {
			m.Fill, m.Drop = T(k.fill), k.drop
		}
		a.masks[len(p.Masks)] = 3 + i
		p.Masks = append(p.Masks, m)
	}
	if !k.fillLast {
		slices.Reverse(p.Masks)
		slices.Reverse(a.masks[:len(p.Masks)])
	}
	shape := make(tensor.Shape, len(k.roles[3]))
	out := [4]int{p.Batch, p.Heads, p.Queries, p.VSize}
	for a, r := range k.roles[3] {
		shape[a] = out[r]
		out[r] = 1
	}
	if out != [4]int{1, 1, 1, 1} {
		return fmt.Errorf("%d batch entries and %d heads, want one of what the result has no dimension for", p.Batch, p.Heads)
	}
	var o operand
	for a, s := range shape.Strides() {
		o.strides[k.roles[3][a]] = s
	}
	p.Y = heads[T](o, Row)
	a.y, a.at = shape, [3]int{q.at, key.at, v.at}
	a.room = p.Work(c.Pool)
	for i := range a.shapes {
		if t := c.Tensor(i); t != nil {
			a.shapes[i], a.present[i] = slices.Clone(t.Shape()), true
		}
	}
	return nil
}

// scoresOf sees the shape of a mask as [batch, heads, queries, keys].
func (k *attend) scoresOf(t *tensor.Tensor) (tensor.Shape, error) {
	roles := []int{Row, Column}
	if slices.Contains(k.roles[3], Head) {
		roles = slices.Insert(roles, 0, Head)
	}
	if slices.Contains(k.roles[3], Batch) {
		roles = slices.Insert(roles, 0, Batch)
	}
	dims := tensor.Shape{1, 1, 1, 1}
	if t.Rank() > len(roles) {
		return nil, fmt.Errorf("got %v, want at most %d dimensions", t, len(roles))
	}
	for i, d := range t.Shape() {
		dims[roles[len(roles)-t.Rank()+i]] = d
	}
	return dims, nil
}
