//go:build 386 || amd64 || arm || arm64 || wasm

package onnxgo

// The newest versions of onnx-go need gorgonia.org/tensor 0.9.24, which asks
// for a version of this package that panics on every Go release it does not
// know. Importing it here makes programs take one that asks the runtime.
import _ "go4.org/unsafe/assume-no-moving-gc"
