package text

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// StringNormalizer drops the strings that are stop words and changes the case
// of the others. Letters change case one for one, as Unicode has it for all
// languages, and as Turkish and Azeri have it in a locale of these. Where
// nothing is left, the output is one empty string.
var stringNormalizer10 = ops.Def{
	Name: "StringNormalizer", Since: 10,
	Sig: "X:string -> Y:string",
	New: func(n *ops.Node) (ops.Kernel, error) {
		k := &stringNormalizer{stop: map[string]bool{}}
		var special unicode.SpecialCase
		if l := strings.ToLower(n.Str("locale", "en_US")); language(l) == "tr" || language(l) == "az" {
			special = unicode.TurkishCase
		}
		lower := func(s string) string { return strings.ToLowerSpecial(special, s) }
		upper := func(s string) string { return strings.ToUpperSpecial(special, s) }
		k.compare = lower
		switch n.Enum("case_change_action", "NONE", "LOWER", "UPPER") {
		case "LOWER":
			k.change = lower
		case "UPPER":
			k.change, k.compare = upper, upper
		}
		if n.Bool("is_case_sensitive", false) {
			k.compare = nil
		}
		for _, w := range n.Strings("stopwords") {
			k.stop[k.word(w)] = true
		}
		return k, nil
	},
}

// language returns the language of a locale: "tr" of tr_TR.UTF-8.
func language(locale string) string {
	if i := strings.IndexAny(locale, "_-."); i >= 0 {
		return locale[:i]
	}
	return locale
}

type stringNormalizer struct {
	stop    map[string]bool
	compare func(string) string // makes words comparable, nil where they are as they are
	change  func(string) string // nil for no change
}

// word returns s as it stands among the stop words.
func (k *stringNormalizer) word(s string) string {
	if k.compare == nil {
		return s
	}
	return k.compare(s)
}

func (k *stringNormalizer) Run(c *ops.Call) error {
	x := c.Tensor(0)
	if x.Rank() != 1 && (x.Rank() != 2 || x.Dim(0) != 1) {
		return fmt.Errorf("input 0 (X): got %v, want [C] or [1 C]", x)
	}
	in := tensor.Data[string](x)
	stays := func(s string) bool { return len(k.stop) == 0 || !k.stop[k.word(s)] }
	n := 0
	for i, s := range in {
		if !utf8.ValidString(s) && (k.change != nil || k.compare != nil && len(k.stop) > 0) {
			return fmt.Errorf("input 0 (X): element %d is not UTF-8", i)
		}
		if stays(s) {
			n++
		}
	}
	shape := tensor.Shape{max(n, 1)}
	if x.Rank() == 2 {
		shape = tensor.Shape{1, max(n, 1)}
	}
	y, err := c.Output(0, tensor.Str, shape)
	if err != nil {
		return err
	}
	out := tensor.Data[string](y)
	out[0] = ""
	at := 0
	for _, s := range in {
		if !stays(s) {
			continue
		}
		if k.change != nil {
			s = k.change(s)
		}
		out[at] = s
		at++
	}
	return nil
}
