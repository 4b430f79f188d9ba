package math

import (
	"fmt"
	gomath "math"

	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// MelWeightMatrix computes the matrix [dft_length/2 + 1, num_mel_bins] that
// turns the bins of a spectrum into bands of the mel scale: triangles with a
// peak of 1 whose corners are spaced evenly on that scale.
var melWeightMatrix17 = ops.Def{
	Name: "MelWeightMatrix", Since: 17,
	Sig:   "num_mel_bins:T1, dft_length:T1, sample_rate:T1, lower_edge_hertz:T2, upper_edge_hertz:T2 -> output:T3",
	Types: ops.Types{"T1": ops.Indices, "T2": ops.Floats, "T3": ops.Numeric},
	New: func(n *ops.Node) (ops.Kernel, error) {
		d, err := outputType(n)
		return melWeights{d}, err
	},
}

type melWeights struct{ dtype tensor.DType }

func (k melWeights) Run(c *ops.Call) error {
	var ints [3]int
	for i, name := range []string{"num_mel_bins", "dft_length", "sample_rate"} {
		v, err := scalarInt(c, i, name)
		if err != nil {
			return err
		}
		if v < 1 {
			return fmt.Errorf("input %d (%s): got %d, want at least 1", i, name, v)
		}
		ints[i] = v
	}
	var hertz [2]float64
	for i, name := range []string{"lower_edge_hertz", "upper_edge_hertz"} {
		t := c.Tensor(3 + i)
		if t.Len() != 1 {
			return fmt.Errorf("input %d (%s): got %v, want a scalar", 3+i, name, t)
		}
		hertz[i] = floatAt(t, 0)
	}
	bands, length, rate := ints[0], ints[1], ints[2]
	bins := length/2 + 1
	y, err := c.Output(0, k.dtype, tensor.Shape{bins, bands})
	if err != nil {
		return err
	}

	// The bins at the corners: band b rises from corner b to b+1 and falls to
	// b+2.
	mel := func(f float64) float64 { return 2595 * gomath.Log10(1+f/700) }
	low := mel(hertz[0])
	step := (mel(hertz[1]) - low) / float64(bands+2)
	s, err := c.Scratch(tensor.F64, bands+2)
	if err != nil {
		return err
	}
	defer c.Release(s)
	corner := tensor.Data[float64](s)
	for i := range corner {
		f := 700 * (gomath.Pow(10, (low+step*float64(i))/2595) - 1)
		corner[i] = gomath.Floor(float64(length+1) * f / float64(rate))
		if !(corner[i] >= 0 && (corner[i] < float64(bins) || i == bands+1 && corner[i] == float64(bins))) {
			return fmt.Errorf("inputs 3 and 4: a spectrum of %d bins at sample rate %d does not reach from %v to %v Hz",
				bins, rate, hertz[0], hertz[1])
		}
	}
	storeNumbers(c, y, func(i int) float64 {
		bin, b := float64(i/bands), i%bands
		l, m, h := corner[b], corner[b+1], corner[b+2]
		switch {
		case bin == m: // also where a flank has no width
			return 1
		case bin >= l && bin < m:
			return (bin - l) / (m - l)
		case bin > m && bin < h:
			return (h - bin) / (h - m)
		}
		return 0
	})
	return nil
}

// floatAt returns element i of a tensor of floats.
func floatAt(t *tensor.Tensor, i int) float64 {
	switch t.DType() {
	case tensor.F64:
		return tensor.Data[float64](t)[i]
	case tensor.F16:
		return float64(tensor.Data[tensor.Float16](t)[i].Float32())
	case tensor.BF16:
		return float64(tensor.Data[tensor.BFloat16](t)[i].Float32())
	}
	return float64(tensor.Data[float32](t)[i])
}
