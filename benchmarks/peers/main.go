// Peers serves other Go runtimes for ONNX models to the benchmark, an engine a
// file. It is a module of its own because of what they depend on; gonnx depends
// on versions that onnx-go does not build with, and so has one, too.
package main

import (
	"fmt"
	"os"

	"github.com/onnxrun/onnxrun/benchmarks/wire"
)

func main() {
	err := wire.Serve(map[string]func(wire.Job) (wire.Engine, error){
		"gomlx": newGomlx, "onnx-go": newOnnxGo,
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}
