package igemm

// copyBlock copies rows of n bytes, XORed with flip, which begin ld apart in
// dst and step apart in src.
func copyBlock(rows, n int, dst []byte, ld int, src []byte, step int, flip byte) {
	if rows <= 0 || n <= 0 || copyVectors(rows, n, dst, ld, src, step, flip) {
		return
	}
	for i := range rows {
		to := dst[i*ld:][:n]
		copy(to, src[i*step:][:n])
		if flip != 0 {
			for j := range to {
				to[j] ^= flip
			}
		}
	}
}

// halveBlock copies the bytes 0, 2, 4, … of rows, n of each.
func halveBlock(rows, n int, dst []byte, ld int, src []byte, step int) {
	if rows <= 0 || n <= 0 || halveVectors(rows, n, dst, ld, src, step) {
		return
	}
	for i := range rows {
		to, from := dst[i*ld:][:n], src[i*step:][:2*n-1]
		for j := evens(to, from); j < n; j++ {
			to[j] = from[2*j]
		}
	}
}
