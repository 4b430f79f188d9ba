package normalization

import (
	"fmt"
	"math"
	"math/rand"
	"strings"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
)

// softmaxOf computes the family by the textbook along the middle axis.
func softmaxOf(op string, x []float64, outer, n, inner int) []float64 {
	y := make([]float64, len(x))
	for o := range outer {
		for i := range inner {
			at := func(k int) int { return (o*n+k)*inner + i }
			m, s, arg := math.Inf(-1), kahan{}, 0
			var rest kahan // all but the largest
			for k := range n {
				if x[at(k)] > m {
					m, arg = x[at(k)], k
				}
			}
			for k := range n {
				e := math.Exp(x[at(k)] - m)
				s.add(e)
				if k != arg {
					rest.add(e)
				}
			}
			for k := range n {
				switch op {
				case "Softmax":
					y[at(k)] = math.Exp(x[at(k)]-m) / s.sum
				case "LogSoftmax":
					y[at(k)] = x[at(k)] - m - math.Log1p(rest.sum)
				case "Hardmax":
					if k == arg {
						y[at(k)] = 1
					}
				}
			}
		}
	}
	return y
}

func TestSoftmaxFamily(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	const none = 1 << 20
	for _, c := range []struct {
		opset, axis     int
		shape           []int
		outer, n, inner int
	}{
		{1, none, []int{2, 3, 4}, 2, 12, 1},
		{1, 0, []int{2, 3, 4}, 1, 24, 1},
		{1, 2, []int{2, 3, 4}, 6, 4, 1},
		{1, none, []int{5}, 5, 1, 1},
		{11, -1, []int{2, 3, 4}, 6, 4, 1},
		{12, none, []int{2, 3, 4}, 2, 12, 1},
		{13, none, []int{2, 3, 4}, 6, 4, 1},
		{13, 1, []int{2, 3, 4}, 2, 3, 4},
		{13, 0, []int{2, 3, 4}, 1, 2, 12},
		{13, -3, []int{20, 3, 41}, 1, 20, 123},
		{13, none, []int{2, 5000}, 2, 5000, 1},
		{13, none, []int{1, 70000}, 1, 70000, 1},
		{13, none, []int{}, 1, 1, 1},
		{13, 1, []int{2, 0, 4}, 2, 0, 4},
		{13, 1, []int{0, 3}, 0, 3, 1},
	} {
		for _, op := range []string{"Softmax", "LogSoftmax", "Hardmax"} {
			for _, d := range floats {
				attrs := optest.Attrs{}
				if c.axis != none {
					attrs["axis"] = c.axis
				}
				x, xv := random(r, d, 50, 10, c.shape...)
				y := optest.MustRun(t, Defs, optest.Node{Op: op, Opset: c.opset, Attrs: attrs, Threads: 4}, x)[0]
				if y.DType() != d || !y.Shape().Equal(x.Shape()) {
					t.Fatalf("got %v for %v", y, x)
				}
				ulps := 1.0
				switch {
				case d == tensor.F64:
					ulps = 8 // the sums have no digits to spare
				case d == tensor.F32 && op == "Softmax":
					ulps = 2 // what norm.Softmax promises
				}
				near(t, fmt.Sprint(op, d, c), y, softmaxOf(op, xv, c.outer, c.n, c.inner), ulps, smallest(d))
			}
		}
	}
}

func TestSoftmaxOfExtremeRows(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, c := range []struct {
		op      string
		x, want []float64
	}{
		{"Softmax", []float64{3e38, -3e38, 3e38}, []float64{0.5, 0, 0.5}},
		{"Softmax", []float64{-inf, 0, -inf}, []float64{0, 1, 0}},
		{"Softmax", []float64{nan, 0, 1}, []float64{nan, nan, nan}},
		{"Softmax", []float64{-inf, -inf}, []float64{nan, nan}},
		{"Softmax", []float64{0, -100}, []float64{1, float64(float32(math.Exp(-100)))}},
		{"LogSoftmax", []float64{0, -1e30}, []float64{0, float64(float32(-1e30))}},
		{"LogSoftmax", []float64{-inf, 0}, []float64{-inf, 0}},
		{"Hardmax", []float64{1, 2, 2}, []float64{0, 1, 0}},
		{"Hardmax", []float64{-inf, -inf}, []float64{1, 0}},
		{"Hardmax", []float64{1, nan, 2}, []float64{0, 1, 0}},
	} {
		x, _ := of(tensor.F32, c.x, len(c.x))
		y := optest.MustRun(t, Defs, optest.Node{Op: c.op, Opset: 13}, x)[0]
		near(t, fmt.Sprint(c.op, c.x), y, c.want, 0, 0)
		// The same along an outer axis.
		x2, _ := of(tensor.F32, append(c.x, c.x...), 2, len(c.x), 1)
		y = optest.MustRun(t, Defs, optest.Node{Op: c.op, Opset: 13, Attrs: optest.Attrs{"axis": 1}}, x2)[0]
		near(t, fmt.Sprint(c.op, c.x), y, append(c.want, c.want...), 0, 0)
	}
}

func TestSoftmaxRefusesAnAxisOutsideOfTheShape(t *testing.T) {
	x, _ := of(tensor.F32, make([]float64, 6), 2, 3)
	for _, opset := range []int{1, 11, 13} {
		_, err := optest.Run(Defs, optest.Node{Op: "Softmax", Opset: opset, Attrs: optest.Attrs{"axis": 3}}, x)
		if err == nil || !strings.Contains(err.Error(), "axis 3 is outside of [-2, 1]") {
			t.Errorf("opset %d: got error %v", opset, err)
		}
	}
}
