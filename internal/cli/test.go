package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/onnxrun/onnxrun/conformance"
	"github.com/onnxrun/onnxrun/internal/tensorio"
)

func newTest() *cobra.Command {
	var o conformance.Options
	var jsonFile, match string
	cmd := &cobra.Command{
		Use:   "test PATH…",
		Short: "Replay test cases and compare the outputs",
		Long: `Replay test cases of the form that the ONNX project publishes: folders with a
model.onnx and test_data_set_N folders of input_K.pb and output_K.pb files. A
PATH is a case, a folder with cases at any depth, or a .zip, .tar, .tar.gz or
.tar.zst archive of one. Cases that are not equal are listed with their worst
element; those that need what this program does not have count as failed.`,
		Example: `  onnxrun test models/
  onnxrun test onnx-node.tar.zst --run softmax
  onnxrun test models/ --rtol 1e-5 --json results.json`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return fmt.Errorf("which cases? give a folder or an archive")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkPlace("json", jsonFile); err != nil {
				return err
			}
			if match != "" {
				re, err := regexp.Compile(match)
				if err != nil {
					return usagef("--run %q is no regular expression: %v", match, err)
				}
				o.Match = re
			}
			return replay(cmd, args, o, jsonFile)
		},
	}
	cmd.Flags().Float64Var(&o.RTol, "rtol", conformance.OfficialRTol, "relative `tolerance`")
	cmd.Flags().Float64Var(&o.ATol, "atol", conformance.OfficialATol, "absolute `tolerance`")
	cmd.Flags().BoolVar(&o.Quantum, "quantum", false, "let outputs of quantized models be one step of their quantization apart")
	cmd.Flags().IntVar(&o.Threads, "threads", 0, "`number` of goroutines to work with (default: one for each processor)")
	cmd.Flags().BoolVar(&o.NoOptimize, "no-optimize", false, "run the graphs as they are")
	cmd.Flags().StringVar(&match, "run", "", "only the cases whose names match a regular `expression`")
	cmd.Flags().StringVar(&jsonFile, "json", "", "`file` to write the results of all cases to")
	return cmd
}

func replay(cmd *cobra.Command, paths []string, o conformance.Options, jsonFile string) error {
	out, notes := cmd.OutOrStdout(), cmd.ErrOrStderr()
	results := []conformance.Result{}
	n := map[conformance.Status]int{}
	bar := newProgress(notes, -1, "cases")
	var failure error
	for _, path := range paths {
		err := conformance.Replay(cmd.Context(), path, o, func(r conformance.Result) {
			results = append(results, r)
			n[r.Status]++
			if r.Status != conformance.Pass {
				bar.clear()
				fmt.Fprintf(out, "%-11s  %s: %s\n", r.Status, r.Name, caseMessage(r.Message))
			}
			bar.add()
		})
		if err != nil && cmd.Context().Err() == nil && o.Match != nil && strings.Contains(err.Error(), "no case found") {
			continue // the cases may be in another path
		}
		if err != nil {
			failure = err
			break
		}
	}
	bar.done()
	failed := len(results) - n[conformance.Pass]
	if failed > 0 {
		fmt.Fprintf(out, "of the failed, %d unsupported, %d wrong, %d with an error\n",
			n[conformance.Unsupported], n[conformance.Wrong], n[conformance.Error])
	}
	if failure == nil && len(results) == 0 {
		failure = fmt.Errorf("no case matches %q", o.Match)
	}
	if failure == nil || len(results) > 0 {
		fmt.Fprintf(out, "%d passed, %d failed\n", n[conformance.Pass], failed)
	}
	if jsonFile != "" {
		if err := writeResults(jsonFile, results); err != nil {
			return err
		}
	}
	if failure == nil && failed > 0 {
		return errFailed
	}
	return failure
}

// caseMessage leaves out the file that the name of the case tells already.
func caseMessage(m string) string {
	if _, rest, ok := strings.Cut(m, "model.onnx: "); ok {
		m = rest
	}
	return firstLine(m)
}

func writeResults(path string, results []conformance.Result) error {
	b, err := json.MarshalIndent(finite(results), "", "  ")
	if err != nil {
		return err
	}
	return tensorio.WriteFile(path, func(w io.Writer) error {
		_, err := w.Write(append(b, '\n'))
		return err
	})
}

// finite replaces differences that JSON has no number for by the largest.
func finite(results []conformance.Result) []conformance.Result {
	const largest = 1.7976931348623157e308
	for i := range results {
		for _, v := range []*float64{&results[i].MaxAbs, &results[i].MaxRel} {
			if *v != *v || *v > largest {
				*v = largest
			}
		}
	}
	return results
}
