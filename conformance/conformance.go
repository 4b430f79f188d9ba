// Package conformance replays backend test cases: folders with a model.onnx
// and test_data_set_N folders of inputs and expected outputs, the layout in
// which the ONNX project publishes its vectors; and light models.
package conformance

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/runtime"
	"github.com/onnxrun/onnxrun/tensor"
)

// The tolerances of the official runner. Of bfloat16 outputs it compares no
// closer than two units in the last place, 2^-6, and so does this package.
const (
	OfficialRTol = 1e-3
	OfficialATol = 1e-7
	BFloat16RTol = 0x1p-6
)

// Options say how cases are replayed.
type Options struct {
	RTol, ATol float64        // relative and absolute tolerance of float outputs
	Threads    int            // 0 means GOMAXPROCS
	NoOptimize bool           // run graphs as they are
	Quantum    bool           // outputs of quantized models may be one step of their quantization apart
	Poison     bool           // fill freed memory with a pattern
	Match      *regexp.Regexp // cases to replay, all where nil

	quanta []quantum // of the outputs of the case being replayed, where Quantum asks for them
}

// Status is how a case ended.
type Status string

// A case passes, gives a wrong result, needs what this program does not have,
// or fails with an error.
const (
	Pass        Status = "pass"
	Wrong       Status = "wrong"
	Unsupported Status = "unsupported"
	Error       Status = "error"
)

// Result is the outcome of one case. The differences are the largest over all
// float elements of all its outputs, also where they are within the tolerance.
type Result struct {
	Name    string  `json:"name"`
	Status  Status  `json:"status"`
	MaxAbs  float64 `json:"max_abs"`
	MaxRel  float64 `json:"max_rel"`
	MaxULP  uint64  `json:"max_ulp"`
	Message string  `json:"message,omitempty"`
}

// Replay runs every case at path, which is a case, a folder that holds cases
// at any depth, or a .zip, .tar, .tar.gz or .tar.zst archive of one, and
// reports them in the order of their names. It fails when there is none or the
// path cannot be read.
func Replay(ctx context.Context, path string, o Options, report func(Result)) error {
	dir, cleanup, err := open(path)
	if err != nil {
		return err
	}
	defer cleanup()
	cases, err := find(dir)
	if err != nil {
		return err
	}
	n := 0
	for _, c := range cases {
		if o.Match != nil && !o.Match.MatchString(c.name) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		n++
		report(c.replay(ctx, o))
	}
	if n == 0 {
		return fmt.Errorf("%s: no case found: no folder with a model.onnx and a test_data_set_0", path)
	}
	return nil
}

// testCase is one folder with a model.onnx, or a light model.
type testCase struct {
	name  string
	model string
	sets  []string // its data sets, in the order of their numbers; none of a light model
}

// find returns the cases below dir by name. A name is the path from dir, or
// that of dir itself where it is the case.
func find(dir string) ([]testCase, error) {
	var cases []testCase
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".onnx" {
			return err
		}
		folder := filepath.Dir(path)
		if d.Name() != "model.onnx" {
			if _, err := os.Stat(lightOutput(path, 0)); err == nil {
				name, err := filepath.Rel(dir, strings.TrimSuffix(path, ".onnx"))
				cases = append(cases, testCase{name: filepath.ToSlash(name), model: path})
				return err
			}
			return nil
		}
		sets, err := filepath.Glob(filepath.Join(escapeGlob(folder), "test_data_set_*"))
		if err != nil || len(sets) == 0 {
			return err
		}
		slices.SortFunc(sets, func(a, b string) int { return number(a) - number(b) })
		name, err := filepath.Rel(dir, folder)
		if name == "." {
			name = filepath.Base(folder)
		}
		cases = append(cases, testCase{filepath.ToSlash(name), path, sets})
		return err
	})
	return cases, err
}

func escapeGlob(s string) string {
	return strings.NewReplacer(`[`, `[[]`, `*`, `[*]`, `?`, `[?]`).Replace(s)
}

// number returns the digits at the end of a path without extension.
func number(path string) int {
	base := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	n, _ := strconv.Atoi(base[strings.LastIndexByte(base, '_')+1:])
	return n
}

func (c testCase) replay(ctx context.Context, o Options) Result {
	r := Result{Name: c.name, Status: Pass}
	if err := c.run(ctx, o, &r); err != nil {
		r.Status, r.Message = Error, err.Error()
		if errors.Is(err, runtime.ErrUnsupported) {
			r.Status = Unsupported
		}
	}
	return r
}

func (c testCase) run(ctx context.Context, o Options, r *Result) error {
	opts := []runtime.Option{runtime.WithThreads(o.Threads)}
	if o.NoOptimize {
		opts = append(opts, runtime.WithoutOptimization())
	}
	if o.Poison {
		opts = append(opts, runtime.WithPoison())
	}
	s, err := runtime.Open(c.model, opts...)
	if err != nil {
		return err
	}
	defer s.Close()
	if o.Quantum {
		if o.quanta, err = quanta(c.model); err != nil {
			return err
		}
	}
	if len(c.sets) == 0 {
		return replayLight(ctx, s, c.model, o, r)
	}
	for _, set := range c.sets {
		if err := replaySet(ctx, s, set, o, r); err != nil {
			return fmt.Errorf("%s: %w", filepath.Base(set), err)
		}
	}
	return nil
}

// replaySet runs one data set and adds what it finds to r.
func replaySet(ctx context.Context, s *runtime.Session, set string, o Options, r *Result) error {
	inputs := map[string]tensor.Value{}
	files, err := numbered(set, "input")
	if err != nil {
		return err
	}
	infos := fileOrder(s.Inputs())
	for i, file := range files {
		if i >= len(infos) {
			return fmt.Errorf("%s: the model has only %d inputs", filepath.Base(file), len(infos))
		}
		if inputs[infos[i].Name], err = readValue(file, infos[i].Type); err != nil {
			return err
		}
	}
	outputs, err := s.Run(ctx, inputs)
	if err != nil {
		return err
	}
	files, err = numbered(set, "output")
	if err != nil {
		return err
	}
	for i, file := range files {
		if i >= len(s.Outputs()) {
			return fmt.Errorf("%s: the model has only %d outputs", filepath.Base(file), len(s.Outputs()))
		}
		info := s.Outputs()[i]
		want, err := readValue(file, info.Type)
		if err != nil {
			return err
		}
		r.judge(s, fmt.Sprintf("%s: output %d (%s)", filepath.Base(set), i, info.Name), outputs[info.Name], want, o, i)
	}
	return nil
}

// judge compares an output with what is expected and adds what it finds to r.
func (r *Result) judge(s *runtime.Session, where string, got, want tensor.Value, o Options, output int) {
	var d difference
	if random := generator(s.Model().Graph); random != "" {
		d = compareDrawn(got, want)
		r.Message = fmt.Sprintf("judged by type, shape and support: %s draws random numbers", random)
	} else if output < len(o.quanta) {
		d = o.quanta[output].compare(got, want, o)
	} else {
		d = compare(got, want, o)
	}
	r.MaxAbs, r.MaxRel, r.MaxULP = max(r.MaxAbs, d.maxAbs), max(r.MaxRel, d.maxRel), max(r.MaxULP, d.maxULP)
	if d.message != "" && r.Status == Pass {
		r.Status, r.Message = Wrong, where+": "+d.message
	}
}

// fileOrder lists the inputs as the files number them: those without a
// default, then the others.
func fileOrder(infos []runtime.Info) []runtime.Info {
	var required, optional []runtime.Info
	for _, in := range infos {
		if in.Optional {
			optional = append(optional, in)
		} else {
			required = append(required, in)
		}
	}
	return append(required, optional...)
}

// numbered returns the files prefix_0.pb, prefix_1.pb … of a data set.
func numbered(set, prefix string) ([]string, error) {
	files, err := filepath.Glob(filepath.Join(escapeGlob(set), prefix+"_*.pb"))
	slices.SortFunc(files, func(a, b string) int { return number(a) - number(b) })
	return files, err
}

func readValue(file string, t tensor.Type) (tensor.Value, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	v, _, err := onnx.DecodeValue(b, t)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(file), err)
	}
	return v, nil
}
