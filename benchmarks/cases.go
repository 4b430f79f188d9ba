package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"

	"github.com/onnxrun/onnxrun/benchmarks/wire"
)

// Case is a model and what is asked of it; models.py writes them.
type Case struct {
	Name      string       `json:"name"`
	Group     string       `json:"group"`
	File      string       `json:"file"`
	Inputs    []wire.Input `json:"inputs"`
	Outputs   []string     `json:"outputs"`
	Tolerance float64      `json:"tolerance"`
	Bar       float64      `json:"bar,omitempty"`      // the speed asked for
	Runs      int          `json:"runs,omitempty"`     // the least number of runs in a block
	Copy      bool         `json:"copy,omitempty"`     // compare with a copy of the input, too
	Load      bool         `json:"load,omitempty"`     // measure loading and memory, too
	LoadBar   float64      `json:"load_bar,omitempty"` // onnxruntime's time to load divided by ours, at least
}

// readCases reads cases.json of a folder and keeps the cases whose group and
// name match.
func readCases(dir, pattern string) ([]Case, error) {
	wanted, err := regexp.Compile(pattern)
	if err != nil {
		return nil, err
	}
	b, err := os.ReadFile(filepath.Join(dir, "cases.json"))
	if err != nil {
		return nil, fmt.Errorf("%w (make models makes it)", err)
	}
	var all, kept []Case
	if err := json.Unmarshal(b, &all); err != nil {
		return nil, err
	}
	for _, c := range all {
		if wanted.MatchString(c.Group + " " + c.Name) {
			kept = append(kept, c)
		}
	}
	if len(kept) == 0 {
		return nil, fmt.Errorf("no case of %d matches %q", len(all), pattern)
	}
	return kept, nil
}
