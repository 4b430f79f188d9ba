package accuracy

import (
	"math"
	"slices"
)

// Cases are all cases, by family.
func Cases() []*Case {
	var all []*Case
	add := func(family, operator string, opset int, ref reference, attrs Attrs, what string, inputs ...Input) {
		all = append(all, &Case{Family: family, Operator: operator, What: what, Opset: opset, Inputs: inputs, Attrs: attrs, reference: ref})
	}
	elementwise(add)
	reduced(add)
	normalized(add)
	products(add)
	layers(add)
	others(add)
	// What is of one operator stands together.
	first := map[string]int{}
	for i, c := range all {
		if _, ok := first[c.Operator]; !ok {
			first[c.Operator] = i
		}
	}
	slices.SortStableFunc(all, func(a, b *Case) int { return first[a.Operator] - first[b.Operator] })
	return all
}

type adder func(family, operator string, opset int, ref reference, attrs Attrs, what string, inputs ...Input)

// domains are where a function is looked at: what, and the input.
type domains []struct {
	what string
	in   Input
}

const many = 20000

func elementwise(add adder) {
	ordinary := domains{{"-8 to 8", uniform(-8, 8, many)}, {"exponents -40 to 6", bits(-40, 6, many)}, {"denormal", denormal(many)}}
	unit := domains{{"-1 to 1", uniform(-1, 1, many)}, {"exponents -40 to -1", bits(-40, -1, many)}, {"denormal", denormal(many)}}
	positive := domains{{"0 to 8", uniform(1e-3, 8, many)}, {"next to 1", uniform(0.99, 1.01, many)}, {"exponents -126 to 126", plus(-126, 126, many)}}
	angles := domains{{"-8 to 8", uniform(-8, 8, many)}, {"exponents -40 to 20", bits(-40, 20, many)}, {"denormal", denormal(many)}}
	small := domains{{"-8 to 8", uniform(-8, 8, many)}, {"exponents -40 to 2", bits(-40, 2, many)}, {"denormal", denormal(many)}}
	roots := domains{{"0 to 8", uniform(1e-3, 8, many)}, {"exponents -126 to 126", plus(-126, 126, many)}}

	for _, f := range []struct {
		operator string
		opset    int
		f        func(float64) float64
		attrs    Attrs
		at       domains
	}{
		{"Exp", 13, math.Exp, nil, domains{{"-8 to 8", uniform(-8, 8, many)}, {"-87 to 88", uniform(-87, 88, many)}, {"results denormal", uniform(-103, -87, many)}, {"exponents -40 to 2", bits(-40, 2, many)}}},
		{"Log", 13, math.Log, nil, positive},
		{"Sqrt", 13, math.Sqrt, nil, roots},
		{"Reciprocal", 13, func(x float64) float64 { return 1 / x }, nil, roots},
		{"Tanh", 13, math.Tanh, nil, ordinary},
		{"Sigmoid", 13, sigmoid, nil, domains{{"-8 to 8", uniform(-8, 8, many)}, {"-80 to 0", uniform(-80, 0, many)}}},
		{"Softplus", 22, softplus, nil, domains{{"-8 to 8", uniform(-8, 8, many)}, {"-80 to 0", uniform(-80, 0, many)}}},
		{"Softsign", 22, func(x float64) float64 { return x / (1 + math.Abs(x)) }, nil, ordinary},
		{"Erf", 13, math.Erf, nil, ordinary},
		{"Sin", 22, math.Sin, nil, angles},
		{"Cos", 22, math.Cos, nil, angles},
		{"Tan", 22, math.Tan, nil, angles},
		{"Asin", 22, math.Asin, nil, unit},
		{"Acos", 22, math.Acos, nil, unit},
		{"Atan", 22, math.Atan, nil, ordinary},
		{"Sinh", 22, math.Sinh, nil, small},
		{"Cosh", 22, math.Cosh, nil, small},
		{"Asinh", 22, math.Asinh, nil, ordinary},
		{"Acosh", 22, math.Acosh, nil, domains{{"1 to 8", uniform(1, 8, many)}, {"next to 1", uniform(1, 1.001, many)}}},
		{"Atanh", 22, math.Atanh, nil, domains{{"-0.99 to 0.99", uniform(-0.99, 0.99, many)}, {"exponents -40 to -1", bits(-40, -2, many)}}},
		{"Elu", 22, func(x float64) float64 { return negative(x, math.Expm1(min(x, 0))) }, nil, small},
		{"Selu", 22, func(x float64) float64 {
			return float64(float32(1.05070102214813232421875)) * negative(x, float64(float32(1.67326319217681884765625))*math.Expm1(min(x, 0)))
		}, nil, small},
		{"Celu", 12, func(x float64) float64 { return negative(x, 2*math.Expm1(min(x, 0)/2)) }, Attrs{"alpha": float32(2)}, small},
		{"Gelu", 20, func(x float64) float64 { return x * math.Erfc(-x/math.Sqrt2) / 2 }, nil, small},
		{"Gelu", 20, func(x float64) float64 {
			return x * sigmoid(2*math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x))
		}, Attrs{"approximate": "tanh"}, domains{{"tanh, -8 to 8", uniform(-8, 8, many)}, {"tanh, exponents -40 to 2", bits(-40, 2, many)}}},
		{"Mish", 22, func(x float64) float64 { return x * math.Tanh(softplus(x)) }, nil, small},
		{"HardSwish", 22, func(x float64) float64 { return x * max(0, min(1, x/6+0.5)) }, nil, domains{{"-2 to 8", uniform(-2, 8, many)}}},
		{"LeakyRelu", 16, func(x float64) float64 { return negative(x, float64(float32(0.01))*x) }, nil, small},
		{"Swish", 24, func(x float64) float64 { return x * sigmoid(x) }, nil, small},
	} {
		for _, d := range f.at {
			add("elementwise", f.operator, f.opset, unary(f.f), f.attrs, d.what, d.in)
		}
	}
	two := func(op string, opset int, f func(a, b float64) float64, what string, a, b Input) {
		add("elementwise", op, opset, binary(f), nil, what, a, b)
	}
	two("PRelu", 16, func(x, slope float64) float64 { return negative(x, slope*x) }, "exponents -40 to 2", bits(-40, 2, many), bits(-40, 2, many))
	add("elementwise", "HardSigmoid", 22, unary(func(x float64) float64 {
		return max(0, min(1, float64(float32(0.2))*x+0.5))
	}), nil, "-2 to 8", uniform(-2, 8, many))
	two("Add", 14, func(a, b float64) float64 { return a + b }, "exponents -126 to 126", bits(-126, 126, many), bits(-126, 126, many))
	two("Sub", 14, func(a, b float64) float64 { return a - b }, "cancelling", uniform(1, 1.01, many), uniform(1, 1.01, many))
	two("Mul", 14, func(a, b float64) float64 { return a * b }, "exponents -70 to 60", bits(-70, 60, many), bits(-70, 60, many))
	two("Div", 14, func(a, b float64) float64 { return a / b }, "exponents -60 to 60", bits(-60, 60, many), bits(-60, 60, many))
	two("Div", 14, func(a, b float64) float64 { return a / b }, "results denormal", bits(-100, -80, many), bits(40, 50, many))
	two("Pow", 15, math.Pow, "bases 0.1 to 10", uniform(0.1, 10, many), uniform(-8, 8, many))
	two("Pow", 15, math.Pow, "bases next to 1", uniform(0.999, 1.001, many), uniform(-3e4, 3e4, many))
	add("elementwise", "Sum", 13, sumOf(func(int) float64 { return 1 }), nil, "four", bell(0, 1, many), bell(0, 1e3, many), bell(0, 1, many), bell(0, 1e-3, many))
	add("elementwise", "Mean", 13, sumOf(func(n int) float64 { return 1 / float64(n) }), nil, "three", bell(0, 1, many), bell(0, 1e3, many), bell(0, 1, many))
}

func softplus(x float64) float64 { return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }

// negative is x where it is positive, y elsewhere.
func negative(x, y float64) float64 {
	if x >= 0 {
		return x
	}
	return y
}

func reduced(add adder) {
	shapes := domains{
		{"rows of 1000", bell(0, 1, 16, 1000)},
		{"rows of 1000, large mean", bell(1e4, 1, 16, 1000)},
		{"row of 1e6", uniform(0, 1, 1, 1000000)},
		{"row of 1e6, cancelling", uniform(-1, 1, 1, 1000000)},
		{"columns of 1e5", uniform(0, 1, 100000, 4)},
		{"exponents -60 to 60", bits(-60, 60, 16, 1000)},
		{"denormal", denormal(16, 1000)},
	}
	positive := domains{
		{"rows of 1000", uniform(0.1, 2, 16, 1000)},
		{"row of 1e6", uniform(0, 1, 1, 1000000)},
		{"columns of 1e5", uniform(0, 1, 100000, 4)},
		{"exponents -60 to 60", plus(-60, 60, 16, 1000)},
	}
	exponents := domains{
		{"rows of 1000", bell(0, 3, 16, 1000)},
		{"row of 1e6", uniform(0, 1, 1, 1000000)},
		{"columns of 1e5", uniform(0, 1, 100000, 4)},
		{"around 1e4", bell(1e4, 3, 16, 1000)},
		{"around -200", bell(-200, 3, 16, 1000)},
	}
	factors := domains{
		{"rows of 1000", uniform(0.9, 1.1, 16, 1000)},
		{"columns of 1000", uniform(0.9, 1.1, 1000, 16)},
		{"exponents -2 to 1", bits(-2, 1, 64, 20)},
	}
	for _, op := range []struct {
		name string
		at   domains
	}{
		{"ReduceSum", shapes}, {"ReduceMean", shapes}, {"ReduceL1", shapes}, {"ReduceL2", shapes}, {"ReduceSumSquare", shapes},
		{"ReduceLogSum", positive}, {"ReduceLogSumExp", exponents}, {"ReduceProd", factors},
	} {
		for _, d := range op.at {
			axis := 1
			if d.in.Shape[0] > d.in.Shape[1] {
				axis = 0
			}
			// The last version with the axes as an attribute.
			opset := 13
			if op.name == "ReduceSum" {
				opset = 11
			}
			add("reduction", op.name, opset, rows(reductions[op.name]), Attrs{"axes": []int{axis}, "keepdims": 0}, d.what, d.in)
		}
	}
	axis := whole(1, 2, 1)
	add("reduction", "CumSum", 14, cumSum, nil, "rows of 1000", bell(0, 1, 16, 1000), axis)
	add("reduction", "CumProd", 26, cumProd, nil, "rows of 1000", uniform(0.9, 1.1, 16, 1000), axis)
	add("reduction", "CumSum", 14, cumSum, nil, "row of 1e5", uniform(0, 1, 1, 100000), axis)
}

func normalized(add adder) {
	const family = "normalization"
	rowsOf := domains{
		{"rows of 768", bell(0, 1, 16, 768)},
		{"rows of 13", bell(0, 1, 64, 13)},
		{"row of 1e6", bell(0, 1, 1, 1000000)},
		{"row of 1e6, mean 1000", bell(1000, 1, 1, 1000000)},
		{"mean 1e4, deviation 0.1", bell(1e4, 0.1, 16, 768)},
		{"mean 1e6, deviation 1", bell(1e6, 1, 16, 768)},
		{"mean 3e7, deviation 10", bell(3e7, 10, 16, 768)},
		{"deviation 1e-6", bell(0, 1e-6, 16, 768)},
		{"exponents -40 to 40", bits(-40, 40, 16, 768)},
		{"squares overflow", bell(0, 1e20, 16, 768)},
		{"denormal", denormal(16, 768)},
	}
	for _, d := range rowsOf {
		n := d.in.Shape[1]
		add(family, "LayerNormalization", 17, layerNorm, nil, d.what, d.in, uniform(0.5, 1.5, n), uniform(-0.5, 0.5, n))
		add(family, "RMSNormalization", 23, rmsNorm, nil, d.what, d.in, uniform(0.5, 1.5, n))
	}
	for _, p := range []int{1, 2} {
		name := []string{1: "p=1, ", 2: "p=2, "}[p]
		add(family, "LpNormalization", 22, lpNorm, Attrs{"p": p}, name+"rows of 768", bell(0, 1, 16, 768))
		add(family, "LpNormalization", 22, lpNorm, Attrs{"p": p}, name+"row of 1e6", bell(0, 1, 1, 1000000))
		add(family, "LpNormalization", 22, lpNorm, Attrs{"p": p}, name+"exponents -60 to 60", bits(-60, 60, 16, 768))
		add(family, "LpNormalization", 22, lpNorm, Attrs{"p": p}, name+"squares overflow", bell(0, 1e20, 16, 768))
	}
	images := domains{
		{"images of 1024", bell(0, 1, 2, 8, 1024)},
		{"images of 2e5", bell(0, 1, 1, 4, 200000)},
		{"images of 2e5, mean 1000", bell(1000, 1, 1, 4, 200000)},
		{"mean 1e4, deviation 0.1", bell(1e4, 0.1, 2, 8, 1024)},
		{"mean 1e6, deviation 1", bell(1e6, 1, 2, 8, 1024)},
		{"exponents -40 to 40", bits(-40, 40, 2, 8, 1024)},
		{"denormal", denormal(2, 8, 1024)},
	}
	for _, d := range images {
		c := d.in.Shape[1]
		gamma, beta := uniform(0.5, 1.5, c), uniform(-0.5, 0.5, c)
		add(family, "InstanceNormalization", 22, instanceNorm, nil, d.what, d.in, gamma, beta)
		add(family, "GroupNormalization", 21, groupNorm, Attrs{"num_groups": 2}, d.what, d.in, gamma, beta)
		add(family, "BatchNormalization", 15, batchNorm, Attrs{"training_mode": 1}, "training, "+d.what, d.in, gamma, beta, value(0, c), value(1, c))
		mean := uniform(d.in.A-d.in.B, d.in.A+d.in.B, c)
		if d.in.Kind != "bell" {
			mean = uniform(-1, 1, c)
		}
		if d.in.Kind == "bell" {
			add(family, "BatchNormalization", 15, batchNorm, nil, d.what, d.in, gamma, beta, mean, value(d.in.B*d.in.B/3, c))
		}
		if d.in.Kind == "bell" {
			four := d.in
			four.Shape = append(append([]int(nil), d.in.Shape...), 1)
			add(family, "MeanVarianceNormalization", 13, meanVarianceNorm, nil, d.what, four)
		}
	}
	add(family, "LRN", 13, lrn, Attrs{"size": 5}, "plain", bell(0, 10, 2, 16, 64, 1))
	add(family, "LRN", 13, lrn, Attrs{"size": 5, "alpha": float32(1), "beta": float32(0.5)}, "alpha 1, beta 0.5", bell(0, 10, 2, 16, 64, 1))

	for _, d := range (domains{
		{"rows of 1000", bell(0, 3, 16, 1000)},
		{"rows of 13", bell(0, 3, 64, 13)},
		{"row of 1e6", uniform(0, 1, 1, 1000000)},
		{"around 1e4", bell(1e4, 3, 16, 1000)},
		{"-80 to 0", uniform(-80, 0, 16, 1000)},
		{"exponents -40 to 5", bits(-40, 5, 16, 1000)},
		{"denormal", denormal(16, 1000)},
	}) {
		add(family, "Softmax", 13, softmax, nil, d.what, d.in)
		add(family, "LogSoftmax", 13, logSoftmax, nil, d.what, d.in)
	}
}

func products(add adder) {
	const family = "product"
	for _, s := range []struct {
		what string
		a, b Input
	}{
		{"64×256 by 256×64", bell(0, 1, 64, 256), bell(0, 1, 256, 64)},
		{"1×4096 by 4096×64", bell(0, 1, 1, 4096), bell(0, 1, 4096, 64)},
		{"8×100000 by 100000×8", uniform(0, 1, 8, 100000), uniform(0, 1, 100000, 8)},
		{"positive, 64×1024 by 1024×64", uniform(0, 1, 64, 1024), uniform(0, 1, 1024, 64)},
		{"exponents -20 to 20", bits(-20, 20, 64, 256), bits(-20, 20, 256, 64)},
	} {
		add(family, "MatMul", 13, matMul, nil, s.what, s.a, s.b)
		add(family, "Gemm", 13, gemm, nil, s.what, s.a, s.b, bell(0, 1, s.a.Shape[0], s.b.Shape[1]))
	}
	add(family, "Einsum", 12, matMul, Attrs{"equation": "ij,jk->ik"}, "64×256 by 256×64", bell(0, 1, 64, 256), bell(0, 1, 256, 64))
	pads := Attrs{"pads": []int{1, 1, 1, 1}}
	add(family, "Conv", 22, conv, pads, "3×3 of 64 channels", bell(0, 1, 1, 64, 14, 14), bell(0, 1, 16, 64, 3, 3))
	add(family, "Conv", 22, conv, nil, "1×1 of 512 channels", bell(0, 1, 1, 512, 8, 8), bell(0, 1, 32, 512, 1, 1))
	add(family, "Conv", 22, conv, pads, "positive, 3×3 of 256 channels", uniform(0, 1, 1, 256, 10, 10), uniform(0, 1, 8, 256, 3, 3))
	add(family, "ConvTranspose", 22, convTranspose, nil, "3×3 of 64 channels", bell(0, 1, 1, 64, 10, 10), bell(0, 1, 64, 8, 3, 3))
	image := bell(0, 1, 1, 8, 32, 32)
	window := Attrs{"kernel_shape": []int{3, 3}}
	add(family, "AveragePool", 22, pool(reductions["ReduceMean"]), window, "3×3", image)
	add(family, "AveragePool", 22, pool(reductions["ReduceMean"]), window, "3×3, large mean", bell(1e4, 1, 1, 8, 32, 32))
	add(family, "LpPool", 22, pool(reductions["ReduceL2"]), window, "3×3", image)
	add(family, "GlobalAveragePool", 22, global(reductions["ReduceMean"]), nil, "32×32", image)
	add(family, "GlobalAveragePool", 22, global(reductions["ReduceMean"]), nil, "1000×1000", uniform(0, 1, 1, 1, 1000, 1000))
	add(family, "GlobalLpPool", 2, global(reductions["ReduceL2"]), nil, "1000×1000", uniform(0, 1, 1, 1, 1000, 1000))
	add(family, "Attention", 23, attention, nil, "64 keys", bell(0, 1, 1, 4, 16, 32), bell(0, 1, 1, 4, 64, 32), bell(0, 1, 1, 4, 64, 32))
	add(family, "Attention", 23, attention, nil, "64 keys, large scores", bell(0, 8, 1, 4, 16, 32), bell(0, 8, 1, 4, 64, 32), bell(0, 1, 1, 4, 64, 32))
}

func others(add adder) {
	const family = "other"
	add(family, "DFT", 20, dft, nil, "256 points", bell(0, 1, 4, 256, 1))
	add(family, "DFT", 20, dft, nil, "1000 points, large mean", bell(1000, 1, 1, 1000, 1))
	add(family, "DFT", 20, dft, nil, "509 points", bell(0, 1, 2, 509, 1))
	add(family, "Det", 22, det, nil, "5×5", bell(0, 1, 50, 5, 5))
	add(family, "GridSample", 22, gridSample, nil, "40×40", bell(0, 1, 1, 2, 40, 40), uniform(-1, 1, 1, 50, 50, 2))
	add(family, "SoftmaxCrossEntropyLoss", 13, crossEntropy, nil, "1000 rows", bell(0, 3, 1000, 50), whole(0, 50, 1000))
	add(family, "SoftmaxCrossEntropyLoss", 13, crossEntropy, nil, "1000 rows around 1e4", bell(1e4, 3, 1000, 50), whole(0, 50, 1000))
}

func layers(add adder) {
	const steps, batch, size, hidden = 20, 2, 16, 32
	for _, op := range []struct {
		name  string
		gates int
		ref   reference
	}{
		{"RNN", 1, recurrent(1, rnnCell)}, {"GRU", 3, recurrent(3, gruCell)}, {"LSTM", 4, recurrent(4, lstmCell)},
	} {
		for _, d := range []struct {
			what  string
			scale float64
		}{{"20 steps", 0.3}, {"20 steps, saturated", 3}} {
			w := func(shape ...int) Input { return bell(0, d.scale, shape...) }
			if op.name == "RNN" && d.scale > 1 {
				continue // chaotic: the exact result says nothing
			}
			add("recurrent", op.name, 22, op.ref, Attrs{"hidden_size": hidden}, d.what,
				bell(0, 1, steps, batch, size), w(1, op.gates*hidden, size), bell(0, min(d.scale, 0.3), 1, op.gates*hidden, hidden), w(1, 2*op.gates*hidden))
		}
	}
}
