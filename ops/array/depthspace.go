package array

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/move"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// DepthToSpace moves blocks of channels into the height and width. The
// channels are [block row, block column, depth] in mode DCR, the only one
// before version 11, and [depth, block row, block column] in mode CRD.
var depthToSpace1 = ops.Def{
	Name: "DepthToSpace", Since: 1,
	Sig: "input:T -> output:T",
	New: func(n *ops.Node) (ops.Kernel, error) {
		return newDepthToSpace(n, "DCR")
	},
}

var depthToSpace11 = ops.Def{
	Name: "DepthToSpace", Since: 11,
	Sig: "input:T -> output:T",
	New: func(n *ops.Node) (ops.Kernel, error) {
		return newDepthToSpace(n, n.Enum("mode", "DCR", "CRD"))
	},
}

// SpaceToDepth moves blocks of height and width into the channels, which
// become [block row, block column, depth] in mode DCR, the only one before
// version 28, and [depth, block row, block column] in mode CRD.
var spaceToDepth1 = ops.Def{
	Name: "SpaceToDepth", Since: 1,
	Sig: "input:T -> output:T",
	New: func(n *ops.Node) (ops.Kernel, error) {
		return newSpaceToDepth(n, "DCR")
	},
}

var spaceToDepth28 = ops.Def{
	Name: "SpaceToDepth", Since: 28,
	Sig: "input:T -> output:T",
	New: func(n *ops.Node) (ops.Kernel, error) {
		return newSpaceToDepth(n, n.Enum("mode", "DCR", "CRD"))
	},
}

func newSpaceToDepth(n *ops.Node, mode string) (ops.Kernel, error) {
	b, err := blockSize(n)
	return spaceToDepth{b, mode == "CRD"}, err
}

func newDepthToSpace(n *ops.Node, mode string) (ops.Kernel, error) {
	b, err := blockSize(n)
	return depthToSpace{b, mode == "CRD"}, err
}

func blockSize(n *ops.Node) (int, error) {
	b := n.RequiredInt("blocksize")
	if n.Has("blocksize") && (b < 1 || b > 1<<15) {
		return 0, fmt.Errorf("attribute blocksize: got %d, want a size from 1 on", b)
	}
	return b, nil
}

type depthToSpace struct {
	block      int
	depthFirst bool // CRD
}

func (k depthToSpace) Run(c *ops.Call) error {
	x, b := c.Tensor(0), k.block
	if x.Rank() != 4 {
		return fmt.Errorf("input 0: got %v, want [N C H W]", x)
	}
	n, ch, h, w := x.Dim(0), x.Dim(1), x.Dim(2), x.Dim(3)
	if ch%(b*b) != 0 {
		return fmt.Errorf("input 0: the %d channels of %v are no multiple of %d×%d", ch, x, b, b)
	}
	d := ch / (b * b)
	if err := (tensor.Shape{h, b}).Check(1); err != nil {
		return err
	}
	if err := (tensor.Shape{w, b}).Check(1); err != nil {
		return err
	}
	y, err := c.Output(0, x.DType(), tensor.Shape{n, d, h * b, w * b})
	if err != nil {
		return err
	}
	l := move.Transpose([]int{n, b, b, d, h, w}, []int{0, 3, 4, 1, 5, 2})
	if k.depthFirst {
		l = move.Transpose([]int{n, d, b, b, h, w}, []int{0, 1, 4, 2, 5, 3})
	}
	copyTo(c, y, x, l)
	return nil
}

type spaceToDepth struct {
	block      int
	depthFirst bool // CRD
}

func (k spaceToDepth) Run(c *ops.Call) error {
	x, b := c.Tensor(0), k.block
	if x.Rank() != 4 {
		return fmt.Errorf("input 0: got %v, want [N C H W]", x)
	}
	n, d, h, w := x.Dim(0), x.Dim(1), x.Dim(2), x.Dim(3)
	if h%b != 0 || w%b != 0 {
		return fmt.Errorf("input 0: height and width of %v are no multiples of %d", x, b)
	}
	if err := (tensor.Shape{d, b, b}).Check(1); err != nil {
		return err
	}
	y, err := c.Output(0, x.DType(), tensor.Shape{n, d * b * b, h / b, w / b})
	if err != nil {
		return err
	}
	to := []int{0, 3, 5, 1, 2, 4}
	if k.depthFirst {
		to = []int{0, 1, 3, 5, 2, 4}
	}
	copyTo(c, y, x, move.Transpose([]int{n, d, h / b, b, w / b, b}, to))
	return nil
}
