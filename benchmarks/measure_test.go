package main

import (
	"encoding/binary"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/onnxrun/onnxrun/benchmarks/wire"
)

func TestQuantileInterpolatesBetweenSortedValues(t *testing.T) {
	values := []time.Duration{40, 10, 30, 20, 50}
	for _, c := range []struct {
		q    float64
		want time.Duration
	}{{0, 10}, {0.5, 30}, {0.95, 48}, {1, 50}} {
		if got := quantile(values, c.q); got != c.want {
			t.Errorf("quantile(%v) = %d, want %d", c.q, got, c.want)
		}
	}
	if values[0] != 40 {
		t.Error("the values were reordered")
	}
}

func floats(name string, values ...float32) wire.Tensor {
	t := wire.Tensor{Name: name, DType: "float32", Shape: []int{len(values)}}
	for _, v := range values {
		t.Data = binary.LittleEndian.AppendUint32(t.Data, math.Float32bits(v))
	}
	return t
}

func TestDifferenceIsRelativeToValueAndTensor(t *testing.T) {
	want := []wire.Tensor{floats("y", 3, 4, 0, 0)} // root mean square 2.5
	got, err := difference([]wire.Tensor{floats("other", 9), floats("y", 3, 4, 0.25, 0)}, want)
	if err != nil || math.Abs(got-0.1) > 1e-6 {
		t.Errorf("got %v, %v, want 0.1", got, err)
	}
	if got, _ := difference(want, want); got != 0 {
		t.Errorf("equal tensors differ by %v", got)
	}
	if got, _ := difference([]wire.Tensor{floats("y", 3, float32(math.NaN()), 0, 0)}, want); !math.IsInf(got, 1) {
		t.Errorf("not-a-number differs by %v", got)
	}
	for _, bad := range [][]wire.Tensor{nil, {floats("y", 3)}, {floats("z", 3, 4, 0, 0)}} {
		if _, err := difference(bad, want); err == nil {
			t.Errorf("no error for %v", bad)
		}
	}
}

// result makes a result of times in milliseconds.
func result(c Case, threads int, ours, theirs, copied time.Duration) Result {
	e := map[string]*Measurement{
		"onnxrun":     {Median: ours * time.Millisecond, P95: ours * time.Millisecond},
		"onnxruntime": {Median: theirs * time.Millisecond, P95: theirs * time.Millisecond},
	}
	if copied > 0 {
		e["copy"] = &Measurement{Median: copied * time.Millisecond}
	}
	return Result{Case: c, Threads: threads, Engines: e}
}

func TestBars(t *testing.T) {
	norm := Case{Name: "norm", Group: "normalization", Bar: 2, Copy: true}
	for _, c := range []struct {
		what string
		r    Result
		met  bool
	}{
		{"as fast as every case must be", result(Case{}, 1, 10, 8, 0), true},
		{"slower", result(Case{}, 1, 100, 79, 0), false},
		{"as fast as this case must be", result(norm, 1, 10, 20, 0), true},
		{"short of it", result(norm, 1, 10, 19, 5), false},
		{"short of it, but as fast as a copy", result(norm, 1, 10, 19, 9), true},
		{"as fast as a copy, but far slower than onnxruntime", result(norm, 1, 10, 1, 9), false},
		{"not measured", Result{Engines: map[string]*Measurement{"onnxrun": {Error: "no"}, "onnxruntime": {}}}, false},
	} {
		if got := c.r.met(); got != c.met {
			t.Errorf("%s: met is %v", c.what, got)
		}
	}
	wrong := result(Case{}, 1, 1, 10, 0)
	wrong.Engines["onnxrun"].Disagrees = "differs"
	if wrong.speed() != 0 || wrong.met() {
		t.Error("a wrong output has a speed")
	}
}

func TestReportShowsWhatIsMissed(t *testing.T) {
	load := Case{Name: "big", Group: "models", Load: true, LoadBar: 3}
	r := &Report{Threads: []int{1}, Results: []Result{
		result(Case{Name: "fast", Group: "a"}, 1, 10, 40, 0),
		result(Case{Name: "slow", Group: "b"}, 1, 20, 10, 0),
		result(load, 1, 10, 10, 0),
	}}
	for name, m := range r.Results[2].Engines {
		m.Load, m.Peak = map[string]time.Duration{"onnxrun": 50, "onnxruntime": 100}[name], 100
	}
	if mean, n := r.mean("", 1); n != 3 || math.Abs(mean-math.Cbrt(2)) > 1e-9 {
		t.Errorf("mean %v of %d, want the third root of 4·0.5·1", mean, n)
	}
	page := r.Markdown()
	for _, want := range []string{
		"geometric mean of all cases at least 1.2 | 1.26 met",
		"no case under 0.8 | 2 of 3 **missed**, worst: slow 0.50",
		"loads in at most 1/3 of onnxruntime's time | 1/2.0 **missed**",
		"at most onnxruntime's peak of memory | 100 % met",
		"| b | slow | **0.50** |",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q:\n%s", want, page)
		}
	}
}
