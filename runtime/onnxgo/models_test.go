//go:build 386 || amd64 || arm || arm64 || wasm

package onnxgo_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	onnxgo "github.com/owulveryck/onnx-go"
	gorgonia "gorgonia.org/tensor"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/runtime"
	ours "github.com/onnxrun/onnxrun/runtime/onnxgo"
	"github.com/onnxrun/onnxrun/tensor"
)

// leastModels is how many of the exported models onnx-go decodes.
const leastModels = 18

// TestExportedModelsGiveWhatASessionGives runs the models that onnx-go decodes
// in both ways, with the operator set named and assumed, and node by node as
// they stand: what is rewritten may depend on what onnx-go drops.
func TestExportedModelsGiveWhatASessionGives(t *testing.T) {
	models, err := filepath.Glob("../../testdata/models/*/model.onnx")
	if err != nil {
		t.Fatal(err)
	}
	ran := 0
	for _, path := range models {
		t.Run(filepath.Base(filepath.Dir(path)), func(t *testing.T) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			plain := ours.WithSession(runtime.WithoutOptimization())
			for _, opts := range [][]ours.Option{{plain, ours.WithOpsetOf(data)}, {plain}} {
				g := ours.NewGraph(opts...)
				m := onnxgo.NewModel(g)
				if err := m.UnmarshalBinary(data); err != nil {
					t.Skipf("%.200v", err)
				}
				compareWithSession(t, path, m, g)
			}
			ran++
		})
	}
	if ran < leastModels {
		t.Errorf("%d models ran, want at least %d", ran, leastModels)
	}
}

func compareWithSession(t *testing.T, path string, m *onnxgo.Model, g *ours.Graph) {
	s, err := runtime.Open(path, runtime.WithoutOptimization())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for set := range 3 {
		in := make(map[string]tensor.Value)
		for i, info := range s.Inputs() {
			data, err := os.ReadFile(filepath.Join(filepath.Dir(path), fmt.Sprintf("test_data_set_%d/input_%d.pb", set, i)))
			if err != nil {
				t.Fatal(err)
			}
			if in[info.Name], _, err = onnx.DecodeValue(data, info.Type); err != nil {
				t.Fatal(err)
			}
			x, err := onnxgo.NewTensor(data)
			if err != nil {
				t.Fatal(err)
			}
			if err := m.SetInput(i, x); err != nil {
				t.Fatal(err)
			}
		}
		want, err := s.Run(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		if err := g.Run(); err != nil {
			t.Fatal(err)
		}
		got, err := m.GetOutputTensors()
		if err != nil {
			t.Fatal(err)
		}
		for i, info := range s.Outputs() {
			same(t, got[i], want[info.Name].(*tensor.Tensor))
		}
	}
}

// same compares a float32 output, which the same operators have computed.
func same(t *testing.T, got gorgonia.Tensor, want *tensor.Tensor) {
	t.Helper()
	if !tensor.Shape(got.Shape()).Equal(want.Shape()) {
		t.Fatalf("got shape %v, want %v", got.Shape(), want.Shape())
	}
	g, ok := got.Data().([]float32)
	if !ok {
		t.Fatalf("got a %T, want float32", got.Data())
	}
	for i, w := range tensor.Data[float32](want) {
		if g[i] != w {
			t.Fatalf("element %d: got %v, want %v", i, g[i], w)
		}
	}
}
