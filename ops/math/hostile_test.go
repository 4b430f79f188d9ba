package math_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/logical"
	"github.com/onnxrun/onnxrun/ops/math"
	"github.com/onnxrun/onnxrun/ops/reduction"
	"github.com/onnxrun/onnxrun/tensor"
)

// TestNoInputsPanic calls every operator on tensors of any shapes, types and
// bytes; results do not matter, errors are fine.
func TestNoInputsPanic(t *testing.T) {
	r := rand.New(rand.NewPCG(25, 26))
	for _, table := range [][]ops.Def{math.Defs, logical.Defs, reduction.Defs} {
		registry := ops.NewRegistry(table)
		for _, d := range registry.Defs() {
			t.Run(fmt.Sprint(d.Name, d.Since), func(t *testing.T) {
				for range 100 {
					types := map[string]tensor.DType{}
					var in []tensor.Value
					for _, p := range d.Inputs() {
						n := 1
						if p.Variadic {
							n = r.IntN(4)
						}
						for range n {
							in = append(in, hostile(r, p, types))
						}
					}
					a := attrs{}
					for name, v := range map[string]any{"axis": r.IntN(7) - 3, "broadcast": r.IntN(2), "axes": []int{r.IntN(7) - 3}} {
						if d.Since < 7 && r.IntN(2) == 0 {
							a[name] = v
						}
					}
					optest.Run(table, optest.Node{Op: d.Name, Opset: d.Since, Attrs: a, Threads: 2, Outputs: len(d.Outputs())}, in...)
					optest.Run(table, optest.Node{Op: d.Name, Opset: d.Since, Threads: 2}, in...)
				}
			})
		}
	}
}

func hostile(r *rand.Rand, p ops.Param, types map[string]tensor.DType) tensor.Value {
	if p.Optional && r.IntN(2) == 0 {
		return nil
	}
	d := types[p.Type.Var]
	if list := p.Type.Set.List(); d == tensor.Undefined || p.Type.Var == "" {
		d = list[r.IntN(len(list))]
		types[p.Type.Var] = d
	}
	s := shape{}
	for range r.IntN(5) {
		s = append(s, []int{0, 1, 1, 2, 2, 3}[r.IntN(6)])
	}
	x, err := tensor.New(d, s)
	if err != nil {
		panic(err)
	}
	b := x.Bytes()
	small := r.IntN(2) == 0
	if p.Type.Set&^ops.Indices == 0 { // sizes and positions: nearby or impossible
		b = b[:0]
		for i := range x.Len() {
			v := []int64{int64(r.IntN(12)) - 3, 1 << 61, -1 << 61}[max(0, r.IntN(9)-6)]
			if d == tensor.I32 {
				tensor.Data[int32](x)[i] = int32(v>>32 | v)
			} else {
				tensor.Data[int64](x)[i] = v
			}
		}
	}
	for i := range b {
		switch {
		case d == tensor.Boolean:
			b[i] = byte(r.IntN(2))
		case small && i%d.Size() == 0:
			b[i] = byte(r.IntN(5))
		case !small:
			b[i] = byte(r.IntN(256))
		}
	}
	return x
}
