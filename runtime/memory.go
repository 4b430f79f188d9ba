package runtime

import (
	"os"
	"strconv"
	"strings"
	"sync"
)

// fallbackMemory is assumed where the system does not say what it has.
const fallbackMemory = 4 << 30

// defaultMemoryLimit returns three quarters of the memory of the machine or,
// if that is less, of the container.
var defaultMemoryLimit = sync.OnceValue(func() int {
	total := fallbackMemory
	if b, err := os.ReadFile("/proc/meminfo"); err == nil {
		for line := range strings.Lines(string(b)) {
			if rest, ok := strings.CutPrefix(line, "MemTotal:"); ok {
				if kb, err := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB"))); err == nil {
					total = kb << 10
				}
			}
		}
	}
	for _, file := range []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		if b, err := os.ReadFile(file); err == nil {
			if n, err := strconv.Atoi(strings.TrimSpace(string(b))); err == nil && n > 0 {
				total = min(total, n)
			}
		}
	}
	return total / 4 * 3
})
