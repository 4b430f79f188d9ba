package move

// Strides returns the distance in elements between neighbours along each
// dimension of a contiguous row-major array.
func Strides(dims []int) []int {
	st := make([]int, len(dims))
	n := 1
	for i := len(dims) - 1; i >= 0; i-- {
		st[i] = n
		n *= dims[i]
	}
	return st
}

// Transpose lays out the copy of a contiguous array of the given dimensions to
// one whose dimension i is dims[perm[i]].
func Transpose(dims, perm []int) Layout {
	st := Strides(dims)
	l := Layout{Dims: make([]int, len(dims)), Src: make([]int, len(dims))}
	for i, p := range perm {
		l.Dims[i], l.Src[i] = dims[p], st[p]
	}
	l.Dst = Strides(l.Dims)
	return l
}

// Slice lays out the copy of counts[k] entries along each dimension k of a
// contiguous array, from starts[k] on in steps of steps[k], to a contiguous one.
func Slice(dims, starts, steps, counts []int) Layout {
	l := Layout{Dims: counts, Dst: Strides(counts), Src: Strides(dims)}
	for k, st := range l.Src {
		l.SrcAt += starts[k] * st
		l.Src[k] = steps[k] * st
	}
	return l
}

// Broadcast lays out the copy of a contiguous array to one of as many or more
// dimensions; its own, counted from the last, are as large or 1.
func Broadcast(from, to []int) Layout {
	l := Layout{Dims: to, Dst: Strides(to), Src: make([]int, len(to))}
	skip := len(to) - len(from)
	n := 1
	for i := len(from) - 1; i >= 0; i-- {
		if from[i] != 1 {
			l.Src[skip+i] = n
		}
		n *= from[i]
	}
	return l
}

// Tile lays out the copy of a contiguous array to one that repeats it
// repeats[k] times along each dimension k.
func Tile(dims, repeats []int) Layout {
	n := len(dims)
	l := Layout{Dims: make([]int, 2*n), Src: make([]int, 2*n)}
	st := Strides(dims)
	for k := range n {
		l.Dims[2*k], l.Dims[2*k+1] = repeats[k], dims[k]
		l.Src[2*k+1] = st[k]
	}
	l.Dst = Strides(l.Dims)
	return l
}

// Part lays out the copy between an array of [outer, n] elements and a part of
// one of [outer, total] that starts at column at: out of it where take, into
// it where not.
func Part(outer, n, total, at int, take bool) Layout {
	l := Layout{Dims: []int{outer, n}, Dst: []int{n, 1}, Src: []int{n, 1}}
	if take {
		l.Src[0], l.SrcAt = total, at
	} else {
		l.Dst[0], l.DstAt = total, at
	}
	return l
}
