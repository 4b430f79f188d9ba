package cli

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestProfileTablesFitTheTerminal(t *testing.T) {
	name, shapes := "/encoder/layers.11/attention/self/MatMul_1", "float32[1 12 128 64] [1 12 64 128] → [1 12 128 128]"
	for _, width := range []int{60, 80, 100, 120, 1000} {
		t1 := &table{indent: "  ", align: "lrl"}
		t1.row("node", "time, µs", "shapes")
		t1.row(name, "123.4", shapes)
		t1.row("a", "1.0", "float32[1]")
		var b strings.Builder
		s := &sheet{out: &b, width: width}
		s.fit(t1)
		s.print(t1)
		lines := strings.Split(b.String(), "\n")
		for _, l := range lines {
			if n := utf8.RuneCountInString(l); n > width {
				t.Errorf("width %d: got %d characters in %q", width, n, l)
			}
		}
		if width == 1000 && (!strings.Contains(lines[1], name) || !strings.HasSuffix(lines[1], shapes)) {
			t.Errorf("got %q", lines[1])
		}
		if width < 100 && !(strings.Contains(lines[1], "MatMul_1 ") && strings.Contains(lines[1], " float32[1 ") && strings.HasSuffix(lines[1], "…")) {
			t.Errorf("width %d: the end of the name and the beginning of the shapes are gone: %q", width, lines[1])
		}
	}
}

func TestProfileBars(t *testing.T) {
	for v, want := range map[float64]string{-1: "", 0: "", 0.001: "", 0.0125: "▏", 0.25: "██▌", 1: "██████████", 7: "██████████"} {
		if got := bar(v); got != want {
			t.Errorf("%v: got %q, want %q", v, got, want)
		}
	}
	for v, want := range map[float64]string{0: "", 0.001: "<1%", 0.5: "50%", 1.104: "110%"} {
		if got := peak(v); got != want {
			t.Errorf("%v: got %q, want %q", v, got, want)
		}
	}
	if got := three(0.1234) + " " + three(12.34) + " " + three(1234.5); got != "0.12 12.3 1234" {
		t.Errorf("got %q", got)
	}
}
