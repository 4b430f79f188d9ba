package main

import (
	"bufio"
	"cmp"
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
)

// Report is what a run of the benchmark found.
type Report struct {
	Date     string            `json:"date"`
	Machine  string            `json:"machine"`
	Go       string            `json:"go"`
	Versions map[string]string `json:"versions"` // of the engines
	Rounds   int               `json:"rounds"`
	Block    time.Duration     `json:"block_ns"`
	Threads  []int             `json:"threads"`
	Best     bool              `json:"best,omitempty"` // the fastest block stands for the median
	Results  []Result          `json:"results"`
}

func (r *Report) describe(b *bench) {
	r.Date = time.Now().UTC().Format(time.DateOnly)
	r.Machine = fmt.Sprintf("%s, %d cores, %s/%s", processor(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH)
	r.Go = runtime.Version()
	r.Versions = map[string]string{}
	r.Rounds, r.Block, r.Threads = b.rounds, b.block, b.threads
	r.Best = b.best
}

func processor() string {
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return "unknown processor"
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if key, value, _ := strings.Cut(s.Text(), ":"); strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown processor"
}

// speed is onnxruntime's time divided by ours, or 0 if one of the two has no
// time or the outputs disagree.
func (r *Result) speed() float64 {
	we, they := r.Engines["onnxrun"], r.Engines["onnxruntime"]
	if we == nil || they == nil || we.Median == 0 || they.Median == 0 || we.Disagrees != "" {
		return 0
	}
	return float64(they.Median) / float64(we.Median)
}

// ofCopy is the share of a plain copy's bandwidth that we reach, or 0.
func (r *Result) ofCopy() float64 {
	we, c := r.Engines["onnxrun"], r.Engines["copy"]
	if we == nil || c == nil || we.Median == 0 {
		return 0
	}
	return float64(c.Median) / float64(we.Median)
}

// The bars that no case states for itself.
const (
	meanBar  = 1.2
	leastBar = 0.8
	copyBar  = 0.85 // of a copy's bandwidth: as good as a case's own bar
)

// met says whether the case is as fast as is asked of it.
func (r *Result) met() bool {
	s := r.speed()
	return s >= leastBar && s >= r.Case.Bar || s > 0 && s >= leastBar && r.Case.Bar > 0 && r.ofCopy() >= copyBar
}

// line says in a few words what came out.
func (r *Result) line() string {
	var b strings.Builder
	if s := r.speed(); s > 0 {
		fmt.Fprintf(&b, "%.2f×", s)
		if !r.met() {
			b.WriteString(" (missed)")
		}
	} else {
		b.WriteString("no speed")
	}
	for _, name := range r.names() {
		m := r.Engines[name]
		switch {
		case m.Error != "":
			fmt.Fprintf(&b, "; %s: %.60s", name, m.Error)
		case m.Disagrees != "":
			fmt.Fprintf(&b, "; %s DISAGREES: %s", name, m.Disagrees)
		default:
			fmt.Fprintf(&b, "; %s %s", name, short(m.Median))
		}
	}
	return b.String()
}

// names lists the engines of a result, onnxrun first.
func (r *Result) names() []string {
	order := append([]string{"onnxrun", "onnxruntime", "copy"}, peers...)
	return slices.DeleteFunc(order, func(s string) bool { return r.Engines[s] == nil })
}

// short writes a time with three digits.
func short(d time.Duration) string {
	for _, u := range []struct {
		name string
		of   time.Duration
	}{{"s", time.Second}, {"ms", time.Millisecond}, {"µs", time.Microsecond}} {
		if d >= u.of {
			v := float64(d) / float64(u.of)
			return fmt.Sprintf("%.*f %s", max(0, 2-int(math.Log10(v))), v, u.name)
		}
	}
	return fmt.Sprintf("%d ns", d)
}

// mean is the geometric mean of the speeds at a number of threads, of a group
// or, if that is empty, of all; n is how many there are.
func (r *Report) mean(group string, threads int) (mean float64, n int) {
	sum := 0.0
	for _, x := range r.Results {
		if s := x.speed(); s > 0 && x.Threads == threads && (group == "" || x.Case.Group == group) {
			sum += math.Log(s)
			n++
		}
	}
	if n == 0 {
		return 0, 0
	}
	return math.Exp(sum / float64(n)), n
}

// groups lists the groups in the order of the cases.
func (r *Report) groups() []string {
	var g []string
	for _, x := range r.Results {
		if !slices.Contains(g, x.Case.Group) {
			g = append(g, x.Case.Group)
		}
	}
	return g
}

// worst returns the results at a number of threads, the slowest beside
// onnxruntime first.
func (r *Report) worst(threads int) []*Result {
	var list []*Result
	for i := range r.Results {
		if r.Results[i].Threads == threads {
			list = append(list, &r.Results[i])
		}
	}
	slices.SortStableFunc(list, func(a, b *Result) int { return cmp.Compare(a.speed(), b.speed()) })
	return list
}
