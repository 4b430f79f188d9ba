// Embed runs a digit classifier, exported from Keras, inside a Go program.
package main

import (
	"context"
	"fmt"
	"image"
	"image/color"
	_ "image/png"
	"log"
	"os"

	"github.com/onnxrun/onnxrun/runtime"
	"github.com/onnxrun/onnxrun/tensor"
)

func main() {
	log.SetFlags(0)
	dir := "testdata/models/keras_digits_conv_bn/"
	if len(os.Args) > 1 {
		dir = os.Args[1] + "/"
	}
	digit, scores, err := classify(dir+"model.onnx", dir+"digit_7.png")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("digit %d, score %.3f\n", digit, scores[digit])
}

// classify returns the digit that the model sees in an image, and the score of
// each.
func classify(model, picture string) (int, []float32, error) {
	s, err := runtime.Open(model)
	if err != nil {
		return 0, nil, err
	}
	defer s.Close()

	pixels, err := grayPixels(picture)
	if err != nil {
		return 0, nil, err
	}
	x, err := tensor.FromSlice(tensor.Shape{1, 28, 28, 1}, pixels)
	if err != nil {
		return 0, nil, err
	}
	out, err := s.Run(context.Background(), map[string]tensor.Value{s.Inputs()[0].Name: x})
	if err != nil {
		return 0, nil, err
	}
	scores, err := tensor.Values[float32](out[s.Outputs()[0].Name].(*tensor.Tensor))
	if err != nil {
		return 0, nil, err
	}
	best := 0
	for i, p := range scores {
		if p > scores[best] {
			best = i
		}
	}
	return best, scores, nil
}

// grayPixels reads an image as rows of brightness from 0 to 1.
func grayPixels(file string) ([]float32, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	img, _, err := image.Decode(f)
	if err != nil {
		return nil, err
	}
	var p []float32
	b := img.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			g := color.GrayModel.Convert(img.At(x, y)).(color.Gray)
			p = append(p, float32(g.Y)/255)
		}
	}
	return p, nil
}
