package gemm

// tileGo is the micro-kernel in Go, nr = 4: it keeps two rows of four sums in
// registers.
func tileGo[T Number](rows, kc int, a []T, ars, aps int, b []T, bs int, c []T, ldc int, alpha T, add bool) {
	i := 0
	for ; i+2 <= rows; i += 2 {
		var s00, s01, s02, s03, s10, s11, s12, s13 T
		x, y := a[i*ars:], a[(i+1)*ars:]
		for p, o, q := 0, 0, 0; p < kc; p, o, q = p+1, o+bs, q+aps {
			v := b[o : o+4 : o+4]
			x0, y0 := x[q], y[q]
			s00 += x0 * v[0]
			s01 += x0 * v[1]
			s02 += x0 * v[2]
			s03 += x0 * v[3]
			s10 += y0 * v[0]
			s11 += y0 * v[1]
			s12 += y0 * v[2]
			s13 += y0 * v[3]
		}
		tileStore(c[i*ldc:], alpha, s00, s01, s02, s03, add)
		tileStore(c[(i+1)*ldc:], alpha, s10, s11, s12, s13, add)
	}
	if i < rows {
		var s0, s1, s2, s3 T
		x := a[i*ars:]
		for p, o, q := 0, 0, 0; p < kc; p, o, q = p+1, o+bs, q+aps {
			v := b[o : o+4 : o+4]
			x0 := x[q]
			s0 += x0 * v[0]
			s1 += x0 * v[1]
			s2 += x0 * v[2]
			s3 += x0 * v[3]
		}
		tileStore(c[i*ldc:], alpha, s0, s1, s2, s3, add)
	}
}

func tileStore[T Number](c []T, alpha, s0, s1, s2, s3 T, add bool) {
	c = c[:4]
	if add {
		c[0] += alpha * s0
		c[1] += alpha * s1
		c[2] += alpha * s2
		c[3] += alpha * s3
		return
	}
	c[0], c[1], c[2], c[3] = alpha*s0, alpha*s1, alpha*s2, alpha*s3
}
