// Gen writes docs/operators.md.
package main

import (
	"log"
	"os"

	"github.com/onnxrun/onnxrun/internal/opdoc"
	"github.com/onnxrun/onnxrun/ops/all"
)

func main() {
	cases, err := opdoc.Cases("../../conformance/testdata/onnx-1.23.2-node.tar.zst")
	if err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile("../../docs/operators.md", []byte(opdoc.Table(all.Registry(), cases)), 0o644); err != nil {
		log.Fatal(err)
	}
}
