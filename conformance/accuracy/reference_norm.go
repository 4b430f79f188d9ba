package accuracy

import "math"

// What normalization makes is of unit scale before it is multiplied by γ and
// moved by β, and so it is measured by the larger of |γ| and |β|: the error of a
// value next to the mean counts as that of its neighbours does.

// normalize normalizes blocks of a tensor: block returns the indices of block g,
// nil after the last; gamma and beta return the factor and the summand of an
// element.
func normalize(x []float64, block func(g int) []int, deviation func(variance float64) float64, center bool, affine func(i int) (gamma, beta float64)) (want, scale []float64) {
	want, scale = make([]float64, len(x)), make([]float64, len(x))
	var row []float64
	for g := 0; ; g++ {
		at := block(g)
		if at == nil {
			return want, scale
		}
		row = row[:0]
		for _, i := range at {
			row = append(row, x[i])
		}
		mean, variance := moments(row)
		if !center {
			variance, _ = total(row, square)
			mean, variance = 0, variance/float64(len(row))
		}
		d := deviation(variance)
		for _, i := range at {
			gamma, beta := affine(i)
			want[i] = (x[i]-mean)/d*gamma + beta
			scale[i] = max(math.Abs(gamma), math.Abs(beta))
		}
	}
}

// blocks are contiguous ones of n.
func blocks(total, n int) func(g int) []int {
	at := make([]int, n)
	return func(g int) []int {
		if g*n >= total {
			return nil
		}
		for i := range at {
			at[i] = g*n + i
		}
		return at
	}
}

// epsilon is the deviation of a variance with the attribute epsilon.
func epsilon(a Attrs) func(variance float64) float64 {
	eps := a.float("epsilon", 1e-5)
	return func(v float64) float64 { return math.Sqrt(v + eps) }
}

func unscaled(int) (gamma, beta float64) { return 1, 0 }

// layerNorm is over the last axis of a matrix.
func layerNorm(in []array, a Attrs) (want, scale []float64) {
	n := in[0].shape[1]
	return normalize(in[0].data, blocks(len(in[0].data), n), epsilon(a), true, func(i int) (float64, float64) {
		return in[1].data[i%n], in[2].data[i%n]
	})
}

func rmsNorm(in []array, a Attrs) (want, scale []float64) {
	n := in[0].shape[1]
	return normalize(in[0].data, blocks(len(in[0].data), n), epsilon(a), false, func(i int) (float64, float64) {
		return in[1].data[i%n], 0
	})
}

// channelAffine is that of the channels of [n, c, l].
func channelAffine(in []array) func(i int) (gamma, beta float64) {
	c, l := in[0].shape[1], in[0].shape[2]
	return func(i int) (float64, float64) { return in[1].data[i/l%c], in[2].data[i/l%c] }
}

func instanceNorm(in []array, a Attrs) (want, scale []float64) {
	return normalize(in[0].data, blocks(len(in[0].data), in[0].shape[2]), epsilon(a), true, channelAffine(in))
}

func groupNorm(in []array, a Attrs) (want, scale []float64) {
	n := in[0].shape[1] / a.int("num_groups", 1) * in[0].shape[2]
	return normalize(in[0].data, blocks(len(in[0].data), n), epsilon(a), true, channelAffine(in))
}

// overBatch are the indices of each channel of [n, c, l].
func overBatch(shape []int) func(g int) []int {
	return func(g int) []int {
		if g == shape[1] {
			return nil
		}
		var at []int
		for n := range shape[0] {
			for i := range shape[2] {
				at = append(at, (n*shape[1]+g)*shape[2]+i)
			}
		}
		return at
	}
}

func meanVarianceNorm(in []array, _ Attrs) (want, scale []float64) {
	return normalize(in[0].data, overBatch(in[0].shape), func(v float64) float64 { return math.Sqrt(v) + 1e-9 }, true, unscaled)
}

// batchNorm uses the statistics of the batch with training_mode, those that it
// is given otherwise.
func batchNorm(in []array, a Attrs) (want, scale []float64) {
	deviation := epsilon(a)
	if a.int("training_mode", 0) == 1 {
		return normalize(in[0].data, overBatch(in[0].shape), deviation, true, channelAffine(in))
	}
	c, l := in[0].shape[1], in[0].shape[2]
	for i, x := range in[0].data {
		k := i / l % c
		f := in[1].data[k] / deviation(in[4].data[k])
		want = append(want, (x-in[3].data[k])*f+in[2].data[k])
		scale = append(scale, max(math.Abs(in[1].data[k]), math.Abs(in[2].data[k])))
	}
	return want, scale
}

func lpNorm(in []array, a Attrs) (want, scale []float64) {
	n := in[0].shape[1]
	for i := 0; i < len(in[0].data); i += n {
		row := in[0].data[i : i+n]
		norm, _ := total(row, math.Abs)
		if a.int("p", 2) == 2 {
			norm, _ = total(row, square)
			norm = math.Sqrt(norm)
		}
		for _, x := range row {
			want = append(want, x/norm)
		}
	}
	return want, nil
}

// lrn is over the channels of [n, c, l, 1].
func lrn(in []array, a Attrs) (want, scale []float64) {
	x, c, l := in[0].data, in[0].shape[1], in[0].shape[2]
	size := a.int("size", 1)
	for i, v := range x {
		k := i / l % c
		var sum float64
		for j := max(0, k-(size-1)/2); j <= min(c-1, k+size/2); j++ {
			sum += square(x[i+(j-k)*l])
		}
		want = append(want, v/math.Pow(a.float("bias", 1)+a.float("alpha", 1e-4)/float64(size)*sum, a.float("beta", 0.75)))
	}
	return want, nil
}

func softmax(in []array, _ Attrs) (want, scale []float64) {
	n := in[0].shape[1]
	for i := 0; i < len(in[0].data); i += n {
		l, _ := logSumExp(in[0].data[i : i+n])
		for _, x := range in[0].data[i : i+n] {
			want = append(want, math.Exp(x-l))
		}
	}
	return want, nil
}

// logSoftmax is the difference of x and of the logarithm of the sum, relative to
// the largest x, of which the larger is the scale.
func logSoftmax(in []array, _ Attrs) (want, scale []float64) {
	n := in[0].shape[1]
	for i := 0; i < len(in[0].data); i += n {
		row := in[0].data[i : i+n]
		top := math.Inf(-1)
		for _, x := range row {
			top = max(top, x)
		}
		s, _ := total(row, func(x float64) float64 { return math.Exp(x - top) })
		for _, x := range row {
			want = append(want, x-top-math.Log(s))
			scale = append(scale, max(top-x, math.Log(s)))
		}
	}
	return want, scale
}
