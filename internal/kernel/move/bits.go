package move

// Flags sets each element of dst to 1 where an element of src has one of the
// bits of mask and to 0 where it has none.
func Flags[E uint8 | uint16 | uint32 | uint64](dst []byte, src []E, mask E) {
	dst = dst[:len(src)]
	for i, v := range src {
		b := byte(0)
		if v&mask != 0 {
			b = 1
		}
		dst[i] = b
	}
}

// Equal sets each element of dst to 1 where the bits of mask of an element of
// src are those of want, and to 0 where they are not.
func Equal[E uint8 | uint16 | uint32 | uint64](dst []byte, src []E, mask, want E) {
	dst = dst[:len(src)]
	for i, v := range src {
		b := byte(0)
		if v&mask == want {
			b = 1
		}
		dst[i] = b
	}
}

// Above sets each element of dst to 1 where the bits of mask of an element of
// src, read as a number, are more than limit, and to 0 where they are not.
func Above[E uint8 | uint16 | uint32 | uint64](dst []byte, src []E, mask, limit E) {
	dst = dst[:len(src)]
	for i, v := range src {
		b := byte(0)
		if v&mask > limit {
			b = 1
		}
		dst[i] = b
	}
}

// Count returns how many flags are not 0.
func Count(flags []byte) int {
	n := 0
	for _, f := range flags {
		if f != 0 {
			n++
		}
	}
	return n
}

// Coordinates writes where the flags of an array of the given dimensions are
// not 0: of the j-th such place, in row-major order, the index along dimension
// k goes to out[k·n+j], with n such places in all.
func Coordinates(out []int64, flags []byte, dims []int, n int) {
	j := 0
	for at, f := range flags {
		if f == 0 {
			continue
		}
		for k := len(dims) - 1; k >= 0; k-- {
			out[k*n+j] = int64(at % dims[k])
			at /= dims[k]
		}
		j++
	}
}
