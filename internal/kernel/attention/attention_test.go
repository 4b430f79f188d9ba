package attention

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/onnxrun/onnxrun/internal/par"
)

func randoms[T Float](r *rand.Rand, n int) []T {
	x := make([]T, n)
	for i := range x {
		x[i] = T(r.NormFloat64())
	}
	return x
}

// plain computes one row of attention in float64, straight from the formula.
// It returns the result and the scores of all stages.
func plain[T Float](p *Params[T], b, h, i int) (y []float64, stages [4][]float64) {
	kv := h / (p.Heads / p.KVHeads)
	var product, capped, masked, probs []float64
	var sum float64
	for j := range p.Keys {
		s := 0.0
		for d := range p.Size {
			s += float64(p.Q.At(b, h, i)[d]) * float64(p.K.At(b, kv, j)[d])
		}
		s *= float64(p.Scale)
		product = append(product, s)
		if p.Softcap > 0 {
			s = float64(p.Softcap) * math.Tanh(s/float64(p.Softcap))
		}
		capped = append(capped, s)
		offset := 0
		switch len(p.Window.Offset) {
		case 0:
		case 1:
			offset = p.Window.Offset[0]
		default:
			offset = p.Window.Offset[b]
		}
		at := i + offset
		if p.Window.Left >= 0 && j < at-p.Window.Left || p.Window.Right >= 0 && j > at+p.Window.Right ||
			p.Window.Valid != nil && j >= p.Window.Valid[b] {
			s = math.Inf(-1)
		}
		for _, m := range p.Masks {
			k := b*m.Batch + h*m.Head + i*m.Row + j*m.Col
			switch {
			case j >= m.Keys || m.Keep != nil && !m.Keep[k]:
				s = math.Inf(-1)
			case m.Add != nil:
				s += float64(m.Add[k])
			}
		}
		masked = append(masked, s)
		sum += math.Exp(s)
	}
	if p.Sink != nil {
		sum += math.Exp(float64(p.Sink[h]))
	}
	y = make([]float64, p.VSize)
	for j, s := range masked {
		w := 0.0
		if sum > 0 {
			w = math.Exp(s) / sum
		}
		probs = append(probs, w)
		for d := range y {
			y[d] += w * float64(p.V.At(b, kv, j)[d])
		}
	}
	return y, [4][]float64{product, capped, masked, probs}
}

// check compares a whole attention with the formula.
func check[T Float](t *testing.T, p *Params[T], tolerance float64) {
	t.Helper()
	for _, stage := range []Stage{-1, Product, Capped, Masked, Softmax} {
		p.Scores = nil
		if stage >= 0 {
			p.Scores = make([]T, p.Batch*p.Heads*p.Queries*p.Keys)
		}
		p.Stage = stage
		var first []T
		for _, threads := range []int{1, 3} {
			for i := range p.Y.Data {
				p.Y.Data[i] = T(math.NaN())
			}
			pool := par.New(threads)
			work := make([]T, p.Work(pool))
			for i := range work {
				work[i] = T(math.NaN())
			}
			Run(pool, p, work)
			if first == nil {
				first = append([]T{}, p.Y.Data...)
			}
			for i, v := range p.Y.Data {
				if v != first[i] {
					t.Fatalf("stage %d: element %d is %v with one thread and %v with three", stage, i, first[i], v)
				}
			}
		}
		for b := range p.Batch {
			for h := range p.Heads {
				for i := range p.Queries {
					y, stages := plain(p, b, h, i)
					where := fmt.Sprintf("stage %d, entry %d, head %d, query %d", stage, b, h, i)
					near(t, where, p.Y.At(b, h, i)[:p.VSize], y, tolerance)
					if stage >= 0 {
						at := ((b*p.Heads+h)*p.Queries + i) * p.Keys
						near(t, where+": scores", p.Scores[at:at+p.Keys], stages[stage], tolerance)
					}
				}
			}
		}
	}
}

func near[T Float](t *testing.T, where string, got []T, want []float64, tolerance float64) {
	t.Helper()
	for i, w := range want {
		if g := float64(got[i]); g != w && !(math.Abs(g-w) <= tolerance*(1+math.Abs(w))) {
			t.Fatalf("%s: element %d is %v, want %v", where, i, g, w)
		}
	}
}

func newParams[T Float](r *rand.Rand, batch, heads, kvHeads, queries, keys, size, vSize int) *Params[T] {
	return &Params[T]{
		Batch: batch, Heads: heads, KVHeads: kvHeads, Queries: queries, Keys: keys, Size: size, VSize: vSize,
		Q:     Merged(randoms[T](r, batch*heads*queries*size), heads, queries, size),
		K:     Packed(randoms[T](r, batch*kvHeads*keys*size), kvHeads, keys, size),
		V:     Merged(randoms[T](r, batch*kvHeads*keys*vSize), kvHeads, keys, vSize),
		Y:     Packed(make([]T, batch*heads*queries*vSize), heads, queries, vSize),
		Scale: 0.4, Window: Full,
	}
}

func TestRunEqualsTheFormula(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	keep := func(n int) []bool {
		k := make([]bool, n)
		for i := range k {
			k[i] = r.IntN(3) > 0
		}
		return k
	}
	for name, change := range map[string]func(p *Params[float32]){
		"plain":   func(p *Params[float32]) {},
		"softcap": func(p *Params[float32]) { p.Softcap = 1.5 },
		"causal":  func(p *Params[float32]) { p.Window = Window{Left: -1, Right: 0, Offset: []int{3}} },
		"window": func(p *Params[float32]) {
			p.Window = Window{Left: 2, Right: 1, Offset: []int{-5, 7}, Valid: []int{6, 11}}
		},
		"window beyond all keys": func(p *Params[float32]) { p.Window = Window{Left: 0, Right: 1 << 30, Offset: []int{100}} },
		"no valid keys":          func(p *Params[float32]) { p.Window.Valid = []int{0, 4} },
		"mask of keys": func(p *Params[float32]) {
			p.Masks = []Mask[float32]{{Keep: keep(2 * p.Keys), Batch: p.Keys, Col: 1, Keys: p.Keys}}
		},
		"mask of heads and queries, fewer keys": func(p *Params[float32]) {
			n := p.Keys - 2
			p.Masks = []Mask[float32]{{Add: randoms[float32](r, p.Heads*p.Queries*n), Head: p.Queries * n, Row: n, Col: 1, Keys: n}}
		},
		"two masks and a window": func(p *Params[float32]) {
			p.Window.Right = 0
			p.Masks = []Mask[float32]{
				{Add: randoms[float32](r, p.Queries), Row: 1, Keys: p.Keys},
				{Keep: keep(p.Keys), Col: 1, Keys: p.Keys},
			}
		},
		"sinks": func(p *Params[float32]) { p.Sink = randoms[float32](r, p.Heads) },
	} {
		t.Run(name, func(t *testing.T) {
			for _, s := range [][7]int{{2, 4, 2, 7, 13, 8, 5}, {2, 6, 1, 30, 11, 3, 9}, {2, 2, 2, 1, 40, 16, 16}} {
				p := newParams[float32](r, s[0], s[1], s[2], s[3], s[4], s[5], s[6])
				change(p)
				check(t, p, 1e-5)
			}
		})
	}
}

func TestRunFloat64(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	p := newParams[float64](r, 1, 2, 1, 5, 9, 4, 6)
	p.Softcap, p.Window.Right = 2, 0
	check(t, p, 1e-13)
}

func TestRunCutsLongRowsIntoSmallTiles(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	p := newParams[float32](r, 1, 1, 1, rowsMin+3, scoresMax/rowsMin+100, 2, 3)
	if got := p.Work(nil); got > (scoresMax+rowsMin*200)+rowsMin*8 {
		t.Errorf("a tile takes %d elements", got)
	}
	p.Window = Window{Left: 50, Right: 0, Offset: []int{p.Keys - p.Queries}}
	p.Y.Data = make([]float32, p.Queries*p.VSize)
	Run(nil, p, make([]float32, p.Work(nil)))
	for i := range p.Queries {
		y, _ := plain(p, 0, 0, i)
		near(t, fmt.Sprint("query ", i), p.Y.At(0, 0, i)[:p.VSize], y, 1e-5)
	}
}

func TestHiddenKeysDoNotLeak(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	p := newParams[float32](r, 1, 1, 1, 2, 4, 3, 3)
	p.K.Data[3*3] = float32(math.NaN()) // key 3, which nobody sees
	p.Masks = []Mask[float32]{{Keep: []bool{true, false, true, false}, Col: 1, Keys: 4}}
	Run(nil, p, make([]float32, p.Work(nil)))
	for i, v := range p.Y.Data {
		if v != v {
			t.Errorf("element %d is NaN", i)
		}
	}
}

func TestEmptyDimensions(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	for _, s := range [][7]int{{0, 2, 1, 3, 4, 5, 6}, {1, 2, 1, 0, 4, 5, 6}, {1, 2, 1, 3, 0, 5, 6}, {1, 2, 1, 3, 4, 0, 6}, {1, 2, 1, 3, 4, 5, 0}, {1, 0, 0, 3, 4, 5, 6}} {
		p := newParams[float32](r, s[0], s[1], s[2], s[3], s[4], s[5], s[6])
		check(t, p, 1e-5)
	}
}

func BenchmarkRun(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, s := range []struct{ queries, keys, size int }{{512, 512, 64}, {1, 2048, 64}} {
		b.Run(fmt.Sprintf("%dx%dx%d", s.queries, s.keys, s.size), func(b *testing.B) {
			p := newParams[float32](r, 1, 8, 8, s.queries, s.keys, s.size, s.size)
			pool := par.New(1)
			work := make([]float32, p.Work(pool))
			for b.Loop() {
				Run(pool, p, work)
			}
			b.ReportMetric(4*8*float64(s.queries*s.keys*s.size)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}
