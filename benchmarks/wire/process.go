package wire

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
)

// peak returns the most bytes that this process has had resident, or 0 where
// the system does not tell.
func peak() int64 {
	b, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(b)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "VmHWM:" {
			kb, _ := strconv.ParseInt(f[1], 10, 64)
			return kb << 10
		}
	}
	return 0
}

// Quiet waits until no thread of the children is running: those of a pool spin
// for a while after a block, and would take the cores from the next engine. It
// reports whether it came to that within the limit.
func Quiet(limit time.Duration, children ...*Child) bool {
	for began := time.Now(); time.Since(began) < limit; time.Sleep(500 * time.Microsecond) {
		if !busy(children) {
			return true
		}
	}
	return false
}

func busy(children []*Child) bool {
	for _, c := range children {
		stats, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", c.PID()))
		if err != nil {
			continue
		}
		for _, s := range stats {
			b, _ := os.ReadFile(s)
			// The state comes after the name, which is in parentheses.
			if at := bytes.LastIndexByte(b, ')'); at >= 0 && at+2 < len(b) && b[at+2] == 'R' {
				return true
			}
		}
	}
	return false
}

// ModuleVersion is the version of a module that this program was built with.
func ModuleVersion(path string) string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Path == path {
				return m.Version
			}
		}
	}
	return "unknown"
}
