//go:build 386 || amd64 || arm || arm64 || wasm

// Onnxgo is a program for onnx-go, on this project's operators instead of
// gorgonnx's: one line differs.
package main

import (
	"fmt"
	"image"
	"image/color"
	_ "image/png"
	"log"
	"os"

	"github.com/owulveryck/onnx-go"
	"gorgonia.org/tensor"

	"github.com/onnxrun/onnxrun/runtime/onnxgo"
)

func main() {
	log.SetFlags(0)
	dir := "testdata/models/keras_digits_conv_bn/"
	if len(os.Args) > 1 {
		dir = os.Args[1] + "/"
	}
	digit, score, err := classify(dir+"model.onnx", dir+"digit_7.png")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("digit %d, score %.3f\n", digit, score)
}

// classify returns the digit that the model sees in an image, and its score.
func classify(model, picture string) (digit int, score float32, err error) {
	data, err := os.ReadFile(model)
	if err != nil {
		return 0, 0, err
	}
	backend := onnxgo.NewGraph() // was: gorgonnx.NewGraph()
	m := onnx.NewModel(backend)
	if err := m.UnmarshalBinary(data); err != nil {
		return 0, 0, err
	}
	pixels, err := grayPixels(picture)
	if err != nil {
		return 0, 0, err
	}
	if err := m.SetInput(0, tensor.New(tensor.WithShape(1, 28, 28, 1), tensor.WithBacking(pixels))); err != nil {
		return 0, 0, err
	}
	if err := backend.Run(); err != nil {
		return 0, 0, err
	}
	out, err := m.GetOutputTensors()
	if err != nil {
		return 0, 0, err
	}
	for i, p := range out[0].Data().([]float32) {
		if p > score {
			digit, score = i, p
		}
	}
	return digit, score, nil
}

// grayPixels returns the pixels of an image row by row, from 0 to 1.
func grayPixels(path string) ([]float32, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	img, _, err := image.Decode(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	var l []float32
	r := img.Bounds()
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			l = append(l, float32(color.GrayModel.Convert(img.At(x, y)).(color.Gray).Y)/255)
		}
	}
	return l, nil
}
