package array

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// oddAttrs are the attributes that operators of this category read.
var oddAttrs = map[string]func(*rand.Rand) any{
	"allowzero":   func(r *rand.Rand) any { return r.IntN(2) },
	"axes":        func(r *rand.Rand) any { return oddList(r) },
	"axis":        func(r *rand.Rand) any { return oddInt(r) },
	"blocksize":   func(r *rand.Rand) any { return oddInt(r) },
	"end":         func(r *rand.Rand) any { return oddInt(r) },
	"ends":        func(r *rand.Rand) any { return oddList(r) },
	"num_outputs": func(r *rand.Rand) any { return r.IntN(4) },
	"perm":        func(r *rand.Rand) any { return r.Perm(r.IntN(5)) },
	"shape":       func(r *rand.Rand) any { return oddList(r) },
	"split":       func(r *rand.Rand) any { return oddList(r) },
	"start":       func(r *rand.Rand) any { return oddInt(r) },
	"starts":      func(r *rand.Rand) any { return oddList(r) },
	"to":          func(r *rand.Rand) any { return r.IntN(29) },
	"upper":       func(r *rand.Rand) any { return r.IntN(2) },
}

var oddReads = map[string][]string{
	"BitCast": {"to"}, "Cast": {"to"}, "CastLike": nil, "Compress": {"axis"}, "Concat": {"axis"},
	"DepthToSpace": {"blocksize"}, "Expand": nil, "Flatten": {"axis"}, "Identity": nil, "IsInf": nil, "IsNaN": nil,
	"NonZero": nil, "OneHot": {"axis"}, "Reshape": {"shape", "allowzero"}, "Shape": {"start", "end"}, "Size": nil,
	"Slice": {"starts", "ends", "axes"}, "SpaceToDepth": {"blocksize"}, "Split": {"axis", "split", "num_outputs"},
	"Squeeze": {"axes"}, "Tile": nil, "Transpose": {"perm"}, "Trilu": {"upper"}, "Unsqueeze": {"axes"}, "Where": nil,
}

func oddInt(r *rand.Rand) int {
	switch r.IntN(12) {
	case 0:
		return math.MaxInt - r.IntN(2)
	case 1:
		return math.MinInt + r.IntN(2)
	case 2:
		return 1 << (34 + r.IntN(29)) // more than the test may allocate
	}
	return r.IntN(8) - 3
}

func oddList(r *rand.Rand) []int {
	l := make([]int, r.IntN(5))
	for i := range l {
		l[i] = oddInt(r)
	}
	return l
}

// oddTensor makes a tensor of small dimensions, some of them 0 or 1.
func oddTensor(r *rand.Rand, d tensor.DType) *tensor.Tensor {
	shape := make(tensor.Shape, r.IntN(5))
	for i := range shape {
		shape[i] = r.IntN(5)
	}
	x, err := tensor.New(d, shape)
	if err != nil {
		panic(err)
	}
	wide, _ := tensor.New(tensor.I64, shape)
	for i := range tensor.Data[int64](wide) {
		tensor.Data[int64](wide)[i] = int64(oddInt(r))
	}
	if err := tensor.Convert(x, wide, tensor.Conversion{}); err != nil {
		panic(err)
	}
	return x
}

// Whatever a model asks for, the answer is a tensor or an error.
func TestOperatorsTakeOddInputsWithoutPanic(t *testing.T) {
	for _, def := range ops.NewRegistry(Defs).Defs() {
		reads, ok := oddReads[def.Name]
		if !ok {
			continue
		}
		r := rand.New(rand.NewPCG(uint64(def.Since), uint64(len(def.Name))))
		worked := 0
		for range 1000 {
			n := optest.Node{Op: def.Name, Opset: def.Since, Attrs: optest.Attrs{}, Outputs: 1, Threads: 1 + r.IntN(2)}
			if def.Name == "Cast" && def.Since < 6 {
				n.Attrs["to"] = "INT8"
			}
			if len(def.Outputs()) > 0 && def.Outputs()[0].Variadic {
				n.Outputs = 1 + r.IntN(3)
			}
			for _, a := range reads {
				if n.Attrs[a] == nil && r.IntN(3) > 0 {
					n.Attrs[a] = oddAttrs[a](r)
				}
			}
			var in []tensor.Value
			bound := map[string]tensor.DType{}
			for _, p := range def.Inputs() {
				for range 1 + boolInt(p.Variadic)*r.IntN(3) {
					if p.Optional && r.IntN(2) == 0 {
						in = append(in, nil)
						continue
					}
					d, ok := bound[p.Type.Var]
					if !ok || p.Type.Var == "" {
						set := p.Type.Set.List()
						d = set[r.IntN(len(set))]
						bound[p.Type.Var] = d
					}
					in = append(in, oddTensor(r, d))
				}
			}
			if runOdd(t, []ops.Def{*def}, n, in) {
				worked++
			}
		}
		// Those with many inputs that must fit each other are right too rarely.
		if worked == 0 && len(def.Inputs()) < 3 {
			t.Errorf("%s %d: no input was right", def.Name, def.Since)
		}
	}
}

func runOdd(t *testing.T, table []ops.Def, n optest.Node, in []tensor.Value) (ok bool) {
	defer func() {
		if p := recover(); p != nil {
			s := ""
			for _, v := range in {
				s += " " + tensor.Describe(v)
				if x, ok := v.(*tensor.Tensor); ok && x.DType() == tensor.I64 {
					s += fmt.Sprint(tensor.Data[int64](x))
				}
			}
			t.Errorf("%s %d %v of%s: panic: %v", n.Op, n.Opset, n.Attrs, s, p)
		}
	}()
	_, err := optest.Run(table, n, in...)
	return err == nil
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
