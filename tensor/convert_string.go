package tensor

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// formatStrings writes the elements lo to hi-1 of src as strings.
func formatStrings(dst, src *Tensor, lo, hi int) {
	for i := lo; i < hi; i++ {
		dst.strs[i] = FormatElement(src, i)
	}
}

// FormatElement returns element i of t as Convert makes it a string.
func FormatElement(t *Tensor, i int) string {
	switch t.dtype {
	case Str:
		return t.strs[i]
	case Boolean:
		if t.data[i] != 0 {
			return "True"
		}
		return "False"
	case I8, I4, I2:
		return strconv.Itoa(int(int8(t.data[i])))
	case U8, U4, U2:
		return strconv.Itoa(int(t.data[i]))
	case I16:
		return strconv.Itoa(int(viewOf[int16](t.data)[i]))
	case U16:
		return strconv.Itoa(int(viewOf[uint16](t.data)[i]))
	case I32:
		return strconv.Itoa(int(viewOf[int32](t.data)[i]))
	case U32:
		return strconv.FormatUint(uint64(viewOf[uint32](t.data)[i]), 10)
	case I64:
		return strconv.FormatInt(viewOf[int64](t.data)[i], 10)
	case U64:
		return strconv.FormatUint(viewOf[uint64](t.data)[i], 10)
	case F64:
		v := viewOf[float64](t.data)[i]
		return pythonFloat(v, strconv.FormatFloat(v, 'e', -1, 64))
	case F32:
		v := viewOf[float32](t.data)[i]
		return pythonFloat(float64(v), strconv.FormatFloat(float64(v), 'e', -1, 32))
	case C64:
		v := viewOf[complex64](t.data)[i]
		return strconv.FormatComplex(complex128(v), 'g', -1, 64)
	case C128:
		return strconv.FormatComplex(viewOf[complex128](t.data)[i], 'g', -1, 128)
	}
	return formatNarrow(t, i)
}

// formatNarrow finds the fewest digits that read back as the same element.
func formatNarrow(t *Tensor, i int) string {
	var v, back [1]float32
	widenTo(v[:], t, i)
	x := float64(v[0])
	if x != x || math.IsInf(x, 0) {
		return pythonFloat(x, "")
	}
	one := Tensor{dtype: t.dtype, shape: Shape{1}, data: make([]byte, t.dtype.Size())}
	for prec := 0; ; prec++ {
		s := strconv.FormatFloat(x, 'e', prec, 64)
		if near, err := strconv.ParseFloat(s, 64); err == nil {
			toNarrow(&one, []float32{oddFloat32(near)}, 0, Conversion{NoSaturate: true, Round: RoundNearest})
			if widenTo(back[:], &one, 0); back == v || prec >= 12 {
				return pythonFloat(x, s)
			}
		}
	}
}

// pythonFloat writes v, whose digits are given as d.ddde±dd, as Python does:
// plain from 1e-4 to 1e16, with an exponent of two digits or more elsewhere.
func pythonFloat(v float64, digits string) string {
	switch {
	case v != v:
		return "nan"
	case math.IsInf(v, 1):
		return "inf"
	case math.IsInf(v, -1):
		return "-inf"
	}
	mant, e, _ := strings.Cut(digits, "e")
	exp, _ := strconv.Atoi(e)
	if v != 0 && (exp < -4 || exp >= 16) {
		return digits
	}
	sign := ""
	if mant[0] == '-' {
		sign, mant = "-", mant[1:]
	}
	all := strings.Replace(mant, ".", "", 1)
	switch {
	case exp < 0:
		return sign + "0." + strings.Repeat("0", -exp-1) + all
	case len(all) <= exp+1:
		return sign + all + strings.Repeat("0", exp+1-len(all)) + ".0"
	}
	return sign + all[:exp+1] + "." + all[exp+1:]
}

// parseStrings reads the strings lo to hi-1 of src.
func parseStrings(dst, src *Tensor, lo, hi int, o Conversion) error {
	for i := lo; i < hi; i++ {
		if err := parseElement(dst, i, src.strs[i], o); err != nil {
			return fmt.Errorf("element %d: %w", i, err)
		}
	}
	return nil
}

// parseElement sets element i of dst to what s says.
func parseElement(dst *Tensor, i int, s string, o Conversion) error {
	s = strings.TrimSpace(s)
	switch dst.dtype {
	case Boolean:
		switch strings.ToLower(s) {
		case "true":
			dst.data[i] = 1
			return nil
		case "false":
			dst.data[i] = 0
			return nil
		}
	case I8, I16, I32, I64, U8, U16, U32, U64, I4, I2, U4, U2:
		if v, err := strconv.ParseInt(s, 10, 64); err == nil {
			fromInt(dst, []int64{v}, i, o)
			return nil
		}
		if v, err := strconv.ParseUint(s, 10, 64); err == nil {
			fromInt(dst, []uint64{v}, i, o)
			return nil
		}
	case F32: // in one step: rounding to float64 first may round twice
		v, err := parseFloat(s, 32)
		if err == nil {
			viewOf[float32](dst.data)[i] = float32(v)
		}
		return err
	}
	v, err := parseFloat(s, 64)
	if err == nil {
		fromFloat(dst, []float64{v}, i, o)
	}
	return err
}

// parseFloat reads a decimal number, inf, infinity or nan; what is too large
// is infinite.
func parseFloat(s string, bits int) (float64, error) {
	if !strings.ContainsAny(s, "xX_pP") {
		v, err := strconv.ParseFloat(s, bits)
		if err == nil || math.IsInf(v, 0) {
			return v, nil
		}
	}
	return 0, fmt.Errorf("%q is not a number", s)
}
