package par

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/onnxrun/onnxrun/internal/race"
)

func TestForCoversTheRangeOnce(t *testing.T) {
	for _, threads := range []int{0, 1, 2, 3, 8} {
		p := New(threads)
		for _, n := range []int{0, 1, 2, 7, 64, 1000} {
			for _, grain := range []int{0, 1, 3, 100, 5000} {
				seen := make([]atomic.Int32, n)
				p.For(n, grain, func(lo, hi int) {
					for i := lo; i < hi; i++ {
						seen[i].Add(1)
					}
				})
				for i := range seen {
					if seen[i].Load() != 1 {
						t.Fatalf("threads %d, n %d, grain %d: %d was done %d times", threads, n, grain, i, seen[i].Load())
					}
				}
			}
		}
	}
}

func TestForFromManyGoroutinesAndNested(t *testing.T) {
	p := New(4)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				var sum atomic.Int64
				p.For(100, 1, func(lo, hi int) {
					p.For(hi-lo, 1, func(a, b int) { sum.Add(int64(b - a)) })
				})
				if sum.Load() != 100 {
					t.Errorf("got %d", sum.Load())
				}
			}
		})
	}
	wg.Wait()
}

func TestPanicReachesTheCallerAndThePoolGoesOn(t *testing.T) {
	p := New(4)
	for range 100 {
		func() {
			defer func() {
				if r := recover(); r != "boom" {
					t.Fatalf("got %v", r)
				}
			}()
			p.For(100, 1, func(lo, hi int) {
				if lo <= 50 && 50 < hi {
					panic("boom")
				}
			})
			t.Fatal("no panic")
		}()
		n := atomic.Int64{}
		p.For(100, 1, func(lo, hi int) { n.Add(int64(hi - lo)) })
		if n.Load() != 100 {
			t.Fatalf("got %d", n.Load())
		}
	}
}

func TestWorkersPark(t *testing.T) {
	New(3).For(100, 1, func(int, int) {})
	deadline := time.Now().Add(5 * time.Second)
	for i := range int(started.Load()) {
		for !workers[i].parked.Load() {
			if time.Now().After(deadline) {
				t.Fatalf("worker %d does not park", i)
			}
			time.Sleep(time.Millisecond)
		}
	}
}

func BenchmarkForSmall(b *testing.B) {
	p := New(2)
	for b.Loop() {
		p.For(8, 1, func(int, int) {})
	}
}

type adder struct {
	sum *atomic.Int64
	by  int64
}

func (a *adder) Part(lo, hi int) { a.sum.Add(a.by * int64(hi-lo)) }

func TestEachAllocatesNothing(t *testing.T) {
	for _, threads := range []int{1, 2} {
		p := New(threads)
		var sum atomic.Int64
		Each(p, 1000, 10, adder{&sum, 3})
		if sum.Load() != 3000 {
			t.Fatalf("got %d", sum.Load())
		}
		if n := testing.AllocsPerRun(1000, func() { Each(p, 1000, 10, adder{&sum, 3}) }); n >= 1 && !race.Enabled {
			t.Errorf("threads %d: %v allocations a loop", threads, n)
		}
	}
}

func BenchmarkEach(b *testing.B) {
	p := New(1)
	var sum atomic.Int64
	b.ReportAllocs()
	for b.Loop() {
		Each(p, 1000, 10, adder{&sum, 3})
	}
}
