package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/onnxrun/onnxrun/benchmarks/wire"
)

// BenchmarkRunInto runs the cases of models, a folder that models.py has
// filled, without any other engine: -benchmem shows what warm runs allocate.
//
//	go test -bench 'RunInto/.*ResNet-50' -benchmem
func BenchmarkRunInto(b *testing.B) {
	cases, err := readCases("models", "")
	if errors.Is(err, fs.ErrNotExist) {
		b.Skip(err)
	}
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range cases {
		for _, threads := range []int{1, 2} {
			b.Run(fmt.Sprintf("%s/%s/%d", c.Group, c.Name, threads), func(b *testing.B) {
				job := wire.Job{Model: filepath.Join("models", c.File), Threads: threads}
				s, err := ours{}.Open(job, wire.Generate(c.Inputs))
				if err != nil {
					b.Fatal(err)
				}
				for range 3 { // finds the outputs, and gets warm
					if err := s.Run(); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportAllocs()
				for b.Loop() {
					if err := s.Run(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
