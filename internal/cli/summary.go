package cli

import (
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/onnxrun/onnxrun/runtime"
	"github.com/onnxrun/onnxrun/tensor"
)

// stats is what the elements of a tensor are like. Min, Max and Mean are over
// the finite ones.
type stats struct {
	min, max, mean float64
	finite         int
	nan, inf       int
}

// statsOf returns false for elements that are no real numbers.
func statsOf(t *tensor.Tensor) (stats, bool) {
	s := stats{min: math.Inf(1), max: math.Inf(-1)}
	v, ok := realNumbers(t)
	if !ok {
		return s, false
	}
	sum := 0.0
	for _, x := range v {
		switch {
		case x != x:
			s.nan++
		case math.IsInf(x, 0):
			s.inf++
		default:
			s.finite++
			s.min, s.max = min(s.min, x), max(s.max, x)
			sum += x
		}
	}
	if s.finite > 0 {
		s.mean = sum / float64(s.finite)
	}
	return s, true
}

// realNumbers returns the elements as float64, false for strings, bools and
// complex numbers.
func realNumbers(t *tensor.Tensor) ([]float64, bool) {
	switch t.DType() {
	case tensor.Str, tensor.Boolean, tensor.C64, tensor.C128:
		return nil, false
	case tensor.F64:
		return tensor.Data[float64](t), true
	}
	f, err := tensor.New(tensor.F64, t.Shape())
	if err != nil || tensor.Convert(f, t, tensor.Conversion{}) != nil {
		return nil, false
	}
	return tensor.Data[float64](f), true
}

func (s stats) String() string {
	var parts []string
	if s.finite > 0 {
		parts = append(parts, fmt.Sprintf("min %s, max %s, mean %s", num(s.min), num(s.max), num(s.mean)))
	}
	if s.nan > 0 {
		parts = append(parts, plural(s.nan, "element")+" NaN")
	}
	if s.inf > 0 {
		parts = append(parts, plural(s.inf, "element")+" infinite")
	}
	return strings.Join(parts, ", ")
}

// element writes one element for people.
func element(t *tensor.Tensor, i int) string {
	s := tensor.FormatElement(t, i)
	switch t.DType() {
	case tensor.Str:
		return fmt.Sprintf("%.40q", s)
	case tensor.F32:
		return num(float64(tensor.Data[float32](t)[i]))
	case tensor.F64:
		return num(tensor.Data[float64](t)[i])
	}
	return strings.TrimSuffix(s, ".0")
}

// firstElements writes the first few elements of a tensor, and its last.
func firstElements(t *tensor.Tensor) string {
	const most = 8
	var parts []string
	for i := range min(t.Len(), most) {
		parts = append(parts, element(t, i))
	}
	if n := t.Len(); n > most {
		parts[most-1] = "… " + element(t, n-1)
	}
	return strings.Join(parts, "  ")
}

// printValue writes what an output is like.
func printValue(w io.Writer, name string, v tensor.Value) {
	fmt.Fprintf(w, "%s  %s\n", name, tensor.Describe(v))
	switch v := v.(type) {
	case *tensor.Tensor:
		if v.Len() == 0 {
			return
		}
		fmt.Fprintf(w, "  %s\n", firstElements(v))
		if s, ok := statsOf(v); ok && (v.Len() > 1 || s.finite == 0) {
			fmt.Fprintf(w, "  %s\n", s)
		} else if v.DType() == tensor.Boolean && v.Len() > 1 {
			n := 0
			for _, b := range tensor.Data[bool](v) {
				if b {
					n++
				}
			}
			fmt.Fprintf(w, "  %s of %s true\n", count(n), count(v.Len()))
		}
	default:
		printNested(w, "  ", v)
	}
}

// printNested writes the first few members of a sequence or map.
func printNested(w io.Writer, indent string, v tensor.Value) {
	const most = 5
	switch v := v.(type) {
	case *tensor.Tensor:
		fmt.Fprintf(w, "%s%s\n", indent, tensorLine(v))
	case *tensor.Sequence:
		for i, e := range v.Elems[:min(len(v.Elems), most)] {
			if t, ok := e.(*tensor.Tensor); ok {
				fmt.Fprintf(w, "%s%d: %s\n", indent, i, tensorLine(t))
				continue
			}
			fmt.Fprintf(w, "%s%d: %s\n", indent, i, tensor.Describe(e))
			printNested(w, indent+"  ", e)
		}
		more(w, indent, len(v.Elems)-most)
	case *tensor.Map:
		for i, e := range v.Values[:min(len(v.Values), most)] {
			line := tensor.Describe(e)
			if t, ok := e.(*tensor.Tensor); ok {
				line = tensorLine(t)
			}
			fmt.Fprintf(w, "%s%s: %s\n", indent, element(v.Keys, i), line)
		}
		more(w, indent, len(v.Values)-most)
	case *tensor.Optional:
		if v.Elem == nil {
			fmt.Fprintf(w, "%sempty\n", indent)
		} else {
			printNested(w, indent, v.Elem)
		}
	case *tensor.Sparse:
		fmt.Fprintf(w, "%s%s\n", indent, tensorLine(v.Values))
	}
}

func more(w io.Writer, indent string, n int) {
	if n > 0 {
		fmt.Fprintf(w, "%s… %s more\n", indent, count(n))
	}
}

// tensorLine writes a scalar as its value, and another tensor with its type.
func tensorLine(t *tensor.Tensor) string {
	if t.Len() == 1 {
		return element(t, 0)
	}
	return fmt.Sprintf("%v  %s", t, firstElements(t))
}

// The number of classes that an output of scores may have.
const (
	minClasses = 2
	maxClasses = 10000
)

// isScores reports whether an output can be scores of classes.
func isScores(v tensor.Value) bool {
	t, ok := v.(*tensor.Tensor)
	if !ok || t.Rank() != 2 || t.Dim(0) == 0 || t.Dim(1) < minClasses || t.Dim(1) > maxClasses {
		return false
	}
	switch t.DType() {
	case tensor.F32, tensor.F64, tensor.F16, tensor.BF16:
		return true
	}
	return false
}

// scored is one class of a row.
type scored struct {
	Class int     `json:"class"`
	Label string  `json:"label,omitempty"`
	Score float64 `json:"score"`
}

// topOf returns the k classes of the highest scores for each row. NaN is the
// lowest.
func topOf(t *tensor.Tensor, k int, labels []string) [][]scored {
	v, _ := realNumbers(t)
	n := t.Dim(1)
	rows := make([][]scored, t.Dim(0))
	order := make([]int, n)
	for r := range rows {
		row := v[r*n : (r+1)*n]
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(a, b int) int {
			x, y := row[a], row[b]
			switch {
			case x > y || y != y && x == x:
				return -1
			case x < y || x != x && y == y:
				return 1
			}
			return 0
		})
		for _, c := range order[:min(k, n)] {
			s := scored{Class: c, Score: row[c]}
			if c < len(labels) {
				s.Label = labels[c]
			}
			rows[r] = append(rows[r], s)
		}
	}
	return rows
}

// printTop writes the best classes: a list for one row, a line each for more.
func printTop(w io.Writer, rows [][]scored) {
	if len(rows) == 1 {
		fmt.Fprintf(w, "  top %d\n", len(rows[0]))
		t := &table{indent: "    ", align: "rl"}
		for _, s := range rows[0] {
			t.row(fmt.Sprint(s.Class), num(s.Score), s.Label)
		}
		t.print(w)
		return
	}
	const most = 10
	t := &table{indent: "  ", align: "r"}
	for i, row := range rows[:min(len(rows), most)] {
		cells := []string{fmt.Sprintf("row %d", i)}
		for _, s := range row {
			name := s.Label
			if name == "" {
				name = fmt.Sprint(s.Class)
			}
			cells = append(cells, fmt.Sprintf("%s (%s)", name, num(s.Score)))
		}
		t.row(cells...)
	}
	t.print(w)
	more(w, "  ", len(rows)-most)
}

// readLabels reads a name a line.
func readLabels(path string) ([]string, error) {
	if path == "" {
		return nil, nil
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	labels := strings.Split(strings.TrimRight(string(b), "\r\n"), "\n")
	for i, l := range labels {
		labels[i] = strings.TrimSpace(l)
	}
	return labels, nil
}

// scoreOutputs picks the outputs whose best classes are shown: the only one
// that can be scores, or all that can if the user asks for classes.
func scoreOutputs(infos []runtime.Info, values map[string]tensor.Value, asked bool) []string {
	var names []string
	for _, o := range infos {
		if isScores(values[o.Name]) {
			names = append(names, o.Name)
		}
	}
	if len(names) > 1 && !asked {
		return nil
	}
	return names
}
