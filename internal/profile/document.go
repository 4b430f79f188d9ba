package profile

import (
	"math"
	"time"

	"github.com/onnxrun/onnxrun/tensor"
)

// Document is a report as JSON has it. Times are in milliseconds, of one run.
type Document struct {
	Model     string           `json:"model"`
	Threads   int              `json:"threads"`
	Runs      int              `json:"runs"`
	MedianMS  float64          `json:"median_ms"`
	FastestMS float64          `json:"fastest_ms"`
	OutsideMS float64          `json:"between_nodes_ms"`
	Memory    int              `json:"tensor_bytes"` // most that a run held at once
	Machine   MachineDocument  `json:"machine"`
	Operators []OperatorFigure `json:"operators"`
	Nodes     []NodeFigure     `json:"nodes"`
}

// MachineDocument is a Machine as JSON has it.
type MachineDocument struct {
	Vectors string         `json:"vectors"`
	F32     float64        `json:"float32_gflops"`
	F64     float64        `json:"float64_gflops"`
	I8      float64        `json:"int8_gops"`
	Copies  []CopyDocument `json:"copies"`
}

// CopyDocument is a Copy as JSON has it.
type CopyDocument struct {
	Bytes float64 `json:"bytes"`
	GBS   float64 `json:"gb_per_s"`
}

// Figure is a Usage as JSON has it. Rates are per second of SelfMS; what is
// not known is left out.
type Figure struct {
	Calls   int     `json:"calls"`
	TotalMS float64 `json:"total_ms"`
	SelfMS  float64 `json:"self_ms"`
	Share   float64 `json:"share"`
	Ops     float64 `json:"flop,omitempty"`
	Bytes   float64 `json:"bytes,omitempty"`
	GFlops  float64 `json:"gflops,omitempty"`
	GBS     float64 `json:"gb_per_s,omitempty"`
	Bound   string  `json:"bound,omitempty"`
	Peak    float64 `json:"of_peak,omitempty"`
}

// OperatorFigure is an Operator as JSON has it.
type OperatorFigure struct {
	Op    string `json:"op"`
	Nodes int    `json:"nodes"`
	Figure
	Elem string `json:"multiplies,omitempty"`
}

// NodeFigure is a Node as JSON has it.
type NodeFigure struct {
	Index int    `json:"index"` // in the order in which the nodes first ran
	Owner *int   `json:"owner,omitempty"`
	Depth int    `json:"depth"`
	Name  string `json:"name"`
	Op    string `json:"op"`
	Figure
	Elem   string   `json:"multiplies,omitempty"`
	Shapes []string `json:"shapes"`
}

// Document returns the report with the given nodes, some of p.Nodes in any
// order.
func (p *Report) Document(nodes []*Node) *Document {
	d := &Document{
		Model: p.Model, Threads: p.Machine.Threads, Runs: p.Runs, Memory: p.Memory,
		MedianMS: millis(p.Median), FastestMS: millis(p.Fastest), OutsideMS: millis(p.Outside),
		Machine: MachineDocument{
			Vectors: p.Machine.Vectors,
			F32:     giga(p.Machine.Rates[tensor.F32]), F64: giga(p.Machine.Rates[tensor.F64]),
			I8:     giga(p.Machine.Rates[tensor.I8]),
			Copies: []CopyDocument{},
		},
		Operators: []OperatorFigure{}, Nodes: []NodeFigure{},
	}
	for _, c := range p.Machine.Copies {
		d.Machine.Copies = append(d.Machine.Copies, CopyDocument{c.Bytes, giga(c.Rate)})
	}
	for _, o := range p.Operators {
		d.Operators = append(d.Operators, OperatorFigure{Op: o.Op, Nodes: o.Nodes, Figure: o.figure(), Elem: elemName(o.Elem)})
	}
	at := map[*Node]int{}
	for i, n := range p.Nodes {
		at[n] = i
	}
	for _, n := range nodes {
		f := NodeFigure{Index: at[n], Depth: n.Depth, Name: n.Name, Op: n.Op, Figure: n.figure(), Elem: elemName(n.Elem), Shapes: n.Shapes}
		if n.Parent >= 0 {
			f.Owner = &n.Parent
		}
		d.Nodes = append(d.Nodes, f)
	}
	return d
}

func (u *Usage) figure() Figure {
	f := Figure{
		Calls: u.Calls, TotalMS: millis(u.Total), SelfMS: millis(u.Self), Share: digits(u.Share),
		Ops: math.Round(u.Ops), Bytes: math.Round(u.Bytes), Bound: u.Bound.String(), Peak: digits(u.Peak),
	}
	if s := u.judged.Seconds(); s > 0 {
		f.GFlops, f.GBS = giga(u.Ops/s), giga(u.Bytes/s)
	}
	return f
}

func elemName(d tensor.DType) string {
	if d == tensor.Undefined {
		return ""
	}
	return d.String()
}

func millis(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }

func giga(v float64) float64 { return digits(v / 1e9) }

// digits keeps four of them.
func digits(v float64) float64 {
	if v == 0 || math.IsInf(v, 0) || math.IsNaN(v) {
		return 0
	}
	scale := math.Pow(10, 3-math.Floor(math.Log10(math.Abs(v))))
	return math.Round(v*scale) / scale
}
