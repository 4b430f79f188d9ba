package norm

import "github.com/onnxrun/onnxrun/internal/par"

// Channels computes y = (x - mean[c])·a[c] + b[c], where element i of x belongs
// to channel c = i/inner%len(mean): batch normalization with given statistics.
// y may be x.
func Channels[T Elem, W Float](p *par.Pool, y, x []T, inner int, mean, a, b []float64) {
	out := past(y, x)
	p.For(blocks(len(x)), grain/block, func(lo, hi int) {
		from, to := lo*block, min(hi*block, len(x))
		channels[T, W](y[from:to], x[from:to], from, inner, mean, a, b, out)
		out.fence()
	})
}

// channels is Channels for a part that starts at element at.
func channels[T Elem, W Float](y, x []T, at, inner int, mean, a, b []float64, out *rowsPast) {
	var buf [block]W
	for len(x) > 0 {
		n := min(block, len(x))
		src, dst := wide(x[:n], &buf), target(y[:n], &buf)
		switch {
		case inner == 1:
			for i := 0; i < n; {
				c := (at + i) % len(mean)
				k := min(n, i+len(mean)-c)
				affineN(dst[i:k], src[i:k], mean[c:], a[c:], b[c:])
				i = k
			}
		case inner < 8:
			shortRuns(dst, src, at, inner, mean, a, b)
		default:
			for i := 0; i < n; {
				k := min(n, i+inner-(at+i)%inner)
				c := (at + i) / inner % len(mean)
				affine1To(dst[i:k], src[i:k], mean[c], 0, a[c], b[c], out)
				i = k
			}
		}
		narrow(y[:n], dst)
		x, y, at = x[n:], y[n:], at+n
	}
}

// shortRuns is channels for runs so short that the channel changes every few
// elements.
func shortRuns[W Float](y, x []W, at, inner int, mean, a, b []float64) {
	c, k := at/inner%len(mean), at%inner
	y = y[:len(x)]
	for i, v := range x {
		y[i] = W((float64(v)-mean[c])*a[c] + b[c])
		if k++; k == inner {
			k = 0
			if c++; c == len(mean) {
				c = 0
			}
		}
	}
}
