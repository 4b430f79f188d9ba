package training

import (
	"math"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
)

// state is one number of a variable with its gradient and memories.
type state struct{ x, g, v, h float64 }

func adagradRef(r, t float64, s state) state {
	r /= 1 + t*0.1
	g := 0.5*s.x + s.g
	h := s.h + g*g
	return state{x: s.x - r*g/(math.Sqrt(h)+0.25), h: h}
}

func adamRef(r, t float64, s state) state {
	g := 0.5*s.x + s.g
	v, h := 0.75*s.v+0.25*g, 0.5*s.h+0.5*g*g
	if t > 0 {
		r *= math.Sqrt(1-math.Pow(0.5, t)) / (1 - math.Pow(0.75, t))
	}
	return state{x: 0.875 * (s.x - r*v/(math.Sqrt(h)+0.25)), v: v, h: h}
}

func momentumRef(nesterov bool) func(r, t float64, s state) state {
	return func(r, t float64, s state) state {
		g, beta := 0.5*s.x+s.g, 0.5
		if t == 0 {
			beta = 1
		}
		v := 0.75*s.v + beta*g
		if nesterov {
			return state{x: s.x - r*(g+0.75*v), v: v}
		}
		return state{x: s.x - r*v, v: v}
	}
}

func TestOptimizersEqualTheirFormulas(t *testing.T) {
	adagrad := optest.Attrs{"decay_factor": float32(0.1), "norm_coefficient": float32(0.5), "epsilon": float32(0.25)}
	adam := optest.Attrs{"alpha": float32(0.75), "beta": float32(0.5), "norm_coefficient": float32(0.5), "norm_coefficient_post": float32(0.125), "epsilon": float32(0.25)}
	momentum := func(mode string) optest.Attrs {
		return optest.Attrs{"alpha": float32(0.75), "beta": float32(0.5), "norm_coefficient": float32(0.5), "mode": mode}
	}
	wide := tensor.Of(tensor.Shape{}, 0.5)
	for _, c := range []struct {
		op    string
		attrs optest.Attrs
		step  func(r, t float64, s state) state
		parts string // the memories
	}{
		{"Adagrad", adagrad, adagradRef, "h"}, {"Adam", adam, adamRef, "vh"},
		{"Momentum", momentum("standard"), momentumRef(false), "v"}, {"Momentum", momentum("nesterov"), momentumRef(true), "v"},
	} {
		// Two variables, one of float32 and one of float64.
		a := state{x: 1.5, g: -0.25, v: 0.5, h: 2}
		b := state{x: -3, g: 1, v: -0.125, h: 0.25}
		inputs := []tensor.Value{wide, nil}
		add := func(x, y float64) {
			inputs = append(inputs, tensor.Of(tensor.Shape{1}, float32(x)), tensor.Of(tensor.Shape{1, 2}, y, y))
		}
		add(a.x, b.x)
		add(a.g, b.g)
		for _, p := range c.parts {
			add(memory(a, p), memory(b, p))
		}
		for _, count := range []int64{0, 3} {
			inputs[1] = tensor.Scalar(count)
			out := optest.MustRun(t, Defs, optest.Node{Op: c.op, Domain: domain, Opset: 1, Attrs: c.attrs, Outputs: 2 + 2*len(c.parts)}, inputs...)
			for i, p := range "x" + c.parts {
				wantA, wantB := memory(c.step(0.5, float64(count), a), p), memory(c.step(0.5, float64(count), b), p)
				gotA, gotB := tensor.Data[float32](out[2*i])[0], tensor.Data[float64](out[2*i+1])[1]
				if math.Abs(float64(gotA)-wantA) > 1e-6 || math.Abs(gotB-wantB) > 1e-7 {
					t.Errorf("%s at %d: %c: got %v and %v, want %v and %v", c.op, count, p, gotA, gotB, wantA, wantB)
				}
			}
		}
	}
}

func memory(s state, part rune) float64 {
	switch part {
	case 'x':
		return s.x
	case 'v':
		return s.v
	}
	return s.h
}

func TestVariablesThatDoNotFitAreErrors(t *testing.T) {
	r, n, x := tensor.Scalar[float32](1), tensor.Scalar[int64](0), tensor.Of[float32](tensor.Shape{2}, 1, 2)
	for _, in := range [][]tensor.Value{
		{r, n, x, x},
		{r, n, x, x, x, x},
		{x, n, x, x, x},
		{r, n, x, x, tensor.Of(tensor.Shape{2}, 1.0, 2)},
		{r, n, x, x, tensor.Of[float32](tensor.Shape{1, 2}, 1, 2)},
		{r, n, x, x, tensor.Of[int32](tensor.Shape{2}, 1, 2)},
		{r, n, x, nil, x},
		{r, n, x, x, &tensor.Sequence{}},
	} {
		if _, err := optest.Run(Defs, optest.Node{Op: "Adagrad", Domain: domain, Opset: 1, Outputs: 2}, in...); err == nil {
			t.Errorf("%d inputs: no error", len(in))
		}
	}
	if _, err := optest.Run(Defs, optest.Node{Op: "Adagrad", Domain: domain, Opset: 1, Outputs: 3}, r, n, x, x, x); err == nil {
		t.Error("3 outputs of one variable: no error")
	}
	if _, err := optest.Run(Defs, optest.Node{Op: "Momentum", Domain: domain, Opset: 1, Outputs: 2}, r, n, x, x, x); err == nil {
		t.Error("no attributes: no error")
	}
}
