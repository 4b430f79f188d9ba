// Peers serves other Go runtimes for ONNX models to the benchmark, an engine a
// file. It is a module of its own because of what they depend on.
package main

import (
	"fmt"
	"os"
	"runtime/debug"

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

// moduleVersion is the version of a module that this program was built with.
func moduleVersion(path string) string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Path == path {
				return m.Version
			}
		}
	}
	return "unknown"
}
