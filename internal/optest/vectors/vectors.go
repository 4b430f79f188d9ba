// Package vectors replays the archives of test cases under
// conformance/testdata/extra in the tests of the operators that they are for.
package vectors

import (
	"testing"

	"github.com/onnxrun/onnxrun/conformance"
)

// Replay runs all cases of an archive with one thread and with three. It fails
// for each that does not pass within the tolerances of o, and where there are
// fewer cases than expected. The name is that of a file in
// conformance/testdata/extra without .tar.zst; the test's package must be two
// folders below the root of the module.
func Replay(t *testing.T, name string, o conformance.Options, fewest int) {
	t.Helper()
	o.Poison = true
	for _, o.Threads = range []int{1, 3} {
		n := 0
		err := conformance.Replay(t.Context(), "../../conformance/testdata/extra/"+name+".tar.zst", o, func(r conformance.Result) {
			n++
			if r.Status != conformance.Pass {
				t.Errorf("%s with %d threads: %s: %s", r.Name, o.Threads, r.Status, r.Message)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		if n < fewest {
			t.Errorf("%d cases, want at least %d", n, fewest)
		}
	}
}
