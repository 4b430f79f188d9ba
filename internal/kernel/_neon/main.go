// Command neon writes the arm64 assembly of a package below internal/kernel,
// which avo does not do:
//
//	go run . gemm
//
// writes ../gemm/tile_arm64.s and ../gemm/tile_stubs_arm64.go.
package main

import (
	"fmt"
	"os"
)

func main() {
	if len(os.Args) != 2 {
		fail("usage: go run . package")
	}
	files := map[string]struct {
		base  string
		write func(*file)
	}{
		"gemm": {"tile", gemm},
		"grid": {"taps", grid},
		"half": {"half", half},
		"norm": {"loops", norm},
		"vec":  {"simd", vectors},
	}
	p, ok := files[os.Args[1]]
	if !ok {
		fail("no assembly for package " + os.Args[1])
	}
	f := &file{pkg: os.Args[1], offsets: map[uint64]int{}}
	p.write(f)
	base := "../" + f.pkg + "/" + p.base
	for name, text := range map[string][]byte{base + "_arm64.s": f.assembly(), base + "_stubs_arm64.go": f.declarations()} {
		if err := os.WriteFile(name, text, 0o644); err != nil {
			fail(err)
		}
	}
}

func fail(why any) {
	fmt.Fprintln(os.Stderr, "neon:", why)
	os.Exit(1)
}
