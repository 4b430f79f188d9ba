package tree

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unsafe"
)

func TestNodesAreSmall(t *testing.T) {
	if a, b := unsafe.Sizeof(node[float32]{}), unsafe.Sizeof(node[float64]{}); a > 24 || b > 32 {
		t.Errorf("a node takes %d and %d bytes", a, b)
	}
}

// model is an ensemble and what a plain reading of it computes.
type model struct {
	splits  []Split[float32]
	leaves  [][]Vote[float32]
	roots   []Ref
	targets int
}

func randomModel(r *rand.Rand, modes []Mode, features, targets int) *model {
	m := &model{targets: targets}
	var grow func(depth int) Ref
	grow = func(depth int) Ref {
		if depth == 0 || r.IntN(5) == 0 {
			var l []Vote[float32]
			for range r.IntN(3) {
				l = append(l, Vote[float32]{int32(r.IntN(targets)), float32(r.NormFloat64())})
			}
			m.leaves = append(m.leaves, l)
			return Leaf(len(m.leaves) - 1)
		}
		i := len(m.splits)
		m.splits = append(m.splits, Split[float32]{
			Feature: r.IntN(features), Mode: modes[r.IntN(len(modes))], Value: float32(r.IntN(7)-3) / 2, NaNTrue: r.IntN(2) == 0,
			Members: []float32{float32(r.IntN(5)), -1.5, float32(r.IntN(5))},
		})
		yes := grow(depth - 1)
		no := grow(depth - 1)
		m.splits[i].True, m.splits[i].False = yes, no
		return Ref(i)
	}
	for range 1 + r.IntN(6) {
		m.roots = append(m.roots, grow(r.IntN(6)))
	}
	return m
}

func (m *model) score(x []float64, agg Aggregate) ([]float64, []bool) {
	scores, voted := make([]float64, m.targets), make([]bool, m.targets)
	for _, at := range m.roots {
		for at >= 0 {
			s := m.splits[at]
			v, t := x[s.Feature], float64(s.Value)
			var yes bool
			switch s.Mode {
			case LEQ:
				yes = v <= t
			case LT:
				yes = v < t
			case GTE:
				yes = v >= t
			case GT:
				yes = v > t
			case EQ:
				yes = v == t
			case NEQ:
				yes = v != t
			case Member:
				yes = slices.Contains(s.Members, float32(v))
			}
			if math.IsNaN(v) {
				yes = s.NaNTrue
			}
			if at = s.False; yes {
				at = s.True
			}
		}
		for _, v := range m.leaves[^at] {
			w, s := float64(v.Weight), &scores[v.Target]
			switch {
			case agg <= Sum:
				*s += w
			case !voted[v.Target]:
				*s = w
			case agg == Min:
				*s = min(*s, w)
			default:
				*s = max(*s, w)
			}
			voted[v.Target] = true
		}
	}
	if agg == Average {
		for i := range scores {
			scores[i] /= float64(len(m.roots))
		}
	}
	return scores, voted
}

func TestForestsEqualAPlainWalk(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, modes := range [][]Mode{{LEQ}, {LT}, {GTE}, {GT}, {EQ, NEQ}, {LEQ, LT, GTE, GT, EQ, NEQ, Member}} {
		for range 60 {
			const features = 3
			m := randomModel(r, modes, features, 1+r.IntN(3))
			f, err := New(m.splits, m.leaves, m.roots, m.targets)
			if err != nil {
				t.Fatal(err)
			}
			rows := r.IntN(3 * block / 2)
			x := make([]float32, rows*features)
			for i := range x {
				if x[i] = float32(r.IntN(7)-3) / 2; r.IntN(8) == 0 {
					x[i] = float32(math.NaN())
				}
			}
			for _, agg := range []Aggregate{Average, Sum, Min, Max} {
				scores, voted := make([]float64, rows*m.targets), make([]bool, rows*m.targets)
				for i := range scores {
					scores[i], voted[i] = 17, true
				}
				Run[float32, float32, float32](f, x, rows, features, m.targets, agg, scores, voted)
				if agg <= Sum {
					alone := make([]float64, len(scores))
					Run[float32, float32, float64](f, x, rows, features, m.targets, agg, alone, nil)
					for i := range alone {
						if math.Abs(alone[i]-scores[i]) > 1e-6 {
							t.Fatalf("without votes: got %v, want %v", alone[i], scores[i])
						}
					}
				}
				for i := range rows {
					row := make([]float64, features)
					for j := range row {
						row[j] = float64(x[i*features+j])
					}
					want, votes := m.score(row, agg)
					got := scores[i*m.targets : (i+1)*m.targets]
					for j := range want {
						if math.Abs(got[j]-want[j]) > 1e-12 || voted[i*m.targets+j] != votes[j] {
							t.Fatalf("modes %v, aggregate %d, row %v: got %v, want %v", modes, agg, row, got, want)
						}
					}
				}
			}
		}
	}
}

func TestHostileForestsAreErrors(t *testing.T) {
	vote := [][]Vote[float32]{{{0, 1}}}
	deep := make([]Split[float32], 1<<20)
	for i := range deep {
		deep[i].True, deep[i].False = Ref(i+1), Leaf(0)
	}
	loop := slices.Clone(deep)
	deep[len(deep)-1].True = Leaf(0)
	loop[len(loop)-1].True = 0
	for _, c := range []struct {
		name   string
		splits []Split[float32]
		leaves [][]Vote[float32]
		roots  []Ref
		want   string
	}{
		{"a chain", deep, vote, []Ref{0}, ""},
		{"one leaf", nil, vote, []Ref{Leaf(0)}, ""},
		{"a shared branch", []Split[float32]{{True: 1, False: 1}, {True: Leaf(0), False: Leaf(0)}}, vote, []Ref{0, 1}, ""},
		{"a long cycle", loop, vote, []Ref{0}, "below itself"},
		{"a node below itself", []Split[float32]{{True: 0, False: Leaf(0)}}, vote, []Ref{0}, "below itself"},
		{"a cycle through the false branch", []Split[float32]{{True: Leaf(0), False: 1}, {True: Leaf(0), False: 0}}, vote, []Ref{1}, "below itself"},
		{"no such split", []Split[float32]{{True: 7, False: Leaf(0)}}, vote, []Ref{0}, "split 7"},
		{"no such leaf", []Split[float32]{{True: Leaf(0), False: Leaf(1)}}, vote, []Ref{0}, "leaf 1"},
		{"no such root", nil, vote, []Ref{0}, "split 0"},
		{"a negative feature", []Split[float32]{{Feature: -1, True: Leaf(0), False: Leaf(0)}}, vote, []Ref{0}, "feature -1"},
		{"a target that is not there", nil, [][]Vote[float32]{{{1, 1}}}, []Ref{Leaf(0)}, "target 1"},
		{"an unknown mode", []Split[float32]{{Mode: 9, True: Leaf(0), False: Leaf(0)}}, vote, []Ref{0}, "mode 9"},
	} {
		f, err := New(c.splits, c.leaves, c.roots, 1)
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.want == "":
			scores := make([]float64, 1)
			Run[float32, float32, float32](f, []float32{-1}, 1, 1, 1, Sum, scores, nil)
			if scores[0] != float64(len(c.roots)) {
				t.Errorf("%s: got %v", c.name, scores)
			}
		case err == nil || !strings.Contains(err.Error(), c.want):
			t.Errorf("%s: got %v, want an error about %s", c.name, err, c.want)
		}
	}
}

func TestLargeIntegersAreNotRoundedToTheThreshold(t *testing.T) {
	f, err := New([]Split[float32]{{Mode: LEQ, Value: 1 << 24, True: Leaf(0), False: Leaf(1)}}, [][]Vote[float32]{{{0, 1}}, {{0, 2}}}, []Ref{0}, 1)
	if err != nil {
		t.Fatal(err)
	}
	scores := make([]float64, 2)
	Run[int64, float32, float64](f, []int64{1 << 24, 1<<24 + 1}, 2, 1, 1, Sum, scores, nil)
	if !slices.Equal(scores, []float64{1, 2}) {
		t.Errorf("got %v", scores)
	}
}

func BenchmarkRun(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	const features, trees, depth, rows = 16, 100, 8, 1024
	m := &model{targets: 1}
	var grow func(depth int) Ref
	grow = func(depth int) Ref {
		if depth == 0 {
			m.leaves = append(m.leaves, []Vote[float32]{{0, 1}})
			return Leaf(len(m.leaves) - 1)
		}
		i := len(m.splits)
		m.splits = append(m.splits, Split[float32]{Feature: r.IntN(features), Value: float32(r.NormFloat64())})
		yes := grow(depth - 1)
		no := grow(depth - 1)
		m.splits[i].True, m.splits[i].False = yes, no
		return Ref(i)
	}
	for range trees {
		m.roots = append(m.roots, grow(depth))
	}
	f, err := New(m.splits, m.leaves, m.roots, 1)
	if err != nil {
		b.Fatal(err)
	}
	x := make([]float32, rows*features)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	scores := make([]float64, rows)
	for b.Loop() {
		Run[float32, float32, float32](f, x, rows, features, 1, Sum, scores, nil)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(rows*trees), "ns/walk")
}
