package array

import (
	"fmt"
	"slices"

	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// AffineGrid makes a grid for GridSample: the places of evenly spaced pixels
// under an affine map, one for each image of the batch.
var affineGrid20 = ops.Def{
	Name: "AffineGrid", Since: 20,
	Sig:   "theta:T1, size:int64 -> grid:T1",
	Types: ops.Types{"T1": ops.Floats},
	New: ops.Widen(func(n *ops.Node) (ops.Kernel, error) {
		return affineGrid{n.Bool("align_corners", false)}, nil
	}),
}

type affineGrid struct{ alignCorners bool }

func (k affineGrid) Run(c *ops.Call) error {
	theta := c.Tensor(0)
	size, err := intsInput(c, 1, "size")
	if err != nil {
		return err
	}
	r := len(size) - 2
	if r != 2 && r != 3 {
		return fmt.Errorf("input 1 (size): got %v, want batch, channels and two or three spatial dimensions", size)
	}
	if !theta.Shape().Equal(tensor.Shape{size[0], r, r + 1}) {
		return fmt.Errorf("input 0 (theta): got %v, want shape %v for size %v", theta, tensor.Shape{size[0], r, r + 1}, size)
	}
	y, err := c.Output(0, theta.DType(), slices.Concat(tensor.Shape{size[0]}, size[2:], tensor.Shape{r}))
	if err != nil || y.Len() == 0 {
		return err
	}
	if theta.DType() == tensor.F64 {
		affinePlaces(c, tensor.Data[float64](y), tensor.Data[float64](theta), size[2:], k.alignCorners)
	} else {
		affinePlaces(c, tensor.Data[float32](y), tensor.Data[float32](theta), size[2:], k.alignCorners)
	}
	return nil
}

// affinePlaces applies the maps theta, [n][r][r+1], to the positions of all
// pixels of an image of r dimensions; coordinates are listed innermost first.
func affinePlaces[T floatElement](c *ops.Call, y, theta []T, dims []int, alignCorners bool) {
	r := len(dims)
	lines := make([][]float64, r) // the positions along each dimension
	pixels := 1
	for k, n := range dims {
		pixels *= n
		lines[k] = make([]float64, n)
		for i := range n {
			switch {
			case !alignCorners:
				lines[k][i] = float64(2*i+1)/float64(n) - 1
			case n > 1:
				lines[k][i] = 2*float64(i)/float64(n-1) - 1
			}
		}
	}
	c.Pool.For(len(y)/r, 1<<11, func(lo, hi int) {
		var at [3]float64
		for u := lo; u < hi; u++ {
			for k, i := r-1, u%pixels; k >= 0; k-- {
				at[r-1-k] = lines[k][i%dims[k]]
				i /= dims[k]
			}
			m := theta[u/pixels*r*(r+1):]
			for row := range r {
				v := float64(m[row*(r+1)+r])
				for j := range r {
					v += float64(m[row*(r+1)+j]) * at[j]
				}
				y[u*r+row] = T(v)
			}
		}
	})
}
