package ml_test

import (
	"testing"

	"github.com/onnxrun/onnxrun/conformance"
	"github.com/onnxrun/onnxrun/internal/optest/vectors"
)

// The vectors hold what onnxruntime computes for random attributes. It computes
// PROBIT in float32, where its formula loses digits near 0.
func TestOperatorsComputeWhatOnnxruntimeDoes(t *testing.T) {
	vectors.Replay(t, "ml", conformance.Options{RTol: 1e-3, ATol: 1e-5}, 77)
}
