package conv

import "math"

// transformsInGo are the loops that the assembly equals but for rounding.
var transformsInGo = &transforms{input: inputGo, output: outputGo}

// transformWeights sets t to G·g·Gᵀ.
func transformWeights(m int, g *[9]float32, t *[36]float64) {
	var h [6][3]float64 // G·g
	for j := range 3 {
		col := gTimes(m, float64(g[j]), float64(g[3+j]), float64(g[6+j]))
		for i, v := range col {
			h[i][j] = v
		}
	}
	a := m + 2
	for i := range a {
		row := gTimes(m, h[i][0], h[i][1], h[i][2])
		copy(t[i*a:(i+1)*a], row[:a])
	}
}

// gTimes returns G·(x, y, z).
func gTimes(m int, x, y, z float64) [6]float64 {
	if m == 2 {
		return [6]float64{x, (x + y + z) / 2, (x - y + z) / 2, z}
	}
	even, odd := x+z/2, y*(math.Sqrt2/2)
	even2, odd2 := x+2*z, y*math.Sqrt2
	return [6]float64{x, -(even + odd) / 1.5, -(even - odd) / 1.5, (even2 + odd2) / 6, (even2 - odd2) / 6, z}
}

// splitGo sets dst[i*plane+t] to row[step*t+i] for the given number of columns
// i and of tiles t.
func splitGo(step, columns, tiles int, dst []float32, plane int, row []float32) {
	for i := range columns {
		to, at := dst[i*plane:][:tiles], i
		if step == 1 {
			copy(to, row[i:])
			continue
		}
		for t := range to {
			to[t] = row[at]
			at += step
		}
	}
}

// inputGo writes Bᵀ·d·B of tiles: element (j, i) of d of tile t is
// g[(j%m*(m+2)+i)*plane+j/m*row+t], that of the result goes to
// dst[(j*(m+2)+i)*point+t].
func inputGo(m, tiles int, g []float32, plane, row int, dst []float32, point int, _ []float32) {
	a := m + 2
	for t := range tiles {
		var d [6][6]float32
		for i := range a {
			var col [6]float32
			for j := range a {
				col[j] = g[(j%m*a+i)*plane+j/m*row+t]
			}
			for j, v := range bTimes(m, &col) {
				d[j][i] = v
			}
		}
		for j := range a {
			r := bTimes(m, &d[j])
			for i, v := range r[:a] {
				dst[(j*a+i)*point+t] = v
			}
		}
	}
}

// bTimes returns Bᵀ·d.
func bTimes(m int, d *[6]float32) [6]float32 {
	if m == 2 {
		return [6]float32{d[0] - d[2], d[1] + d[2], d[2] - d[1], d[1] - d[3]}
	}
	a, b := d[4]-2*d[2], math.Sqrt2/2*(d[3]-2*d[1])
	c, e := d[4]-d[2]/2, math.Sqrt2*(d[3]-d[1]/2)
	return [6]float32{d[0] - 2.5*d[2] + d[4], a + b, a - b, c + e, c - e, d[1] - 2.5*d[3] + d[5]}
}

// outputGo writes Aᵀ·s·A + bias of tiles, within bounds: element (j, i) of s of
// tile t is src[(j*(m+2)+i)*point+t], that of the result goes to
// dst[j*row+m*t+i]. NaN stays NaN.
func outputGo(m, tiles int, src []float32, point int, dst []float32, row int, bias, lo, hi float32, _ []float32) {
	a := m + 2
	for t := range tiles {
		var s [4][6]float32
		for i := range a {
			var col [6]float32
			for j := range a {
				col[j] = src[(j*a+i)*point+t]
			}
			for j, v := range aTimes(m, &col) {
				s[j][i] = v
			}
		}
		for j := range m {
			r := aTimes(m, &s[j])
			for i, v := range r[:m] {
				v += bias
				if v < lo {
					v = lo
				} else if v > hi {
					v = hi
				}
				dst[j*row+m*t+i] = v
			}
		}
	}
}

// aTimes returns Aᵀ·s.
func aTimes(m int, s *[6]float32) [4]float32 {
	sum, diff := s[1]+s[2], s[1]-s[2]
	if m == 2 {
		return [4]float32{s[0] + sum, diff - s[3]}
	}
	sum2, diff2 := s[3]+s[4], s[3]-s[4]
	return [4]float32{
		s[0] + sum + sum2,
		math.Sqrt2/2*diff + math.Sqrt2*diff2,
		sum/2 + 2*sum2,
		math.Sqrt2/4*diff + 2*math.Sqrt2*diff2 + s[5],
	}
}
