package math

import (
	"fmt"
	"slices"
	"strings"

	"github.com/onnxrun/onnxrun/tensor"
)

// equation is a parsed einsum equation. A label is a letter or, below zero, a
// dimension of the ellipsis counted from its end: -1 is the last.
type equation struct {
	terms  [][]byte // of the inputs, ellipsis for "..."
	output []byte
	given  bool // whether the output stands in the equation
}

const ellipsis = '.'

// parseEquation reads "ij, jk -> ik".
func parseEquation(s string) (*equation, error) {
	e := &equation{}
	left, right, given := strings.Cut(strings.ReplaceAll(s, " ", ""), "->")
	for _, t := range strings.Split(left, ",") {
		labels, err := parseTerm(t)
		if err != nil {
			return nil, fmt.Errorf("attribute equation: %q: %w", s, err)
		}
		e.terms = append(e.terms, labels)
	}
	if e.given = given; !given {
		return e, nil
	}
	var err error
	if e.output, err = parseTerm(right); err != nil {
		return nil, fmt.Errorf("attribute equation: %q: %w", s, err)
	}
	for i, l := range e.output {
		if slices.Contains(e.output[:i], l) {
			return nil, fmt.Errorf("attribute equation: %q: the output has %q twice", s, l)
		}
		known := l == ellipsis
		for _, t := range e.terms {
			known = known || slices.Contains(t, l)
		}
		if !known {
			return nil, fmt.Errorf("attribute equation: %q: no input has the %q of the output", s, l)
		}
	}
	return e, nil
}

func parseTerm(s string) ([]byte, error) {
	var labels []byte
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			labels = append(labels, c)
		case strings.HasPrefix(s[i:], "...") && !slices.Contains(labels, ellipsis):
			labels = append(labels, ellipsis)
			i += 2
		default:
			return nil, fmt.Errorf("got %q, want letters and at most one ellipsis", s)
		}
	}
	return labels, nil
}

// resolve gives the dimensions of the inputs their labels, and returns the
// labels of the output and the size of each.
func (e *equation) resolve(shapes []tensor.Shape) (inputs [][]int, output []int, sizes map[int]int, err error) {
	if len(shapes) != len(e.terms) {
		return nil, nil, nil, fmt.Errorf("got %d inputs, the equation has %d terms", len(shapes), len(e.terms))
	}
	sizes = map[int]int{}
	dots := 0 // dimensions of the ellipsis
	for i, t := range e.terms {
		extra := len(shapes[i]) - len(t)
		if slices.Contains(t, ellipsis) {
			extra++
			dots = max(dots, extra)
		} else if extra != 0 {
			extra = -1
		}
		if extra < 0 {
			return nil, nil, nil, fmt.Errorf("input %d: got shape %v for the term %q", i, shapes[i], t)
		}
		labels := expand(t, extra)
		for d, l := range labels {
			n := shapes[i][d]
			if first := slices.Index(labels, l); shapes[i][first] != n {
				return nil, nil, nil, fmt.Errorf("input %d: got shape %v, its dimensions %d and %d must be equal (term %q)", i, shapes[i], first, d, t)
			}
			if have, ok := sizes[l]; !ok || have == 1 {
				sizes[l] = n
			} else if n != have && n != 1 {
				return nil, nil, nil, fmt.Errorf("input %d: got shape %v, dimension %d must be %d as in an input before (term %q)", i, shapes[i], d, have, t)
			}
		}
		inputs = append(inputs, labels)
	}
	if e.given {
		return inputs, expand(e.output, dots), sizes, nil
	}
	// Implicit: the ellipsis, then what occurs once, in alphabetical order.
	for i := range dots {
		output = append(output, i-dots)
	}
	for l := 'A'; l <= 'z'; l++ {
		n := 0
		for _, labels := range inputs {
			for _, m := range labels {
				if m == int(l) {
					n++
				}
			}
		}
		if n == 1 {
			output = append(output, int(l))
		}
	}
	return inputs, output, sizes, nil
}

// expand writes an ellipsis out as dots labels.
func expand(term []byte, dots int) []int {
	var labels []int
	for _, l := range term {
		if l != ellipsis {
			labels = append(labels, int(l))
			continue
		}
		for i := range dots {
			labels = append(labels, i-dots)
		}
	}
	return labels
}
