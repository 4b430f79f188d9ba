package optimize_test

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/runtime"
	"github.com/onnxrun/onnxrun/tensor"
	"github.com/stretchr/testify/require"
)

// near is how far results may be apart, of 1 + their size, where a rewrite adds
// up in another order or rounds less often.
const near = 1e-5

// g is a graph being written down line by line:
//
//	mean = ReduceMean(x) axes=…
type g = *optest.Builder

// node adds "y = Op(a, b)".
func node(b g, line string, attrs optest.Attrs) {
	out, rest, _ := strings.Cut(line, " = ")
	name, args, _ := strings.Cut(strings.TrimSuffix(rest, ")"), "(")
	b.Node(name, strings.Split(args, ", "), []string{out}, attrs)
}

// lines adds nodes without attributes.
func lines(b g, text string) {
	for _, line := range split(text) {
		node(b, line, nil)
	}
}

func scalarConst(b g, name string, x float32) { b.Const(name, tensor.Of(tensor.Shape{}, x)) }

func random(shape ...int) *tensor.Tensor {
	r := rand.New(rand.NewPCG(1, uint64(len(shape))))
	d := make([]float32, tensor.Shape(shape).Len())
	for i := range d {
		d[i] = float32(r.NormFloat64())
	}
	return tensor.Of(shape, d...)
}

// rewritten runs a graph as it is and rewritten, compares the results, and
// returns the operators of the rewritten one.
func rewritten(t *testing.T, build func() g, in map[string]tensor.Value, opts ...runtime.Option) string {
	t.Helper()
	results := func(opts ...runtime.Option) (map[string]tensor.Value, string) {
		s, err := runtime.New(build().Model(), append(opts, runtime.WithPoison())...)
		require.NoError(t, err)
		defer s.Close()
		out, err := s.Run(context.Background(), in)
		require.NoError(t, err)
		return out, operators(s.Model().Graph)
	}
	want, _ := results(append(slices.Clone(opts), runtime.WithoutOptimization())...)
	got, list := results(opts...)
	for name, w := range want {
		w, g := w.(*tensor.Tensor), got[name].(*tensor.Tensor)
		require.Equal(t, w.Shape(), g.Shape(), name)
		require.Equal(t, w.DType(), g.DType(), name)
		if w.DType() != tensor.F32 {
			require.Equal(t, w.Bytes(), g.Bytes(), name)
			continue
		}
		for i, x := range tensor.Data[float32](w) {
			y := tensor.Data[float32](g)[i]
			require.LessOrEqual(t, math.Abs(float64(x-y)), near*(1+math.Abs(float64(x))), "%s[%d]: %v, want %v", name, i, y, x)
		}
	}
	return list
}

// operators lists the operators of a graph; those of sub-graphs follow in
// brackets.
func operators(g *onnx.Graph) string {
	var l []string
	for _, n := range g.Nodes {
		s := n.OpType
		for _, sub := range n.Graphs() {
			s += "[" + operators(sub) + "]"
		}
		l = append(l, s)
	}
	return strings.Join(l, " ")
}

func split(text string) []string {
	var l []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			l = append(l, line)
		}
	}
	return l
}

// replace replaces pairs of old and new text, each of which must be there.
func replace(text string, pairs ...string) string {
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			panic("no " + pairs[i] + " in " + text)
		}
		text = strings.Replace(text, pairs[i], pairs[i+1], 1)
	}
	return text
}
