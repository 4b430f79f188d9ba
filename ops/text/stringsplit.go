package text

import (
	"slices"
	"strings"
	"unicode"

	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// StringSplit splits strings at a delimiter, or at runs of white space, at most
// maxsplit times; what is left is the last part. Strings with fewer parts than
// others are filled up with empty ones.
var stringSplit20 = ops.Def{
	Name: "StringSplit", Since: 20,
	Sig: "X:string -> Y:string, Z:int64",
	New: func(n *ops.Node) (ops.Kernel, error) {
		return stringSplit{n.Str("delimiter", ""), n.Int("maxsplit", -1)}, nil
	},
}

type stringSplit struct {
	delimiter string
	max       int // negative: no limit
}

func (k stringSplit) Run(c *ops.Call) error {
	x := c.Tensor(0)
	z, err := c.Output(1, tensor.I64, x.Shape())
	if err != nil {
		return err
	}
	in, counts := tensor.Data[string](x), tensor.Data[int64](z)
	width := 0
	for i, s := range in {
		n := 0
		k.split(s, func(string) { n++ })
		counts[i] = int64(n)
		width = max(width, n)
	}
	y, err := c.Output(0, tensor.Str, append(slices.Clone(x.Shape()), width))
	if err != nil {
		return err
	}
	out := tensor.Data[string](y)
	clear(out)
	for i, s := range in {
		row, n := out[i*width:(i+1)*width], 0
		k.split(s, func(part string) {
			row[n] = part
			n++
		})
	}
	return nil
}

// split calls add for each part.
func (k stringSplit) split(s string, add func(string)) {
	if k.delimiter == "" {
		s = strings.TrimSpace(s)
	}
	for splits := 0; k.max < 0 || splits < k.max; splits++ {
		if k.delimiter == "" {
			end := strings.IndexFunc(s, unicode.IsSpace)
			if end < 0 {
				break
			}
			add(s[:end])
			s = strings.TrimLeftFunc(s[end:], unicode.IsSpace)
			continue
		}
		before, after, ok := strings.Cut(s, k.delimiter)
		if !ok {
			break
		}
		add(before)
		s = after
	}
	if s != "" || k.delimiter != "" {
		add(s)
	}
}
