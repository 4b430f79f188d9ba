package array

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/gather"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// indicesAlong returns the indices of input i for a dimension of size n, each
// resolved to 0 … n-1. The tensor is to be given back with Release; it is nil
// where the input itself is as it should be.
func indicesAlong(c *ops.Call, i int, name string, n int) ([]int64, *tensor.Tensor, error) {
	t := c.Tensor(i)
	if t.DType() == tensor.I64 {
		if idx := tensor.Data[int64](t); gather.Within(c.Pool, idx, n) {
			return idx, nil, nil
		}
	}
	return resolved(c, i, name, t.Len(), func(dst []int64) (int, int) {
		if t.DType() == tensor.I32 {
			return gather.Along(c.Pool, dst, tensor.Data[int32](t), n), n
		}
		return gather.Along(c.Pool, dst, tensor.Data[int64](t), n), n
	})
}

// offsetsOnLines returns the offsets in data that the indices of input i, which
// has as many dimensions, name along an axis.
func offsetsOnLines(c *ops.Call, i int, name string, data tensor.Shape, axis int) ([]int64, *tensor.Tensor, error) {
	t := c.Tensor(i)
	if t.Rank() != len(data) {
		return nil, nil, fmt.Errorf("input %d (%s): got %v, want as many dimensions as %v has", i, name, t, data)
	}
	for k, d := range t.Shape() {
		if k != axis && d > data[k] {
			return nil, nil, fmt.Errorf("input %d (%s): got %v, want at most %d as dimension %d of %v is", i, name, t, data[k], k, data)
		}
	}
	return resolved(c, i, name, t.Len(), func(dst []int64) (int, int) {
		if t.DType() == tensor.I32 {
			return gather.Lines(c.Pool, dst, tensor.Data[int32](t), t.Shape(), data, axis), data[axis]
		}
		return gather.Lines(c.Pool, dst, tensor.Data[int64](t), t.Shape(), data, axis), data[axis]
	})
}

// offsetsOfTuples returns the numbers of the slices that the tuples in input i
// name in batches of arrays of the given dimensions. The tensor holds tuples as
// its last dimension, which is len(dims).
func offsetsOfTuples(c *ops.Call, i int, name string, batches int, dims tensor.Shape) ([]int64, *tensor.Tensor, error) {
	t := c.Tensor(i)
	n := t.Shape().Span(0, t.Rank()-1)
	idx, err := tensor.Values[int64](t)
	if err != nil {
		return nil, nil, fmt.Errorf("input %d (%s): %w", i, name, err)
	}
	return resolved(c, i, name, n, func(dst []int64) (bad, size int) {
		if bad = gather.Tuples(c.Pool, dst, idx, batches, dims); bad >= 0 {
			size = dims[bad%len(dims)]
		}
		return bad, size
	})
}

// resolved makes n offsets from the indices of input i; resolve returns the
// position of one outside of its dimension, or -1, and the size of that.
func resolved(c *ops.Call, i int, name string, n int, resolve func(dst []int64) (bad, size int)) ([]int64, *tensor.Tensor, error) {
	s, err := c.Scratch(tensor.I64, n)
	if err != nil {
		return nil, nil, err
	}
	dst := tensor.Data[int64](s)
	if bad, size := resolve(dst); bad >= 0 {
		c.Release(s)
		return nil, nil, fmt.Errorf("input %d (%s): index %d at position %d is outside of [%d, %d]", i, name, intAt(c.Tensor(i), bad), bad, -size, size-1)
	}
	return dst, s, nil
}

// intAt returns element i of an int32 or int64 tensor.
func intAt(t *tensor.Tensor, i int) int64 {
	if t.DType() == tensor.I32 {
		return int64(tensor.Data[int32](t)[i])
	}
	return tensor.Data[int64](t)[i]
}

// takeRows copies rows of x, seen as [outer][n][inner], to y as idx says.
func takeRows(c *ops.Call, y, x *tensor.Tensor, outer, n, inner int, idx []int64) {
	if x.DType() == tensor.Str {
		gather.Rows(c.Pool, tensor.Data[string](y), tensor.Data[string](x), outer, n, inner, idx)
	} else {
		gather.RowsBytes(c.Pool, y.Bytes(), x.Bytes(), x.DType().Size(), outer, n, inner, idx)
	}
}
