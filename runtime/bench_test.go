package runtime_test

import (
	"context"
	"testing"

	"github.com/onnxrun/onnxrun/runtime"
	"github.com/onnxrun/onnxrun/tensor"
)

func BenchmarkScanOfNormalizedTicks(b *testing.B) {
	const units, ticks = 64, 1000
	s, err := runtime.New(normScan(units).Model())
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	in := values{"h0": vec(ramp(units)...), "x": tensor.Of(tensor.Shape{ticks, units}, ramp(units*ticks)...)}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Run(context.Background(), in); err != nil {
			b.Fatal(err)
		}
	}
}
