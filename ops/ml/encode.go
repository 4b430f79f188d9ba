package ml

import (
	"fmt"
	"math"

	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// mapping replaces elements: the one that equals keys[i] becomes values[i].
type mapping struct {
	keys   tensor.DType
	strs   map[string]int32 // one of the two is set
	bits   map[uint64]int32 // integers, or the bits of floats
	equal  bool             // floats are looked up by value, all NaN equal, not by their bits
	values *tensor.Tensor   // and the default last
}

// newMapping takes vectors of the same length, and the default. Where a key is
// there twice the last one counts, else the first.
func newMapping(keys, values, other *tensor.Tensor, last, equal bool) (*mapping, error) {
	if keys.Rank() > 1 || values.Rank() > 1 || keys.Len() != values.Len() || keys.Len() >= math.MaxInt32 {
		return nil, fmt.Errorf("got %v keys and %v values, want vectors of one length", keys, values)
	}
	if other.DType() != values.DType() || other.Len() != 1 {
		return nil, fmt.Errorf("got %v for the default, want one %v", other, values.DType())
	}
	m := &mapping{keys: keys.DType(), equal: equal}
	n := keys.Len()
	all, err := tensor.New(values.DType(), tensor.Shape{n + 1})
	if err != nil {
		return nil, err
	}
	tensor.CopyElems(all, 0, values, 0, n)
	tensor.CopyElems(all, n, other, 0, 1)
	m.values = all
	if keys.DType() == tensor.Str {
		m.strs = make(map[string]int32, n)
		fill(m.strs, tensor.Data[string](keys), last)
		return m, nil
	}
	m.bits = make(map[uint64]int32, n)
	b := make([]uint64, n)
	if err := m.code(b, keys, 0); err != nil {
		return nil, err
	}
	fill(m.bits, b, last)
	return m, nil
}

func fill[K comparable](m map[K]int32, keys []K, last bool) {
	for i, k := range keys {
		if _, ok := m[k]; !ok || last {
			m[k] = int32(i)
		}
	}
}

// code writes what stands for the elements of t from lo on in the map.
func (m *mapping) code(dst []uint64, t *tensor.Tensor, lo int) error {
	hi := lo + len(dst)
	switch t.DType() {
	case tensor.I16:
		codeInts(dst, tensor.Data[int16](t)[lo:hi])
	case tensor.I32:
		codeInts(dst, tensor.Data[int32](t)[lo:hi])
	case tensor.I64:
		codeInts(dst, tensor.Data[int64](t)[lo:hi])
	case tensor.F32:
		for i, v := range tensor.Data[float32](t)[lo:hi] {
			switch {
			case m.equal:
				dst[i] = codeFloat(float64(v))
			default:
				dst[i] = uint64(math.Float32bits(v))
			}
		}
	case tensor.F64:
		for i, v := range tensor.Data[float64](t)[lo:hi] {
			switch {
			case m.equal:
				dst[i] = codeFloat(v)
			default:
				dst[i] = math.Float64bits(v)
			}
		}
	default:
		return fmt.Errorf("got keys %v, want strings, integers or floats", t)
	}
	return nil
}

func codeInts[T int16 | int32 | int64](dst []uint64, src []T) {
	for i, v := range src {
		dst[i] = uint64(int64(v))
	}
}

// codeFloat returns bits that are equal where the values are, and for all NaN.
func codeFloat(v float64) uint64 {
	switch {
	case v != v:
		return math.Float64bits(math.NaN())
	case v == 0:
		return 0
	}
	return math.Float64bits(v)
}

// Run replaces the elements of input 0.
func (m *mapping) Run(c *ops.Call) error {
	x := c.Tensor(0)
	if x.DType() != m.keys {
		return fmt.Errorf("input 0 (X): got %v, want %v as the keys", x, m.keys)
	}
	y, err := c.Output(0, m.values.DType(), x.Shape())
	if err != nil {
		return err
	}
	const block = 256
	c.Pool.For(x.Len(), 16*block, func(lo, hi int) {
		var at [block]int32
		for ; lo < hi; lo += block {
			n := min(block, hi-lo)
			m.find(at[:n], x, lo)
			switch y.DType() {
			case tensor.Str:
				pick[string](y, m.values, at[:n], lo)
			case tensor.I64:
				pick[int64](y, m.values, at[:n], lo)
			case tensor.F32:
				pick[float32](y, m.values, at[:n], lo)
			case tensor.F64:
				pick[float64](y, m.values, at[:n], lo)
			case tensor.I32:
				pick[int32](y, m.values, at[:n], lo)
			case tensor.I16:
				pick[int16](y, m.values, at[:n], lo)
			}
		}
	})
	return nil
}

// find writes the positions of the values of the elements from lo on.
func (m *mapping) find(at []int32, x *tensor.Tensor, lo int) {
	other := int32(m.values.Len() - 1)
	if m.strs != nil {
		for i, s := range tensor.Data[string](x)[lo : lo+len(at)] {
			p, ok := m.strs[s]
			if !ok {
				p = other
			}
			at[i] = p
		}
		return
	}
	var codes [256]uint64
	_ = m.code(codes[:len(at)], x, lo) // of the type of the keys
	for i, b := range codes[:len(at)] {
		p, ok := m.bits[b]
		if !ok {
			p = other
		}
		at[i] = p
	}
}

func pick[T tensor.Element](y, values *tensor.Tensor, at []int32, lo int) {
	v, d := tensor.Data[T](values), tensor.Data[T](y)[lo:]
	for i, p := range at {
		d[i] = v[p]
	}
}
