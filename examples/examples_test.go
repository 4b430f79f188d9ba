// Package examples_test runs the example programs.
package examples_test

import (
	"os/exec"
	"strings"
	"testing"
)

func TestExamplesPrintWhatTheySay(t *testing.T) {
	for program, want := range map[string]string{
		"embed":    "digit 7",
		"onnxgo":   "digit 7",
		"stream":   "saw 0.58, expects",
		"customop": "[0 0 0 0.7]",
	} {
		cmd := exec.Command("go", "run", "./examples/"+program)
		cmd.Dir = ".."
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("%s: %v\n%s", program, err, out)
		}
	}
}
