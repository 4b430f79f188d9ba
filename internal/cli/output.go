package cli

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/onnxrun/onnxrun/internal/tensorio"
	"github.com/onnxrun/onnxrun/runtime"
	"github.com/onnxrun/onnxrun/tensor"
)

const outputHelp = "`FILE` to write: .npy or .pb for the only output, .npz or .json for all, or NAME=FILE for one; may be repeated"

// target is a file to write and the outputs that go into it.
type target struct {
	path   string
	format tensorio.Format
	names  []string
	single bool // the file holds one value, not several by name
}

// parseTargets finds out what each --output means, before anything runs. The
// outputs in states are not written where only one is wanted: they are what a
// stream carries.
func parseTargets(specs []string, infos []runtime.Info, states []string) ([]target, error) {
	var all, main []string
	for _, o := range infos {
		all = append(all, o.Name)
		if !slices.Contains(states, o.Name) {
			main = append(main, o.Name)
		}
	}
	var targets []target
	for _, spec := range specs {
		t, err := parseTarget(spec, all, main)
		if err != nil {
			return nil, err
		}
		for _, other := range targets {
			if other.path == t.path {
				return nil, usagef("--output %s is given twice", t.path)
			}
		}
		targets = append(targets, t)
	}
	return targets, nil
}

func parseTarget(spec string, all, main []string) (target, error) {
	t := target{path: spec}
	for _, name := range all {
		if path, ok := strings.CutPrefix(spec, name+"="); ok {
			t = target{path: path, names: []string{name}, single: true}
		}
	}
	if before, _, ok := strings.Cut(spec, "="); ok && !t.single {
		return t, usagef("--output %s: the model has no output %q; its outputs are %s", spec, before, list(quote(all)))
	}
	var err error
	if t.format, err = tensorio.FormatOf(t.path); err != nil || t.format == tensorio.CSV || t.format == tensorio.Image {
		return t, usagef("--output %s: outputs are written as .npy, .npz, .pb or .json", t.path)
	}
	switch {
	case t.single:
	case t.format == tensorio.NPZ || t.format == tensorio.JSON:
		t.names = all
	case len(main) != 1:
		return t, usagef("--output %s: the file holds one output, the model has %s: write NAME=%s, or an .npz file for all", t.path, list(quote(main)), t.path)
	default:
		t.names, t.single = main, true
	}
	return t, checkPlace("output", t.path)
}

// checkPlace finds out before any work whether the file of a flag can be
// written at all.
func checkPlace(flag, path string) error {
	if path == "" {
		return nil
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return usagef("--%s %s is a folder", flag, path)
	}
	if _, err := os.Stat(filepath.Dir(path)); err != nil {
		return usagef("--%s %s: there is no folder %s", flag, path, filepath.Dir(path))
	}
	return nil
}

// write writes the file, all of it or nothing.
func (t target) write(values map[string]tensor.Value) error {
	err := tensorio.WriteFile(t.path, func(w io.Writer) error {
		switch {
		case t.single:
			return tensorio.Encode(w, t.format, t.names[0], values[t.names[0]])
		case t.format == tensorio.JSON:
			return writeMembers(w, t.names, values)
		}
		var ts []*tensor.Tensor
		for _, name := range t.names {
			x, ok := values[name].(*tensor.Tensor)
			if !ok {
				return fmt.Errorf("output %q is %s, which .npz files do not hold: write NAME=FILE.pb for it", name, tensor.Describe(values[name]))
			}
			ts = append(ts, x)
		}
		return tensorio.EncodeNPZ(w, t.names, ts)
	})
	if err != nil && !errors.As(err, new(*os.PathError)) {
		return fmt.Errorf("%s: %w", t.path, err)
	}
	return err
}

// writeMembers writes values as the members of one JSON object.
func writeMembers(w io.Writer, names []string, values map[string]tensor.Value) error {
	b := bufio.NewWriter(w)
	for i, name := range names {
		key, err := json.Marshal(name)
		if err != nil {
			return err
		}
		sep := ",\n "
		if i == 0 {
			sep = "{"
		}
		fmt.Fprintf(b, "%s%s: ", sep, key)
		if err := tensorio.EncodeJSON(b, values[name]); err != nil {
			return err
		}
	}
	b.WriteString("}\n")
	return b.Flush()
}

// writeTargets writes all files and says so.
func writeTargets(w io.Writer, targets []target, values map[string]tensor.Value, quiet bool) error {
	for _, t := range targets {
		if err := t.write(values); err != nil {
			return err
		}
		if !quiet {
			fmt.Fprintf(w, "wrote %s to %s\n", list(t.names), t.path)
		}
	}
	return nil
}
