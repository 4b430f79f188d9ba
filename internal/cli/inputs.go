package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/onnxrun/onnxrun/internal/tensorio"
	"github.com/onnxrun/onnxrun/runtime"
	"github.com/onnxrun/onnxrun/tensor"
)

// feeder makes the inputs of a model from what the user has written.
type feeder struct {
	infos  []runtime.Info
	flags  *inputFlags
	pixels tensorio.Pixels
	stdin  io.Reader
	notes  io.Writer
	rows   bool           // the first dimension may be any number of rows
	asIs   bool           // leave the shapes alone
	dims   map[string]int // what --dim says
	sizes  map[string]int // what the given inputs have
	from   map[string]source
}

// source is where an input comes from.
type source struct {
	text string // as the user wrote it
	path string // "" for random and zeros
	data []byte // of the standard input or a member of a JSON object
}

func newFeeder(cmd *cobra.Command, f *inputFlags, infos []runtime.Info) (*feeder, error) {
	p, err := f.pixels()
	if err != nil {
		return nil, err
	}
	d := &feeder{infos: infos, flags: f, pixels: p, stdin: cmd.InOrStdin(), notes: cmd.ErrOrStderr(),
		dims: map[string]int{}, sizes: map[string]int{}, from: map[string]source{}}
	return d, d.parseDims()
}

func (d *feeder) note(format string, args ...any) {
	fmt.Fprintf(d.notes, "note: "+format+"\n", args...)
}

// parseDims reads --dim.
func (d *feeder) parseDims() error {
	var known []string
	for _, in := range d.infos {
		for _, dim := range in.Type.Dims {
			if !dim.Known() && dim.Name != "" && !slices.Contains(known, dim.Name) {
				known = append(known, dim.Name)
			}
		}
	}
	for _, s := range d.flags.dims {
		at := strings.LastIndexByte(s, '=')
		if at < 0 {
			return usagef("--dim is NAME=SIZE, not %q", s)
		}
		name := s[:at]
		n, err := strconv.Atoi(s[at+1:])
		if err != nil || n < 0 {
			return usagef("--dim %s: %q is no size", name, s[at+1:])
		}
		if !slices.Contains(known, name) {
			if len(known) == 0 {
				return usagef("--dim %s: the model's inputs have no named dimensions", name)
			}
			return usagef("--dim %s: no input has that dimension; there is %s", name, list(quote(known)))
		}
		d.dims[name] = n
	}
	return nil
}

// required lists the inputs without a default.
func (d *feeder) required() []runtime.Info {
	var l []runtime.Info
	for _, in := range d.infos {
		if !in.Optional {
			l = append(l, in)
		}
	}
	return l
}

func (d *feeder) info(name string) *runtime.Info {
	for i := range d.infos {
		if d.infos[i].Name == name {
			return &d.infos[i]
		}
	}
	return nil
}

// assign finds out which input each specification is for.
func (d *feeder) assign(specs []string) error {
	for _, s := range specs {
		if err := d.assignOne(s); err != nil {
			return err
		}
	}
	return nil
}

func (d *feeder) assignOne(spec string) error {
	name, rest := "", ""
	for _, in := range d.infos { // names may have = signs
		if r, ok := strings.CutPrefix(spec, in.Name+"="); ok && len(in.Name) >= len(name) {
			name, rest = in.Name, r
		}
	}
	if name == "" {
		before, _, ok := strings.Cut(spec, "=")
		if _, err := os.Stat(spec); !ok || err == nil {
			return d.assignBare(spec)
		}
		return usagef("the model has no input %q; its inputs are %s", before, infoNames(d.infos))
	}
	return d.set(name, spec, rest)
}

// set notes the source of an input.
func (d *feeder) set(name, spec, rest string) error {
	if _, twice := d.from[name]; twice {
		return usagef("input %q is given twice", name)
	}
	src := source{text: spec}
	switch rest {
	case "random", "zeros":
		src.text = rest
	case "":
		return usagef("--input %s: nothing follows the equals sign", spec)
	case "-":
		data, err := io.ReadAll(d.stdin)
		if err != nil {
			return err
		}
		src.path, src.data = "-", data
	default:
		src.path = rest
	}
	d.from[name] = src
	return nil
}

// assignBare takes a file without a name: for the only input that needs one,
// or for all inputs that it has a value for.
func (d *feeder) assignBare(spec string) error {
	if named, err := d.assignMembers(spec); named || err != nil {
		return err
	}
	l := d.required()
	if len(l) == 0 {
		l = d.infos
	}
	if len(l) != 1 {
		return usagef("for which input is %q? write NAME=%s; the inputs are %s", spec, spec, infoNames(d.infos))
	}
	return d.set(l[0].Name, spec, spec)
}

// assignMembers spreads the arrays of an .npz file, or the members of a JSON
// object, over the inputs of their names.
func (d *feeder) assignMembers(path string) (bool, error) {
	format, err := tensorio.FormatOf(path)
	if err != nil || format != tensorio.NPZ && format != tensorio.JSON {
		return false, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return false, err
	}
	found := false
	if format == tensorio.NPZ {
		z, err := tensorio.OpenNPZ(data)
		if err != nil {
			return false, fmt.Errorf("%s: %w", path, err)
		}
		for _, name := range z.Names() {
			if d.info(name) != nil {
				found = true
				if err := d.set(name, path, path); err != nil {
					return false, err
				}
			}
		}
		return found, nil
	}
	members, err := tensorio.JSONMembers(data)
	if err != nil {
		return false, nil // a list, or wrong: its reader says how
	}
	for _, in := range d.infos {
		if m := members[in.Name]; m != nil {
			found = true
			if err := d.set(in.Name, path, path); err != nil {
				return false, err
			}
			d.from[in.Name] = source{text: path, path: path, data: m}
		}
	}
	return found, nil
}

// load reads all inputs that have a source. Files come first: named dimensions
// of random inputs follow them.
func (d *feeder) load() (map[string]tensor.Value, error) {
	values := map[string]tensor.Value{}
	for _, in := range d.infos {
		src, ok := d.from[in.Name]
		if !ok || src.path == "" {
			continue
		}
		v, err := d.read(in, src)
		if err != nil {
			return nil, fmt.Errorf("input %q: %w", in.Name, err)
		}
		if err := d.observe(in, v); err != nil {
			return nil, err
		}
		values[in.Name] = v
	}
	for _, in := range d.infos {
		if src, ok := d.from[in.Name]; ok && src.path == "" {
			v, err := d.generate(in, src.text)
			if err != nil {
				return nil, fmt.Errorf("input %q: %w", in.Name, err)
			}
			values[in.Name] = v
		}
	}
	return values, nil
}

// missing says which inputs are not given and what one may write.
func (d *feeder) missing() error {
	var names []string
	first := ""
	for _, in := range d.required() {
		if _, ok := d.from[in.Name]; !ok {
			names = append(names, fmt.Sprintf("%q (%v)", in.Name, in.Type))
			if first == "" {
				first = in.Name
			}
		}
	}
	if len(names) == 0 {
		return nil
	}
	what := "input " + names[0] + " is"
	if len(names) > 1 {
		what = "inputs " + list(names) + " are"
	}
	return usagef("%s not given: write --input %s=FILE (%s), %s=random or %s=zeros", what, first, tensorio.Endings, first, first)
}

// read reads one input from its file.
func (d *feeder) read(in runtime.Info, src source) (tensor.Value, error) {
	if info, err := os.Stat(src.path); src.data == nil && err == nil && info.IsDir() {
		return d.readFolder(in, src.path)
	}
	var format tensorio.Format
	var err error
	data := src.data
	switch {
	case src.path == "-":
		format = tensorio.Sniff(data)
	case data != nil:
		format = tensorio.JSON
	default:
		if format, err = tensorio.FormatOf(src.path); err != nil {
			return nil, err
		}
		if data, err = os.ReadFile(src.path); err != nil {
			return nil, err
		}
	}
	want := in.Type
	if d.asIs && format != tensorio.Image {
		want.HasShape, want.Dims = false, nil
	}
	v, elem, err := tensorio.Decode(data, format, want, in.Name, d.pixels)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", src.path, err)
	}
	if elem == tensor.U8 && in.Type.Elem == tensor.F32 && len(in.Type.Dims) > 2 && !d.pixels.Given() {
		d.note("%q takes the bytes of %s as 0 to 255; --scale 1/255 makes them 0 to 1", in.Name, src.path)
	}
	if d.flags.verbose && elem != tensor.Undefined && elem != in.Type.Elem {
		d.note("%q: %v of %s converted to %v", in.Name, elem, src.path, in.Type.Elem)
	}
	return d.fit(in, v), nil
}

// fit adds missing dimensions of size 1.
func (d *feeder) fit(in runtime.Info, v tensor.Value) tensor.Value {
	if d.asIs {
		return v
	}
	f, added := tensorio.Fit(v, in.Type, d.rows)
	if added && d.flags.verbose {
		d.note("%q: %s taken as %s", in.Name, tensor.Describe(v), tensor.Describe(f))
	}
	return f
}

// readFolder reads the images of a folder, in the order of their names, as the
// rows of one input.
func (d *feeder) readFolder(in runtime.Info, dir string) (tensor.Value, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var rows []tensor.Value
	for _, e := range entries {
		format, err := tensorio.FormatOf(e.Name())
		if err != nil || format != tensorio.Image || e.IsDir() {
			continue
		}
		path := filepath.Join(dir, e.Name())
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		v, err := tensorio.DecodeImage(data, in.Type, d.pixels)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		rows = append(rows, v)
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("%s holds no .png or .jpg images", dir)
	}
	v, err := joinRows(rows, true)
	if err != nil {
		return nil, fmt.Errorf("%s: the images %w", dir, err)
	}
	return v, nil
}

// observe notes the sizes of named dimensions, and compares them with --dim.
func (d *feeder) observe(in runtime.Info, v tensor.Value) error {
	t, ok := v.(*tensor.Tensor)
	if !ok || t.Rank() != len(in.Type.Dims) {
		return nil
	}
	for i, dim := range in.Type.Dims {
		if dim.Known() || dim.Name == "" {
			continue
		}
		if n, ok := d.dims[dim.Name]; ok && n != t.Dim(i) && !d.rows {
			return usagef("--dim %s=%d: input %q has %d", dim.Name, n, in.Name, t.Dim(i))
		}
		d.sizes[dim.Name] = t.Dim(i)
	}
	return nil
}
