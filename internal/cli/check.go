package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/runtime"
	"github.com/onnxrun/onnxrun/tensor"
)

// checkFacts is what check tells.
type checkFacts struct {
	Model       string            `json:"model"`
	Runs        bool              `json:"runs"`
	Problems    []problemFact     `json:"problems"`
	Unsupported []*opUse          `json:"unsupported"`
	DTypes      []string          `json:"element_types"`
	BadTypes    []string          `json:"bad_types"`
	Dynamic     map[string]string `json:"dynamic_dimensions"` // name or place → the inputs that have it
	External    []externalFact    `json:"external_data"`
	State       map[string]string `json:"state"` // output → input
	Error       string            `json:"error,omitempty"`
}

type problemFact struct {
	Where   string `json:"where"`
	Message string `json:"message"`
	Minor   bool   `json:"minor,omitempty"` // does not keep the model from running
}

type externalFact struct {
	File  string `json:"file"`
	Bytes int64  `json:"bytes"`
}

func newCheck() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "check MODEL",
		Short: "Check whether a model is valid and would run",
		Long: `Check whether a model is valid and would run: its structure, its operators and
their attributes, its types. What helps to use it is said as well: dimensions
that are left open, files of weights, and outputs that are the next state of an
input, which the ticks command carries. Ends with code 1 if it would not run.`,
		Example: `  onnxrun check digits.onnx
  onnxrun check digits.onnx --json`,
		Args:              oneModel,
		ValidArgsFunction: modelFiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			f, err := checkModel(args[0])
			if err != nil {
				return err
			}
			if asJSON {
				err = printJSON(cmd.OutOrStdout(), f)
			} else {
				f.print(cmd.OutOrStdout())
			}
			if err == nil && !f.Runs {
				return errFailed
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func checkModel(path string) (*checkFacts, error) {
	m, err := onnx.Load(path)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	f := &checkFacts{Model: path, Runs: true, Problems: []problemFact{}, Unsupported: []*opUse{}, BadTypes: []string{},
		Dynamic: map[string]string{}, External: []externalFact{}, State: map[string]string{}}
	for _, p := range onnx.Check(m) {
		f.Problems = append(f.Problems, problemFact{p.Where, p.Message, p.Minor})
		f.Runs = f.Runs && p.Minor
	}
	if m.Graph == nil {
		return f, nil
	}
	f.types(m)
	in, out := infosOf(m)
	f.dynamic(in)
	f.State = runtime.FindCarry(in, out)
	if err := f.external(path); err != nil {
		return nil, err
	}
	if !f.Runs {
		return f, nil // what is no valid graph has no operators to look up
	}
	for _, u := range opUses(m, true) {
		if !u.Supported {
			f.Unsupported = append(f.Unsupported, u)
			f.Runs = false
		}
	}
	if f.Runs {
		if _, err := runtime.New(m); err != nil {
			f.Runs, f.Error = false, oneLine(err)
		}
	}
	return f, nil
}

// types collects the element types, and declared types that nothing can have.
func (f *checkFacts) types(m *onnx.Model) {
	var used tensor.DTypes
	see := func(v *onnx.Value) {
		if v == nil {
			return
		}
		used |= elements(v.Type)
		if t, ok := v.Const.(*tensor.Tensor); ok {
			used |= tensor.SetOf(t.DType())
		}
		if why := badType(v.Type); why != "" {
			f.BadTypes = append(f.BadTypes, fmt.Sprintf("%s (%v): %s", v.Name, v.Type, why))
		}
	}
	for _, g := range graphs(m) {
		if g == nil {
			continue
		}
		for _, l := range [][]*onnx.Value{g.Inputs, g.Outputs, g.Initializers, g.Infos} {
			for _, v := range l {
				see(v)
			}
		}
		walk(g, 0, func(n *onnx.Node, _ int) {
			for _, a := range n.Attrs {
				if a.Tensor != nil {
					used |= tensor.SetOf(a.Tensor.DType())
				}
			}
		})
	}
	for _, d := range used.List() {
		f.DTypes = append(f.DTypes, d.String())
	}
	slices.Sort(f.BadTypes)
	f.BadTypes = slices.Compact(f.BadTypes)
}

// elements returns the element types within a type.
func elements(t tensor.Type) tensor.DTypes {
	var s tensor.DTypes
	if t.Elem.Valid() {
		s = tensor.SetOf(t.Elem)
	}
	if t.Of != nil {
		s |= elements(*t.Of)
	}
	return s
}

// badType says what is wrong with a declared type, "" if nothing is.
func badType(t tensor.Type) string {
	switch t.Kind {
	case tensor.KindUnknown:
		return "" // nothing is declared
	case tensor.KindOpaque:
		return "opaque values are not supported"
	case tensor.KindTensor, tensor.KindSparse:
		if !t.Elem.Valid() {
			return "the element type is missing"
		}
	case tensor.KindMap:
		if !t.Elem.Valid() {
			return "the type of the keys is missing"
		}
	}
	if t.Of != nil {
		return badType(*t.Of)
	}
	return ""
}

// dynamic collects the dimensions that the model leaves open.
func (f *checkFacts) dynamic(inputs []runtime.Info) {
	for _, in := range inputs {
		for i, d := range in.Type.Dims {
			if d.Known() {
				continue
			}
			name := d.Name
			if name == "" {
				name = fmt.Sprintf("%d of %s", i, in.Name)
			}
			if s := f.Dynamic[name]; s == "" {
				f.Dynamic[name] = in.Name
			} else if !slices.Contains(strings.Split(s, ", "), in.Name) {
				f.Dynamic[name] += ", " + in.Name
			}
		}
	}
}

func (f *checkFacts) external(path string) error {
	files, err := externalFiles(path)
	if err != nil {
		return err
	}
	for _, file := range files {
		x := externalFact{File: file}
		if info, err := os.Stat(filepath.Join(filepath.Dir(path), filepath.FromSlash(file))); err == nil {
			x.Bytes = info.Size()
		} else if !errors.Is(err, os.ErrNotExist) {
			return err
		}
		f.External = append(f.External, x)
	}
	return nil
}

func (f *checkFacts) print(w io.Writer) {
	t := &table{}
	put := func(key, none string, lines []string) {
		if len(lines) == 0 {
			if none != "" {
				t.row(key, none)
			}
			return
		}
		for _, l := range lines {
			t.row(key, l)
			key = ""
		}
	}
	var problems, unsupported, dynamic, external, state []string
	for _, p := range f.Problems {
		s := p.Where + ": " + p.Message
		if p.Minor {
			s += " (minor)"
		}
		problems = append(problems, s)
	}
	for _, u := range f.Unsupported {
		unsupported = append(unsupported, fmt.Sprintf("%s (operator set %d), %s, the first is %q: %s", u.Op, u.Opset, plural(u.Count, "node"), u.Node, u.Reason))
	}
	for _, name := range sortedKeys(f.Dynamic) {
		dynamic = append(dynamic, fmt.Sprintf("%s (of %s)", name, f.Dynamic[name]))
	}
	for _, x := range f.External {
		external = append(external, fmt.Sprintf("%s, %s", x.File, size(int(x.Bytes))))
	}
	for _, out := range sortedKeys(f.State) {
		state = append(state, out+" → "+f.State[out])
	}
	put("structure", "valid", problems)
	if f.hasGraph() {
		put("operators", "all are supported", unsupported)
	}
	put("element types", "", []string{strings.Join(f.DTypes, ", ")})
	put("declared types", "all are fine", f.BadTypes)
	put("open dimensions", "none", dynamic)
	put("external data", "none", external)
	put("carried state", "none", state)
	if f.Error != "" {
		put("error", "", []string{f.Error})
	}
	t.print(w)
	if f.Runs {
		fmt.Fprintf(w, "\n%s would run\n", f.Model)
	} else {
		fmt.Fprintf(w, "\n%s would not run\n", f.Model)
	}
}

// hasGraph reports whether the operators have been looked up.
func (f *checkFacts) hasGraph() bool {
	return !slices.ContainsFunc(f.Problems, func(p problemFact) bool { return !p.Minor })
}

func sortedKeys(m map[string]string) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
