// Package par runs loops on several cores. A Pool bounds how many goroutines
// work for one owner; the caller always works too and never waits for a helper
// that has not started.
package par

import (
	"runtime"
	"sync"
	"sync/atomic"
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
	return &Pool{threads: n}
}

// Threads returns how many goroutines may work at once.
func (p *Pool) Threads() int {
	if p == nil || p.threads < 1 {
		return 1
	}
	return p.threads
}

// For calls body for parts of the range 0 to n-1 that cover it once, at most
// Threads of them at a time, none (but the last) shorter than grain. Parts of
// a loop must not depend on each other, and what they compute must not depend
// on where the cuts are. A panic in body reaches the caller.
func (p *Pool) For(n, grain int, body func(lo, hi int)) {
	if n <= 0 {
		return
	}
	grain = max(grain, 1)
	threads := min(p.Threads(), (n+grain-1)/grain)
	if threads <= 1 {
		body(0, n)
		return
	}
	// Four parts a thread: late threads find less left to do.
	part := max(grain, (n+threads*4-1)/(threads*4))
	l := &loop{n: n, part: part, body: body}
	l.wg.Add(threads - 1)
	for range threads - 1 {
		go l.help()
	}
	l.work()
	l.wg.Wait()
	if l.failure != nil {
		panic(l.failure)
	}
}

type loop struct {
	n, part int
	body    func(lo, hi int)
	next    atomic.Int64
	wg      sync.WaitGroup
	mu      sync.Mutex
	failure any
}

func (l *loop) help() {
	defer l.wg.Done()
	l.work()
}

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
		l.body(lo, min(lo+l.part, l.n))
	}
}
