package gradient

import (
	"slices"
	"strings"

	"github.com/onnxrun/onnxrun/onnx"
)

// With a vector taken for a matrix of one row (left) or column (right):
// dA = dY Bᵀ, dB = Aᵀ dY, added up over what was broadcast.
var matMulRule = rule{vjp: func(v *vjp) {
	a, b, g := v.x(0), v.x(1), v.g
	if rankOf(b) == 2 {
		v.timesMatrix()
		return
	}
	if rankOf(a) < 2 || rankOf(b) < 2 {
		// Vectors of 1 or 0 elements, which tell whether an operand is a vector.
		one := v.ints(1)
		isVector := func(x *onnx.Value) *onnx.Value {
			return v.op("CastLike", v.op("Equal", v.rank(x), one), one)
		}
		va, vb := isVector(a), isVector(b)
		cut := v.addOp(v.addOp(v.sub(v.rank(g), v.ints(2)), va), vb)
		a = v.reshape(a, v.concat(v.fill(1, va), v.shape(a)))
		b = v.reshape(b, v.concat(v.shape(b), v.fill(1, vb)))
		batch := v.op("Slice", v.shape(g), v.ints(0), cut)
		g = v.reshape(g, v.concat(batch, v.dim(a, -2), v.dim(b, -1)))
	}
	if v.wants(0) {
		d := v.with("Einsum", attrs("equation", "...mn,...kn->...mk"), g, b)
		v.give(0, v.reshapeLike(v.sumTo(d, a), v.x(0)))
	}
	if v.wants(1) {
		d := v.with("Einsum", attrs("equation", "...mk,...mn->...kn"), a, g)
		v.give(1, v.reshapeLike(v.sumTo(d, b), v.x(1)))
	}
}}

// timesMatrix is matMulRule where the right operand is one matrix, such as the
// weights of a layer: all rows of the left one are then alike, and no sum is
// left.
func (v *vjp) timesMatrix() {
	a, b := v.x(0), v.x(1)
	rows := func(x, columns *onnx.Value) *onnx.Value {
		return v.reshape(x, v.concat(v.prod(v.dims(a, 0, -1)), columns))
	}
	g := rows(v.g, v.dim(b, 1))
	if v.wants(0) {
		v.give(0, v.reshapeLike(v.with("Gemm", attrs("transB", 1), g, b), a))
	}
	if v.wants(1) {
		v.give(1, v.with("Gemm", attrs("transA", 1), rows(a, v.dim(b, 0)), g))
	}
}

var gemmRule = rule{vjp: func(v *vjp) {
	a, b, g := v.x(0), v.x(1), v.g
	ta, tb := v.int("transA", 0) != 0, v.int("transB", 0) != 0
	alpha := v.float("alpha", 1)
	gemm := func(a *onnx.Value, ta bool, b *onnx.Value, tb bool) *onnx.Value {
		bit := map[bool]int{true: 1}
		return v.with("Gemm", attrs("alpha", alpha, "transA", bit[ta], "transB", bit[tb]), a, b)
	}
	if v.wants(0) {
		if ta {
			v.give(0, gemm(b, tb, g, true))
		} else {
			v.give(0, gemm(g, false, b, !tb))
		}
	}
	if v.wants(1) {
		if tb {
			v.give(1, gemm(g, true, a, ta))
		} else {
			v.give(1, gemm(a, !ta, g, false))
		}
	}
	if v.wants(2) {
		v.giveSum(2, v.scale(v.float("beta", 1), g))
	}
}}

const dots = '.' // an ellipsis among labels

// einsumRule: the derivative by an operand is the Einsum of the adjoint with
// the other operands to that operand's labels. Labels that only it has were
// summed, and the adjoint is expanded along them; a label that it has twice
// takes an identity matrix in.
var einsumRule = rule{vjp: func(v *vjp) {
	terms, out, ok := parseEinsum(v.str("equation", ""))
	if !ok || len(terms) != len(v.n.Inputs) {
		v.unsupported("equation %q for %d inputs", v.str("equation", ""), len(v.n.Inputs))
		return
	}
	for i := range terms {
		if v.wants(i) {
			v.einsumOperand(i, terms, out)
		}
	}
}}

func (v *vjp) einsumOperand(i int, terms [][]rune, out []rune) {
	in := []*onnx.Value{v.g}
	labels := [][]rune{out}
	for k, t := range terms {
		if k != i {
			in, labels = append(in, v.x(k)), append(labels, t)
		}
	}
	// Each label of the operand once, a repeated one under a new letter.
	own := slices.Clone(terms[i])
	for k, l := range own {
		if !slices.Contains(own[:k], l) {
			continue
		}
		own[k] = unusedLetter(append(slices.Clone(labels), terms[i], own))
		n := v.op("Gather", v.shape(v.x(i)), v.ints(int64(position(own, k))))
		zero := v.op("Expand", v.num(0, v.g), v.concat(n, n))
		in, labels = append(in, v.op("EyeLike", zero)), append(labels, []rune{l, own[k]})
	}
	var target []rune
	var missing []int64
	sums := false // over the ellipsis
	for k, l := range own {
		switch {
		case slices.ContainsFunc(labels, func(t []rune) bool { return slices.Contains(t, l) }):
			target = append(target, l)
		case l == dots:
			sums = true
		default:
			missing = append(missing, int64(position(own, k)))
		}
	}
	equation := make([]string, len(labels))
	for k, l := range labels {
		equation[k] = strings.ReplaceAll(string(l), ".", "...")
	}
	d := v.with("Einsum", attrs("equation", strings.Join(equation, ",")+"->"+strings.ReplaceAll(string(target), ".", "...")), in...)
	switch {
	case sums:
		d = v.reshape(d, v.spread(d, own, target, v.x(i)))
	case len(missing) > 0:
		d = v.op("Unsqueeze", d, v.ints(missing...))
	}
	// A dimension of 1 may have been broadcast, in this operand or all others.
	v.giveSum(i, v.expandLike(d, v.x(i)))
}

// spread is the shape of d, which has the labels of target, with ones for what
// x, which has those of own, has beyond.
func (v *vjp) spread(d *onnx.Value, own, target []rune, x *onnx.Value) *onnx.Value {
	var l []*onnx.Value
	for _, c := range own {
		switch at := slices.Index(target, c); {
		case at >= 0:
			l = append(l, v.dim(d, int64(at)))
		case c == dots:
			l = append(l, v.fill(1, v.plusInt(v.rank(x), int64(1-len(own)))))
		default:
			l = append(l, v.ints(1))
		}
	}
	return v.concat(l...)
}

// position is where label k stands, counted from the end after an ellipsis.
func position(labels []rune, k int) int {
	if slices.Contains(labels[:k], dots) {
		return k - len(labels)
	}
	return k
}

func unusedLetter(used [][]rune) rune {
	for _, l := range "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" {
		if !slices.ContainsFunc(used, func(t []rune) bool { return slices.Contains(t, l) }) {
			return l
		}
	}
	return '?' // which no Einsum takes
}

// parseEinsum splits an equation into labels, the implicit form written out.
func parseEinsum(equation string) (terms [][]rune, out []rune, ok bool) {
	equation = strings.ReplaceAll(strings.ReplaceAll(equation, " ", ""), "...", string(dots))
	left, right, explicit := strings.Cut(equation, "->")
	count := map[rune]int{}
	const most = 64 // operands, and labels of each
	if strings.Count(left, ",") >= most || len(right) > most {
		return nil, nil, false
	}
	for _, t := range strings.Split(left, ",") {
		if len(t) > most {
			return nil, nil, false
		}
		terms = append(terms, []rune(t))
		for _, l := range t {
			if count[l]++; l == dots && strings.Count(t, string(dots)) > 1 {
				return nil, nil, false
			}
		}
	}
	if explicit {
		return terms, []rune(right), true
	}
	for l, n := range count {
		if n == 1 || l == dots {
			out = append(out, l)
		}
	}
	slices.Sort(out) // the ellipsis comes before all letters
	return terms, out, true
}
