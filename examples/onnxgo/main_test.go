//go:build 386 || amd64 || arm || arm64 || wasm

package main

import (
	"fmt"
	"testing"
)

func TestClassify(t *testing.T) {
	dir := "../../testdata/models/keras_digits_conv_bn/"
	for want := range 10 {
		digit, score, err := classify(dir+"model.onnx", dir+fmt.Sprintf("digit_%d.png", want))
		if err != nil {
			t.Fatal(err)
		}
		if digit != want || score < 0.5 {
			t.Errorf("got %d with score %v, want %d", digit, score, want)
		}
	}
}
