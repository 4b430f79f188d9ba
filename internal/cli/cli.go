// Package cli is the onnxrun command: it turns arguments into calls of the
// packages around it and what they return into text for people or JSON for
// programs. Results go to the standard output; notes, progress and the one
// sentence that an error is go to the standard error.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/onnxrun/onnxrun/runtime"
)

// The codes that the program ends with.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// Main runs the command with the arguments that follow the program's name, and
// returns the code to end with: 0 if all went well, 1 if something failed, 2 if
// the arguments make no sense. It stops early when ctx is done.
func Main(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	started := false
	root := newRoot()
	root.PersistentPreRun = func(*cobra.Command, []string) { started = true }
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	cmd, err := root.ExecuteContextC(ctx)
	var usage *usageError
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errFailed):
		return exitFailed
	case !started || errors.As(err, &usage):
		fmt.Fprintf(stderr, "onnxrun: %s; see '%s --help'\n", oneLine(err), cmd.CommandPath())
		return exitUsage
	case ctx.Err() != nil:
		fmt.Fprintln(stderr, "onnxrun: interrupted")
		return exitFailed
	}
	hint := ""
	if errors.Is(err, runtime.ErrUnsupported) {
		hint = "; 'onnxrun check' lists what is missing"
	}
	fmt.Fprintf(stderr, "onnxrun: %s%s\n", oneLine(err), hint)
	return exitFailed
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "onnxrun",
		Short: "Run, inspect and test ONNX models",
		Long: `onnxrun runs ONNX models: one program without further libraries.

Every command that takes a MODEL takes an .onnx file; weights in files beside
it are found. Inputs come from .npy, .npz, .pb, .json, .csv, .png and .jpg files.`,
		Example: `  onnxrun run digits.onnx --input digit.png
  onnxrun inspect digits.onnx
  onnxrun check digits.onnx`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          noSuchCommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SuggestionsMinimumDistance = 2
	root.AddCommand(newRun(), newInspect(), newCheck(), newTest(), newBench(), newProfile(), newTicks(), newVersion())
	return root
}

func noSuchCommand(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if near := root.SuggestionsFor(args[0]); len(near) > 0 {
		return fmt.Errorf("there is no command %q (did you mean %q?)", args[0], near[0])
	}
	return fmt.Errorf("there is no command %q", args[0])
}

// errFailed ends a command that has already said why.
var errFailed = errors.New("failed")

// usageError is a mistake in the arguments that was found late.
type usageError struct{ error }

func usagef(format string, args ...any) error {
	return &usageError{fmt.Errorf(format, args...)}
}

// oneModel wants exactly one argument.
func oneModel(_ *cobra.Command, args []string) error {
	switch len(args) {
	case 0:
		return errors.New("which model? give an .onnx file")
	case 1:
		return nil
	}
	return fmt.Errorf("one model at a time, got %d arguments", len(args))
}

// modelFiles completes the name of a model in the shell.
func modelFiles(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return []string{"onnx"}, cobra.ShellCompDirectiveFilterFileExt
}

// oneLine is the first line of an error, and how many more there are.
func oneLine(err error) string { return firstLine(err.Error()) }

func firstLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if len(lines) == 1 {
		return lines[0]
	}
	return fmt.Sprintf("%s (and %d more)", lines[0], len(lines)-1)
}

// list joins names as a sentence does: a, b and c.
func list(names []string) string {
	if n := len(names); n > 1 {
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return strings.Join(names, "")
}

// quote puts quotation marks around each name.
func quote(names []string) []string {
	q := make([]string, len(names))
	for i, n := range names {
		q[i] = fmt.Sprintf("%q", n)
	}
	return q
}

// infoNames lists inputs or outputs for a message.
func infoNames(infos []runtime.Info) string {
	var names []string
	for _, i := range infos {
		names = append(names, i.Name)
	}
	return list(quote(names))
}
