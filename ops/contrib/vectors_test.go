package contrib_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/onnxrun/onnxrun/conformance"
)

func TestVectorsOfOnnxruntime(t *testing.T) {
	dirs, err := filepath.Glob("../../conformance/testdata/extra/contrib_*")
	if err != nil || len(dirs) < 130 {
		t.Fatalf("%d vectors, %v", len(dirs), err)
	}
	for _, threads := range []int{1, 3} {
		o := conformance.Options{RTol: conformance.OfficialRTol, ATol: conformance.OfficialATol, Threads: threads, Poison: true}
		for _, dir := range dirs {
			err := conformance.Replay(context.Background(), dir, o, func(r conformance.Result) {
				if r.Status != conformance.Pass {
					t.Errorf("%s with %d threads: %v: %s", r.Name, threads, r.Status, r.Message)
				}
			})
			if err != nil {
				t.Error(err)
			}
		}
	}
}
