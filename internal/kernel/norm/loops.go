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

// squares returns Σ x[i]² in float64.
func squares[W Float](x []W) float64 {
	var a, b, c, d float64
	for len(x) >= 4 {
		x0, x1, x2, x3 := float64(x[0]), float64(x[1]), float64(x[2]), float64(x[3])
		a += x0 * x0
		b += x1 * x1
		c += x2 * x2
		d += x3 * x3
		x = x[4:]
	}
	for _, v := range x {
		a += float64(v) * float64(v)
	}
	return (a + b) + (c + d)
}

// The loops that apply statistics subtract and scale in float64 and round the
// result to W before it meets the parameters of the element: what is lost on
// the way from large numbers to small ones is lost in float64.

// stat is what the elements of a row are normalized with.
type stat struct {
	mean, low float64 // their sum is subtracted
	inv       float64
}

// affine1 computes y[i] = (x[i]-mean)·a + b.
func affine1[W Float](y, x []W, mean, low, a, b float64) {
	y = y[:len(x)]
	for i, v := range x {
		y[i] = W(((float64(v)-mean)-low)*a + b)
	}
}

// norm0 computes y[i] = (x[i]-mean)·inv.
func norm0[W Float](y, x []W, s stat) {
	y = y[:len(x)]
	for i, v := range x {
		y[i] = W(((float64(v) - s.mean) - s.low) * s.inv)
	}
}

// normA computes y[i] = (x[i]-mean)·inv·a[i].
func normA[W Float](y, x []W, s stat, a []W) {
	y, a = y[:len(x)], a[:len(x)]
	for i, v := range x {
		y[i] = W(((float64(v)-s.mean)-s.low)*s.inv) * a[i]
	}
}

// normB computes y[i] = (x[i]-mean)·inv + b[i].
func normB[W Float](y, x []W, s stat, b []W) {
	y, b = y[:len(x)], b[:len(x)]
	for i, v := range x {
		y[i] = W(((float64(v)-s.mean)-s.low)*s.inv) + b[i]
	}
}

// normAB computes y[i] = (x[i]-mean)·inv·a[i] + b[i].
func normAB[W Float](y, x []W, s stat, a, b []W) {
	y, a, b = y[:len(x)], a[:len(x)], b[:len(x)]
	for i, v := range x {
		y[i] = W(((float64(v)-s.mean)-s.low)*s.inv)*a[i] + b[i]
	}
}

// scaleA computes y[i] = x[i]·inv·a[i].
func scaleA[W Float](y, x []W, inv float64, a []W) {
	y, a = y[:len(x)], a[:len(x)]
	for i, v := range x {
		y[i] = W(float64(v)*inv) * a[i]
	}
}

// affineN computes y[i] = (x[i]-mean[i])·a[i] + b[i].
func affineN[W Float](y, x []W, mean, a, b []float64) {
	y, mean, a, b = y[:len(x)], mean[:len(x)], a[:len(x)], b[:len(x)]
	for i, v := range x {
		y[i] = W((float64(v)-mean[i])*a[i] + b[i])
	}
}

// scaleN computes y[i] = (x[i]-mean[i])·a[i].
func scaleN[W Float](y, x []W, mean, a []float64) {
	y, mean, a = y[:len(x)], mean[:len(x)], a[:len(x)]
	for i, v := range x {
		y[i] = W((float64(v) - mean[i]) * a[i])
	}
}
