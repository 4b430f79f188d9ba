package quant

import "github.com/onnxrun/onnxrun/tensor"

// Dequantizer is the way back: (x - zero)·scale in float32.
type Dequantizer struct {
	Layout Layout
	Scales []float32
	Zeros  []float32 // nil: all are 0
}

// Bytes dequantizes the elements from lo on of a tensor whose elements are
// bytes; values holds what each byte stands for.
func (q *Dequantizer) Bytes(dst []float32, src []byte, values *[256]float32, lo int) {
	for done := 0; done < len(dst); {
		r := q.Layout.next(lo+done, len(dst)-done)
		out, in := dst[done:done+r.n], src[r.at:r.at+r.n]
		if r.each {
			scales := q.Scales[r.param:][:r.n]
			if q.Zeros == nil {
				for i, x := range in {
					out[i] = values[x] * scales[i]
				}
			} else {
				zeros := q.Zeros[r.param:][:r.n]
				for i, x := range in {
					out[i] = (values[x] - zeros[i]) * scales[i]
				}
			}
		} else {
			scale, zero := q.Scales[r.param], float32(0)
			if q.Zeros != nil {
				zero = q.Zeros[r.param]
			}
			if integers, signed := plain(values); integers {
				n := dequantize(out, in, signed, zero, scale)
				out, in = out[n:], in[n:]
			}
			if len(out) >= 1024 { // worth a table of its own
				var table [256]float32
				for i, v := range values {
					table[i] = (v - zero) * scale
				}
				for i, x := range in {
					out[i] = table[x]
				}
			} else {
				for i, x := range in {
					out[i] = (values[x] - zero) * scale
				}
			}
		}
		done += r.n
	}
}

// plain reports whether bytes stand for the integers that they are.
func plain(values *[256]float32) (yes, signed bool) {
	signed = values[255] == -1
	if signed {
		return values[1] == 1 && values[127] == 127 && values[128] == -128, true
	}
	return values[1] == 1 && values[128] == 128 && values[255] == 255, false
}

// Words dequantizes the elements from lo on of a tensor of integers, whose
// zero points are given in their own type.
func Words[T int16 | uint16 | int32](q *Dequantizer, zeros []T, dst []float32, src []T, lo int) {
	for done := 0; done < len(dst); {
		r := q.Layout.next(lo+done, len(dst)-done)
		for i, x := range src[r.at : r.at+r.n] {
			p := r.param
			if r.each {
				p += i
			}
			v := int64(x)
			if zeros != nil {
				v -= int64(zeros[p])
			}
			dst[done+i] = float32(v) * q.Scales[p]
		}
		done += r.n
	}
}

// ByteValues returns what each byte stands for as an element of type d, which
// has one byte.
func ByteValues(d tensor.DType) (*[256]float32, error) {
	var codes [256]byte
	for i := range codes {
		codes[i] = byte(i)
	}
	src, err := tensor.FromBytes(d, tensor.Shape{256}, codes[:], nil)
	if err != nil {
		return nil, err
	}
	values := new([256]float32)
	dst, err := tensor.FromSlice(tensor.Shape{256}, values[:])
	if err != nil {
		return nil, err
	}
	return values, tensor.Convert(dst, src, tensor.Conversion{})
}

// Sums writes what a row of sums of products stands for: sum·multiplier, plus
// the bias unless it is nil. multipliers has one element, or one for each.
func Sums(dst []float32, sums []int32, multipliers, bias []float32) {
	if len(dst) > 0 {
		ScaleSums(dst, sums, 0, nil, multipliers, bias)
	}
}
