package cli

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/ops/all"
)

func newVersion() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "version",
		Short:   "Print the version of the program and of the standard that it knows",
		Example: "  onnxrun version",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			v := struct {
				Version   string `json:"version"`
				Go        string `json:"go"`
				Platform  string `json:"platform"`
				IR        int    `json:"ir_version"`
				Operators int    `json:"operators"`
			}{buildVersion(), runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH, onnx.MaxIRVersion, operators()}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), v)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "onnxrun %s (%s, %s), %d operators, IR versions %d to %d\n",
				v.Version, v.Go, v.Platform, v.Operators, onnx.MinIRVersion, v.IR)
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// operators counts the operators of all domains, each once.
func operators() int {
	seen := map[[2]string]bool{}
	for _, d := range all.Registry().Defs() {
		seen[[2]string{d.Domain, d.Name}] = true
	}
	return len(seen)
}

func buildVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

func printJSON(w interface{ Write([]byte) (int, error) }, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
