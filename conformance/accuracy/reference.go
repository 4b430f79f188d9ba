package accuracy

import "math"

// unary is an elementwise function.
func unary(f func(x float64) float64) reference {
	return func(in []array, _ Attrs) (want, scale []float64) {
		want = make([]float64, len(in[0].data))
		for i, x := range in[0].data {
			want[i] = f(x)
		}
		return want, nil
	}
}

// binary is an elementwise function of two inputs of one shape.
func binary(f func(a, b float64) float64) reference {
	return func(in []array, _ Attrs) (want, scale []float64) {
		want = make([]float64, len(in[0].data))
		for i, x := range in[0].data {
			want[i] = f(x, in[1].data[i])
		}
		return want, nil
	}
}

// sumOf is the elementwise sum of all inputs times a factor.
func sumOf(factor func(n int) float64) reference {
	return func(in []array, _ Attrs) (want, scale []float64) {
		want, scale = make([]float64, len(in[0].data)), make([]float64, len(in[0].data))
		f := factor(len(in))
		for i := range want {
			for _, x := range in {
				want[i] += x.data[i] * f
				scale[i] = max(scale[i], math.Abs(x.data[i]*f))
			}
		}
		return want, scale
	}
}

// rows calls f for the rows of a matrix, or for its columns where the attribute
// is 0, and collects one result each. The scale that f returns is that of the
// summands.
func rows(f func(row []float64) (want, scale float64)) reference {
	return func(in []array, a Attrs) (want, scale []float64) {
		x, n, m := in[0].data, in[0].shape[0], in[0].shape[1]
		across := a.int("axis", 1) == 0
		if axes, ok := a["axes"].([]int); ok {
			across = axes[0] == 0
		}
		if across {
			n, m = m, n
		}
		row := make([]float64, m)
		for i := range n {
			for j := range m {
				if across {
					row[j] = x[j*n+i]
				} else {
					row[j] = x[i*m+j]
				}
			}
			w, s := f(row)
			want, scale = append(want, w), append(scale, s)
		}
		return want, scale
	}
}

// total sums f over a row; the scale is the largest summand.
func total(row []float64, f func(x float64) float64) (sum, scale float64) {
	// Kahan's correction keeps a million summands exact beyond doubt.
	var lost float64
	for _, x := range row {
		v := f(x)
		scale = max(scale, math.Abs(v))
		y := v - lost
		t := sum + y
		lost = (t - sum) - y
		sum = t
	}
	return sum, scale
}

func itself(x float64) float64 { return x }
func square(x float64) float64 { return x * x }

func moments(row []float64) (mean, variance float64) {
	mean, _ = total(row, itself)
	mean /= float64(len(row))
	variance, _ = total(row, func(x float64) float64 { return (x - mean) * (x - mean) })
	return mean, variance / float64(len(row))
}

var reductions = map[string]func(row []float64) (want, scale float64){
	"ReduceSum": func(r []float64) (float64, float64) { return total(r, itself) },
	"ReduceL1":  func(r []float64) (float64, float64) { return total(r, math.Abs) },
	"ReduceMean": func(r []float64) (float64, float64) {
		s, scale := total(r, itself)
		return s / float64(len(r)), scale / float64(len(r))
	},
	"ReduceSumSquare": func(r []float64) (float64, float64) { return total(r, square) },
	"ReduceL2": func(r []float64) (float64, float64) {
		s, _ := total(r, square)
		return math.Sqrt(s), 0
	},
	"ReduceLogSum": func(r []float64) (float64, float64) {
		s, _ := total(r, itself)
		return math.Log(s), 0
	},
	"ReduceLogSumExp": func(r []float64) (float64, float64) { return logSumExp(r) },
	"ReduceProd": func(r []float64) (float64, float64) {
		p := 1.0
		for _, x := range r {
			p *= x
		}
		return p, 0
	},
}

// logSumExp is the sum of the largest and of the logarithm of what is relative
// to it.
func logSumExp(row []float64) (want, scale float64) {
	top := math.Inf(-1)
	for _, x := range row {
		top = max(top, x)
	}
	s, _ := total(row, func(x float64) float64 { return math.Exp(x - top) })
	return top + math.Log(s), math.Abs(top)
}

func cumSum(in []array, _ Attrs) (want, scale []float64) {
	m := in[0].shape[1]
	for i := 0; i < len(in[0].data); i += m {
		var sum, largest float64
		for _, x := range in[0].data[i : i+m] {
			sum += x
			largest = max(largest, math.Abs(x), math.Abs(sum))
			want, scale = append(want, sum), append(scale, largest)
		}
	}
	return want, scale
}

// matMul multiplies matrices; the scale is the largest product within a sum.
func matMul(in []array, _ Attrs) (want, scale []float64) {
	return product(in[0].data, in[1].data, in[0].shape[0], in[0].shape[1], in[1].shape[1])
}

func product(a, b []float64, m, k, n int) (want, scale []float64) {
	want, scale = make([]float64, m*n), make([]float64, m*n)
	for i := range m {
		for l := range k {
			for j := range n {
				p := a[i*k+l] * b[l*n+j]
				want[i*n+j] += p
				scale[i*n+j] = max(scale[i*n+j], math.Abs(p))
			}
		}
	}
	return want, scale
}

// gemm is A·B + C with C of the shape of the result.
func gemm(in []array, _ Attrs) (want, scale []float64) {
	want, scale = matMul(in, nil)
	for i, c := range in[2].data {
		want[i] += c
		scale[i] = max(scale[i], math.Abs(c))
	}
	return want, scale
}

// conv is a convolution of [n, c, h, w] by [o, c, kh, kw], padded by the
// attribute pads, the same on all sides.
func conv(in []array, a Attrs) (want, scale []float64) {
	x, w := in[0], in[1]
	c, h, width := x.shape[1], x.shape[2], x.shape[3]
	o, kh, kw := w.shape[0], w.shape[2], w.shape[3]
	p := 0
	if pads, ok := a["pads"].([]int); ok {
		p = pads[0]
	}
	for n := range x.shape[0] {
		for f := range o {
			for i := range h + 2*p - kh + 1 {
				for j := range width + 2*p - kw + 1 {
					var sum, largest float64
					for l := range c {
						for r := range kh {
							for s := range kw {
								y, z := i+r-p, j+s-p
								if y < 0 || z < 0 || y >= h || z >= width {
									continue
								}
								v := x.data[((n*c+l)*h+y)*width+z] * w.data[((f*c+l)*kh+r)*kw+s]
								sum += v
								largest = max(largest, math.Abs(v))
							}
						}
					}
					want, scale = append(want, sum), append(scale, largest)
				}
			}
		}
	}
	return want, scale
}

// convTranspose spreads [n, c, h, w] by [c, o, kh, kw] with stride 1.
func convTranspose(in []array, _ Attrs) (want, scale []float64) {
	x, w := in[0], in[1]
	c, h, width := x.shape[1], x.shape[2], x.shape[3]
	o, kh, kw := w.shape[1], w.shape[2], w.shape[3]
	oh, ow := h+kh-1, width+kw-1
	want, scale = make([]float64, x.shape[0]*o*oh*ow), make([]float64, x.shape[0]*o*oh*ow)
	for n := range x.shape[0] {
		for l := range c {
			for f := range o {
				for y := range h {
					for z := range width {
						for r := range kh {
							for s := range kw {
								at := ((n*o+f)*oh+y+r)*ow + z + s
								v := x.data[((n*c+l)*h+y)*width+z] * w.data[((l*o+f)*kh+r)*kw+s]
								want[at] += v
								scale[at] = max(scale[at], math.Abs(v))
							}
						}
					}
				}
			}
		}
	}
	return want, scale
}

// pool calls f for the 3×3 windows, without padding, of [n, c, h, w].
func pool(f func(window []float64) (want, scale float64)) reference {
	return func(in []array, _ Attrs) (want, scale []float64) {
		x := in[0]
		h, w := x.shape[2], x.shape[3]
		for p := range x.shape[0] * x.shape[1] {
			for i := range h - 2 {
				for j := range w - 2 {
					var window []float64
					for r := range 3 {
						at := (p*h+i+r)*w + j
						window = append(window, x.data[at:at+3]...)
					}
					v, s := f(window)
					want, scale = append(want, v), append(scale, s)
				}
			}
		}
		return want, scale
	}
}

// global calls f for the images of [n, c, h, w].
func global(f func(image []float64) (want, scale float64)) reference {
	return func(in []array, _ Attrs) (want, scale []float64) {
		n := in[0].shape[2] * in[0].shape[3]
		for i := 0; i < len(in[0].data); i += n {
			v, s := f(in[0].data[i : i+n])
			want, scale = append(want, v), append(scale, s)
		}
		return want, scale
	}
}
