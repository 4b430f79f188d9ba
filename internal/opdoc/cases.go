package opdoc

import (
	"archive/tar"
	"io"
	"os"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/ops"
)

//go:generate go run ./gen

// Cases counts in an archive of test cases, for each operator, those whose
// model has it, in sub-graphs, too.
func Cases(archive string) (map[string]int, error) {
	f, err := os.Open(archive)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := zstd.NewReader(f)
	if err != nil {
		return nil, err
	}
	defer z.Close()
	count := map[string]int{}
	for t := tar.NewReader(z); ; {
		h, err := t.Next()
		if err == io.EOF {
			return count, nil
		}
		if err != nil {
			return nil, err
		}
		if !strings.HasSuffix(h.Name, "/model.onnx") {
			continue
		}
		b, err := io.ReadAll(t)
		if err != nil {
			return nil, err
		}
		m, err := onnx.Decode(b)
		if err != nil {
			return nil, err
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
