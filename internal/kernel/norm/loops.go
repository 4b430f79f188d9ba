package norm

// The innermost loops. Each is what an assembly version has to equal, except
// that it may add in another order and fuse multiplications with additions.

// sum returns Σ x[i] in float64.
func sum[W Float](x []W) float64 {
	var a, b, c, d float64
	for len(x) >= 4 {
		a += float64(x[0])
		b += float64(x[1])
		c += float64(x[2])
		d += float64(x[3])
		x = x[4:]
	}
	for _, v := range x {
		a += float64(v)
	}
	return (a + b) + (c + d)
}

// distances returns Σ (x[i]-pivot) and Σ (x[i]-pivot)² in float64.
func distances[W Float](x []W, pivot float64) (s, q float64) {
	var s0, s1, s2, s3, q0, q1, q2, q3 float64
	for len(x) >= 4 {
		d0 := float64(x[0]) - pivot
		d1 := float64(x[1]) - pivot
		d2 := float64(x[2]) - pivot
		d3 := float64(x[3]) - pivot
		s0 += d0
		s1 += d1
		s2 += d2
		s3 += d3
		q0 += d0 * d0
		q1 += d1 * d1
		q2 += d2 * d2
		q3 += d3 * d3
		x = x[4:]
	}
	for _, v := range x {
		d := float64(v) - pivot
		s0 += d
		q0 += d * d
	}
	return (s0 + s1) + (s2 + s3), (q0 + q1) + (q2 + q3)
}

// center is what an element loses before it is scaled: hi+lo is the mean to
// twice the precision of W. x-hi is exact where x is near the mean, which is
// where the difference matters.
type center[W Float] struct{ hi, lo W }

func centerOf[W Float](mean, low float64) center[W] {
	hi := W(mean)
	return center[W]{hi, W(mean - float64(hi) + low)}
}

// scale1 computes y[i] = (x[i]-mean)·a.
func scale1[W Float](y, x []W, m center[W], a W) {
	y = y[:len(x)]
	for i, v := range x {
		y[i] = ((v - m.hi) - m.lo) * a
	}
}

// affine1 computes y[i] = (x[i]-mean)·a + b.
func affine1[W Float](y, x []W, m center[W], a, b W) {
	y = y[:len(x)]
	for i, v := range x {
		y[i] = ((v-m.hi)-m.lo)*a + b
	}
}

// scaleN computes y[i] = (x[i]-mean)·inv·a[i].
func scaleN[W Float](y, x []W, m center[W], inv W, a []W) {
	y, a = y[:len(x)], a[:len(x)]
	for i, v := range x {
		y[i] = ((v - m.hi) - m.lo) * inv * a[i]
	}
}

// affineN computes y[i] = (x[i]-mean)·inv·a[i] + b[i].
func affineN[W Float](y, x []W, m center[W], inv W, a, b []W) {
	y, a, b = y[:len(x)], a[:len(x)], b[:len(x)]
	for i, v := range x {
		y[i] = ((v-m.hi)-m.lo)*inv*a[i] + b[i]
	}
}

// shiftN computes y[i] = (x[i]-mean)·inv + b[i].
func shiftN[W Float](y, x []W, m center[W], inv W, b []W) {
	y, b = y[:len(x)], b[:len(x)]
	for i, v := range x {
		y[i] = ((v-m.hi)-m.lo)*inv + b[i]
	}
}

// slow1 computes y[i] = (x[i]-mean)·a + b in float64, for the means and scales
// that float32 would overflow or lose bits of.
func slow1[W Float](y, x []W, mean, low, a, b float64) {
	y = y[:len(x)]
	for i, v := range x {
		y[i] = W(((float64(v)-mean)-low)*a + b)
	}
}

// slowN computes y[i] = (x[i]-mean)·inv·a[i] + b[i] in float64; nil a is 1, nil
// b is 0.
func slowN[W Float](y, x []W, mean, low, inv float64, a, b []W) {
	y = y[:len(x)]
	for i, v := range x {
		d := ((float64(v) - mean) - low) * inv
		if a != nil {
			d *= float64(a[i])
		}
		if b != nil {
			d += float64(b[i])
		}
		y[i] = W(d)
	}
}

// tame reports whether the fast loops give full precision: the mean is far
// from the largest number of any W, and inv far from both ends of its range.
// Distances are then in range, too, for the rows whose inv is 1/√variance.
func tame(mean, inv float64) bool {
	return mean > -1e30 && mean < 1e30 && (inv > 1e-30 && inv < 1e30 || inv < -1e-30 && inv > -1e30)
}
