package par

import (
	"runtime"
	"sync/atomic"
	"time"
)

// Stages is work in rounds, each of which needs all of the one before.
type Stages interface {
	// Round does a part of a round. Parts of a round must not depend on each
	// other.
	Round(round, part int)
}

// Rounds calls s.Round for every round, in their order, and every part of it,
// on at most Threads goroutines. A goroutine does the same part of each round
// if it comes in time, so that what the part reads stays near its core; a part
// that nobody has begun is done by whoever has nothing else to do, so that no
// round waits for a goroutine that has yet to arrive. A panic in Round reaches
// the caller.
func (p *Pool) Rounds(rounds, parts int, s Stages) {
	if min(p.Threads(), parts) <= 1 {
		for r := range rounds {
			for i := range parts {
				s.Round(r, i)
			}
		}
		return
	}
	l := &lockstep{stages: s, rounds: int64(rounds), parts: make([]stage, parts)}
	p.Run(min(p.Threads(), parts), 1, l)
}

// lockstep is one call of Rounds.
type lockstep struct {
	stages Stages
	rounds int64
	parts  []stage
	failed atomic.Bool
}

// stage is how far a part has come.
type stage struct {
	begun, done atomic.Int64 // rounds
	_           [112]byte    // keeps the next one's words out of this cache line and its neighbour
}

// Part goes through the rounds for each of the given parts. It is a goroutine's
// share of the loop: of those that come after the last round, each finds that
// there is nothing left to do.
func (l *lockstep) Part(lo, hi int) {
	defer func() {
		if r := recover(); r != nil {
			l.failed.Store(true) // others wait no longer
			panic(r)
		}
	}()
	for own := lo; own < hi; own++ {
		for r := int64(0); r < l.rounds; r++ {
			for k := range l.parts {
				i := own + k
				if i >= len(l.parts) {
					i -= len(l.parts)
				}
				if s := &l.parts[i]; s.begun.Load() == r && s.begun.CompareAndSwap(r, r+1) {
					l.stages.Round(int(r), i)
					s.done.Store(r + 1)
				}
			}
			if !l.wait(r) {
				return
			}
		}
	}
}

// wait returns when all parts of round r are done: each is by now in the hands
// of a running goroutine. It returns false after a failure.
func (l *lockstep) wait(r int64) bool {
	for i := range l.parts {
		for spins := 1; l.parts[i].done.Load() <= r; spins++ {
			if l.failed.Load() {
				return false
			}
			switch {
			case spins > 1<<15:
				// The system has taken the other's core: perhaps it wants ours.
				time.Sleep(20 * time.Microsecond)
			case spins%1024 == 0:
				runtime.Gosched()
			}
		}
	}
	return true
}
