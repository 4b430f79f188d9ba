package cli

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"

	"github.com/guptarohit/asciigraph"

	"github.com/onnxrun/onnxrun/internal/tensorio"
	"github.com/onnxrun/onnxrun/tensor"
)

// report prints the ticks, the normalizations and the outputs.
func (k *ticker) report(outputs map[string]tensor.Value, carry map[string]string) error {
	if k.asJSON {
		return k.printJSON(outputs, carry)
	}
	var from []string
	for _, s := range k.split {
		part, err := s.part(0, k.whole)
		if err != nil {
			return err
		}
		from = append(from, fmt.Sprintf("%s (%v)", s.info.Name, part))
	}
	how := "each"
	if k.whole {
		how = "in one piece"
	}
	fmt.Fprintf(k.out, "%s of %s %s\n", plural(k.ticks, "tick"), list(from), how)
	var pairs []string
	for _, out := range sortedKeys(carry) {
		pairs = append(pairs, out+" → "+carry[out])
	}
	if pairs != nil {
		fmt.Fprintf(k.out, "state carried: %s\n", strings.Join(pairs, ", "))
	} else if !k.whole {
		fmt.Fprintln(k.out, "no state is carried")
	}
	k.printNorms()
	if k.plot {
		k.plotNorms()
	}
	for _, o := range k.session.Outputs() {
		if _, state := carry[o.Name]; !state {
			fmt.Fprintln(k.out)
			printValue(k.out, o.Name, outputs[o.Name])
		}
	}
	return nil
}

// Where there are more normalizations than this, the table has one line each.
const mostDetailed = 8

func (k *ticker) printNorms() {
	if len(k.norms.series) == 0 {
		fmt.Fprintln(k.out, "\nthe model has no normalization nodes")
		return
	}
	fmt.Fprintln(k.out, "\nmean and variance into and out of each normalization")
	t := &table{indent: "  ", align: "lrrrrr"}
	detailed := len(k.norms.series) <= mostDetailed
	for i, s := range k.norms.series {
		if detailed && i > 0 {
			t.row()
		}
		if detailed || i == 0 {
			title := []string{"tick", "mean in", "var in", "mean out", "var out"}
			if detailed {
				t.row(append([]string{s.title()}, title...)...)
			} else {
				t.row(append([]string{""}, title...)...)
			}
		}
		if !detailed {
			t.row(normRow(s.title(), "all "+strconv.Itoa(len(s.Ticks)), s.All)...)
			continue
		}
		for j, n := range s.Ticks {
			const first = 3
			switch last := len(s.Ticks) - 1; {
			case j < first || j == last || last <= first+1:
				t.row(normRow("", strconv.Itoa(j+1), n)...)
			case j == first:
				t.row("", "…")
			}
		}
		if len(s.Ticks) > 1 {
			t.row(normRow("", "all", s.All)...)
		}
	}
	t.print(k.out)
	if !detailed && k.csvFile == "" {
		fmt.Fprintln(k.out, "  --csv FILE writes every tick")
	}
}

func (s *normSeries) title() string {
	title := s.Node + " (" + s.Op + ")"
	if s.Depth > 0 {
		title = s.Node + " (" + s.Op + " in a loop)"
	}
	return title
}

func normRow(title, tick string, n normTick) []string {
	return []string{title, tick, num(n.In.Mean), num(n.In.Var), num(n.Out.Mean), num(n.Out.Var)}
}

// writeCSV writes a line for each tick of each normalization.
func (k *ticker) writeCSV() error {
	return tensorio.WriteFile(k.csvFile, func(w io.Writer) error {
		c := csv.NewWriter(w)
		c.Write([]string{"tick", "node", "op", "mean_in", "var_in", "mean_out", "var_out"})
		ticks := 0
		for _, s := range k.norms.series {
			ticks = max(ticks, len(s.Ticks))
		}
		for i := range ticks {
			for _, s := range k.norms.series {
				if i < len(s.Ticks) {
					n := s.Ticks[i]
					c.Write([]string{strconv.Itoa(i + 1), s.Node, s.Op, full(n.In.Mean), full(n.In.Var), full(n.Out.Mean), full(n.Out.Var)})
				}
			}
		}
		c.Flush()
		return c.Error()
	})
}

func full(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// plotNorms draws the mean and the variance of each normalization over time.
func (k *ticker) plotNorms() {
	width, colour := terminal(k.out)
	if !colour {
		width = 80
	}
	colour = colour && os.Getenv("NO_COLOR") == ""
	for _, s := range k.norms.series {
		if len(s.Ticks) < 2 {
			continue
		}
		k.plotOne("mean", s, width, colour, func(m moments) float64 { return m.Mean })
		k.plotOne("variance", s, width, colour, func(m moments) float64 { return m.Var })
	}
}

func (k *ticker) plotOne(what string, s *normSeries, width int, colour bool, value func(moments) float64) {
	in, out := make([]float64, len(s.Ticks)), make([]float64, len(s.Ticks))
	drawn := 0
	for i, t := range s.Ticks {
		in[i], out[i] = finiteOrGap(value(t.In)), finiteOrGap(value(t.Out))
		if in[i] == in[i] || out[i] == out[i] {
			drawn++
		}
	}
	if drawn < 2 {
		return
	}
	const axis = 12 // columns that the numbers at the side may take
	options := []asciigraph.Option{
		asciigraph.Height(8),
		asciigraph.Width(max(min(width-axis, 100), 20)),
		asciigraph.YAxisValueFormatter(func(v float64) string { return fmt.Sprintf("%9.3g", v) }),
		asciigraph.XAxisRange(1, float64(len(s.Ticks))),
		asciigraph.XAxisValueFormatter(func(v float64) string { return strconv.Itoa(int(math.Round(v))) }),
		asciigraph.SeriesChars(asciigraph.DefaultCharSet, asciigraph.CreateCharSet("•")),
	}
	if colour {
		options = append(options, asciigraph.SeriesColors(asciigraph.Blue, asciigraph.Red))
	}
	fmt.Fprintf(k.out, "\n%s: %s into it (─) and out of it (•) by tick\n", s.title(), what)
	fmt.Fprintln(k.out, asciigraph.PlotMany([][]float64{in, out}, options...))
}

// finiteOrGap turns infinities into gaps of the plot.
func finiteOrGap(v float64) float64 {
	if math.IsInf(v, 0) {
		return math.NaN()
	}
	return v
}

// ticksJSON is what ticks --json prints.
type ticksJSON struct {
	Model   string            `json:"model"`
	Ticks   int               `json:"ticks"`
	Whole   bool              `json:"whole"`
	State   map[string]string `json:"state"`
	Norms   []normJSON        `json:"norms"`
	Outputs []outputJSON      `json:"outputs"`
}

type normJSON struct {
	Node    string       `json:"node"`
	Op      string       `json:"op"`
	Depth   int          `json:"depth"`
	All     []*float64   `json:"all"` // mean_in, var_in, mean_out, var_out; null where they are no numbers
	Columns [4]string    `json:"columns"`
	Ticks   [][]*float64 `json:"ticks"`
}

func (k *ticker) printJSON(outputs map[string]tensor.Value, carry map[string]string) error {
	v := ticksJSON{Model: k.model, Ticks: k.ticks, Whole: k.whole, State: carry, Norms: []normJSON{}}
	for _, s := range k.norms.series {
		n := normJSON{Node: s.Node, Op: s.Op, Depth: s.Depth, All: s.All.numbers(), Columns: [4]string{"mean_in", "var_in", "mean_out", "var_out"}}
		for _, t := range s.Ticks {
			n.Ticks = append(n.Ticks, t.numbers())
		}
		v.Norms = append(v.Norms, n)
	}
	for _, o := range k.session.Outputs() {
		var b strings.Builder
		if err := tensorio.EncodeJSON(&b, outputs[o.Name]); err != nil {
			return err
		}
		v.Outputs = append(v.Outputs, outputJSON{Name: o.Name, Value: json.RawMessage(b.String())})
	}
	e := json.NewEncoder(k.out)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// numbers lists the moments, nil for what JSON has no number for.
func (t normTick) numbers() []*float64 {
	var l []*float64
	for _, v := range []float64{t.In.Mean, t.In.Var, t.Out.Mean, t.Out.Var} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			l = append(l, nil)
			continue
		}
		l = append(l, &v)
	}
	return l
}
