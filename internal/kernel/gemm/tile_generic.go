package gemm

// tileGo is the micro-kernel in Go, nr = 4: it keeps two rows of four sums in
// registers.
func tileGo[T Number](rows, kc int, a []T, ars, aps int, b []T, bs int, c []T, ldc int, f *Finish[T]) {
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
		tileStore(c[i*ldc:], i, ldc, f, s00, s01, s02, s03)
		tileStore(c[(i+1)*ldc:], i+1, ldc, f, s10, s11, s12, s13)
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
		tileStore(c[i*ldc:], i, ldc, f, s0, s1, s2, s3)
	}
}

// tileStore finishes four sums of row i.
func tileStore[T Number](c []T, i, ldc int, f *Finish[T], s0, s1, s2, s3 T) {
	s := [4]T{f.Alpha * s0, f.Alpha * s1, f.Alpha * s2, f.Alpha * s3}
	c = c[:4]
	for j, v := range s {
		if f.Plus != nil {
			v += f.Plus[i*ldc+j]
		} else if f.Add {
			v += c[j]
		}
		if f.RowBias != nil {
			v += f.RowBias[i]
		}
		if f.ColBias != nil {
			v += f.ColBias[j]
		}
		if f.Clamp {
			v = clamp(v, f.Lo, f.Hi)
		}
		c[j] = v
	}
}

// clamp bounds v; NaN stays NaN.
func clamp[T Number](v, lo, hi T) T {
	if v < lo {
		v = lo
	}
	if v > hi {
		v = hi
	}
	return v
}
