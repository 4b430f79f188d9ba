package cli

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/onnxrun/onnxrun/internal/profile"
	"github.com/onnxrun/onnxrun/tensor"
)

// nodeOrders are what --sort takes. Nodes that are equal stay in the order in
// which they ran.
var nodeOrders = map[string]func(a, b *profile.Node) int{
	"time":  func(a, b *profile.Node) int { return cmp.Compare(b.Self, a.Self) },
	"total": func(a, b *profile.Node) int { return cmp.Compare(b.Total, a.Total) },
	"calls": func(a, b *profile.Node) int { return cmp.Compare(b.Calls, a.Calls) },
	"peak":  func(a, b *profile.Node) int { return cmp.Compare(b.Peak, a.Peak) },
	"name":  func(a, b *profile.Node) int { return strings.Compare(a.Name, b.Name) },
	"graph": func(a, b *profile.Node) int { return 0 },
}

func orderNames() []string { return slices.Sorted(maps.Keys(nodeOrders)) }

func (p *profiler) ordered(nodes []*profile.Node) []*profile.Node {
	l := slices.Clone(nodes)
	slices.SortStableFunc(l, nodeOrders[p.sort])
	return l
}

func (p *profiler) print(r *profile.Report) {
	width, screen := terminal(p.out)
	if !screen {
		width = 200 // --json has everything in full
	}
	s := &sheet{out: p.out, width: width, colour: screen && os.Getenv("NO_COLOR") == "", unit: time.Millisecond, digits: 3}
	switch {
	case r.Median < 100*time.Microsecond:
		s.unit, s.digits = time.Microsecond, 2
	case r.Median < 10*time.Millisecond:
		s.unit, s.digits = time.Microsecond, 1
	}
	m := r.Machine
	fmt.Fprintf(p.out, "%s, %s, %s\n", r.Model, plural(m.Threads, "thread"), plural(r.Runs, "run"))
	t := &table{indent: "  "}
	t.row("one run", fmt.Sprintf("median %s, fastest %s", millis(ms(r.Median)), millis(ms(r.Fastest))))
	t.row("tensors", size(r.Memory)+" at most at once")
	t.row("machine", fmt.Sprintf("%s (%s); copies %s GB/s in memory, %s GB/s in caches",
		productRates(r), m.Vectors, three(m.Memory()/1e9), three(m.Copies[0].Rate/1e9)))
	t.print(p.out)
	fmt.Fprintln(p.out)
	s.operators(r)
	if n := min(p.top, len(r.Nodes)); n > 0 {
		fmt.Fprintln(p.out)
		s.nodes(r, p.ordered(r.Nodes)[:n])
		if n < len(r.Nodes) {
			fmt.Fprintf(p.out, "  … %s; --top %d shows all\n", plural(len(r.Nodes)-n, "more node"), len(r.Nodes))
		}
	}
}

// productRates says what the machine does in products of float32, and of what
// else the model multiplies.
func productRates(r *profile.Report) string {
	var l []string
	for _, k := range []struct {
		elem       tensor.DType
		unit, what string
	}{{tensor.F32, "GFLOP/s", "float32"}, {tensor.F64, "GFLOP/s", "float64"}, {tensor.I8, "GOP/s", "8-bit"}} {
		used := slices.ContainsFunc(r.Operators, func(o *profile.Operator) bool { return o.Elem == k.elem })
		if used || k.elem == tensor.F32 {
			l = append(l, three(r.Machine.Rates[k.elem]/1e9)+" "+k.unit+" in "+k.what+" products")
		}
	}
	return strings.Join(l, ", ")
}

// sheet prints the tables of a profile.
type sheet struct {
	out    io.Writer
	width  int
	colour bool
	unit   time.Duration // of the times
	digits int           // after the point
}

func (s *sheet) operators(r *profile.Report) {
	t := &table{indent: "  ", align: "lrrrrlrr"}
	t.row("operator", "nodes", "calls", "time, "+unitName(s.unit), "share", "", "rate", "of peak")
	for _, o := range r.Operators {
		t.row(o.Op, count(o.Nodes), count(o.Calls), s.time(o.Self), share(o.Share), bar(o.Share), rate(&o.Usage, o.Elem), peak(o.Peak))
	}
	outside := 0.0
	if r.Sum > 0 {
		outside = float64(r.Outside) / float64(r.Sum)
	}
	t.row("(between nodes)", "", "", s.time(r.Outside), share(outside), bar(outside))
	s.print(t)
}

func (s *sheet) nodes(r *profile.Report, nodes []*profile.Node) {
	bodies := slices.ContainsFunc(nodes, func(n *profile.Node) bool { return n.Total != n.Self })
	t := &table{indent: "  ", align: "llrrrrrl"}
	title := []string{"node", "operator", "calls", "time, " + unitName(s.unit), "share", "rate", "of peak", "shapes"}
	const withBodies = 4 // where that column goes
	if bodies {
		t.align = "llrrrrrrl"
		title = slices.Insert(title, withBodies, "with body")
	}
	t.row(title...)
	for _, n := range nodes {
		name := n.Name
		if n.Depth > 0 {
			name = strings.Repeat(" ", n.Depth-1) + "↳ " + name
		}
		row := []string{name, n.Op, count(n.Calls), s.time(n.Self), share(n.Share), rate(&n.Usage, n.Elem), peak(n.Peak), n.Shape()}
		if bodies {
			total := ""
			if n.Total != n.Self {
				total = s.time(n.Total)
			}
			row = slices.Insert(row, withBodies, total)
		}
		t.row(row...)
	}
	s.fit(t)
	s.print(t)
}

// fit shortens the first column, whose end tells more, and the last, whose
// beginning does, so that the rows fit the width.
func (s *sheet) fit(t *table) {
	widths := make([]int, len(t.rows[0]))
	sum := len(t.indent)
	for i := range widths {
		for _, r := range t.rows {
			widths[i] = max(widths[i], utf8.RuneCountInString(r[i]))
		}
		sum += widths[i] + 2
	}
	last := len(widths) - 1
	over := sum - 2 - s.width
	if over <= 0 {
		return
	}
	const leastName, leastShapes = 20, 24
	room := max(widths[0]+widths[last]-over, leastName+leastShapes)
	name := min(widths[0], max(room-widths[last], room*2/5, leastName))
	for _, r := range t.rows {
		r[0] = shortenLeft(r[0], name)
		r[last] = shorten(r[last], max(room-name, leastShapes))
	}
}

// shortenLeft keeps the last n characters of a name.
func shortenLeft(name string, n int) string {
	if r := []rune(name); len(r) > n {
		return "…" + string(r[len(r)-n+1:])
	}
	return name
}

var bars = regexp.MustCompile("[█▉▊▋▌▍▎▏]+")

func (s *sheet) print(t *table) {
	var b strings.Builder
	t.print(&b)
	text := b.String()
	if s.colour {
		head, rest, _ := strings.Cut(text, "\n")
		text = "\x1b[1m" + head + "\x1b[0m\n" + bars.ReplaceAllString(rest, "\x1b[36m$0\x1b[0m")
	}
	io.WriteString(s.out, text)
}

func unitName(d time.Duration) string {
	if d == time.Microsecond {
		return "µs"
	}
	return "ms"
}

func (s *sheet) time(d time.Duration) string {
	return strconv.FormatFloat(float64(d)/float64(s.unit), 'f', s.digits, 64)
}

func share(v float64) string { return fmt.Sprintf("%.1f%%", 100*v) }

// bar draws a share as ten characters at most.
func bar(v float64) string {
	eighths := int(math.Round(min(max(v, 0), 1) * 80))
	b := strings.Repeat("█", eighths/8)
	if e := eighths % 8; e > 0 {
		b += string([]rune("▏▎▍▌▋▊▉")[e-1])
	}
	return b
}

func rate(u *profile.Usage, elem tensor.DType) string {
	v := u.Rate() / 1e9
	switch {
	case v == 0:
		return ""
	case u.Bound == profile.Bandwidth:
		return three(v) + " GB/s"
	case elem == tensor.F32 || elem == tensor.F64:
		return three(v) + " GFLOP/s"
	}
	return three(v) + " GOP/s"
}

func peak(v float64) string {
	switch {
	case v == 0:
		return ""
	case v < 0.01:
		return "<1%"
	}
	return fmt.Sprintf("%.0f%%", 100*v)
}

// three writes a number with three digits.
func three(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}
