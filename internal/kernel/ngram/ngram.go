// Package ngram finds the n-grams of a pool in sequences of items, which are
// numbers.
package ngram

import (
	"fmt"
	"math"
)

// Pool is a set of n-grams. It is immutable.
type Pool struct {
	next     map[step]int32 // the tree of their prefixes; its root is 0
	gram     []int32        // of each place in the tree the n-gram that ends there, -1 for none
	grams    int
	shortest int
	longest  int
	skips    int
}

// step is an item after a prefix.
type step struct{ at, item int32 }

// New takes the items of all 1-grams, all 2-grams and so on, one after the
// other; starts[i] is where those of length i+1 begin. N-grams are numbered in
// their order, those with another length than shortest to longest, too, which
// are never found. Of equal ones the last is found. The items of an n-gram may
// be apart, all by the same distance, which is at most skips+1.
func New(items []int32, starts []int, shortest, longest, skips int) (*Pool, error) {
	p := &Pool{next: map[step]int32{}, gram: []int32{-1}, shortest: shortest, longest: longest, skips: skips}
	if len(items) > math.MaxInt32 {
		return nil, fmt.Errorf("%d items are too many", len(items))
	}
	for i, start := range starts {
		end, n := len(items), i+1
		if i+1 < len(starts) {
			end = starts[i+1]
		}
		if start < 0 || start > end || end > len(items) || (end-start)%n != 0 {
			return nil, fmt.Errorf("the %d-grams are from %d to %d of %d items", n, start, end, len(items))
		}
		for ; start < end; start += n {
			if n >= shortest && n <= longest {
				p.add(items[start : start+n])
			}
			p.grams++
		}
	}
	return p, nil
}

// Len returns the number of n-grams.
func (p *Pool) Len() int { return p.grams }

func (p *Pool) add(items []int32) {
	var at int32
	for _, item := range items {
		next, ok := p.next[step{at, item}]
		if !ok {
			next = int32(len(p.gram))
			p.next[step{at, item}] = next
			p.gram = append(p.gram, -1)
		}
		at = next
	}
	p.gram[at] = int32(p.grams)
}

// Counter counts n-grams; it serves one goroutine.
type Counter struct {
	pool   *Pool
	counts []int32
	found  []int32
}

// Counter returns a counter.
func (p *Pool) Counter() *Counter { return &Counter{pool: p, counts: make([]int32, p.grams)} }

// Count calls report for each n-gram in the row with how often it is there, in
// the order in which they are met first. Negative items are in no n-gram.
func (c *Counter) Count(row []int32, report func(gram, count int)) {
	p := c.pool
	shortest := p.shortest
	// An n-gram of two items or more is at most as wide as the row.
	for distance := 1; distance <= p.skips+1 && shortest <= p.longest; distance++ {
		if shortest > 1 && (len(row) < 2 || distance > (len(row)-1)/(shortest-1)) {
			break
		}
		for start := range row {
			var at int32
			ok := true
			for i, n := start, 1; i < len(row) && n <= p.longest; i, n = i+distance, n+1 {
				if at, ok = p.next[step{at, row[i]}]; !ok {
					break
				}
				if g := p.gram[at]; g >= 0 && n >= shortest {
					if c.counts[g] == 0 {
						c.found = append(c.found, g)
					}
					c.counts[g]++
				}
			}
		}
		// Single items are the same at any distance.
		shortest = max(shortest, 2)
	}
	for _, g := range c.found {
		report(int(g), int(c.counts[g]))
		c.counts[g] = 0
	}
	c.found = c.found[:0]
}
