package norm

import "math"

// Moments are the statistics of a set of numbers.
//
// M2 is never negative and, for numbers whose squares neither overflow nor
// underflow float64, its relative error is at most
//
//	(block/sample + 1)·(72 + 4·log2(blocks))·2⁻⁵³
//
// that is below 2⁻⁴¹ for 2³⁰ numbers whatever their mean, and below 2⁻⁴⁵ where
// the first elements of a block are not unlike the rest: leaves sum squares of
// distances to a pivot within the data, so that nothing larger than the spread
// is ever squared, and merging only adds what is not negative. The mean is
// exact to a few units in the last place of the spread, as the sum of two.
type Moments struct {
	N    float64 // how many numbers
	Mean float64 // the mean rounded to float64
	Low  float64 // the mean less Mean
	M2   float64 // sum of the squared distances to the mean
}

// Variance returns the population variance, M2/N.
func (m Moments) Variance() float64 { return m.M2 / m.N }

// merge returns the moments of the union of two sets (Chan, Golub and LeVeque,
// 1979).
func merge(a, b Moments) Moments {
	switch {
	case a.N == 0:
		return b
	case b.N == 0:
		return a
	}
	n := a.N + b.N
	d := (b.Mean - a.Mean) + (b.Low - a.Low)
	m := Moments{N: n, M2: a.M2 + b.M2 + d*d*(a.N*b.N/n)}
	m.Mean, m.Low = twoSum(a.Mean, a.Low+d*(b.N/n))
	return m
}

// twoSum returns a+b rounded, and what the rounding lost (Knuth).
func twoSum(a, b float64) (s, err float64) {
	s = a + b
	t := s - a
	return s, (a - (s - t)) + (b - t)
}

// tree merges leaves 0 to n-1 pairwise: the left part is the largest power of
// two below n, so that all but the right edge of the tree is balanced.
func tree(n int, leaf func(i int) Moments) Moments {
	if n == 0 {
		return Moments{}
	}
	return subtree(0, n, leaf)
}

func subtree(lo, hi int, leaf func(i int) Moments) Moments {
	if hi-lo == 1 {
		return leaf(lo)
	}
	left := 1
	for left*2 < hi-lo {
		left *= 2
	}
	return merge(subtree(lo, lo+left, leaf), subtree(lo+left, hi, leaf))
}

// sample is how many elements of a block make its pivot. The mean of the
// sample is so near to that of the block that n·(pivot-mean)² is at most
// n/sample times M2 (Cauchy-Schwarz: the sample's distances are in M2, too),
// which bounds the cancellation in blockMoments whatever the data.
const sample = 64

// sum returns Σ x[i] in float64.
func sum[W Float](x []W) float64 {
	s, _ := distances(x, 0)
	return s
}

// blockMoments returns the moments of at most block elements.
func blockMoments[W Float](x []W) Moments {
	n := float64(len(x))
	if len(x) == 0 {
		return Moments{}
	}
	if s, q, ok := sums(x); ok {
		// Where the mean is within a few deviations of 0, no more is lost
		// around 0 than around a pivot.
		if m2 := q - s/n*s; s/n*s <= 7*m2 {
			return Moments{N: n, Mean: s / n, M2: m2}
		}
	}
	head := x[:min(sample, len(x))]
	pivot := sum(head) / float64(len(head))
	s, q := distances(x, pivot)
	m := Moments{N: n, M2: max(q-s/n*s, 0)}
	m.Mean, m.Low = twoSum(pivot, s/n)
	if math.IsInf(pivot, 0) {
		// The distances are not numbers, the mean may still be infinite.
		m.Mean, m.Low = sum(x)/n, 0
	}
	return m
}

// blockSquares returns the sum of squares of at most block elements as M2 of
// mean 0; merging such adds up the sums.
func blockSquares[W Float](x []W) Moments {
	return Moments{N: float64(len(x)), M2: squares(x)}
}

// blockLeaf computes block i of x, with the mean or around 0.
func blockLeaf[T Elem, W Float](x []T, i int, center bool, buf *[block]W) Moments {
	lo := i * block
	w := wide(x[lo:min(lo+block, len(x))], buf)
	if center {
		return blockMoments(w)
	}
	return blockSquares(w)
}

// RowMoments returns the moments of x.
func RowMoments[T Elem, W Float](x []T) Moments {
	var buf [block]W
	return rowMoments(x, true, &buf)
}

func rowMoments[T Elem, W Float](x []T, center bool, buf *[block]W) Moments {
	if n := blocks(len(x)); n > 1 {
		return tree(n, func(i int) Moments { return blockLeaf(x, i, center, buf) })
	}
	return blockLeaf(x, 0, center, buf)
}
