package attention

import "github.com/onnxrun/onnxrun/internal/par"

// CausalConv describes the convolution of each channel with a filter of its
// own, over the elements up to each position.
type CausalConv struct {
	Batch, Channels, Length, Kernel int

	X, Y       []float32 // [Batch, Channels, Length]
	Weight     []float32 // [Channels, Kernel]
	Bias       []float32 // [Channels], nil for none
	Past       []float32 // [Batch, Channels, Kernel-1], what stands before X; nil for zeros
	Present    []float32 // as Past, of what stands before the elements that follow X
	Activation func(dst, x []float32)
}

// RunCausalConv computes y[l] = bias + Σ weight[j]·x[l+j-Kernel+1], and the
// activation of that unless it is nil.
func RunCausalConv(pool *par.Pool, p *CausalConv) {
	before := p.Kernel - 1
	pool.For(p.Batch*p.Channels, 1+minCost/(p.Length*p.Kernel+1), func(lo, hi int) {
		for n := lo; n < hi; n++ {
			x, y := p.X[n*p.Length:(n+1)*p.Length], p.Y[n*p.Length:(n+1)*p.Length]
			c := n % p.Channels
			var past []float32
			if p.Past != nil {
				past = p.Past[n*before : (n+1)*before]
			}
			var bias float32
			if p.Bias != nil {
				bias = p.Bias[c]
			}
			for l := range y {
				y[l] = bias
			}
			for j, w := range p.Weight[c*p.Kernel : (c+1)*p.Kernel] {
				ahead := min(before-j, p.Length) // elements of y whose factor is in the past
				if past != nil {
					addTo(y[:ahead], past[j:], w)
				}
				addTo(y[ahead:], x, w)
			}
			if p.Activation != nil {
				p.Activation(y, y)
			}
			present := p.Present[n*before : (n+1)*before]
			kept := max(before-p.Length, 0) // of the past
			if past != nil {
				copy(present[:kept], past[before-kept:])
			} else {
				clear(present[:kept])
			}
			copy(present[kept:], x[p.Length-(before-kept):])
		}
	})
}
