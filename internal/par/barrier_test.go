package par

import (
	"runtime"
	"sync/atomic"
	"testing"
)

// relay checks that each part of a round sees all of the round before.
type relay struct {
	t     *testing.T
	parts int
	done  []atomic.Int64 // rounds that each part has done
	yield bool
	fail  int // round that panics, -1 none
}

func (r *relay) Round(round, part int) {
	if round == r.fail && part == r.parts-1 {
		panic("enough")
	}
	for i := range r.done {
		if d := int(r.done[i].Load()); d < round || d > round+1 {
			r.t.Errorf("round %d of part %d begins where part %d has done %d", round, part, i, d)
		}
	}
	if r.yield && (round+part)%7 == 0 {
		runtime.Gosched()
	}
	if n := r.done[part].Add(1); int(n) != round+1 {
		r.t.Errorf("part %d did round %d as its number %d", part, round, n)
	}
}

func TestRoundsFollowEachOther(t *testing.T) {
	for _, threads := range []int{1, 2, 3, 9} {
		for _, parts := range []int{1, 2, 3, 8} {
			for _, yield := range []bool{false, true} {
				r := &relay{t: t, parts: parts, done: make([]atomic.Int64, parts), yield: yield, fail: -1}
				New(threads).Rounds(500, parts, r)
				for i := range r.done {
					if n := r.done[i].Load(); n != 500 {
						t.Errorf("%d threads: part %d of %d did %d rounds", threads, i, parts, n)
					}
				}
			}
		}
	}
}

func TestManyCallersOfRounds(t *testing.T) {
	done := make(chan bool)
	for range 8 {
		go func() {
			for range 20 {
				r := &relay{t: t, parts: 3, done: make([]atomic.Int64, 3), fail: -1}
				New(3).Rounds(50, 3, r)
			}
			done <- true
		}()
	}
	for range 8 {
		<-done
	}
}

func TestPanicInARoundReachesTheCaller(t *testing.T) {
	for _, threads := range []int{1, 2, 4} {
		func() {
			defer func() {
				if r := recover(); r != "enough" {
					t.Errorf("%d threads: recovered %v", threads, r)
				}
			}()
			New(threads).Rounds(100, 4, &relay{t: t, parts: 4, done: make([]atomic.Int64, 4), fail: 50})
			t.Errorf("%d threads: no panic", threads)
		}()
	}
}
