//go:build unix

package runtime_test

import (
	"context"
	"syscall"
	"testing"
	"time"

	"github.com/onnxrun/onnxrun/runtime"
	"github.com/onnxrun/onnxrun/tensor"
	"github.com/stretchr/testify/require"
)

// An open session that has run, on several threads, leaves the processor alone.
func TestIdleSessionUsesNoProcessor(t *testing.T) {
	const units = 512
	s := session(t, cell(units), runtime.WithThreads(4))
	x := tensor.Of(tensor.Shape{1, units}, ramp(units)...)
	for range 20 {
		_, err := s.Run(context.Background(), values{"x": x, "h": x})
		require.NoError(t, err)
	}
	time.Sleep(20 * time.Millisecond) // what it takes to park
	const idle = 500 * time.Millisecond
	before := processorTime(t)
	time.Sleep(idle)
	require.Less(t, processorTime(t)-before, idle/50)
}

func processorTime(t *testing.T) time.Duration {
	var u syscall.Rusage
	require.NoError(t, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
