package detection

import (
	"fmt"
	"math"
	"unsafe"

	"github.com/onnxrun/onnxrun/internal/kernel/detect"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// NonMaxSuppression selects the boxes with the highest scores that do not
// overlap much. A box is a candidate if its score is above the threshold.
var nonMaxSuppression10 = ops.Def{
	Name: "NonMaxSuppression", Since: 10,
	Sig: "boxes:float32, scores:float32, max_output_boxes_per_class?:int64, iou_threshold?:float32, score_threshold?:float32 -> selected_indices:int64",
	New: func(n *ops.Node) (ops.Kernel, error) {
		k := n.Int("center_point_box", 0)
		if k != 0 && k != 1 {
			return nil, fmt.Errorf("attribute center_point_box: got %d, want 0 or 1", k)
		}
		return nonMaxSuppression{centered: k == 1}, nil
	},
}

type nonMaxSuppression struct{ centered bool }

func (k nonMaxSuppression) Run(c *ops.Call) error {
	s, err := suppressOf(c)
	if err != nil {
		return err
	}
	var selected [][]int32
	total := 0
	if s.Max > 0 && c.Tensor(1).Len() > 0 {
		if selected, err = k.run(c, s); err != nil {
			return err
		}
		for _, l := range selected {
			total += len(l)
		}
	}
	y, err := c.Output(0, tensor.I64, tensor.Shape{total, 3})
	if err != nil {
		return err
	}
	dst := tensor.Data[int64](y)[:0]
	for u, l := range selected {
		for _, i := range l {
			dst = append(dst, int64(u/s.Classes), int64(u%s.Classes), int64(i))
		}
	}
	return nil
}

func suppressOf(c *ops.Call) (*detect.Suppress, error) {
	boxes, scores := c.Tensor(0), c.Tensor(1)
	if boxes.Rank() != 3 || boxes.Dim(2) != 4 {
		return nil, fmt.Errorf("input 0 (boxes): got %v, want batches of boxes of 4", boxes)
	}
	if scores.Rank() != 3 || scores.Dim(0) != boxes.Dim(0) || scores.Dim(2) != boxes.Dim(1) {
		return nil, fmt.Errorf("input 1 (scores): got %v, want %d batches of classes of %d scores, for boxes %v", scores, boxes.Dim(0), boxes.Dim(1), boxes)
	}
	if boxes.Dim(1) > math.MaxInt32 {
		return nil, ops.Unsupportedf("%d boxes", boxes.Dim(1))
	}
	s := &detect.Suppress{Batches: boxes.Dim(0), Boxes: boxes.Dim(1), Classes: scores.Dim(1), Score: float32(math.Inf(-1))}
	for i, name := range []string{2: "max_output_boxes_per_class", 3: "iou_threshold", 4: "score_threshold"} {
		if i < 2 || !c.Has(i) || c.Tensor(i).Len() == 0 {
			continue
		}
		t := c.Tensor(i)
		if t.Len() != 1 {
			return nil, fmt.Errorf("input %d (%s): got %v, want one number", i, name, t)
		}
		switch i {
		case 2:
			s.Max = int(max(0, min(tensor.Data[int64](t)[0], int64(s.Boxes))))
		case 3:
			s.Overlap = tensor.Data[float32](t)[0]
		case 4:
			s.Score = tensor.Data[float32](t)[0]
		}
	}
	return s, nil
}

func (k nonMaxSuppression) run(c *ops.Call, s *detect.Suppress) ([][]int32, error) {
	n := s.Batches * s.Boxes
	mem, err := c.Scratch(tensor.F32, n*int(unsafe.Sizeof(detect.Box{})/4))
	if err != nil {
		return nil, err
	}
	defer c.Release(mem)
	words, err := c.Scratch(tensor.U64, s.Scratch(c.Pool))
	if err != nil {
		return nil, err
	}
	defer c.Release(words)
	boxes := unsafe.Slice((*detect.Box)(unsafe.Pointer(unsafe.SliceData(mem.Bytes()))), n)
	detect.Boxes(boxes, tensor.Data[float32](c.Tensor(0)), k.centered)
	return s.Run(c.Pool, boxes, tensor.Data[float32](c.Tensor(1)), tensor.Data[uint64](words)), nil
}
