package profile

import (
	"strings"

	"github.com/onnxrun/onnxrun/ops/fused"
)

// products says for each operator that consists of products how many
// multiplications and additions they are.
var products = map[string]func(*call) float64{
	"Conv":                convolution(1),
	"FusedConv":           convolution(1),
	"ConvAdd":             convolution(1),
	"DeformConv":          convolution(1),
	"CausalConvWithState": convolution(1),
	"ConvInteger":         convolution(1),
	"QLinearConv":         convolution(3),
	"ConvTranspose":       transposedConvolution,

	"Gemm":                  matrix,
	"FusedGemm":             matrix,
	"QGemm":                 matrix,
	"MatMul":                matMul,
	"FusedMatMul":           matMul,
	"FusedMatMulActivation": matMul,
	"TransposeMatMul":       matMul,
	"MatMulInteger":         matMul,
	"QLinearMatMul":         matMul,
	"MatMulIntegerToFloat":  matMul,
	"DynamicQuantizeMatMul": matMul,
	"MatMulNBits":           matMul,
	"Linear":                matMul,
	"Einsum":                einsum,

	"RNN":                 recurrent,
	"GRU":                 recurrent,
	"LSTM":                recurrent,
	"DynamicQuantizeLSTM": recurrent,

	"Attention":                         attention,
	"FlexAttention":                     attention,
	"LinearAttention":                   linearAttention,
	"MultiHeadAttention":                multiHeadAttention,
	"GroupQueryAttention":               groupQueryAttention,
	"org.onnxrun.Attention":             anyAttention,
	"com.microsoft.Attention":           projectedAttention(4),
	"com.microsoft.QAttention":          projectedAttention(8),
	"com.microsoft.MultiHeadAttention":  multiHeadAttention,
	"com.microsoft.GroupQueryAttention": groupQueryAttention,
}

// convolution multiplies, for each element of the output, the weights of one
// feature: W, input w, is [features, channels/group, kernel…].
func convolution(w int) func(*call) float64 {
	return func(c *call) float64 {
		k := c.input(w)
		return 2 * c.output(0).count() * ratio(k.count(), k.dim(0))
	}
}

// transposedConvolution multiplies each element of X with the weights of its
// channel: W is [channels, features/group, kernel…].
func transposedConvolution(c *call) float64 {
	w := c.input(1)
	return 2 * c.input(0).count() * ratio(w.count(), w.dim(0))
}

// matrix is [m, k] times [k, n].
func matrix(c *call) float64 {
	k := c.input(0).dim(1)
	if c.is("transA") {
		k = c.input(0).dim(0)
	}
	return 2 * c.output(0).count() * k
}

// matMul multiplies stacks of matrices.
func matMul(c *call) float64 {
	a := c.input(0)
	k := a.dim(-1)
	switch {
	case !c.is("transA") || len(a.Shape) < 2:
	case c.is("transBatchA"):
		k = a.dim(0)
	default:
		k = a.dim(-2)
	}
	return 2 * c.output(0).count() * k
}

// einsum of two operands goes over all combinations of the indices. More
// operands may be contracted in many orders: their products are not counted.
func einsum(c *call) float64 {
	a := c.node.Attr("equation")
	if a == nil {
		return 0
	}
	left, _, _ := strings.Cut(strings.ReplaceAll(a.String, " ", ""), "->")
	terms := strings.Split(left, ",")
	if len(terms) != 2 || len(c.in) != 2 {
		return 0
	}
	sizes := map[rune]float64{}
	rest := 1.0 // combinations of the dimensions that an ellipsis stands for
	var shared []float64
	for i, term := range terms {
		before, after, dots := strings.Cut(term, "...")
		v := c.input(i)
		hidden := len(v.Shape) - len(before) - len(after)
		if hidden < 0 || hidden > 0 && !dots {
			return 0
		}
		for k, r := range before {
			sizes[r] = max(sizes[r], v.dim(k))
		}
		for k, r := range after {
			sizes[r] = max(sizes[r], v.dim(k-len(after)))
		}
		for k := range hidden { // broadcast from the end
			if k == len(shared) {
				shared = append(shared, 1)
			}
			shared[k] = max(shared[k], v.dim(len(before)+hidden-1-k))
		}
	}
	for _, n := range shared {
		rest *= n
	}
	for _, n := range sizes {
		rest *= n
	}
	return 2 * rest
}

// recurrent multiplies, for each tick of each sequence, the input with W and
// the state with R; both hold all gates and directions.
func recurrent(c *call) float64 {
	x := c.input(0)
	return 2 * x.dim(0) * x.dim(1) * (c.input(1).count() + c.input(2).count())
}

// attention compares every query with every key and sums as many values; what
// a mask leaves out is counted, too. Q is [batch, heads, queries, size] or
// [batch, queries, heads·size].
func attention(c *call) float64 {
	return 2 * (rows(c.input(1)) + c.input(4).dim(2)) * (c.input(0).count() + c.output(0).count())
}

// anyAttention is attention of tensors whose axes stand in any order, which
// attributes give.
func anyAttention(c *call) float64 {
	sizes := [4]float64{1, 1, 1, 1}
	var roles [3][4]float64 // of Q, K and V
	for i, name := range []string{"q", "k", "v"} {
		a := c.node.Attr(name)
		if a == nil {
			return 0
		}
		roles[i] = [4]float64{1, 1, 1, 1}
		for axis, r := range a.Ints {
			if r >= 0 && r < 4 {
				roles[i][r] = c.input(i).dim(axis)
			}
		}
		for _, r := range []int{fused.Batch, fused.Head} { // broadcast
			sizes[r] = max(sizes[r], roles[i][r])
		}
	}
	q, k, v := roles[0], roles[1], roles[2]
	return 2 * sizes[fused.Batch] * sizes[fused.Head] * q[fused.Row] * k[fused.Row] * (q[fused.Column] + v[fused.Column])
}

// rows returns the number of keys in [batch, heads, keys, size], [batch, keys,
// hidden] or packed [batch, keys, heads, 2 or 3, size].
func rows(v *Value) float64 {
	if len(v.Shape) == 4 {
		return v.dim(2)
	}
	return v.dim(1)
}

// multiHeadAttention is attention whose inputs may be packed into one another.
func multiHeadAttention(c *call) float64 {
	q, keys := c.input(0), rows(c.input(1))
	if !c.input(1).present() {
		keys = q.dim(1)
	}
	if past := c.input(6); past.present() {
		keys += past.dim(2)
	}
	queries := q.count()
	if len(q.Shape) == 5 {
		queries /= 3
	}
	return 2 * keys * (queries + c.output(0).count())
}

// groupQueryAttention has queries and values of one size.
func groupQueryAttention(c *call) float64 {
	keys := c.output(1).dim(2)
	if keys == 0 {
		keys = c.input(3).dim(2) + c.output(0).dim(1)
	}
	return 4 * keys * c.output(0).count()
}

// projectedAttention multiplies the input with the weights of queries, keys
// and values first.
func projectedAttention(past int) func(*call) float64 {
	return func(c *call) float64 {
		x, y := c.input(0), c.output(0)
		keys := x.dim(1) + c.input(past).dim(3)
		return 2*x.dim(0)*x.dim(1)*c.input(1).count() + 4*keys*y.count()
	}
}

// linearAttention adds to its state and reads from it at every tick. The
// query is [batch, ticks, hidden].
func linearAttention(c *call) float64 {
	return 4 * c.input(0).dim(1) * c.output(1).count()
}

func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}
