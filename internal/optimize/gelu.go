package optimize

import (
	"math"

	"github.com/onnxrun/onnxrun/onnx"
)

// fuseGelu turns
//
//	y = x/2 · (1 + erf(x/√2))
//	y = x/2 · (1 + tanh(√(2/π)·(x + 0.044715·x³)))
//
// into Gelu.
func fuseGelu(g *graph) {
	x := anything()
	build := func(approximate string) func(m *match) *onnx.Node {
		return func(m *match) *onnx.Node {
			if !m.fits(m.value(x), 0) {
				return nil
			}
			return standard("Gelu", 20, []*onnx.Attr{stringAttr("approximate", approximate)}, m.value(x))
		}
	}
	erf := op("Erf", either(op("Div", x, number(math.Sqrt2)), op("Mul", x, number(1/math.Sqrt2))))
	g.rewrite(half(x, op("Add", erf, number(1))), build("none"))

	factor, c := number(math.Sqrt(2/math.Pi)), number(0.044715)
	square := op("Mul", x, x)
	cube := either(op("Pow", x, exponent(3)), op("Mul", square, x), op("Mul", op("Pow", x, exponent(2)), x))
	inner := op("Mul", factor, op("Add", x, op("Mul", c, cube)))
	// x·(1 + 0.044715·x²) is the same sum.
	factored := product(factor, x, op("Add", op("Mul", c, either(square, op("Pow", x, exponent(2)))), number(1)))
	g.rewrite(half(x, op("Add", op("Tanh", either(inner, factored)), number(1))), build("tanh"))
}

// half is x·y/2.
func half(x, y pattern) pattern {
	return either(product(x, y, number(0.5)), op("Mul", op("Div", x, number(2)), y), op("Div", op("Mul", x, y), number(2)))
}

// fuseSwish turns
//
//	y = x · sigmoid(x)
//	y = x · sigmoid(alpha·x)
//
// into Swish.
func fuseSwish(g *graph) {
	x, alpha := anything(), scalar()
	g.rewrite(op("Mul", x, op("Sigmoid", either(x, op("Mul", x, alpha)))), func(m *match) *onnx.Node {
		if !m.fits(m.value(x), 0) {
			return nil
		}
		a := 1.0
		if v := m.value(alpha); v != nil {
			a, _ = scalarOf(v)
		}
		return standard("Swish", 24, []*onnx.Attr{floatAttr("alpha", a)}, m.value(x))
	})
}

// fuseHardSwish turns
//
//	y = x · clip(x + 3, 0, 6) / 6
//	y = x · hardsigmoid(x)
//
// into HardSwish.
func fuseHardSwish(g *graph) {
	x := anything()
	clip := op("Clip", op("Add", x, number(3))).with(func(n *onnx.Node) bool {
		lo, hi, ok := clipBounds(n)
		return ok && lo == 0 && hi == 6
	})
	sigmoid := op("HardSigmoid", x).with(func(n *onnx.Node) bool {
		alpha, beta := n.Attr("alpha"), n.Attr("beta")
		return alpha != nil && alpha.Float == float32(1.0/6) && (beta == nil || beta.Float == 0.5)
	})
	g.rewrite(either(
		op("Mul", x, sigmoid),
		op("Div", op("Mul", x, clip), number(6)),
		op("Mul", x, op("Div", clip, number(6))),
		op("Mul", op("Div", x, number(6)), clip),
		product(x, clip, number(1.0/6)),
	), func(m *match) *onnx.Node {
		if !m.fits(m.value(x), 0) {
			return nil
		}
		return standard("HardSwish", 14, nil, m.value(x))
	})
}

// clipBounds returns the constant bounds of a Clip; ok is false where one is
// not constant.
func clipBounds(n *onnx.Node) (lo, hi float64, ok bool) {
	lo, hi = -math.MaxFloat32, math.MaxFloat32
	for i, b := range []struct {
		name string
		to   *float64
	}{{"min", &lo}, {"max", &hi}} {
		if a := n.Attr(b.name); a != nil {
			*b.to = float64(a.Float)
		} else if i+1 < len(n.Inputs) && n.Inputs[i+1] != nil {
			x, known := scalarOf(n.Inputs[i+1])
			if !known {
				return 0, 0, false
			}
			*b.to = x
		}
	}
	return lo, hi, true
}
