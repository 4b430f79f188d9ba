package wire

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// A child of a test is the test's program with this argument.
const serve = "-serve"

func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == serve {
		if err := Serve(map[string]func(Job) (Engine, error){"fake": func(Job) (Engine, error) { return fake{}, nil }}); err != nil {
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// fake does what its model's name says.
type fake struct{}

func (fake) Version() string { return "1.0" }

func (fake) Open(job Job, inputs []Tensor) (Session, error) {
	if job.Model == "bad" {
		return nil, errors.New("bad model")
	}
	return fakeSession{job.Model, inputs}, nil
}

type fakeSession struct {
	model  string
	inputs []Tensor
}

func (s fakeSession) Run() error {
	switch s.model {
	case "panics":
		panic("at the disco")
	case "exits":
		os.Stderr.WriteString("panic: cannot go on\n\ngoroutine 1\n")
		os.Exit(3)
	case "hangs":
		time.Sleep(time.Hour)
	case "sleeps":
		time.Sleep(2 * time.Millisecond)
	}
	return nil
}

func (s fakeSession) Outputs() ([]Tensor, error) { return s.inputs, nil }

func start(t *testing.T, limit time.Duration, job Job) *Child {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	job.Threads = 1
	c, err := Start(limit, job, self, serve)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestChildOpensAndMeasuresBlocks(t *testing.T) {
	inputs := []Input{{Name: "x", DType: "float32", Shape: []int{2, 3}}, {Name: "i", DType: "int64", Shape: []int{100}, Low: -2, High: 2}}
	c := start(t, time.Minute, Job{Engine: "fake", Model: "sleeps", Inputs: inputs})
	if c.Error != "" {
		t.Fatal(c.Error)
	}
	defer c.Stop()
	if c.Version != "1.0" || c.First < 2*time.Millisecond {
		t.Errorf("version %q, first run in %v", c.Version, c.First)
	}
	for i, want := range Generate(inputs) {
		if got := c.Outputs[i]; got.Name != want.Name || !slices.Equal(got.Data, want.Data) {
			t.Errorf("input %d of the child is not the one of this process", i)
		}
	}
	took, err := c.Measure(time.Minute, Block{Runs: 5, Touch: true})
	if err != nil || took < 10*time.Millisecond {
		t.Errorf("5 runs of 2 ms took %v, %v", took, err)
	}
	if !Quiet(10*time.Second, c) {
		t.Error("the child does not come to rest")
	}
}

func TestFailuresOfAChildAreItsError(t *testing.T) {
	for _, c := range []struct{ engine, model, want string }{
		{"fake", "bad", "bad model"},
		{"fake", "panics", "panic: at the disco"},
		{"fake", "exits", "exit status 3, panic: cannot go on"},
		{"fake", "hangs", "no answer within"},
		{"other", "", `no engine "other"`},
	} {
		limit := time.Minute
		if c.model == "hangs" {
			limit = 500 * time.Millisecond
		}
		if got := start(t, limit, Job{Engine: c.engine, Model: c.model}).Error; !strings.Contains(got, c.want) {
			t.Errorf("%s: got %q, want %q in it", c.model, got, c.want)
		}
	}
}

func TestGeneratedElementsAreWithinTheirBounds(t *testing.T) {
	in := []Input{{DType: "int64", Shape: []int{1000}, Low: 5, High: 8}, {DType: "uint8", Shape: []int{1000}, High: 256}, {DType: "int8", Shape: []int{1000}, Low: -3, High: 1}}
	for i, want := range [][2]float64{{5, 7}, {0, 255}, {-3, 0}} {
		v := Generate(in)[i].Floats()
		if lo, hi := slices.Min(v), slices.Max(v); lo < want[0] || hi > want[1] || hi-lo < 0.9*(want[1]-want[0]) {
			t.Errorf("%s: from %v to %v, want %v", in[i].DType, lo, hi, want)
		}
	}
}
