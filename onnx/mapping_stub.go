package onnx

type mapping struct{}
