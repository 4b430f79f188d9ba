// Gen writes docs/operators.md.
package main

import (
	"log"
	"os"

	"github.com/onnxrun/onnxrun/internal/opdoc"
	"github.com/onnxrun/onnxrun/ops/all"
)

func main() {
	official, extra, err := opdoc.Cases("../../conformance/testdata")
	if err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile("../../docs/operators.md", []byte(opdoc.Table(all.Registry(), official, extra)), 0o644); err != nil {
		log.Fatal(err)
	}
}
