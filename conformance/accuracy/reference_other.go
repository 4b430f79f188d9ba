package accuracy

import "math"

func cumProd(in []array, _ Attrs) (want, scale []float64) {
	m := in[0].shape[1]
	for i := 0; i < len(in[0].data); i += m {
		p := 1.0
		for _, x := range in[0].data[i : i+m] {
			p *= x
			want = append(want, p)
		}
	}
	return want, nil
}

// dft transforms the rows of real numbers of [rows, n, 1]. Its unit is that of
// the norm of a row, for that is what the transform keeps.
func dft(in []array, _ Attrs) (want, scale []float64) {
	n := in[0].shape[1]
	for i := 0; i < len(in[0].data); i += n {
		row := in[0].data[i : i+n]
		norm, _ := total(row, square)
		norm = math.Sqrt(norm)
		for k := range n {
			var re, im float64
			for j, x := range row {
				s, c := math.Sincos(-2 * math.Pi * float64(j*k%n) / float64(n))
				re, im = re+x*c, im+x*s
			}
			want, scale = append(want, re, im), append(scale, norm, norm)
		}
	}
	return want, scale
}

// det expands the determinants of [batch, n, n] by their first rows; the scale
// is the largest of the products that they are sums of.
func det(in []array, _ Attrs) (want, scale []float64) {
	n := in[0].shape[1]
	for i := 0; i < len(in[0].data); i += n * n {
		w, s := expand(in[0].data[i:i+n*n], n, 0, make([]bool, n))
		want, scale = append(want, w), append(scale, s)
	}
	return want, scale
}

func expand(m []float64, n, row int, used []bool) (det, largest float64) {
	if row == n {
		return 1, 1
	}
	sign := 1.0
	for j := range n {
		if used[j] {
			continue
		}
		used[j] = true
		d, l := expand(m, n, row+1, used)
		used[j] = false
		det += sign * m[row*n+j] * d
		largest = max(largest, math.Abs(m[row*n+j])*l)
		sign = -sign
	}
	return det, largest
}

// gridSample is bilinear, with zeros outside. Its unit is that of the largest
// pixel: places are float32 as well, so a value is as far off as its slope says.
func gridSample(in []array, _ Attrs) (want, scale []float64) {
	x, grid := in[0], in[1]
	h, w := x.shape[2], x.shape[3]
	top := 0.0
	for _, v := range x.data {
		top = max(top, math.Abs(v))
	}
	for p := range x.shape[0] * x.shape[1] {
		pixel := func(i, j int) float64 {
			if i < 0 || j < 0 || i >= h || j >= w {
				return 0
			}
			return x.data[(p*h+i)*w+j]
		}
		n := p / x.shape[1]
		places := len(grid.data) / x.shape[0]
		for q := n * places; q < (n+1)*places; q += 2 {
			u := ((grid.data[q]+1)*float64(w) - 1) / 2
			v := ((grid.data[q+1]+1)*float64(h) - 1) / 2
			j, i := int(math.Floor(u)), int(math.Floor(v))
			a, b := u-math.Floor(u), v-math.Floor(v)
			want = append(want, (1-b)*((1-a)*pixel(i, j)+a*pixel(i, j+1))+b*((1-a)*pixel(i+1, j)+a*pixel(i+1, j+1)))
			scale = append(scale, top)
		}
	}
	return want, scale
}

// crossEntropy is the mean of -log softmax(scores)[label] over the rows.
func crossEntropy(in []array, _ Attrs) (want, scale []float64) {
	n := in[0].shape[1]
	var sum float64
	for i, label := range in[1].data {
		row := in[0].data[i*n : i*n+n]
		l, _ := logSumExp(row)
		sum += l - row[int(label)]
	}
	return []float64{sum / float64(len(in[1].data))}, nil
}
