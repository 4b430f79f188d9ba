package array

import (
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
)

func TestSplitVersions(t *testing.T) {
	x := tensor.Of(tensor.Shape{2, 5}, ramp[int64](10)...)
	lengths := ints(2, 0, 3)
	for _, c := range []struct {
		node optest.Node
		in   []tensor.Value
	}{
		{optest.Node{Opset: 1, Attrs: optest.Attrs{"axis": 1, "split": []int{2, 0, 3}}}, []tensor.Value{x}},
		{optest.Node{Opset: 1, Attrs: optest.Attrs{"axis": 1}}, []tensor.Value{x, lengths}},
		{optest.Node{Opset: 2, Attrs: optest.Attrs{"axis": 1, "split": []int{2, 0, 3}}}, []tensor.Value{x}},
		{optest.Node{Opset: 11, Attrs: optest.Attrs{"axis": -1, "split": []int{2, 0, 3}}}, []tensor.Value{x}},
		{optest.Node{Opset: 13, Attrs: optest.Attrs{"axis": 1}}, []tensor.Value{x, lengths}},
		{optest.Node{Opset: 18, Attrs: optest.Attrs{"axis": 1}}, []tensor.Value{x, lengths}},
	} {
		c.node.Op, c.node.Outputs = "Split", 3
		y := optest.MustRun(t, Defs, c.node, c.in...)
		is[int64](t, y[0], tensor.Shape{2, 2}, 0, 1, 5, 6)
		is[int64](t, y[1], tensor.Shape{2, 0})
		is[int64](t, y[2], tensor.Shape{2, 3}, 2, 3, 4, 7, 8, 9)
	}
}

func TestSplitOneReadsLengthsInTheTypeOfTheData(t *testing.T) {
	y := optest.MustRun(t, Defs, optest.Node{Op: "Split", Opset: 1, Outputs: 2}, tensor.Of[float32](tensor.Shape{3}, 5, 6, 7), tensor.Of[float32](tensor.Shape{2}, 1, 2))
	is[float32](t, y[0], tensor.Shape{1}, 5)
	is[float32](t, y[1], tensor.Shape{2}, 6, 7)
}

func TestSplitIntoUnevenParts(t *testing.T) {
	x := tensor.Of(tensor.Shape{7}, ramp[float32](7)...)
	y := optest.MustRun(t, Defs, optest.Node{Op: "Split", Opset: 18, Outputs: 4, Attrs: optest.Attrs{"num_outputs": 4}}, x)
	is[float32](t, y[0], tensor.Shape{2}, 0, 1)
	is[float32](t, y[3], tensor.Shape{1}, 6)
	fails(t, "do not make 4 equal parts", optest.Node{Op: "Split", Opset: 13, Outputs: 4}, x)
}

func TestSplitRefusesWrongLengths(t *testing.T) {
	x := tensor.Of(tensor.Shape{7}, ramp[float32](7)...)
	n := optest.Node{Op: "Split", Opset: 13, Outputs: 2}
	fails(t, "do not add up to 7", n, x, ints(3, 3))
	fails(t, "do not add up to 7", n, x, ints(9, -2))
	fails(t, "3 lengths for 2 outputs", n, x, ints(3, 3, 1))
	n.Opset = 18
	fails(t, "neither", n, x)
	n.Attrs = optest.Attrs{"num_outputs": 3}
	fails(t, "the node has 2 outputs", n, x)
	fails(t, "exclude each other", optest.Node{Op: "Split", Opset: 18, Outputs: 2, Attrs: optest.Attrs{"num_outputs": 2}}, x, ints(3, 4))
}
