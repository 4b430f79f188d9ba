// Package par runs loops on several cores. A Pool bounds how many goroutines
// work for one owner; the workers behind it are the process's.
//
// Waking a parked goroutine on another core costs more than most loops take,
// so a worker that has run out of work looks for more for a moment before it
// parks, and the caller of a loop works itself, takes back what no worker has
// picked up, and waits only for those that did.
package par

import (
	"reflect"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// Pool runs loops on up to Threads goroutines. Its zero value and nil run them
// on the caller's alone. It is safe for concurrent use.
type Pool struct {
	threads int
}

// New returns a pool of n threads; n ≤ 0 means GOMAXPROCS.
func New(n int) *Pool {
	if n <= 0 {
		n = runtime.GOMAXPROCS(0)
	}
	return &Pool{threads: min(n, maxWorkers+1)}
}

// Threads returns how many goroutines may work at once.
func (p *Pool) Threads() int {
	if p == nil || p.threads < 1 {
		return 1
	}
	return p.threads
}

// Body is what a loop does.
type Body interface {
	// Part does the rounds lo to hi-1.
	Part(lo, hi int)
}

type funcBody func(lo, hi int)

func (f funcBody) Part(lo, hi int) { f(lo, hi) }

// For calls body for parts of the range 0 to n-1 that cover it once; see Run.
// The closure that body mostly is lives on the heap; Each needs none.
func (p *Pool) For(n, grain int, body func(lo, hi int)) { p.Run(n, grain, funcBody(body)) }

// Each is Run with a body that is copied to memory kept for it, so that a loop
// that has run once runs again without allocating.
func Each[T any, B interface {
	*T
	Body
}](p *Pool, n, grain int, body T) {
	b := Borrow[T]()
	*b = body
	p.Run(n, grain, B(b)) // after a panic b is left to the collector
	*b = *new(T)          // holds on to nothing
	Return(b)
}

// Borrow returns a T that Return gave back, as it was then, or else a zero one.
func Borrow[T any]() *T {
	if t, ok := poolOf[T]().Get().(*T); ok {
		return t
	}
	return new(T)
}

// Return gives back what Borrow returned.
func Return[T any](t *T) { poolOf[T]().Put(t) }

// kept holds a *sync.Pool for each type.
var kept sync.Map

func poolOf[T any]() *sync.Pool {
	t := reflect.TypeFor[T]()
	pool, ok := kept.Load(t)
	if !ok {
		pool, _ = kept.LoadOrStore(t, new(sync.Pool))
	}
	return pool.(*sync.Pool)
}

// Run calls b.Part for parts of the range 0 to n-1 that cover it once, on at
// most Threads goroutines, no part (but the last) shorter than grain. Parts of
// a loop must not depend on each other, and what they compute must not depend
// on where the cuts are. A panic in Part reaches the caller.
func (p *Pool) Run(n, grain int, b Body) {
	if n <= 0 {
		return
	}
	grain = max(grain, 1)
	threads := min(p.Threads(), (n+grain-1)/grain)
	if threads <= 1 {
		b.Part(0, n)
		return
	}
	// Four parts a thread: whoever comes late finds less left to do.
	part := max(grain, (n+threads*4-1)/(threads*4))
	l := loops.Get().(*loop)
	l.n, l.part, l.body = n, part, b
	l.next.Store(0)
	offered := offer(l, min(threads-1, (n+part-1)/part-1))
	l.work()
	if claimed := offered.takeBack(l); claimed > 0 {
		l.wait(claimed)
	}
	failure := l.failure
	l.body, l.failure = nil, nil
	loops.Put(l)
	if failure != nil {
		panic(failure)
	}
}

// loop is one call of Run.
type loop struct {
	n, part int
	body    Body
	next    atomic.Int64

	// pending is the number of helpers that have claimed the loop and not
	// finished, less those that finished before the caller counted the claims.
	pending atomic.Int64
	done    chan struct{} // one token when pending comes to 0 in a helper

	mu      sync.Mutex
	failure any
}

var loops = sync.Pool{New: func() any { return &loop{done: make(chan struct{}, 1)} }}

// work takes parts until none is left.
func (l *loop) work() {
	defer func() {
		if r := recover(); r != nil {
			l.mu.Lock()
			l.failure = r
			l.mu.Unlock()
			l.next.Store(int64(l.n))
		}
	}()
	for {
		lo := int(l.next.Add(int64(l.part))) - l.part
		if lo >= l.n {
			return
		}
		l.body.Part(lo, min(lo+l.part, l.n))
	}
}

// wait returns when the claimed helpers have finished.
func (l *loop) wait(claimed int) {
	if l.pending.Add(int64(claimed)) == 0 {
		return
	}
	for end := time.Now().Add(spin); time.Now().Before(end); {
		for range 64 {
			select {
			case <-l.done:
				return
			default:
			}
		}
		runtime.Gosched()
	}
	<-l.done
}

// spin is how long a worker without work, or a caller that waits, stays awake.
const spin = 100 * time.Microsecond

// maxWorkers bounds the workers of the process.
const maxWorkers = 255

// worker is a goroutine that helps with loops.
type worker struct {
	job    atomic.Pointer[loop] // nil: idle; busy: at work; else a loop on offer
	parked atomic.Bool
	wake   chan struct{}
	_      [64]byte // keeps the next worker's words out of this cache line
}

var (
	busy    loop // stands in worker.job while the worker works
	workers [maxWorkers]worker
	started atomic.Int32
	start   sync.Mutex
)

// offers is the set of workers that a loop was offered to, as bits.
type offers [(maxWorkers + 63) / 64]uint64

// offer hands the loop to up to n idle workers.
func offer(l *loop, n int) (o offers) {
	ensure(n)
	for i := 0; i < int(started.Load()) && n > 0; i++ {
		w := &workers[i]
		if !w.job.CompareAndSwap(nil, l) {
			continue
		}
		o[i/64] |= 1 << (i % 64)
		n--
		if w.parked.Load() {
			select {
			case w.wake <- struct{}{}:
			default:
			}
		}
	}
	return o
}

// takeBack withdraws the loop from the workers that have not begun, and
// returns how many have.
func (o *offers) takeBack(l *loop) (claimed int) {
	for i := range int(started.Load()) {
		if o[i/64]>>(i%64)&1 != 0 && !workers[i].job.CompareAndSwap(l, nil) {
			claimed++
		}
	}
	return claimed
}

// ensure starts workers so that there are n.
func ensure(n int) {
	if int(started.Load()) >= n {
		return
	}
	start.Lock()
	defer start.Unlock()
	for i := int(started.Load()); i < n; i++ {
		workers[i].wake = make(chan struct{}, 1)
		go workers[i].run()
		started.Store(int32(i + 1))
	}
}

func (w *worker) run() {
	for {
		l := w.find()
		if !w.job.CompareAndSwap(l, &busy) {
			continue // withdrawn
		}
		l.work()
		w.job.Store(nil)
		if l.pending.Add(-1) == 0 {
			l.done <- struct{}{} // the last touch of l: the caller may use it again
		}
	}
}

// find waits for a loop on offer.
func (w *worker) find() *loop {
	for end := time.Now().Add(spin); time.Now().Before(end); {
		for range 64 {
			if l := w.job.Load(); l != nil {
				return l
			}
		}
		runtime.Gosched()
	}
	w.parked.Store(true)
	defer w.parked.Store(false)
	for {
		if l := w.job.Load(); l != nil {
			return l
		}
		<-w.wake
	}
}
