package contrib

import (
	"errors"
	"fmt"
	"regexp"
	"unicode/utf8"

	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// Tokenizer cuts strings at separators, or takes what an expression matches.
// Expressions are those of RE2, which are Go's, and match as much as they can.
var tokenizer1 = ops.Def{
	Domain: domain, Name: "Tokenizer", Since: 1,
	Sig: "X:T -> Y:T", Types: ops.Types{"T": ops.String},
	New: newTokenizer,
}

type tokenizer struct {
	mark       bool
	pad        string
	min        int // characters that a token must have
	separators []*regexp.Regexp
	token      *regexp.Regexp
	chars      bool // each character is a token
}

func newTokenizer(n *ops.Node) (ops.Kernel, error) {
	k := &tokenizer{mark: n.RequiredInt("mark") != 0, min: n.RequiredInt("mincharnum"), pad: n.Str("pad_value", "")}
	if k.min < 1 {
		return nil, fmt.Errorf("attribute mincharnum: got %d, want 1 or more", k.min)
	}
	separators, token := n.Strings("separators"), n.Str("tokenexp", "")
	if (len(separators) > 0) == (token != "") {
		return nil, errors.New("attributes separators and tokenexp: want one of them")
	}
	if token == "." || len(separators) == 1 && separators[0] == "" {
		if k.min > 1 {
			return nil, fmt.Errorf("attribute mincharnum: got %d, want 1 where tokens are characters", k.min)
		}
		k.chars = true
		return k, nil
	}
	for _, s := range separators {
		if s == "" {
			return nil, errors.New("attribute separators: got an empty one among others")
		}
		re, err := regexp.Compile(s)
		if err != nil {
			return nil, fmt.Errorf("attribute separators: %w", err)
		}
		re.Longest()
		k.separators = append(k.separators, re)
	}
	if token != "" {
		re, err := regexp.Compile(token)
		if err != nil {
			return nil, fmt.Errorf("attribute tokenexp: %w", err)
		}
		re.Longest()
		k.token = re
	}
	return k, nil
}

func (k *tokenizer) Run(c *ops.Call) error {
	x := c.Tensor(0)
	if x.Rank() != 1 && x.Rank() != 2 {
		return fmt.Errorf("input 0 (X): got %v, want 1 or 2 dimensions", x)
	}
	if x.Len() == 0 {
		shape := x.Shape()
		if len(shape) == 2 {
			shape = tensor.Shape{shape[0], 0}
		}
		_, err := c.Output(0, tensor.Str, shape)
		return err
	}
	rows := make([][]string, x.Len())
	width := 0
	for i, s := range tensor.Data[string](x) {
		if !utf8.ValidString(s) {
			return fmt.Errorf("input 0 (X): element %d, %q, is not UTF-8", i, s)
		}
		var err error
		if rows[i], err = k.tokens(s); err != nil {
			return err
		}
		width = max(width, len(rows[i]))
	}
	shape := x.Shape().Clone()
	if width == 0 {
		_, err := c.Output(0, tensor.Str, append(shape, 0))
		return err
	}
	if k.mark {
		width += 2
	}
	y, err := c.Output(0, tensor.Str, append(shape, width))
	if err != nil {
		return err
	}
	out := tensor.Data[string](y)
	for i, tokens := range rows {
		row := out[i*width : (i+1)*width]
		if k.mark {
			row[0], row[len(tokens)+1] = "\x02", "\x03"
			copy(row[1:], tokens)
			row = row[len(tokens)+2:]
		} else {
			row = row[copy(row, tokens):]
		}
		for j := range row {
			row[j] = k.pad
		}
	}
	return nil
}

func (k *tokenizer) tokens(s string) ([]string, error) {
	var tokens []string
	switch {
	case k.chars:
		for i, r := range s {
			tokens = append(tokens, s[i:i+utf8.RuneLen(r)])
		}
	case k.token != nil:
		for _, m := range k.token.FindAllString(s, -1) {
			if m != "" && utf8.RuneCountInString(m) >= k.min {
				tokens = append(tokens, m)
			}
		}
	default:
		tokens = []string{s}
		for _, re := range k.separators {
			var next []string
			for _, t := range tokens {
				at := 0
				for _, m := range re.FindAllStringIndex(t, -1) {
					if m[0] == m[1] {
						return nil, fmt.Errorf("attribute separators: %v matches nothing", re)
					}
					next = k.keep(next, t[at:m[0]])
					at = m[1]
				}
				next = k.keep(next, t[at:])
			}
			tokens = next
		}
	}
	return tokens, nil
}

// keep appends a token that is long enough.
func (k *tokenizer) keep(tokens []string, t string) []string {
	if utf8.RuneCountInString(t) >= k.min {
		return append(tokens, t)
	}
	return tokens
}
