package math

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/fft"
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// STFT computes the discrete Fourier transforms of the frames of a signal, each
// multiplied by a window, in float64. The signal is [batch, length], or has a third
// dimension of 1 for real numbers and 2 for complex ones.
var stft17 = ops.Def{
	Name: "STFT", Since: 17,
	Sig:   "signal:T1, frame_step:T2, window?:T1, frame_length?:T2 -> output:T1",
	Types: ops.Types{"T1": ops.Floats, "T2": ops.Indices},
	New: ops.Widen(func(n *ops.Node) (ops.Kernel, error) {
		return &stft{onesided: n.Bool("onesided", true)}, nil
	}),
}

type stft struct{ onesided bool }

func (k *stft) Run(c *ops.Call) error {
	x := c.Tensor(0)
	parts := 1
	if x.Rank() == 3 {
		parts = x.Dim(2)
	}
	if x.Rank() < 2 || x.Rank() > 3 || parts != 1 && parts != 2 {
		return fmt.Errorf("input 0 (signal): got %v, want [batch, length, 1 or 2]", x)
	}
	if parts == 2 && k.onesided {
		return fmt.Errorf("input 0 (signal): got %v; a onesided transform takes real numbers", x)
	}
	step, err := scalarInt(c, 1, "frame_step")
	if err != nil {
		return err
	}
	if step < 1 {
		return fmt.Errorf("input 1 (frame_step): got %d, want at least 1", step)
	}
	length := x.Dim(1)
	n := length
	window := c.Tensor(2)
	if window != nil {
		if window.Rank() != 1 {
			return fmt.Errorf("input 2 (window): got %v, want a vector", window)
		}
		n = window.Len()
	}
	if c.Has(3) {
		if n, err = scalarInt(c, 3, "frame_length"); err != nil {
			return err
		}
		if window != nil && window.Len() != n {
			return fmt.Errorf("input 2 (window): got %v, want %d elements as input 3 (frame_length) says", window, n)
		}
	}
	if n < 1 || n > length {
		return fmt.Errorf("frames have a length of %d, want 1 to %d, the length of the signal", n, length)
	}
	frames, bins := 1+(length-n)/step, n
	if k.onesided {
		bins = n/2 + 1
	}
	y, err := c.Output(0, x.DType(), tensor.Shape{x.Dim(0), frames, bins, 2})
	if err != nil {
		return err
	}
	if x.DType() == tensor.F32 {
		return transformFrames[float32](c, y, x, window, n, step, parts)
	}
	return transformFrames[float64](c, y, x, window, n, step, parts)
}

func transformFrames[T vec.Float](c *ops.Call, y, x, window *tensor.Tensor, n, step, parts int) error {
	t, err := newTransform[float64](c, n)
	if err != nil {
		return err
	}
	defer t.release(c)
	length, frames, bins := x.Dim(1), y.Dim(1), y.Dim(2)
	dst, src := tensor.Data[T](y), tensor.Data[T](x)
	var weights []T
	if window != nil {
		weights = tensor.Data[T](window)
	}
	t.each(c, y.Dim(0)*frames, n, func(lo, hi int, line, work []fft.Number[float64]) {
		for i := lo; i < hi; i++ {
			from := (i/frames*length + i%frames*step) * parts
			frame := src[from : from+n*parts]
			for j := range line {
				w := 1.0
				if weights != nil {
					w = float64(weights[j])
				}
				if parts == 2 {
					line[j] = fft.Number[float64]{Re: float64(frame[2*j]) * w, Im: float64(frame[2*j+1]) * w}
				} else {
					line[j] = fft.Number[float64]{Re: float64(frame[j]) * w}
				}
			}
			t.plan.Transform(line, work)
			write(dst[i*bins*2:], line[:bins], 1, 2, 1)
		}
	})
	return c.Err()
}
