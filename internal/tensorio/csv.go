package tensorio

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/onnxrun/onnxrun/tensor"
)

// DecodeCSV reads a table for an input of the wanted type: one row a line,
// separated by commas, semicolons, tabs or blanks, whichever the first line
// has. Lines that begin with # are left out, and so is a first line of column
// names where numbers are wanted. The result has the rows and columns as its
// dimensions; where the type has others, the columns are the elements of one
// entry along the first dimension, or the table is one entry.
func DecodeCSV(data []byte, want tensor.Type) (*tensor.Tensor, error) {
	rows, err := newTable(data)
	if err != nil {
		return nil, err
	}
	c := collector{want: want.Elem}
	n, cols := 0, 0
	for first := true; ; first = false {
		cells, line, err := rows.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		if first && want.Elem != tensor.Str && names(cells) {
			cols = len(cells)
			continue
		}
		if cols == 0 {
			cols = len(cells)
		}
		if len(cells) != cols {
			return nil, fmt.Errorf("line %d has %d columns, the lines before %d", line, len(cells), cols)
		}
		for i, cell := range cells {
			if err := c.text(cell); err != nil {
				return nil, fmt.Errorf("line %d, column %d: %w", line, i+1, err)
			}
		}
		n++
	}
	if n == 0 {
		return nil, errors.New("the table has no rows")
	}
	t, err := c.tensor(tensor.Shape{n, cols})
	if err != nil {
		return nil, err
	}
	return tableShape(t, want)
}

// names reports whether a line holds column names: none of its cells is a
// number, a bool or empty.
func names(cells []string) bool {
	for _, c := range cells {
		c = strings.TrimSpace(c)
		_, isBool := parseBool(c)
		if _, err := parseFloat(c, 64); err == nil || isBool || c == "" {
			return false
		}
	}
	return true
}

// table reads lines of cells.
type table struct {
	csv   *csv.Reader
	lines []string // of a table that is separated by blanks
	line  int
}

func newTable(data []byte) (*table, error) {
	data = bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF"))
	if bytes.IndexByte(data, 0) >= 0 {
		return nil, errors.New("not a table: the data has NUL bytes")
	}
	first := ""
	for l := range strings.Lines(string(data)) {
		if l = strings.TrimSpace(l); l != "" && l[0] != '#' {
			first = l
			break
		}
	}
	sep := ','
	for _, s := range "\t;" {
		if strings.Count(first, string(s)) > strings.Count(first, string(sep)) {
			sep = s
		}
	}
	if !strings.ContainsRune(first, sep) && !strings.Contains(first, `"`) {
		return &table{lines: strings.Split(string(data), "\n")}, nil
	}
	r := csv.NewReader(bytes.NewReader(data))
	r.Comma, r.Comment, r.FieldsPerRecord, r.ReuseRecord, r.TrimLeadingSpace = sep, '#', -1, true, sep != '\t'
	return &table{csv: r}, nil
}

// next returns the cells of the next line and its number.
func (t *table) next() ([]string, int, error) {
	if t.csv != nil {
		cells, err := t.csv.Read()
		if err != nil {
			return nil, 0, err
		}
		line, _ := t.csv.FieldPos(0)
		return cells, line, nil
	}
	for t.line < len(t.lines) {
		l := strings.TrimSpace(t.lines[t.line])
		t.line++
		if l != "" && l[0] != '#' {
			return strings.Fields(l), t.line, nil
		}
	}
	return nil, 0, io.EOF
}

// tableShape gives a table the dimensions that a type wants, if its elements
// fit them.
func tableShape(t *tensor.Tensor, want tensor.Type) (*tensor.Tensor, error) {
	if !want.HasShape || len(want.Dims) == 2 || len(want.Dims) == 0 && t.Len() != 1 {
		return t, nil
	}
	if len(want.Dims) == 0 {
		return t.Reshape(tensor.Shape{})
	}
	if len(want.Dims) == 1 {
		if t.Dim(0) == 1 || t.Dim(1) == 1 {
			return t.Reshape(tensor.Shape{t.Len()})
		}
		return t, nil
	}
	entry, ok := knownDims(want.Dims[1:])
	if !ok {
		return t, nil
	}
	switch entry.Len() {
	case t.Dim(1):
		return t.Reshape(append(tensor.Shape{t.Dim(0)}, entry...))
	case t.Len():
		return t.Reshape(append(tensor.Shape{1}, entry...))
	}
	return t, nil
}

// knownDims returns the sizes of dimensions that are all known.
func knownDims(dims []tensor.Dim) (tensor.Shape, bool) {
	shape := make(tensor.Shape, len(dims))
	for i, d := range dims {
		if !d.Known() {
			return nil, false
		}
		shape[i] = d.Size
	}
	return shape, shape.Check(1) == nil
}
