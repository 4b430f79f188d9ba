// Gen writes docs/accuracy.md, the errors that the tests compare with, and the
// cases for testdata/export/accuracy_onnxruntime.py.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log"
	"math"
	"os"

	"github.com/onnxrun/onnxrun/conformance/accuracy"
)

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	cases := accuracy.Cases()
	if err := writeCases(cases); err != nil {
		return err
	}
	ours, recorded := map[string]accuracy.Result{}, map[string]float64{}
	for _, c := range cases {
		r, err := c.Measure()
		if err != nil {
			return fmt.Errorf("%s: %w", c.Name(), err)
		}
		r.ULP = math.Ceil(r.ULP*1000) / 1000
		ours[c.Name()], recorded[c.Name()] = r, r.ULP
	}
	theirs, err := accuracy.Theirs()
	if err != nil {
		return err
	}
	if err := write("recorded.json", recorded); err != nil {
		return err
	}
	return os.WriteFile("../../docs/accuracy.md", []byte(accuracy.Table(cases, ours, theirs)), 0o644)
}

func write(name string, v any) error {
	data, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(name, append(data, '\n'), 0o644)
}

// writeCases writes one case a line.
func writeCases(cases []*accuracy.Case) error {
	var b bytes.Buffer
	for i, c := range cases {
		line, err := json.Marshal(c)
		if err != nil {
			return err
		}
		b.WriteString([]string{"[", ","}[min(i, 1)])
		b.Write(line)
		b.WriteByte('\n')
	}
	b.WriteString("]\n")
	return os.WriteFile("cases.json", b.Bytes(), 0o644)
}
