package igemm

import "unsafe"

func runGo(signedA, rows, units, panels int, a []byte, lda int, b []byte, c []int32, ldc int) {
	for p := range panels {
		panel := b[p*units*4 : (p+1)*units*4]
		if signedA != 0 {
			tileGo(rows, asSigned(a), lda, panel, c[4*p:], ldc)
		} else {
			tileGo(rows, a, lda, asSigned(panel), c[4*p:], ldc)
		}
	}
}

func asSigned(b []byte) []int8 { return unsafe.Slice((*int8)(unsafe.Pointer(&b[0])), len(b)) }

// tileGo keeps two rows of four sums in registers.
func tileGo[A, B int8 | uint8](rows int, a []A, lda int, b []B, c []int32, ldc int) {
	i := 0
	for ; i+2 <= rows; i += 2 {
		var s00, s01, s02, s03, s10, s11, s12, s13 int32
		x := a[i*lda:][:len(b)/4]
		y := a[(i+1)*lda:][:len(x)]
		for p, o := 0, 0; p < len(x) && o+4 <= len(b); p, o = p+1, o+4 {
			v := b[o : o+4 : o+4]
			x0, y0 := int32(x[p]), int32(y[p])
			v0, v1, v2, v3 := int32(v[0]), int32(v[1]), int32(v[2]), int32(v[3])
			s00 += x0 * v0
			s01 += x0 * v1
			s02 += x0 * v2
			s03 += x0 * v3
			s10 += y0 * v0
			s11 += y0 * v1
			s12 += y0 * v2
			s13 += y0 * v3
		}
		copy(c[i*ldc:i*ldc+4], []int32{s00, s01, s02, s03})
		copy(c[(i+1)*ldc:(i+1)*ldc+4], []int32{s10, s11, s12, s13})
	}
	if i < rows {
		var s0, s1, s2, s3 int32
		x := a[i*lda:][:len(b)/4]
		for p, o := 0, 0; p < len(x) && o+4 <= len(b); p, o = p+1, o+4 {
			v := b[o : o+4 : o+4]
			x0 := int32(x[p])
			s0 += x0 * int32(v[0])
			s1 += x0 * int32(v[1])
			s2 += x0 * int32(v[2])
			s3 += x0 * int32(v[3])
		}
		copy(c[i*ldc:i*ldc+4], []int32{s0, s1, s2, s3})
	}
}

func packGo(units, panels int, dst []byte, step int, src []byte, rows []int, flip byte) {
	for q := range units {
		row := src[rows[q]:][:4*panels]
		for p := range panels {
			out := dst[p*step+4*q:][:4]
			for j, v := range row[4*p : 4*p+4] {
				out[j] = v ^ flip
			}
		}
	}
}

func sumGo(src []byte) (sum int32) {
	for _, v := range src {
		sum += int32(v)
	}
	return sum
}
