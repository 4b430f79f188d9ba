package opdoc

import (
	"os"
	"testing"

	"github.com/onnxrun/onnxrun/ops/all"
)

func TestOperatorsPageIsCurrent(t *testing.T) {
	cases, err := Cases("../../conformance/testdata/onnx-1.23.2-node.tar.zst")
	if err != nil {
		t.Fatal(err)
	}
	have, err := os.ReadFile("../../docs/operators.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != Table(all.Registry(), cases) {
		t.Error("docs/operators.md is stale: run go generate ./internal/opdoc")
	}
}
