package tensorio

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/onnxrun/onnxrun/tensor"
)

// collector gathers elements that stand as text in a file, for a tensor of
// elements of type want. Decimal numbers are rounded to it; whole numbers must
// be in its range. Where it is Undefined, whole numbers make an int64 tensor
// and others a float32 one.
type collector struct {
	want   tensor.DType
	n      int
	ints   []int64
	uints  []uint64
	floats []float64
	bools  []bool
	strs   []string
	broken bool // an element is not a whole number
}

// number adds an element that is written as a number, NaN and Infinity among
// them.
func (c *collector) number(s string) error {
	var err error
	switch d := c.want; {
	case d == tensor.Str:
		return fmt.Errorf("%.40s is a number, want a string", s)
	case d == tensor.Boolean:
		return c.zeroOrOne(s)
	case d == tensor.U64:
		err = c.uint(s)
	case isFloat(d) || d == tensor.Undefined:
		err = c.float(s)
	case isComplex(d):
		return fmt.Errorf("%v elements are read from .npy, .npz and .pb only", d)
	default:
		err = c.int(s)
	}
	if err == nil {
		c.n++
	}
	return err
}

func (c *collector) float(s string) error {
	bits := 32
	if c.want == tensor.F64 || c.want == tensor.Undefined {
		bits = 64
	}
	v, err := parseFloat(s, bits)
	c.floats = append(c.floats, v)
	c.broken = c.broken || v != math.Trunc(v) || math.Abs(v) > 1<<53
	return err
}

func (c *collector) int(s string) error {
	v, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		f, err := parseFloat(s, 64)
		if err != nil {
			return err
		}
		if f != math.Trunc(f) || f < -0x1p63 || f >= 0x1p63 {
			return fmt.Errorf("%.40s is no %v", s, c.want)
		}
		v = int64(f)
	}
	c.ints = append(c.ints, v)
	return nil
}

func (c *collector) uint(s string) error {
	v, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		f, err := parseFloat(s, 64)
		if err != nil {
			return err
		}
		if f != math.Trunc(f) || f < 0 || f >= 0x1p64 {
			return fmt.Errorf("%.40s is no %v", s, c.want)
		}
		v = uint64(f)
	}
	c.uints = append(c.uints, v)
	return nil
}

func (c *collector) zeroOrOne(s string) error {
	v, err := parseFloat(s, 64)
	if err != nil || v != 0 && v != 1 {
		return fmt.Errorf("%.40s is no bool", s)
	}
	return c.bool(v == 1)
}

// bool adds true or false.
func (c *collector) bool(v bool) error {
	switch c.want {
	case tensor.Boolean:
		c.bools = append(c.bools, v)
		c.n++
		return nil
	case tensor.Undefined:
		if c.n == 0 {
			c.want = tensor.Boolean
			return c.bool(v)
		}
	}
	return fmt.Errorf("%v is a bool, want %v", v, c.want)
}

// text adds a string. Where numbers are wanted it may be one, or spell what
// JSON has no number for.
func (c *collector) text(s string) error {
	switch c.want {
	case tensor.Str:
		c.strs = append(c.strs, s)
		c.n++
		return nil
	case tensor.Undefined:
		if c.n == 0 {
			if _, err := parseFloat(s, 64); err != nil {
				c.want = tensor.Str
				return c.text(s)
			}
		}
	}
	s = strings.TrimSpace(s)
	if v, ok := parseBool(s); ok {
		return c.bool(v)
	}
	return c.number(s)
}

func parseBool(s string) (value, ok bool) {
	switch s {
	case "true", "True":
		return true, true
	case "false", "False":
		return false, true
	}
	return false, false
}

var errNumber = errors.New("no number")

// parseFloat rounds a decimal number to bits. Numbers beyond the range are
// refused; NaN, Inf and Infinity are read with a sign and in any case.
func parseFloat(s string, bits int) (float64, error) {
	v, err := strconv.ParseFloat(s, bits)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return 0, fmt.Errorf("%.40s is beyond the range of float%d", s, bits)
	case err != nil || strings.ContainsAny(s, "_xXpP"):
		return 0, fmt.Errorf("%.40q is %w", s, errNumber)
	}
	return v, nil
}

// tensor returns what has been gathered.
func (c *collector) tensor(shape tensor.Shape) (*tensor.Tensor, error) {
	if c.want == tensor.Undefined {
		c.want = tensor.F32
		if !c.broken && c.n > 0 {
			t, err := tensor.FromSlice(shape, c.floats)
			if err != nil {
				return nil, err
			}
			return Convert(t, tensor.I64)
		}
	}
	switch d := c.want; {
	case d == tensor.Str:
		return tensor.FromSlice(shape, c.strs)
	case d == tensor.Boolean:
		return tensor.FromSlice(shape, c.bools)
	case d == tensor.U64:
		return tensor.FromSlice(shape, c.uints)
	case isFloat(d):
		t, err := tensor.FromSlice(shape, c.floats)
		if err != nil {
			return nil, err
		}
		return rounded(t, d)
	}
	t, err := tensor.FromSlice(shape, c.ints)
	if err != nil {
		return nil, err
	}
	return Convert(t, c.want)
}

// rounded converts to a float type by rounding to the nearest value.
func rounded(t *tensor.Tensor, d tensor.DType) (*tensor.Tensor, error) {
	if t.DType() == d {
		return t, nil
	}
	out, err := tensor.New(d, t.Shape())
	if err != nil {
		return nil, err
	}
	return out, tensor.Convert(out, t, tensor.Conversion{})
}
