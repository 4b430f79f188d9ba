// Customop adds an operator of its own to the standard ones and runs a model
// that uses it.
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/all"
	"github.com/onnxrun/onnxrun/runtime"
	"github.com/onnxrun/onnxrun/tensor"
)

// deadZone sets everything closer to zero than width to zero.
var deadZone = ops.Def{
	Domain: "org.example", Name: "DeadZone", Since: 1,
	Sig:   "X:float32 -> Y:float32",
	Reuse: ops.Elementwise(1),
	New: func(n *ops.Node) (ops.Kernel, error) {
		width := n.Float("width", 0.5)
		return ops.Func(func(c *ops.Call) error {
			x := c.Tensor(0)
			y, err := c.Output(0, tensor.F32, x.Shape())
			if err != nil {
				return err
			}
			out := tensor.Data[float32](y)
			for i, v := range tensor.Data[float32](x) {
				if v > -width && v < width {
					v = 0
				}
				out[i] = v
			}
			return nil
		}), nil
	},
}

func main() {
	log.SetFlags(0)
	y, err := run([]float32{-1, -0.2, 0.1, 0.7})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(y)
}

func run(x []float32) ([]float32, error) {
	s, err := runtime.New(model(), runtime.WithRegistry(all.Registry().With([]ops.Def{deadZone})))
	if err != nil {
		return nil, err
	}
	defer s.Close()
	out, err := s.Run(context.Background(), map[string]tensor.Value{"x": tensor.Of(tensor.Shape{len(x)}, x...)})
	if err != nil {
		return nil, err
	}
	return tensor.Values[float32](out["y"].(*tensor.Tensor))
}

// model is y = Relu(DeadZone(x)); a real one would come from a file.
func model() *onnx.Model {
	g := &onnx.Graph{Name: "example"}
	t := tensor.Type{Kind: tensor.KindTensor, Elem: tensor.F32, HasShape: true, Dims: []tensor.Dim{{Size: -1, Name: "n"}}}
	x := &onnx.Value{Name: "x", Type: t, Graph: g, IsInput: true}
	dz := &onnx.Node{OpType: "DeadZone", Domain: "org.example", Opset: 1, Inputs: []*onnx.Value{x}}
	dz.Attrs = []*onnx.Attr{{Name: "width", Kind: onnx.AttrFloat, Float: 0.3}}
	mid := &onnx.Value{Name: "mid", Graph: g, Producer: dz}
	dz.Outputs = []*onnx.Value{mid}
	relu := &onnx.Node{OpType: "Relu", Opset: 17, Inputs: []*onnx.Value{mid}}
	y := &onnx.Value{Name: "y", Type: t, Graph: g, Producer: relu}
	relu.Outputs = []*onnx.Value{y}
	g.Inputs, g.Outputs, g.Nodes = []*onnx.Value{x}, []*onnx.Value{y}, []*onnx.Node{dz, relu}
	return &onnx.Model{
		IRVersion: 10,
		Opsets:    []onnx.OpsetID{{Version: 17}, {Domain: "org.example", Version: 1}},
		Graph:     g,
	}
}
