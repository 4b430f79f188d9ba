package conformance

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	goruntime "runtime"
	"runtime/metrics"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/runtime"
	"github.com/onnxrun/onnxrun/tensor"
)

const vectors = "testdata/onnx-1.23.2-node.tar.zst"

// fewest is how many official vectors are known to pass; it only grows.
const fewest = 1883

// known are the official cases that do not pass, with the reason and how far
// off they may be. One that passes fails the test until it is taken off.
var known = map[string]struct {
	reason string
	maxAbs float64
}{
	"node/test_attention_4d_causal_fp16_expanded": {
		"two elements are 2 ULP of float16 off: the reference rounds to float16 inside of Softmax, which here computes in float32", 0x1p-10},
}

func TestOfficialVectors(t *testing.T) {
	for _, o := range []Options{
		{RTol: OfficialRTol, ATol: OfficialATol, Threads: 1, Poison: true},
		{RTol: OfficialRTol, ATol: OfficialATol, Threads: 2, Poison: true, NoOptimize: true},
	} {
		t.Run(fmt.Sprintf("threads=%d optimize=%v", o.Threads, !o.NoOptimize), func(t *testing.T) {
			replayAll(t, vectors, o, fewest)
		})
	}
}

func TestExportedModels(t *testing.T) {
	replayAll(t, "../testdata/models", Options{RTol: 1e-3, ATol: 1e-4, Poison: true}, 15)
}

// replayAll fails for every case that is wrong or ends with an error, and if
// fewer cases than expected pass. It lists what is unsupported.
func replayAll(t *testing.T, path string, o Options, fewest int) {
	t.Helper()
	var passed, excused int
	missing := map[string]int{}
	err := Replay(context.Background(), path, o, func(r Result) {
		k, isKnown := known[r.Name]
		switch {
		case r.Status == Pass:
			passed++
			if isKnown {
				t.Errorf("%s passes: take it off the list of known failures", r.Name)
			}
		case r.Status == Unsupported:
			missing[operatorIn(r.Message)]++
		case r.Status == Wrong && isKnown && r.MaxAbs <= k.maxAbs:
			excused++
			t.Logf("known: %s: %s: %s", r.Name, k.reason, r.Message)
		default:
			t.Errorf("%s: %s: %s", r.Name, r.Status, r.Message)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d passed, %d known failures", passed, excused)
	for _, op := range slices.Sorted(maps.Keys(missing)) {
		t.Logf("unsupported: %s: %d cases", op, missing[op])
	}
	if passed < fewest {
		t.Errorf("%d passed, want at least %d", passed, fewest)
	}
}

// operatorIn returns what an error says is unsupported.
func operatorIn(message string) string {
	_, what, _ := strings.Cut(message, "unsupported: ")
	what, _, _ = strings.Cut(what, "\n")
	return what
}

// unpacked lists the official vectors, unpacked for the tests of a process.
var unpacked = sync.OnceValues(func() ([]testCase, error) {
	dir, remove, err := open(vectors)
	if err != nil {
		return nil, err
	}
	cleanup = remove
	return find(dir)
})

var cleanup = func() {}

func TestMain(m *testing.M) {
	code := m.Run()
	cleanup()
	os.Exit(code)
}

func TestMutatedVectorsEndWithAResultOrAnError(t *testing.T) {
	cases, err := unpacked()
	if err != nil {
		t.Fatal(err)
	}
	rounds := 4
	if testing.Short() {
		rounds = 1
	}
	for i := range cases {
		for seed := range rounds {
			runMutated(t, cases, uint(i), uint64(seed))
		}
	}
}

func FuzzMutatedVectors(f *testing.F) {
	cases, err := unpacked()
	if err != nil {
		f.Fatal(err)
	}
	for i := range 16 {
		f.Add(uint(i*len(cases)/16), uint64(i))
	}
	f.Fuzz(func(t *testing.T, i uint, seed uint64) { runMutated(t, cases, i, seed) })
}

const (
	mutatedMemory = 64 << 20         // bytes of tensors that a mutated case may use
	mutatedAlloc  = 1 << 30          // bytes that it may take from the heap in all
	mutatedTime   = 2 * time.Second  // after which its context ends
	mutatedHang   = 60 * time.Second // after which it hangs
)

// runMutated changes a case at random and runs it: it may fail, but not panic,
// hang or take memory that it has no use for.
func runMutated(t *testing.T, cases []testCase, i uint, seed uint64) {
	c := cases[i%uint(len(cases))]
	done := make(chan error, 1)
	before := allocated()
	go func() { done <- c.runMutated(seed) }()
	select {
	case err := <-done:
		var p *runtime.PanicError
		if errors.As(err, &p) {
			t.Errorf("case %d, %s, seed %d: %v\n%s", i, c.name, seed, err, p.Stack)
		}
	case <-time.After(mutatedHang):
		buf := make([]byte, 1<<16)
		t.Fatalf("case %d, %s, seed %d: hangs\n%s", i, c.name, seed, buf[:goruntime.Stack(buf, true)])
	}
	if n := allocated() - before; n > mutatedAlloc {
		t.Errorf("case %d, %s, seed %d: took %d bytes from the heap", i, c.name, seed, n)
	}
}

func allocated() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

func (c testCase) runMutated(seed uint64) error {
	m, err := onnx.Load(c.model)
	if err != nil {
		return err
	}
	defer m.Close()
	files, err := numbered(c.sets[0], "input")
	if err != nil {
		return err
	}
	var inputs []tensor.Value
	for i, f := range files {
		v, err := readValue(f, m.Graph.Inputs[i].Type)
		if err != nil {
			return err
		}
		inputs = append(inputs, v)
	}
	mutator{rand.New(rand.NewPCG(seed, seed))}.model(m.Graph, inputs)
	opts := []runtime.Option{runtime.WithThreads(1 + int(seed%2)), runtime.WithMemoryLimit(mutatedMemory), runtime.WithPoison()}
	if seed%3 == 0 {
		opts = append(opts, runtime.WithoutOptimization())
	}
	s, err := runtime.New(m, opts...)
	if err != nil {
		return err
	}
	named := map[string]tensor.Value{}
	for i, in := range s.Inputs() {
		if i < len(inputs) {
			named[in.Name] = inputs[i]
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), mutatedTime)
	defer cancel()
	_, err = s.Run(ctx, named)
	return err
}
