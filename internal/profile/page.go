package profile

import (
	_ "embed" // the page
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

//go:embed page.html
var page string

// Larger timelines are cut in the page, that browsers can hold them.
const maxDrawn = 200_000

// Page writes the report as one HTML page that needs nothing else: the
// timeline to zoom into, and the tables of operators and nodes.
func (p *Report) Page(w io.Writer) error {
	type pageData struct {
		*Document
		// Slices are node, tick, variant, start and time in nanoseconds, and
		// bytes of tensors, six numbers each.
		Slices []int64 `json:"slices"`
		Cut    int     `json:"cut"` // slices that are left out
		Length int64   `json:"length"`
	}
	d := pageData{Document: p.Document(p.Nodes), Length: p.Fastest.Nanoseconds(), Slices: []int64{}}
	kept := 0
	for _, s := range p.Timeline {
		if p.Nodes[s.Node].Depth > 0 && kept >= maxDrawn {
			d.Cut++
			continue
		}
		kept++
		d.Slices = append(d.Slices, int64(s.Node), int64(s.Tick), int64(s.Variant), s.Start.Nanoseconds(), s.Time.Nanoseconds(), int64(s.Memory))
	}
	b, err := json.Marshal(d) // escapes <, so that no name ends the script
	if err != nil {
		return err
	}
	before, after, ok := strings.Cut(page, "{{data}}")
	if !ok {
		return fmt.Errorf("the page has no place for its data")
	}
	for _, part := range []string{before, string(b), after} {
		if _, err := io.WriteString(w, part); err != nil {
			return err
		}
	}
	return nil
}
