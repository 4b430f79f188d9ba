package ngram

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// count finds n-grams by comparing them with every place in the row.
func count(row []int32, grams [][]int32, shortest, longest, skips int) map[int]int {
	found := map[int]int{}
	for g, gram := range grams {
		n := len(gram)
		if n < shortest || n > longest || slices.ContainsFunc(grams[g+1:], func(o []int32) bool { return slices.Equal(o, gram) }) {
			continue
		}
		distances := skips + 1
		if n == 1 {
			distances = 1
		}
		for d := 1; d <= distances; d++ {
			for at := 0; at+(n-1)*d < len(row); at++ {
				ok := true
				for i := range gram {
					ok = ok && row[at+i*d] == gram[i]
				}
				if ok {
					found[g]++
				}
			}
		}
	}
	return found
}

func TestCountsEqualThoseOfAPlainSearch(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		var items []int32
		var starts []int
		var grams [][]int32
		for n := 1; n <= 3; n++ {
			starts = append(starts, len(items))
			for range r.IntN(5) {
				gram := make([]int32, n)
				for i := range gram {
					gram[i] = int32(r.IntN(3))
				}
				grams = append(grams, gram)
				items = append(items, gram...)
			}
		}
		shortest := 1 + r.IntN(3)
		longest, skips := shortest+r.IntN(3), r.IntN(5)
		p, err := New(items, starts, shortest, longest, skips)
		if err != nil {
			t.Fatal(err)
		}
		if p.Len() != len(grams) {
			t.Fatalf("got %d n-grams, want %d", p.Len(), len(grams))
		}
		c := p.Counter()
		for range 3 {
			row := make([]int32, r.IntN(12))
			for i := range row {
				row[i] = int32(r.IntN(4)) - 1
			}
			got := map[int]int{}
			c.Count(row, func(g, n int) { got[g] = n })
			if want := count(row, grams, shortest, longest, skips); !maps.Equal(got, want) {
				t.Fatalf("row %v, n-grams %v, lengths %d to %d, %d skips: got %v, want %v", row, grams, shortest, longest, skips, got, want)
			}
		}
	}
}

func TestEndlessSkipsEnd(t *testing.T) {
	p, err := New([]int32{1, 1}, []int{0, 0}, 1, math.MaxInt, math.MaxInt-1)
	if err != nil {
		t.Fatal(err)
	}
	p.Counter().Count([]int32{1, 0, 1}, func(g, n int) {
		if n != 1 {
			t.Errorf("got %d", n)
		}
	})
}

func TestPoolsThatDoNotFitAreErrors(t *testing.T) {
	for _, starts := range [][]int{{-1}, {3}, {1, 0}, {0, 1, 2}, {0, 5}} {
		if _, err := New([]int32{1, 2}, starts, 1, 3, 0); err == nil {
			t.Errorf("starts %v: no error", starts)
		}
	}
}
