package runtime

import (
	"math"
	"os"
	"strconv"
	"strings"
	"sync"
)

// fallbackMemory is assumed where the system does not say what it has.
const fallbackMemory int64 = 4 << 30

// defaultMemoryLimit returns three quarters of the memory of the machine or,
// if that is less, of the container.
var defaultMemoryLimit = sync.OnceValue(func() int {
	total := machineMemory()
	for _, file := range []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		if n := numberIn(file, ""); n > 0 {
			total = min(total, n)
		}
	}
	return int(min(total/4*3, math.MaxInt))
})

func machineMemory() int64 {
	if kb := numberIn("/proc/meminfo", "MemTotal:"); kb > 0 {
		return kb << 10
	}
	return fallbackMemory
}

// numberIn returns the number that follows the prefix on a line of a file, 0
// where there is none.
func numberIn(file, prefix string) int64 {
	b, err := os.ReadFile(file)
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		rest, ok := strings.CutPrefix(line, prefix)
		if f := strings.Fields(rest); ok && len(f) > 0 {
			n, err := strconv.ParseInt(f[0], 10, 64)
			if err == nil {
				return n
			}
		}
	}
	return 0
}
