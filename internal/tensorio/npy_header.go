package tensorio

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/onnxrun/onnxrun/tensor"
)

// pyScanner reads the few forms of a Python literal that a .npy header has.
type pyScanner struct {
	s  string
	at int
}

func (p *pyScanner) space() {
	for p.at < len(p.s) && strings.IndexByte(" \t\r\n\x00", p.s[p.at]) >= 0 {
		p.at++
	}
}

// take skips the given character if it is next.
func (p *pyScanner) take(c byte) bool {
	p.space()
	if p.at < len(p.s) && p.s[p.at] == c {
		p.at++
		return true
	}
	return false
}

func (p *pyScanner) expect(c byte) error {
	if !p.take(c) {
		return fmt.Errorf("want %q at %.20q", c, p.s[p.at:])
	}
	return nil
}

// text reads a quoted string without escapes.
func (p *pyScanner) text() (string, error) {
	p.space()
	if p.at >= len(p.s) || (p.s[p.at] != '\'' && p.s[p.at] != '"') {
		return "", fmt.Errorf("want a string at %.20q", p.s[p.at:])
	}
	quote := p.s[p.at]
	end := strings.IndexByte(p.s[p.at+1:], quote)
	if end < 0 {
		return "", errors.New("a string has no end")
	}
	v := p.s[p.at+1 : p.at+1+end]
	p.at += end + 2
	return v, nil
}

// word reads letters and digits: True, False, 12, 12L.
func (p *pyScanner) word() string {
	p.space()
	start := p.at
	for p.at < len(p.s) && (p.s[p.at] == '-' || p.s[p.at] == '_' || p.s[p.at]|0x20 >= 'a' && p.s[p.at]|0x20 <= 'z' || p.s[p.at] >= '0' && p.s[p.at] <= '9') {
		p.at++
	}
	return p.s[start:p.at]
}

// parseNPYHeader reads {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }.
func parseNPYHeader(s string) (*npyHeader, error) {
	p := &pyScanner{s: s}
	h := &npyHeader{}
	seen := map[string]bool{}
	if err := p.expect('{'); err != nil {
		return nil, err
	}
	for !p.take('}') {
		key, err := p.text()
		if err != nil {
			return nil, err
		}
		if err := p.expect(':'); err != nil {
			return nil, err
		}
		if seen[key] {
			return nil, fmt.Errorf("%q stands twice", key)
		}
		seen[key] = true
		switch key {
		case "descr":
			err = p.descr(h)
		case "fortran_order":
			switch w := p.word(); w {
			case "True", "False":
				h.fortran = w == "True"
			default:
				err = fmt.Errorf("fortran_order is %q, want True or False", w)
			}
		case "shape":
			h.shape, err = p.shape()
		default:
			err = fmt.Errorf("key %.20q is not known", key)
		}
		if err != nil {
			return nil, err
		}
		if !p.take(',') {
			if err := p.expect('}'); err != nil {
				return nil, err
			}
			break
		}
	}
	for _, key := range []string{"descr", "fortran_order", "shape"} {
		if !seen[key] {
			return nil, fmt.Errorf("%s is missing", key)
		}
	}
	return h, nil
}

// descr reads an element type: '<f4', '|b1', '<U12'.
func (p *pyScanner) descr(h *npyHeader) error {
	p.space()
	if p.at < len(p.s) && p.s[p.at] == '[' {
		return errors.New("structured arrays are no tensors; save one field of it")
	}
	d, err := p.text()
	if err != nil {
		return err
	}
	rest := strings.TrimLeft(d, "<>|=")
	if len(d)-len(rest) > 1 || rest == "" {
		return fmt.Errorf("descr %.20q is no element type", d)
	}
	h.order = '|'
	if len(rest) < len(d) {
		h.order = d[0]
	}
	if h.order == '=' {
		h.order = '<'
		if hostBig {
			h.order = '>'
		}
	}
	h.kind = rest[0]
	if h.kind == 'O' {
		return errors.New("the array holds pickled Python objects; save it with a plain element type")
	}
	size, err := strconv.ParseUint(rest[1:], 10, 24)
	if err != nil || strings.IndexByte("fiubcUSV", h.kind) < 0 {
		return fmt.Errorf("descr %.20q is no element type that a tensor has", d)
	}
	h.size = int(size)
	return nil
}

// shape reads a tuple of sizes.
func (p *pyScanner) shape() (tensor.Shape, error) {
	if err := p.expect('('); err != nil {
		return nil, err
	}
	shape := tensor.Shape{}
	for !p.take(')') {
		w := strings.TrimSuffix(p.word(), "L")
		n, err := strconv.Atoi(w)
		if err != nil || n < 0 {
			return nil, fmt.Errorf("dimension %.20q is no size", w)
		}
		if shape = append(shape, n); len(shape) > maxRank {
			return nil, fmt.Errorf("more than %d dimensions", maxRank)
		}
		if !p.take(',') {
			if err := p.expect(')'); err != nil {
				return nil, err
			}
			break
		}
	}
	return shape, nil
}
