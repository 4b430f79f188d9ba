package jpeg

// The inverse cosine transform is that of Loeffler, Ligtenberg and Moschytz
// ("Practical fast 1-D DCT algorithms with 11 multiplications", 1989) in the
// fixed point of libjpeg's accurate integer method: constants of 13 bits, first
// the columns, which keep 2 more bits than the input, then the rows. Where
// numbers leave 16 bits, as only damaged files make them, they wrap or saturate
// as in libjpeg-turbo's vector code.
const (
	constBits = 13
	keptBits  = 2

	c0298 = 2446  // 0.298631336 · 2¹³ and so on
	c0390 = 3196  // 0.390180644
	c0541 = 4433  // 0.541196100
	c0765 = 6270  // 0.765366865
	c0899 = 7373  // 0.899976223
	c1175 = 9633  // 1.175875602
	c1501 = 12299 // 1.501321110
	c1847 = 15137 // 1.847759065
	c1961 = 16069 // 1.961570560
	c2053 = 16819 // 2.053119869
	c2562 = 20995 // 2.562915447
	c3072 = 25172 // 3.072711026
)

// transform8 transforms eight numbers of 16 bits. Results have constBits more.
func transform8(v0, v1, v2, v3, v4, v5, v6, v7 int32) (r [8]int32) {
	// Even part: a rotation of 2 and 6, a butterfly of 0 and 4.
	z := (v2 + v6) * c0541
	e2, e3 := z-v6*c1847, z+v2*c0765
	e0, e1 := int32(int16(v0+v4))<<constBits, int32(int16(v0-v4))<<constBits
	a0, a3 := e0+e3, e0-e3
	a1, a2 := e1+e2, e1-e2
	// Odd part.
	z3, z4 := int32(int16(v7+v3)), int32(int16(v5+v1))
	z5 := (z3 + z4) * c1175
	z3, z4 = z5-z3*c1961, z5-z4*c0390
	z1, z2 := -(v7+v1)*c0899, -(v5+v3)*c2562
	b0 := v7*c0298 + z1 + z3
	b1 := v5*c2053 + z2 + z4
	b2 := v3*c3072 + z2 + z3
	b3 := v1*c1501 + z1 + z4
	return [8]int32{a0 + b3, a1 + b2, a2 + b1, a3 + b0, a3 - b0, a2 - b1, a1 - b2, a0 - b3}
}

// inverse multiplies a block by the quantization table, transforms it and writes
// the samples, 8 in each of 8 rows.
func inverse(dst []uint8, stride int, block *[64]int16, quant *[64]uint16) {
	var w [64]int32
	at := func(i int) int32 { return int32(block[i] * int16(quant[i])) }
	for x := range 8 {
		if block[x+8]|block[x+16]|block[x+24]|block[x+32]|block[x+40]|block[x+48]|block[x+56] == 0 {
			v := saturate(at(x) << keptBits)
			for y := 0; y < 64; y += 8 {
				w[x+y] = v
			}
			continue
		}
		r := transform8(at(x), at(x+8), at(x+16), at(x+24), at(x+32), at(x+40), at(x+48), at(x+56))
		for y, v := range r {
			w[x+8*y] = saturate((v + 1<<(constBits-keptBits-1)) >> (constBits - keptBits))
		}
	}
	const shift = constBits + keptBits + 3
	for y := range 8 {
		v := (*[8]int32)(w[8*y:])
		r := transform8(v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7])
		row := (*[8]uint8)(dst[y*stride:])
		for x, v := range r {
			row[x] = sample((v + 1<<(shift-1)) >> shift)
		}
	}
}

// inverseFlat is inverse of a block that has a DC coefficient alone.
func inverseFlat(dst []uint8, stride int, dc int16, quant uint16) {
	v := sample((saturate(int32(dc*int16(quant))<<keptBits) + 1<<(keptBits+2)) >> (keptBits + 3))
	for y := range 8 {
		row := (*[8]uint8)(dst[y*stride:])
		*row = [8]uint8{v, v, v, v, v, v, v, v}
	}
}

func saturate(v int32) int32 { return min(max(v, -1<<15), 1<<15-1) }

// sample adds the middle of the range, which the transform leaves out.
func sample(v int32) uint8 { return uint8(min(max(v, -128), 127) + 128) }
