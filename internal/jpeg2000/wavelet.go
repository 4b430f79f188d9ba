package jpeg2000

// The inverse wavelet transforms (T.800 annex F). A resolution lies in the
// upper left of its component's plane: the lower resolution in the upper left
// of that, HL to its right, LH below, HH below and right.

// lanes is the number of rows or columns that are transformed together.
const lanes = 16

// plane is a tile's component: coefficients first, samples in the end.
type plane[T int32 | float32] struct {
	data   []T
	stride int
}

// synthesize merges the bands of a resolution of w × h samples, which begins
// at (x0, y0) of its own grid. The buffer has lanes·max(w, h) elements. lift
// transforms n interleaved vectors of lanes elements, of which odd ones are
// high-pass, or the even ones if odd is set.
func (p plane[T]) synthesize(x0, y0, w, h int, buffer []T, lift func(v []T, n int, odd bool)) {
	p.lines(w, 1, h, p.stride, x0&1 == 1, buffer, lift)
	p.lines(h, p.stride, w, 1, y0&1 == 1, buffer, lift)
}

// lines transforms count lines, across elements apart, of n elements, along
// elements apart.
func (p plane[T]) lines(n, along, count, across int, odd bool, buffer []T, lift func(v []T, n int, odd bool)) {
	lows := (n + 1) / 2
	first := 0
	if odd {
		lows, first = n/2, 1
	}
	for from := 0; from < count; from += lanes {
		k := min(lanes, count-from)
		for i := range n {
			to := 2*i + first
			if i >= lows {
				to = 2*(i-lows) + 1 - first
			}
			v := buffer[to*lanes : to*lanes+lanes]
			at := i*along + from*across
			for j := range k {
				v[j] = p.data[at+j*across]
			}
		}
		lift(buffer, n, odd)
		for i := range n {
			v := buffer[i*lanes : i*lanes+lanes]
			at := i*along + from*across
			for j := range k {
				p.data[at+j*across] = v[j]
			}
		}
	}
}

// neighbours are the vectors beside the i-th, mirrored at the ends; n ≥ 2.
func neighbours[T any](v []T, n, i int) (left, at, right *[lanes]T) {
	l, r := i-1, i+1
	if l < 0 {
		l = 1
	}
	if r >= n {
		r = n - 2
	}
	return (*[lanes]T)(v[l*lanes:]), (*[lanes]T)(v[i*lanes:]), (*[lanes]T)(v[r*lanes:])
}

// lift53 is the reversible transform.
func lift53(v []int32, n int, odd bool) {
	low, high := 0, 1
	if odd {
		low, high = 1, 0
	}
	if n == 1 {
		if odd {
			for j := range lanes {
				v[j] /= 2
			}
		}
		return
	}
	for i := low; i < n; i += 2 {
		l, a, r := neighbours(v, n, i)
		for j := range a {
			a[j] -= (l[j] + r[j] + 2) >> 2
		}
	}
	for i := high; i < n; i += 2 {
		l, a, r := neighbours(v, n, i)
		for j := range a {
			a[j] += (l[j] + r[j]) >> 1
		}
	}
}

// lift97 is the irreversible transform.
func lift97(v []float32, n int, odd bool) {
	const (
		alpha = -1.586134342059924
		beta  = -0.052980118572961
		gamma = 0.882911075530934
		delta = 0.443506852043971
		k     = 1.230174104914001
	)
	low, high := 0, 1
	if odd {
		low, high = 1, 0
	}
	if n == 1 {
		if odd {
			for j := range lanes {
				v[j] *= 0.5
			}
		}
		return
	}
	scale := func(first int, by float32) {
		for i := first; i < n; i += 2 {
			a := (*[lanes]float32)(v[i*lanes:])
			for j := range a {
				a[j] *= by
			}
		}
	}
	step := func(first int, by float32) {
		for i := first; i < n; i += 2 {
			l, a, r := neighbours(v, n, i)
			for j := range a {
				a[j] -= float32(by * (l[j] + r[j]))
			}
		}
	}
	scale(low, k)
	scale(high, 1/k)
	step(low, delta)
	step(high, gamma)
	step(low, beta)
	step(high, alpha)
}
