package opdoc

import (
	"archive/tar"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/ops"
)

//go:generate go run ./gen

// Cases counts in the archives under a folder conformance/testdata, for each
// operator, the cases whose model has it, in sub-graphs, too: among the
// official cases, and among the others.
func Cases(testdata string) (official, extra map[string]int, err error) {
	official, extra = map[string]int{}, map[string]int{}
	if err := addCases(official, filepath.Join(testdata, "onnx-1.23.2-node.tar.zst")); err != nil {
		return nil, nil, err
	}
	archives, err := filepath.Glob(filepath.Join(testdata, "extra", "*.tar.zst"))
	for _, archive := range archives {
		if err := addCases(extra, archive); err != nil {
			return nil, nil, err
		}
	}
	return official, extra, err
}

func addCases(count map[string]int, archive string) error {
	f, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := zstd.NewReader(f)
	if err != nil {
		return err
	}
	defer z.Close()
	for t := tar.NewReader(z); ; {
		h, err := t.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if !strings.HasSuffix(h.Name, "/model.onnx") {
			continue
		}
		b, err := io.ReadAll(t)
		if err != nil {
			return err
		}
		m, err := onnx.Decode(b)
		if err != nil {
			return err
		}
		seen := map[string]bool{}
		collect(m.Graph, seen)
		for op := range seen {
			count[op]++
		}
	}
}

func collect(g *onnx.Graph, seen map[string]bool) {
	for _, n := range g.Nodes {
		seen[ops.QualifiedName(n.Domain, n.OpType)] = true
		for _, a := range n.Attrs {
			if a.Kind == onnx.AttrGraph {
				collect(a.Graph, seen)
			}
		}
	}
}
