package runtime_test

import (
	"context"
	"os"
	"path/filepath"
	goruntime "runtime"
	"sync"
	"testing"
	"time"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/runtime"
	"github.com/onnxrun/onnxrun/tensor"
	"google.golang.org/protobuf/encoding/protowire"
)

// bigModel writes a model whose MatMul weights take size bytes, without
// writing them: the file has a hole there.
func bigModel(t *testing.T, size int) string {
	t.Helper()
	const columns = 4096
	rows := size / 4 / columns
	message := func(fields ...[]byte) []byte {
		var b []byte
		for _, f := range fields {
			b = append(b, f...)
		}
		return b
	}
	number := func(f protowire.Number, v int) []byte {
		return protowire.AppendVarint(protowire.AppendTag(nil, f, protowire.VarintType), uint64(v))
	}
	bytes := func(f protowire.Number, b []byte) []byte {
		return protowire.AppendBytes(protowire.AppendTag(nil, f, protowire.BytesType), b)
	}
	text := func(f protowire.Number, s string) []byte { return bytes(f, []byte(s)) }
	matrix := func(name string, dims ...int) []byte {
		var shape []byte
		for _, d := range dims {
			shape = append(shape, bytes(1, number(1, d))...)
		}
		return message(text(1, name), bytes(2, bytes(1, message(number(1, 1), bytes(2, shape)))))
	}

	node := bytes(1, message(text(1, "x"), text(1, "w"), text(2, "y"), text(4, "MatMul")))
	rest := message(text(2, "big"), bytes(11, matrix("x", 1, rows)), bytes(12, matrix("y", 1, columns)))
	tensorHead := message(number(1, rows), number(1, columns), number(2, 1), text(8, "w"),
		protowire.AppendTag(nil, 9, protowire.BytesType), protowire.AppendVarint(nil, uint64(size)))
	weight := message(protowire.AppendTag(nil, 5, protowire.BytesType), protowire.AppendVarint(nil, uint64(len(tensorHead)+size)), tensorHead)
	head := message(number(1, 8), bytes(8, number(2, 17)),
		protowire.AppendTag(nil, 7, protowire.BytesType), protowire.AppendVarint(nil, uint64(len(node)+len(rest)+len(weight)+size)),
		node, rest, weight)

	file := filepath.Join(t.TempDir(), "model.onnx")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Write(head); err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(int64(len(head) + size)); err != nil {
		t.Fatal(err)
	}
	return file
}

func heap() uint64 {
	goruntime.GC()
	var m goruntime.MemStats
	goruntime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestGigabyteModelOpensWithoutCopyingItsWeights(t *testing.T) {
	if goruntime.GOOS != "linux" && goruntime.GOOS != "darwin" {
		t.Skip("files are not mapped, or have no holes, here")
	}
	file := bigModel(t, 1<<30)
	before, start := heap(), time.Now()
	s, err := runtime.Open(file)
	took := time.Since(start)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	grown := int64(heap()) - int64(before)
	t.Logf("opened in %v, the heap grew by %d kB", took, grown>>10)
	if grown > 50<<20 {
		t.Errorf("the heap grew by %d MB, want less than 50", grown>>20)
	}
	if took > 100*time.Millisecond {
		t.Errorf("took %v, want less than 100ms", took)
	}
}

// normScan is a Scan whose body normalizes the sum of state and tick.
func normScan(units int) *optest.Builder {
	b := optest.NewGraph(17).Input("h0", tensor.F32, units).Input("x", tensor.F32, "time", units)
	scale := make([]float32, units)
	for i := range scale {
		scale[i] = 1
	}
	b.Const("scale", vec(scale...))
	body := b.Body("body").Input("h", tensor.F32, units).Input("xt", tensor.F32, units)
	body.Node("Add", []string{"h", "xt"}, []string{"sum"}, nil).
		Node("LayerNormalization", []string{"sum", "scale"}, []string{"hn"}, nil).
		Node("Identity", []string{"hn"}, []string{"yt"}, nil).
		Output("hn", "yt")
	return b.Node("Scan", []string{"h0", "x"}, []string{"h", "y"}, optest.Attrs{"body": body, "num_scan_inputs": 1}).Output("h", "y")
}

func ramp(n int) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(i*7919%1000)/1000 - 0.5
	}
	return v
}

func TestScanOfTenThousandTicksDoesNotGrow(t *testing.T) {
	const units, ticks = 16, 10000
	s := session(t, normScan(units))
	in := values{"h0": vec(ramp(units)...), "x": tensor.Of(tensor.Shape{ticks, units}, ramp(units*ticks)...)}
	run(t, s, in)
	before := heap()
	for range 3 {
		run(t, s, in)
	}
	if grown := int64(heap()) - int64(before); grown > 1<<20 {
		t.Errorf("the heap grew by %d kB", grown>>10)
	}
}

func TestStreamOfTenThousandTicksDoesNotGrow(t *testing.T) {
	b := optest.NewGraph(17).Input("x", tensor.F32, 16).Input("h", tensor.F32, 16).Const("scale", vec(ramp(16)...))
	b.Node("Add", []string{"x", "h"}, []string{"sum"}, nil).
		Node("LayerNormalization", []string{"sum", "scale"}, []string{"h_next"}, nil).Output("h_next")
	st, err := runtime.NewStream(session(t, b), nil)
	if err != nil {
		t.Fatal(err)
	}
	x := values{"x": vec(ramp(16)...)}
	tick := func(n int) {
		for range n {
			if _, err := st.Tick(context.Background(), x); err != nil {
				t.Fatal(err)
			}
		}
	}
	tick(100)
	before := heap()
	tick(10000)
	if grown := int64(heap()) - int64(before); grown > 1<<20 {
		t.Errorf("the heap grew by %d kB", grown>>10)
	}
}

func TestConcurrentRunsGiveTheSameBits(t *testing.T) {
	const units, ticks = 32, 50
	s := session(t, normScan(units), runtime.WithThreads(2))
	in := values{"h0": vec(ramp(units)...), "x": tensor.Of(tensor.Shape{ticks, units}, ramp(units*ticks)...)}
	want := floats(t, run(t, s, in)["y"])
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 10 {
				out, err := s.Run(context.Background(), in)
				if err != nil {
					t.Error(err)
					return
				}
				for i, v := range tensor.Data[float32](out["y"].(*tensor.Tensor)) {
					if v != want[i] {
						t.Errorf("element %d: got %v, want %v", i, v, want[i])
						return
					}
				}
			}
		})
	}
	wg.Wait()
}
