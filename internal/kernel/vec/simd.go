package vec

// kernels are the loops in assembly for one level of instructions. Each takes
// n ≥ 0 elements, computes every element alike wherever it stands, and allows
// dst to be an operand.
type kernels struct {
	exp, sigmoid, tanh, erf, gelu, mish, sqrt, log, softplus func(dst, x *float32, n int)
	swish                                                    func(dst, x *float32, n int, p, low float32) // nil: gated
	silu                                                     func(dst, x *float32, n int)                 // swish of p -1; nil: swish
	gated                                                    func(dst, x *float32, n int, p, q, lo, hi float64)
	elu                                                      func(dst, x *float32, n int, alpha, scale, width float64)
	leakyRelu                                                func(dst, x *float32, n int, alpha float32)
	clip                                                     func(dst, x *float32, n int, lo, hi float32)
	hardSigmoid, hardSwish                                   func(dst, x *float32, n int, a, b, c float32)
	addVV, subVV, mulVV, divVV, maxVV, minVV                 func(dst, a, b *float32, n int)
	addVS, subVS, mulVS, divVS, maxVS, minVS                 func(dst, a *float32, b float32, n int)
	subSV, divSV                                             func(dst *float32, a float32, b *float32, n int)
	sum, sumSquare                                           func(x *float32, n int) float64
	sumColumns                                               func(acc *float64, x *float32, n int)
	sumColumns4                                              func(acc *float64, a, b, c, d *float32, n int)
	floor, ceil, round, neg, abs                             func(dst, x *float32, n int)
}

// vectors returns the kernels to use for rows of n elements, nil where Go does
// it: how many there are must not matter, or the cuts between threads would.
func vectors(n int) *kernels {
	if n == 0 {
		return nil
	}
	return active()
}

// exactly returns the kernels for operations whose result Go computes to the
// same bit, so that short rows need not call them.
func exactly(n int) *kernels {
	if n < 8 {
		return nil
	}
	return active()
}

// Sum32 returns the sum of x, added up in float64.
func Sum32(x []float32) float64 {
	if k := vectors(len(x)); k != nil {
		return k.sum(&x[0], len(x))
	}
	var s0, s1, s2, s3 float64
	for ; len(x) >= 4; x = x[4:] {
		s0 += float64(x[0])
		s1 += float64(x[1])
		s2 += float64(x[2])
		s3 += float64(x[3])
	}
	for _, v := range x {
		s0 += float64(v)
	}
	return (s0 + s1) + (s2 + s3)
}

// SumSquare32 returns the sum of the squares of x, added up in float64.
func SumSquare32(x []float32) float64 {
	if k := vectors(len(x)); k != nil {
		return k.sumSquare(&x[0], len(x))
	}
	var s0, s1, s2, s3 float64
	for ; len(x) >= 4; x = x[4:] {
		a, b, c, d := float64(x[0]), float64(x[1]), float64(x[2]), float64(x[3])
		s0 += a * a
		s1 += b * b
		s2 += c * c
		s3 += d * d
	}
	for _, v := range x {
		s0 += float64(v) * float64(v)
	}
	return (s0 + s1) + (s2 + s3)
}

// SumColumns32 adds x, not shorter, to acc.
func SumColumns32(acc []float64, x []float32) {
	x = x[:len(acc)]
	if k := exactly(len(acc)); k != nil {
		k.sumColumns(&acc[0], &x[0], len(acc))
		return
	}
	for i := range acc {
		acc[i] += float64(x[i])
	}
}

// SumColumns4x32 adds (a+b)+(c+d), none shorter, to acc.
func SumColumns4x32(acc []float64, a, b, c, d []float32) {
	a, b, c, d = a[:len(acc)], b[:len(acc)], c[:len(acc)], d[:len(acc)]
	from := 0
	if k := exactly(len(acc)); k != nil {
		from = len(acc) &^ 7
		k.sumColumns4(&acc[0], &a[0], &b[0], &c[0], &d[0], from)
	}
	for i := from; i < len(acc); i++ {
		acc[i] += (float64(a[i]) + float64(b[i])) + (float64(c[i]) + float64(d[i]))
	}
}
