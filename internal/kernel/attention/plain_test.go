package attention

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/onnxrun/onnxrun/internal/par"
)

// Masks of whole rows, of one for all rows, and of others, alone and together,
// give what the formula does, in one tile and in several.
func TestPlainAttentionEqualsTheFormula(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	for _, s := range [][2]int{{7, 13}, {40, 128}, {200, 700}} {
		for name, masks := range map[string]func(p *Params[float32]) []Mask[float32]{
			"none": func(*Params[float32]) []Mask[float32] { return nil },
			"whole rows": func(p *Params[float32]) []Mask[float32] {
				n := p.Keys * p.Queries
				return []Mask[float32]{{Add: randoms[float32](r, p.Heads*n), Head: n, Row: p.Keys, Col: 1, Keys: p.Keys}}
			},
			"one row": func(p *Params[float32]) []Mask[float32] {
				return []Mask[float32]{{Add: randoms[float32](r, p.Batch*p.Keys), Batch: p.Keys, Col: 1, Keys: p.Keys}}
			},
			"a column and a row": func(p *Params[float32]) []Mask[float32] {
				return []Mask[float32]{
					{Add: randoms[float32](r, p.Queries), Row: 1, Keys: p.Keys},
					{Add: randoms[float32](r, p.Keys), Col: 1, Keys: p.Keys},
				}
			},
		} {
			p := newParams[float32](r, 2, 3, 3, s[0], s[1], 8, 5)
			p.Plain, p.Masks = true, masks(p)
			var first []float32
			for _, threads := range []int{1, 2, 16} {
				pool := par.New(threads)
				Run(pool, p, make([]float32, p.Work(pool)))
				if first == nil {
					first = slices.Clone(p.Y.Data)
				}
				if !slices.Equal(first, p.Y.Data) {
					t.Fatalf("%s, %v: %d threads give other bits than one", name, s, threads)
				}
			}
			for b := range p.Batch {
				for h := range p.Heads {
					for i := range p.Queries {
						y, _ := plain(p, b, h, i)
						near(t, name, p.Y.At(b, h, i)[:p.VSize], y, 1e-5)
					}
				}
			}
		}
	}
}
