package profile

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/onnxrun/onnxrun/tensor"
)

// nested is a report of a node with a body of two ticks, whose name is hostile.
func nested() *Report {
	x := tensor.Of(tensor.Shape{2}, float32(1), 2)
	scan, add, end := named("</script><b>\"scan\"", "Scan"), named("add", "Add"), named("end", "Neg")
	s := newScript()
	s.r.Begin()
	s.wait(us)
	s.play(scan, 0, 10*us, us, x, func() {
		s.play(add, 1, 5*us, us, x)
		s.play(add, 1, 6*us, us, x)
	})
	s.play(end, 0, 3*us, us, x)
	s.r.End()
	return s.r.Report("dir/model.onnx", fake)
}

func TestTraceNestsBodies(t *testing.T) {
	var b bytes.Buffer
	if err := nested().Trace(&b); err != nil {
		t.Fatal(err)
	}
	var trace struct {
		TraceEvents []struct {
			Name, Cat, Ph string
			Ts, Dur       float64
			Pid, Tid      int
			Args          map[string]any
		}
	}
	if err := json.Unmarshal(b.Bytes(), &trace); err != nil {
		t.Fatalf("%v in %s", err, b.String())
	}
	type span struct {
		name     string
		from, to float64
	}
	var spans []span
	memory := 0
	for _, e := range trace.TraceEvents {
		if e.Pid != 1 || e.Tid != 1 {
			t.Errorf("%s: got process %d, thread %d", e.Name, e.Pid, e.Tid)
		}
		switch e.Ph {
		case "X":
			spans = append(spans, span{e.Name, e.Ts, e.Ts + e.Dur})
		case "C":
			memory++
		}
		switch e.Name {
		case "Scan":
			if e.Args["node"] != `</script><b>"scan"` || e.Args["shapes"] != "float32[2] → [2]" {
				t.Errorf("got %v", e.Args)
			}
		case "Add":
			if tick := e.Args["tick"]; tick != float64(1) && tick != float64(2) {
				t.Errorf("got %v", e.Args)
			}
		}
	}
	want := []span{{"run", 0, 25}, {"Scan", 1, 22}, {"Add", 1, 6}, {"Add", 6, 12}, {"Neg", 22, 25}}
	if len(spans) != len(want) || memory == 0 {
		t.Fatalf("got %v and %d counters of memory", spans, memory)
	}
	for i, w := range want {
		if spans[i] != w {
			t.Errorf("got %v, want %v", spans[i], w)
		}
	}
}

func TestPageIsOneFile(t *testing.T) {
	var b bytes.Buffer
	if err := nested().Page(&b); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	if m := regexp.MustCompile(`https?:|src=|<link|@import|url\(`).FindString(page); m != "" {
		t.Errorf("the page asks for more: %q", m)
	}
	_, rest, _ := strings.Cut(page, `<script type="application/json" id="data">`)
	text, _, ok := strings.Cut(rest, "</script>")
	var data struct {
		Model  string
		Nodes  []struct{ Name string }
		Slices []int64
		Length int64
	}
	if err := json.Unmarshal([]byte(text), &data); !ok || err != nil {
		t.Fatalf("%v in %q", err, text)
	}
	if data.Model != "dir/model.onnx" || len(data.Nodes) != 3 || data.Nodes[0].Name != `</script><b>"scan"` || data.Length != 25000 {
		t.Errorf("got %+v", data)
	}
	if len(data.Slices) != 4*6 || data.Slices[7] != 1 || data.Slices[10] != 5000 {
		t.Errorf("got slices %v", data.Slices)
	}
}

func TestDocument(t *testing.T) {
	p := nested()
	d := p.Document(p.Nodes[1:])
	if len(d.Nodes) != 2 || d.Nodes[0].Index != 1 || *d.Nodes[0].Owner != 0 || d.Nodes[1].Owner != nil || d.Nodes[0].SelfMS != 0.011 {
		t.Errorf("got %+v", d.Nodes)
	}
	if d.Machine.F32 != 1 || len(d.Machine.Copies) != 2 || d.MedianMS != 0.025 {
		t.Errorf("got %+v", d)
	}
	for _, o := range d.Operators {
		if (o.Bound == "") != (o.Op == "Scan") || (o.GBS > 0) == (o.Op == "Scan") {
			t.Errorf("got %+v", o)
		}
	}
}

func TestDigits(t *testing.T) {
	for v, want := range map[float64]float64{0: 0, 123456: 123500, 0.00012345678: 0.0001235, 9.99999: 10} {
		if got := digits(v); got != want {
			t.Errorf("%v: got %v, want %v", v, got, want)
		}
	}
}

func TestMeasureFindsRates(t *testing.T) {
	m := Measure(1)
	if m != Measure(1) {
		t.Error("measured twice")
	}
	if m.Threads != 1 || m.Rates[tensor.F32] <= 0 || m.Rates[tensor.F64] <= 0 || m.Rates[tensor.I8] <= 0 || m.Memory() <= 0 {
		t.Errorf("got %+v", m)
	}
}
