package cli

import (
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/onnxrun/onnxrun/internal/tensorio"
)

const inputHelp = "where an input comes from: `NAME=FILE` (" + tensorio.Endings + "), NAME=random or NAME=zeros; a folder of images is a batch; - is the standard input; NAME= may be left out if it is clear"

// inputFlags are the flags of the commands that feed a model.
type inputFlags struct {
	inputs  []string
	dims    []string
	seed    uint64
	layout  string
	scale   string
	mean    string
	std     string
	verbose bool
}

func (f *inputFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringArrayVarP(&f.inputs, "input", "i", nil, inputHelp)
	cmd.Flags().StringArrayVar(&f.dims, "dim", nil, "size of a dimension that the model names, as `NAME=SIZE`, for random and zeros (default 1)")
	cmd.Flags().Uint64Var(&f.seed, "seed", 1, "seed of random inputs, a `number`")
	cmd.Flags().StringVar(&f.layout, "layout", "", "`order` of an image's dimensions, nchw or nhwc (default: found from the shape)")
	cmd.Flags().StringVar(&f.scale, "scale", "", "`factor` for the pixels of images and arrays of uint8, such as 1/255 (the default for images)")
	cmd.Flags().StringVar(&f.mean, "mean", "", "`numbers` to subtract after scaling, one for each channel: 0.485,0.456,0.406")
	cmd.Flags().StringVar(&f.std, "std", "", "`numbers` to divide by then, one for each channel: 0.229,0.224,0.225")
	cmd.Flags().BoolVarP(&f.verbose, "verbose", "v", false, "say what is done to the inputs, and how long things take")
}

// pixels reads the flags that are about images.
func (f *inputFlags) pixels() (tensorio.Pixels, error) {
	p := tensorio.Pixels{Layout: strings.ToLower(f.layout)}
	if p.Layout != "" && p.Layout != "nchw" && p.Layout != "nhwc" {
		return p, usagef("--layout is nchw or nhwc, not %q", f.layout)
	}
	var err error
	if f.scale != "" {
		if p.Scale, err = fraction(f.scale); err != nil || p.Scale == 0 {
			return p, usagef("--scale is a number or a fraction such as 1/255, not %q", f.scale)
		}
	}
	if p.Mean, err = numbers(f.mean); err != nil {
		return p, usagef("--mean is a list of numbers such as 0.5,0.5,0.5, not %q", f.mean)
	}
	if p.Std, err = numbers(f.std); err != nil || slices.Contains(p.Std, 0) {
		return p, usagef("--std is a list of numbers such as 0.5,0.5,0.5, none of them 0, not %q", f.std)
	}
	return p, nil
}

func fraction(s string) (float64, error) {
	top, bottom, ok := strings.Cut(s, "/")
	v, err := strconv.ParseFloat(strings.TrimSpace(top), 64)
	if !ok || err != nil {
		return v, err
	}
	d, err := strconv.ParseFloat(strings.TrimSpace(bottom), 64)
	if d == 0 {
		return 0, strconv.ErrRange
	}
	return v / d, err
}

func numbers(s string) ([]float64, error) {
	if s == "" {
		return nil, nil
	}
	var l []float64
	for part := range strings.SplitSeq(s, ",") {
		v, err := fraction(part)
		if err != nil {
			return nil, err
		}
		l = append(l, v)
	}
	return l, nil
}
