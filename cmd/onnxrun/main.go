// Onnxrun runs, inspects and tests ONNX models.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/onnxrun/onnxrun/internal/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	code := cli.Main(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
