package move

// CompressBytes is Compress for elements of size bytes each: a row of inner
// elements is inner·size bytes.
func CompressBytes(dst, src, cond []byte, outer, n, inner, size int) {
	switch inner * size {
	case 2:
		Compress(View[uint16](dst), View[uint16](src), cond, outer, n, 1)
	case 4:
		Compress(View[uint32](dst), View[uint32](src), cond, outer, n, 1)
	case 8:
		Compress(View[uint64](dst), View[uint64](src), cond, outer, n, 1)
	default:
		Compress(dst, src, cond, outer, n, inner*size)
	}
}

// Compress keeps of each group of n rows of inner elements the rows for which
// cond, of at most n bytes, is not 0.
func Compress[E Elem](dst, src []E, cond []byte, outer, n, inner int) {
	at := 0
	for o := range outer {
		group := src[o*n*inner : (o+1)*n*inner]
		if inner == 1 {
			for i, c := range cond {
				if c != 0 {
					dst[at] = group[i]
					at++
				}
			}
			continue
		}
		for i, c := range cond {
			if c != 0 {
				at += copy(dst[at:], group[i*inner:(i+1)*inner])
			}
		}
	}
}
