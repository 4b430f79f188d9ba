package accuracy

import (
	"math"
	"os"
	"testing"
)

// allowed is how large an error may be on any processor. They take sums of
// products in the order that suits their instructions, and the sums then end
// elsewhere within the same bound; where float32 computes a result in several
// steps, a processor without fused multiply-add rounds more often. What is
// correctly rounded, or all but, is so everywhere.
func allowed(family string, recorded float64) float64 {
	switch {
	case family == "product" || family == "recurrent":
		return 3*recorded + 1
	case recorded > 0.6:
		return recorded + 1.25
	}
	return recorded + 0.1
}

func TestAccuracy(t *testing.T) {
	recorded, err := Recorded()
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := Theirs()
	if err != nil {
		t.Fatal(err)
	}
	cases := Cases()
	if len(recorded) != len(cases) {
		t.Errorf("%d cases are recorded, there are %d: run go generate", len(recorded), len(cases))
	}
	seen := map[string]bool{}
	for _, c := range cases {
		if seen[c.Name()] {
			t.Errorf("%s: there are two cases of this name", c.Name())
		}
		seen[c.Name()] = true
		r, err := c.Measure()
		if err != nil {
			t.Errorf("%s: %v", c.Name(), err)
			continue
		}
		if was, ok := recorded[c.Name()]; !ok || r.ULP > allowed(c.Family, was) {
			t.Errorf("%s: off by %.3f ULP, recorded are %.3f", c.Name(), r.ULP, was)
		}
		other, ok := theirs.Results[c.Name()]
		if !ok {
			continue
		}
		if c.Family == "normalization" && r.ULP > other.ULP {
			t.Errorf("%s: off by %.3f ULP, more than the %.3f of onnxruntime", c.Name(), r.ULP, other.ULP)
		}
		if d := math.Abs(r.Sum-other.Sum) + math.Abs(r.Weighted-other.Weighted); !(d <= 1e-9*other.Sum) {
			t.Errorf("%s: the references differ: sums %v and %v here, %v and %v there", c.Name(), r.Sum, r.Weighted, other.Sum, other.Weighted)
		}
	}
}

func TestTableIsCurrent(t *testing.T) {
	recorded, err := Recorded()
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := Theirs()
	if err != nil {
		t.Fatal(err)
	}
	ours := map[string]Result{}
	for name, ulp := range recorded {
		ours[name] = Result{ULP: ulp}
	}
	doc, err := os.ReadFile("../../docs/accuracy.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(doc) != Table(Cases(), ours, theirs) {
		t.Error("docs/accuracy.md is not what the recorded errors say: run go generate")
	}
}

func TestDistance(t *testing.T) {
	inf := float32(math.Inf(1))
	for _, c := range []struct {
		got         float32
		want, scale float64
		ulp         float64
	}{
		{1, 1, 0, 0},
		{1 + 0x1p-23, 1, 0, 1},
		{1, 1 + 0x1p-24, 0, 0.5},
		{1 - 0x1p-24, 1 - 0x1p-23, 0, 1},
		{0x1p-20, 0, 1, 8},
		{0x1p-149, 0, 0, 1},
		{0x1p-130, 0x1p-131, 0, 0x1p18},
		{inf, 1e39, 0, 0},
		{inf, 1, 0, wrong},
		{3e38, 1e39, 0, wrong},
		{float32(math.NaN()), 1, 0, wrong},
	} {
		if d := distance(c.got, c.want, c.scale); d != c.ulp {
			t.Errorf("distance(%g, %g, %g) = %g, want %g", c.got, c.want, c.scale, d, c.ulp)
		}
	}
}
