package image

// inverseCosine writes the 8×8 samples of a block, 128 added. It is the
// algorithm of Loeffler, Ligtenberg and Moschytz (ICASSP 1989) in fixed point
// of 13 bits, with 2 bits kept between columns and rows, as libjpeg's default
// transform has it, so that results are the same to the bit.
func inverseCosine(dst []byte, stride int, block *[64]int32) {
	for x := range 8 {
		cosines(block[x:], 8, 11)
	}
	for y := range 8 {
		row := block[8*y : 8*y+8]
		cosines(row, 1, 18)
		out := dst[y*stride : y*stride+8]
		for x, v := range row {
			out[x] = clip(int(v) + 128)
		}
	}
}

// cosines transforms 8 numbers that lie s apart, and shifts the results down
// with rounding.
func cosines(v []int32, s int, shift uint) {
	// Even part.
	z1 := (v[2*s] + v[6*s]) * 4433
	t2, t3 := z1-v[6*s]*15137, z1+v[2*s]*6270
	t0, t1 := (v[0]+v[4*s])<<13, (v[0]-v[4*s])<<13
	e0, e3, e1, e2 := t0+t3, t0-t3, t1+t2, t1-t2

	// Odd part.
	t0, t1, t2, t3 = v[7*s], v[5*s], v[3*s], v[s]
	z1, z2, z3, z4 := t0+t3, t1+t2, t0+t2, t1+t3
	z5 := (z3 + z4) * 9633
	z1, z2 = z1*-7373, z2*-20995
	z3, z4 = z3*-16069+z5, z4*-3196+z5
	t0 = t0*2446 + z1 + z3
	t1 = t1*16819 + z2 + z4
	t2 = t2*25172 + z2 + z3
	t3 = t3*12299 + z1 + z4

	half := int32(1) << (shift - 1)
	v[0], v[7*s] = (e0+t3+half)>>shift, (e0-t3+half)>>shift
	v[s], v[6*s] = (e1+t2+half)>>shift, (e1-t2+half)>>shift
	v[2*s], v[5*s] = (e2+t1+half)>>shift, (e2-t1+half)>>shift
	v[3*s], v[4*s] = (e3+t0+half)>>shift, (e3-t0+half)>>shift
}
