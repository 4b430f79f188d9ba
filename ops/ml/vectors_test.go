package ml_test

import (
	"path/filepath"
	"testing"

	"github.com/onnxrun/onnxrun/conformance"
)

// The vectors hold what onnxruntime computes for random attributes. It computes
// PROBIT in float32, where its formula loses digits near 0.
func TestOperatorsComputeWhatOnnxruntimeDoes(t *testing.T) {
	cases, err := filepath.Glob("../../conformance/testdata/extra/ml_*")
	if err != nil || len(cases) < 77 {
		t.Fatalf("found %d cases, %v", len(cases), err)
	}
	for _, dir := range cases {
		for _, threads := range []int{1, 3} {
			o := conformance.Options{RTol: 1e-3, ATol: 1e-5, Poison: true, Threads: threads}
			err := conformance.Replay(t.Context(), dir, o, func(r conformance.Result) {
				if r.Status != conformance.Pass {
					t.Errorf("%s: %s: %s", r.Name, r.Status, r.Message)
				}
			})
			if err != nil {
				t.Error(err)
			}
		}
	}
}
