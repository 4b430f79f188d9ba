package gradient_test

import (
	"context"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/runtime"
	"github.com/onnxrun/onnxrun/tensor"
)

const domain = "ai.onnx.preview.training"

// gradientNode adds a Gradient that is given values by name.
func gradientNode(b *optest.Builder, xs, zs []string, y string, given, outputs []string) {
	attrs := optest.Attrs{"xs": xs, "y": y}
	if zs != nil {
		attrs["zs"] = zs
	}
	b.Node("Gradient", given, outputs, attrs)
	n := b.Graph.Nodes[len(b.Graph.Nodes)-1]
	n.Domain, n.Opset, n.Name = domain, 1, "gradient of "+y
}

func model(b *optest.Builder) *onnx.Model {
	m := b.Model()
	m.Opsets = append(m.Opsets, onnx.OpsetID{Domain: domain, Version: 1}, onnx.OpsetID{Domain: "ai.onnx.ml", Version: 1}, onnx.OpsetID{Domain: "com.microsoft", Version: 1})
	return m
}

type values map[string]tensor.Value

func run(t testing.TB, s *runtime.Session, in values) map[string]tensor.Value {
	t.Helper()
	out, err := s.Run(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func open(t testing.TB, m *onnx.Model) *runtime.Session {
	t.Helper()
	s, err := runtime.New(m, runtime.WithThreads(1), runtime.WithPoison())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// probe is a node whose derivatives are compared with differences.
type probe struct {
	op     string // with its domain, if that is another
	opset  int    // 22 if 0
	attrs  optest.Attrs
	in     []tensor.Value // nil is absent
	wrt    []int          // input 0 if nil
	out    int            // outputs that y is made of; 1 if 0
	extra  int            // outputs that the node has beyond
	consts []int          // inputs that are initializers
	first  bool           // no second derivatives
	name   string
	single bool                    // in float32, which is all that the operator takes; sets first
	build  func(b *optest.Builder) // adds nodes that compute o0 … in place of the node
}

func (p *probe) title() string {
	return fmt.Sprintf("%s-%d %s %v", p.op, p.version(), p.name, slices.Sorted(maps.Keys(p.attrs)))
}

func (p *probe) version() int {
	if p.opset == 0 {
		return 22
	}
	return p.opset
}

func (p *probe) targets() []int {
	if p.wrt == nil {
		return []int{0}
	}
	return p.wrt
}

// forward builds the node; its inputs and outputs are i0, i1 … and o0, o1 ….
func (p *probe) forward() (*optest.Builder, values) {
	b := optest.NewGraph(p.version())
	in := values{}
	var inputs, outputs []string
	for i, v := range p.in {
		if v == nil {
			inputs = append(inputs, "")
			continue
		}
		name := fmt.Sprint("i", i)
		inputs = append(inputs, name)
		t := v.(*tensor.Tensor)
		if p.single && t.DType() == tensor.F64 {
			t = narrow(t)
		}
		if slices.Contains(p.consts, i) {
			b.Const(name, t)
			continue
		}
		dims := make([]any, t.Rank())
		for k := range dims {
			dims[k] = t.Dim(k)
		}
		b.Input(name, t.DType(), dims...)
		if i%2 == 1 { // the rank of every other input is not known
			b.Graph.Inputs[len(b.Graph.Inputs)-1].Type = tensor.TensorOf(t.DType())
		}
		in[name] = t
	}
	for i := range max(p.out, 1) + p.extra {
		outputs = append(outputs, fmt.Sprint("o", i))
	}
	if p.build != nil {
		p.build(b)
	} else {
		addNode(b, p.op, inputs, outputs, p.attrs)
	}
	return b, in
}

// addNode adds a node whose operator may be of another domain, in version 1.
func addNode(b *optest.Builder, op string, inputs, outputs []string, attrs optest.Attrs) {
	at := strings.LastIndex(op, ".")
	b.Node(op[at+1:], inputs, outputs, attrs)
	if at >= 0 {
		n := b.Graph.Nodes[len(b.Graph.Nodes)-1]
		n.Domain, n.Opset = op[:at], 1
	}
}

// weigh adds Σ weights·value to the graph for each value, as name.
func (p *probe) weigh(t testing.TB, b *optest.Builder, r *rand.Rand, names []string, like map[string]tensor.Value, name string) {
	t.Helper()
	b.Opset = 22
	var sums []string
	for _, o := range names {
		shape := like[o].(*tensor.Tensor).Shape()
		w := random(r, shape...)
		if p.single {
			w = narrow(w)
		}
		b.Const("w_"+o, w)
		b.Node("Mul", []string{o, "w_" + o}, []string{"m_" + o}, nil)
		b.Node("ReduceSum", []string{"m_" + o}, []string{"s_" + o}, optest.Attrs{"keepdims": 0})
		sums = append(sums, "s_"+o)
	}
	b.Node("Sum", sums, []string{name}, nil)
}

// check compares first and second derivatives with central differences.
func (p *probe) check(t *testing.T) {
	r := rand.New(rand.NewPCG(1, uint64(len(p.op))))
	b, in := p.forward()
	var outs, xs, ds []string
	for i := range max(p.out, 1) {
		outs = append(outs, fmt.Sprint("o", i))
	}
	for _, i := range p.targets() {
		xs, ds = append(xs, fmt.Sprint("i", i)), append(ds, fmt.Sprint("d", i))
	}
	b.Output(outs...)
	shapes := run(t, open(t, model(b)), in)
	b, _ = p.forward()
	p.weigh(t, b, r, outs, shapes, "loss")
	gradientNode(b, xs, nil, "loss", xs, ds)
	for _, i := range p.targets() {
		shapes[fmt.Sprint("d", i)] = p.in[i]
	}
	if p.first || p.single {
		b.Output(append([]string{"loss"}, ds...)...)
		compare(t, open(t, model(b)), in, "loss", xs, ds)
		return
	}
	p.weigh(t, b, r, ds, shapes, "loss2")
	var hs []string
	for _, d := range ds {
		hs = append(hs, "h"+d)
	}
	gradientNode(b, xs, nil, "loss2", xs, hs)
	b.Output(append(append([]string{"loss", "loss2"}, ds...), hs...)...)
	s := open(t, model(b))
	compare(t, s, in, "loss", xs, ds)
	compare(t, s, in, "loss2", xs, hs)
}

// compare compares outputs ds with how much y changes with xs.
func compare(t *testing.T, s *runtime.Session, in values, y string, xs, ds []string) {
	t.Helper()
	got := run(t, s, in)
	for k, x := range xs {
		base := in[x].(*tensor.Tensor)
		d := got[ds[k]].(*tensor.Tensor)
		if !d.Shape().Equal(base.Shape()) {
			t.Fatalf("d%s/d%s: got shape %v, want %v", y, x, d.Shape(), base.Shape())
		}
		step := 1
		if base.Len() > 20 {
			step = base.Len()/20 | 1
		}
		for i := 0; i < base.Len(); i += step {
			h, tolerance := 1e-5, 2e-6
			if base.DType() == tensor.F32 {
				h, tolerance = 1e-2, 3e-3
			}
			at := func(e float64) float64 {
				moved := maps.Clone(in)
				c := base.Clone()
				if c.DType() == tensor.F32 {
					tensor.Data[float32](c)[i] += float32(e)
				} else {
					tensor.Data[float64](c)[i] += e
				}
				moved[x] = c
				return float(run(t, s, moved)[y], 0)
			}
			want := (at(h) - at(-h)) / (2 * h)
			if g := float(d, i); !(math.Abs(g-want) <= tolerance*(1+math.Abs(want))) {
				t.Errorf("d%s/d%s[%d]: got %g, want %g", y, x, i, g, want)
				break
			}
		}
	}
}

// float is element i of a tensor of floats.
func float(v tensor.Value, i int) float64 {
	t := v.(*tensor.Tensor)
	if t.DType() == tensor.F32 {
		return float64(tensor.Data[float32](t)[i])
	}
	return tensor.Data[float64](t)[i]
}

func narrow(t *tensor.Tensor) *tensor.Tensor {
	var d []float32
	for _, v := range tensor.Data[float64](t) {
		d = append(d, float32(v))
	}
	return tensor.Of(t.Shape(), d...)
}

func random(r *rand.Rand, shape ...int) *tensor.Tensor { return between(r, -1.5, 1.5, shape...) }

func between(r *rand.Rand, lo, hi float64, shape ...int) *tensor.Tensor {
	d := make([]float64, tensor.Shape(shape).Len())
	for i := range d {
		d[i] = lo + (hi-lo)*r.Float64()
	}
	return tensor.Of(tensor.Shape(shape), d...)
}

func i64(v ...int64) *tensor.Tensor { return tensor.Of(tensor.Shape{len(v)}, v...) }

func checkAll(t *testing.T, probes []probe) {
	t.Helper()
	for _, p := range probes {
		t.Run(p.title(), func(t *testing.T) { p.check(t) })
	}
}
