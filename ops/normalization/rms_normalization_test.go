package normalization

import (
	"fmt"
	"math/rand"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
)

func TestRMSNormalization(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	type shape = []int
	for _, c := range []struct {
		x, scale shape
		axis     int
	}{
		{shape{4, 5}, shape{5}, -1},
		{shape{2, 3, 4}, shape{3, 4}, 1},
		{shape{2, 3, 4}, shape{4}, 0},
		{shape{2, 3, 4}, shape{}, -2},
		{shape{2, 3, 4}, shape{3, 1}, 1},
		{shape{2, 3000}, shape{3000}, -1},
		{shape{1, 70000}, shape{1}, -1},
		{shape{2, 0}, shape{0}, -1},
	} {
		for _, d := range floats {
			for _, ds := range floats {
				x, xv := random(r, d, 1, 2, c.x...)
				scale, sv := random(r, ds, 1, 0.5, c.scale...)
				y := optest.MustRun(t, Defs, optest.Node{Op: "RMSNormalization", Opset: 23, Threads: 3,
					Attrs: optest.Attrs{"axis": c.axis, "epsilon": float32(0.01), "stash_type": 1}}, x, scale)[0]
				if y.DType() != ds || !y.Shape().Equal(c.x) {
					t.Fatalf("%v with %v: got %v", x, scale, y)
				}
				if x.Len() == 0 {
					continue
				}
				axis, _ := x.Shape().Axis(c.axis)
				n := x.Shape().Span(axis, x.Rank())
				var want []float64
				for i := 0; i < len(xv); i += n {
					row, _, _ := standardized(xv[i:i+n], float64(float32(0.01)), false)
					want = append(want, row...)
				}
				sv = broadcast(sv, c.scale, c.x)
				for i := range want {
					want[i] *= sv[i]
				}
				near(t, fmt.Sprint(c, d, ds), y, want, 4, 0.5)
			}
		}
	}
}

func TestRMSNormalizationOfLargeHalves(t *testing.T) {
	// The squares do not fit the type.
	x, _ := of(tensor.F16, []float64{60000, -60000, 60000, 0}, 4)
	one, _ := of(tensor.F16, []float64{1}, 1)
	y := optest.MustRun(t, Defs, optest.Node{Op: "RMSNormalization", Opset: 23}, x, one)[0]
	near(t, "", y, []float64{1.1547005, -1.1547005, 1.1547005, 0}, 1, 0)
}
