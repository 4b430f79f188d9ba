package nn

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/window"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// readWindow reads the attributes that convolutions and poolings have in
// common.
func readWindow(n *ops.Node) window.Attrs {
	return window.Attrs{
		AutoPad:   n.Enum("auto_pad", "NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"),
		Kernel:    n.Ints("kernel_shape"),
		Strides:   n.Ints("strides"),
		Dilations: n.Ints("dilations"),
		Pads:      n.Ints("pads"),
	}
}

// spatial returns the dimensions of an image [batch, channel, spatial…].
func spatial(name string, i int, x *tensor.Tensor) ([]int, error) {
	if x.Rank() < 3 {
		return nil, fmt.Errorf("input %d (%s): got %v, want 3 or more dimensions", i, name, x)
	}
	return x.Shape()[2:], nil
}

// image makes the shape of an image.
func image(batch, channels int, dims []window.Dim) tensor.Shape {
	return append(tensor.Shape{batch, channels}, window.Sizes(dims)...)
}
