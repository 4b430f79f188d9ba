package runtime

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNumberIsReadFromASystemFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "meminfo")
	require.NoError(t, os.WriteFile(file, []byte("MemFree:  7 kB\nMemTotal:   24000 kB\n"), 0o644))
	require.EqualValues(t, 24000, numberIn(file, "MemTotal:"))
	require.Zero(t, numberIn(file, "Swap:"))
	require.NoError(t, os.WriteFile(file, []byte("max\n"), 0o644))
	require.Zero(t, numberIn(file, ""), "an unlimited group has no number")
	require.Zero(t, numberIn(file+"x", ""))
	require.Greater(t, defaultMemoryLimit(), 1<<20)
}
