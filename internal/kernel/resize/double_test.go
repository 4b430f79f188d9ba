package resize

import (
	"slices"
	"testing"

	"github.com/onnxrun/onnxrun/internal/cpu"
)

func TestDoublingEqualsTheLoopInGo(t *testing.T) {
	for _, level := range cpu.Levels() {
		restore := cpu.Limit(level)
		for n := 1; n < 40; n++ {
			for rows := 1; rows < 4; rows++ {
				src := make([]uint32, n*rows)
				for i := range src {
					src[i] = uint32(i) * 0x01010101
				}
				got, want := make([]uint32, 4*len(src)+1), make([]uint32, 4*len(src)+1)
				double(got[:4*len(src)], src, n)
				doubleGo(want[:4*len(src)], src, n)
				if !slices.Equal(got, want) {
					t.Fatalf("level %v, %d rows of %d: got %v, want %v", level, rows, n, got, want)
				}
			}
		}
		restore()
	}
}
