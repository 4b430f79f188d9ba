package normalization

import (
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
)

func TestMeanVarianceNormalization(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	for _, c := range []struct {
		shape tensor.Shape
		axes  []int // nil is the default
	}{
		{tensor.Shape{3, 2, 4, 5}, nil},
		{tensor.Shape{3, 2, 4, 5}, []int{1, 3}},
		{tensor.Shape{3, 2, 4, 5}, []int{-3, 0}},
		{tensor.Shape{3, 2, 4, 5}, []int{}},
		{tensor.Shape{3, 40}, []int{0}},
		{tensor.Shape{3, 40}, []int{-1}},
		{tensor.Shape{2000, 3}, []int{0}},
		{tensor.Shape{3, 0, 2}, []int{1}},
	} {
		for _, d := range floats {
			for _, opset := range []int{9, 13} {
				attrs, axes := optest.Attrs{}, []int{0, 2, 3}
				if c.axes != nil {
					attrs["axes"], axes = c.axes, c.axes
				}
				x, xv := random(r, d, 3, 2, c.shape...)
				y := optest.MustRun(t, Defs, optest.Node{Op: "MeanVarianceNormalization", Opset: opset, Attrs: attrs, Threads: 2}, x)[0]
				// Collect the elements that agree in the other axes.
				groups := map[string][]int{}
				strides := c.shape.Strides()
				for i := range xv {
					key := ""
					for k, s := range strides {
						if !slices.Contains(axes, k) && !slices.Contains(axes, k-len(strides)) && len(axes) > 0 {
							key += fmt.Sprint(i/s%c.shape[k], " ")
						}
					}
					groups[key] = append(groups[key], i)
				}
				want := make([]float64, len(xv))
				for _, g := range groups {
					var row []float64
					for _, i := range g {
						row = append(row, xv[i])
					}
					// 1e-9 beside a deviation of 2 is not seen but in float64.
					row, _, inv := standardized(row, 0, true)
					for k, i := range g {
						want[i] = row[k] / inv / (1/inv + 1e-9)
					}
				}
				near(t, fmt.Sprint(c, d), y, want, 4, 2)
			}
		}
	}
}

func TestMeanVarianceNormalizationOfConstantsIsZero(t *testing.T) {
	for _, axes := range [][]int{{0, 2}, {0}} {
		x, _ := of(tensor.F32, []float64{5, 5, 5, 5, 5, 5, 5, 5}, 2, 1, 4)
		y := optest.MustRun(t, Defs, optest.Node{Op: "MeanVarianceNormalization", Opset: 13, Attrs: optest.Attrs{"axes": axes}}, x)[0]
		near(t, "", y, make([]float64, 8), 0, 0)
	}
}

func TestMeanVarianceNormalizationRefusesAxes(t *testing.T) {
	x, _ := of(tensor.F32, make([]float64, 6), 1, 2, 3)
	for want, axes := range map[string][]int{"axis 3 is outside of [-3, 2]": {0, 2, 3}, "axis 1 is given twice": {1, -2}} {
		_, err := optest.Run(Defs, optest.Node{Op: "MeanVarianceNormalization", Opset: 9, Attrs: optest.Attrs{"axes": axes}}, x)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want %s", err, want)
		}
	}
}
