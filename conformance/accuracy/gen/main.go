// Gen writes docs/accuracy.md, the errors that the tests compare with, and the
// cases for testdata/export/accuracy_onnxruntime.py.
package main

import (
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
	if err := write("cases.json", cases); err != nil {
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
