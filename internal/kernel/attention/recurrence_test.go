package attention

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/onnxrun/onnxrun/internal/par"
)

func TestRotateTurnsPairsByTheirAngle(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	const batch, heads, rows, size, dim, positions = 2, 3, 4, 10, 6, 20
	var cos, sin []float32
	angle := func(pos, j int) float64 { return float64(pos) * math.Pow(0.6, float64(j)) }
	for pos := range positions {
		for j := range dim / 2 {
			cos, sin = append(cos, float32(math.Cos(angle(pos, j)))), append(sin, float32(math.Sin(angle(pos, j))))
		}
	}
	at := []int64{3, 1, 4, 1, 5, 9, 2, 6}
	for name, c := range map[string]struct {
		positions, start []int64
		pos              func(b, i int) int
	}{
		"positions":      {at, nil, func(b, i int) int { return int(at[b*rows+i]) }},
		"one start":      {nil, []int64{7}, func(b, i int) int { return 7 + i }},
		"start by entry": {nil, []int64{7, 2}, func(b, i int) int { return []int{7, 2}[b] + i }},
	} {
		for _, interleaved := range []bool{false, true} {
			x := Packed(randoms[float32](r, batch*heads*rows*size), heads, rows, size)
			y := Merged(make([]float32, batch*heads*rows*size), heads, rows, size)
			Rotate(par.New(2), &Rotation{
				Batch: batch, Heads: heads, Rows: rows, Size: size, X: x, Y: y, Dim: dim, Interleaved: interleaved,
				Cos: cos, Sin: sin, Positions: c.positions, Start: c.start,
			})
			for n := range batch * heads * rows {
				b, h, i := n/heads/rows, n/rows%heads, n%rows
				in, got := x.At(b, h, i), y.At(b, h, i)
				want := make([]float64, size)
				for k := range want {
					want[k] = float64(in[k])
				}
				for j := range dim / 2 {
					u, v := j, j+dim/2
					if interleaved {
						u, v = 2*j, 2*j+1
					}
					s, c := math.Sincos(angle(c.pos(b, i), j))
					want[u], want[v] = c*float64(in[u])-s*float64(in[v]), s*float64(in[u])+c*float64(in[v])
				}
				near(t, name, got[:size], want, 1e-5)
			}
		}
	}
}

func TestRunLinearFollowsTheRecurrence(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	const batch, heads, kvHeads, rows, size = 2, 4, 2, 5, 6
	for _, vSize := range []int{3, columns + 9} {
		for _, c := range []struct{ decay, perRow, beta bool }{{}, {decay: true}, {decay: true, perRow: true}, {beta: true}, {true, true, true}} {
			p := &Linear{
				Batch: batch, Heads: heads, KVHeads: kvHeads, Rows: rows, Size: size, VSize: vSize, PerRow: c.perRow, Scale: 0.3,
				Q:     Merged(randoms[float32](r, batch*rows*heads*size), heads, rows, size),
				K:     Merged(randoms[float32](r, batch*rows*kvHeads*size), kvHeads, rows, size),
				V:     Merged(randoms[float32](r, batch*rows*kvHeads*vSize), kvHeads, rows, vSize),
				Y:     Merged(make([]float32, batch*rows*heads*vSize), heads, rows, vSize),
				State: randoms[float32](r, batch*kvHeads*size*vSize),
			}
			if c.decay {
				n := 1
				if c.perRow {
					n = size
				}
				p.Decay = Merged(randoms[float32](r, batch*rows*kvHeads*n), kvHeads, rows, n)
			}
			if c.beta {
				p.Beta = Merged(randoms[float32](r, batch*rows*kvHeads), kvHeads, rows, 1)
			}
			state := make([]float64, len(p.State))
			for i, v := range p.State {
				state[i] = float64(v)
			}
			RunLinear(par.New(3), p)
			for b := range batch {
				for kv := range kvHeads {
					s := state[(b*kvHeads+kv)*size*vSize:][:size*vSize]
					for i := range rows {
						linearStep(t, p, s, b, kv, i)
					}
				}
			}
			near(t, "state", p.State, state, 1e-4)
		}
	}
}

// linearStep updates the state s by row i and checks the results of that row.
func linearStep(t *testing.T, p *Linear, s []float64, b, kv, i int) {
	t.Helper()
	k := p.K.At(b, kv, i)
	for d := range p.Size {
		if p.Decay.Data == nil {
			break
		}
		g := p.Decay.At(b, kv, i)[0]
		if p.PerRow {
			g = p.Decay.At(b, kv, i)[d]
		}
		for m := range p.VSize {
			s[d*p.VSize+m] *= math.Exp(float64(g))
		}
	}
	for m := range p.VSize {
		v := float64(p.V.At(b, kv, i)[m])
		if p.Beta.Data != nil {
			for d := range p.Size {
				v -= s[d*p.VSize+m] * float64(k[d])
			}
			v *= float64(p.Beta.At(b, kv, i)[0])
		}
		for d := range p.Size {
			s[d*p.VSize+m] += float64(k[d]) * v
		}
	}
	group := p.Heads / p.KVHeads
	for h := kv * group; h < (kv+1)*group; h++ {
		want := make([]float64, p.VSize)
		for m := range want {
			for d := range p.Size {
				want[m] += float64(p.Scale) * float64(p.Q.At(b, h, i)[d]) * s[d*p.VSize+m]
			}
		}
		near(t, "result", p.Y.At(b, h, i)[:p.VSize], want, 1e-4)
	}
}

func TestCausalConvInStepsEqualsOneRun(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	const channels, length = 3, 11
	for _, kernel := range []int{1, 2, 4, 14} {
		x := randoms[float32](r, channels*length)
		w, bias := randoms[float32](r, channels*kernel), randoms[float32](r, channels)
		run := func(x []float32, n int, past []float32) (y, present []float32) {
			y, present = make([]float32, channels*n), make([]float32, channels*(kernel-1))
			RunCausalConv(par.New(2), &CausalConv{
				Batch: 1, Channels: channels, Length: n, Kernel: kernel,
				X: x, Y: y, Weight: w, Bias: bias, Past: past, Present: present,
			})
			return y, present
		}
		whole, last := run(x, length, nil)
		for c := range channels {
			for l := range length {
				want := float64(bias[c])
				for j := range kernel {
					if from := l + j - kernel + 1; from >= 0 {
						want += float64(w[c*kernel+j]) * float64(x[c*length+from])
					}
				}
				near(t, "whole", whole[c*length+l:][:1], []float64{want}, 1e-5)
			}
		}
		var past []float32
		for at := 0; at < length; {
			n := min(1+at, length-at)
			part := make([]float32, 0, channels*n)
			for c := range channels {
				part = append(part, x[c*length+at:c*length+at+n]...)
			}
			var y []float32
			y, past = run(part, n, past)
			for c := range channels {
				for l := range n {
					near(t, "step", y[c*n+l:][:1], []float64{float64(whole[c*length+at+l])}, 1e-5)
				}
			}
			at += n
		}
		for i := range last {
			if past[i] != last[i] {
				t.Errorf("kernel %d: state %v after steps, %v after one run", kernel, past, last)
				break
			}
		}
	}
}
