package optimize_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/runtime"
	"github.com/onnxrun/onnxrun/tensor"
	"github.com/stretchr/testify/require"
)

// A graph of many nodes, whether they are read or not, takes seconds at most.
func TestManyNodesAreRewrittenInTime(t *testing.T) {
	const n = 40000
	for name, output := range map[string]string{"read": fmt.Sprint("v", n), "dead": "v1"} {
		for _, op := range []string{"Exp", "Add", "MatMul", "Transpose", "Reshape"} {
			b := optest.NewGraph(17).Input("v0", tensor.F32, "n", "m").Input("w", tensor.F32, "n", "m")
			b.Const("to", tensor.Of(tensor.Shape{2}, int64(0), -1))
			for i := range n {
				in := []string{fmt.Sprint("v", i)}
				attrs := optest.Attrs(nil)
				switch op {
				case "Add":
					in = append(in, "w")
				case "MatMul":
					in = append(in, in[0])
				case "Reshape":
					in = append(in, "to")
				case "Transpose":
					attrs = perm(1, 0)
				}
				b.Node(op, in, []string{fmt.Sprint("v", i+1)}, attrs)
			}
			m := b.Output(output).Model()
			start := time.Now()
			s, err := runtime.New(m)
			require.NoError(t, err)
			require.NoError(t, s.Close())
			require.Less(t, time.Since(start), 30*time.Second, "%s, %s", op, name)
			t.Log(op, name, time.Since(start))
		}
	}
}
