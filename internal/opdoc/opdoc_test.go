package opdoc

import (
	"os"
	"testing"

	"github.com/onnxrun/onnxrun/ops/all"
)

func TestOperatorsPageIsCurrent(t *testing.T) {
	official, extra, err := Cases("../../conformance/testdata")
	if err != nil {
		t.Fatal(err)
	}
	have, err := os.ReadFile("../../docs/operators.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != Table(all.Registry(), official, extra) {
		t.Error("docs/operators.md is stale: run go generate ./internal/opdoc")
	}
}
