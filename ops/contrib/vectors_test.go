package contrib_test

import (
	"testing"

	"github.com/onnxrun/onnxrun/conformance"
	"github.com/onnxrun/onnxrun/internal/optest/vectors"
)

// The expected outputs are onnxruntime's; see contrib.md beside the archive.
func TestVectorsOfOnnxruntime(t *testing.T) {
	o := conformance.Options{RTol: conformance.OfficialRTol, ATol: conformance.OfficialATol}
	vectors.Replay(t, "contrib", o, 194)
}
