package profile

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"
)

// Trace writes the timeline in the Trace Event Format of Chrome, which
// ui.perfetto.dev opens: a slice for the run, within it one for each node, and
// within these the nodes of bodies; and the memory that tensors take. Slices
// are named by their operators, so that those of one have one colour.
//
// The format: Duffy and Sinclair, "Trace Event Format", 2016.
func (p *Report) Trace(w io.Writer) error {
	t := &tracer{w: bufio.NewWriter(w)}
	fmt.Fprint(t.w, `{"displayTimeUnit":"ns","otherData":`)
	t.json(map[string]string{"program": "onnxrun", "model": p.Model, "run": fmt.Sprintf("the fastest of %d", p.Runs)})
	fmt.Fprint(t.w, `,"traceEvents":[`)
	t.event(traceEvent{Name: "process_name", Phase: "M", Args: map[string]any{"name": "onnxrun " + p.Model}})
	t.event(traceEvent{Name: "thread_name", Phase: "M", Args: map[string]any{"name": "nodes"}})
	t.event(traceEvent{Name: "run", Phase: "X", Category: "run", Duration: micros(p.Fastest)})
	for _, s := range p.Timeline {
		n := p.Nodes[s.Node]
		args := map[string]any{"node": n.Name}
		if s.Variant >= 0 && s.Variant < len(n.Shapes) {
			args["shapes"] = n.Shapes[s.Variant]
		}
		if s.Tick > 0 {
			args["tick"] = s.Tick
		}
		t.event(traceEvent{Name: n.Op, Phase: "X", Category: n.Op, Time: micros(s.Start), Duration: micros(s.Time), Args: args})
	}
	last := -1
	for _, s := range p.byEnd() {
		if s.Memory != last {
			last = s.Memory
			t.event(traceEvent{Name: "tensors", Phase: "C", Time: micros(s.Start + s.Time), Args: map[string]any{"bytes": s.Memory}})
		}
	}
	fmt.Fprintln(t.w, "\n]}")
	if t.err != nil {
		return t.err
	}
	return t.w.Flush()
}

// byEnd sorts the timeline by the ends, which is when Memory was looked at.
func (p *Report) byEnd() []Slice {
	return slices.SortedStableFunc(slices.Values(p.Timeline), func(a, b Slice) int {
		return cmp.Compare(a.Start+a.Time, b.Start+b.Time)
	})
}

// traceEvent is one event; times are in microseconds.
type traceEvent struct {
	Name     string         `json:"name"`
	Category string         `json:"cat,omitempty"`
	Phase    string         `json:"ph"`
	Time     json.Number    `json:"ts"`
	Duration json.Number    `json:"dur,omitempty"`
	Process  int            `json:"pid"`
	Thread   int            `json:"tid"`
	Args     map[string]any `json:"args,omitempty"`
}

// micros writes a time in microseconds, to the nanosecond.
func micros(d time.Duration) json.Number {
	return json.Number(fmt.Sprintf("%d.%03d", d/1000, d%1000))
}

type tracer struct {
	w     *bufio.Writer
	count int
	err   error
}

func (t *tracer) event(e traceEvent) {
	if t.count++; t.count > 1 {
		t.w.WriteByte(',')
	}
	t.w.WriteByte('\n')
	e.Process, e.Thread = 1, 1
	if e.Time == "" {
		e.Time = "0"
	}
	t.json(e)
}

func (t *tracer) json(v any) {
	b, err := json.Marshal(v)
	if err != nil && t.err == nil {
		t.err = err
	}
	t.w.Write(b)
}
