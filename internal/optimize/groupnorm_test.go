package optimize_test

import (
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/runtime"
	"github.com/onnxrun/onnxrun/tensor"
	"github.com/stretchr/testify/require"
)

// groupNorm is a GroupNormalization of 6 channels in 3 groups as PyTorch
// exports it.
type groupNorm struct {
	split, back []int64
	ones        []float32
	scale       tensor.Shape
	channels    int // as declared
	outputs     []string
	start       int // of Shape(x)
}

func (n groupNorm) build() g {
	b := optest.NewGraph(17).Input("x", tensor.F32, "n", n.channels, "h", 5)
	b.Const("split", tensor.Of(tensor.Shape{len(n.split)}, n.split...)).Const("ones", tensor.Of(tensor.Shape{3}, n.ones...)).
		Const("zeros", tensor.Of(tensor.Shape{3}, float32(0), 0, 0)).Const("scale", random(n.scale...)).Const("bias", random(n.scale...))
	node(b, "groups = Reshape(x, split)", nil)
	node(b, "normal = InstanceNormalization(groups, ones, zeros)", optest.Attrs{"epsilon": float32(1e-3)})
	if n.back == nil {
		node(b, "back = Shape(x)", optest.Attrs{"start": n.start})
	} else {
		b.Const("back", tensor.Of(tensor.Shape{len(n.back)}, n.back...))
	}
	lines(b, "joined = Reshape(normal, back)\n scaled = Mul(joined, scale)\n y = Add(bias, scaled)")
	return b.Output(n.outputs...)
}

func newGroupNorm() groupNorm {
	return groupNorm{split: []int64{0, 3, -1}, ones: []float32{1, 1, 1}, scale: tensor.Shape{6, 1, 1}, channels: 6, outputs: []string{"y"}}
}

func TestGroupNormIsFound(t *testing.T) {
	for name, change := range map[string]func(n *groupNorm){
		"back to Shape(x)":       func(n *groupNorm) {},
		"back to a constant":     func(n *groupNorm) { n.back = []int64{0, 6, -1, 5} },
		"scale of rank 4":        func(n *groupNorm) { n.scale = tensor.Shape{1, 6, 1, 1} },
		"one scale for all":      func(n *groupNorm) { n.scale = tensor.Shape{1} },
		"neither scale nor bias": func(n *groupNorm) { n.outputs = []string{"joined"} },
		"scale without a bias":   func(n *groupNorm) { n.outputs = []string{"scaled"} },
	} {
		t.Run(name, func(t *testing.T) {
			n := newGroupNorm()
			change(&n)
			in := map[string]tensor.Value{"x": random(2, 6, 4, 5)}
			list := rewritten(t, n.build, in)
			require.Equal(t, "GroupNormalization", list)
			require.NotContains(t, rewritten(t, n.build, in, runtime.WithoutPass("groupnorm")), "GroupNormalization")
		})
	}
}

func TestGroupNormIsLeftAlone(t *testing.T) {
	for name, change := range map[string]func(n *groupNorm){
		"a scale of the groups":   func(n *groupNorm) { n.ones[1] = 2 },
		"instances mixed":         func(n *groupNorm) { n.split = []int64{-1, 3, 40} },
		"back to another shape":   func(n *groupNorm) { n.back = []int64{0, 6, 5, 4} },
		"channels not known":      func(n *groupNorm) { n.channels = -1 },
		"back to half of a shape": func(n *groupNorm) { n.start, n.scale, n.outputs = 1, tensor.Shape{1}, []string{"joined"} },
		"a part is an output":     func(n *groupNorm) { n.outputs = []string{"y", "normal"} },
	} {
		t.Run(name, func(t *testing.T) {
			n := newGroupNorm()
			change(&n)
			require.NotContains(t, rewritten(t, n.build, map[string]tensor.Value{"x": random(1, 6, 4, 5)}), "GroupNormalization")
		})
	}
}

func TestGroupNormLeavesOtherScales(t *testing.T) {
	for _, scale := range []tensor.Shape{{5}, {6, 4, 5}, {3, 1, 1, 1, 1}} {
		n := newGroupNorm()
		n.scale = scale
		require.Equal(t, "GroupNormalization Mul Add", rewritten(t, n.build, map[string]tensor.Value{"x": random(2, 6, 4, 5)}))
	}
}
