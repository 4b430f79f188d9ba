package conformance

import (
	"testing"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/all"
)

const versions = "testdata/versions.tar.zst"

// TestEarlierVersions replays what operators did before their behaviour
// changed; testdata/versions.md says where each expectation comes from.
func TestEarlierVersions(t *testing.T) {
	replayAll(t, versions, Options{RTol: OfficialRTol, ATol: 1e-6, Threads: 2, Poison: true}, 701)
}

func TestEveryEarlierBehaviourHasAVector(t *testing.T) {
	dir, remove, err := open(versions)
	if err != nil {
		t.Fatal(err)
	}
	defer remove()
	cases, err := find(dir)
	if err != nil {
		t.Fatal(err)
	}
	covered := map[*ops.Def]bool{}
	for _, c := range cases {
		m, err := onnx.Load(c.model)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range m.Graph.Nodes {
			if d, err := all.Registry().Lookup(n.Domain, n.OpType, n.Opset); err == nil {
				covered[d] = true
			}
		}
		m.Close()
	}
	defs := all.Registry().Defs()
	for i, d := range defs[:len(defs)-1] {
		if next := defs[i+1]; d.Domain != "" || d.Name != next.Name || covered[d] {
			continue
		}
		t.Errorf("%s from version %d on: no case", d.Name, d.Since)
	}
}
