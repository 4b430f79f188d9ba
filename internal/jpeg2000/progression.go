package jpeg2000

import (
	"cmp"
	"slices"
)

// Progression orders (T.800 table A.16): layer, resolution, component,
// position.
const (
	orderLRCP = iota
	orderRLCP
	orderRPCL
	orderPCRL
	orderCPRL
)

// walker visits the packets of a tile in their order, until visit says false.
type walker struct {
	visit func(res *resolution, precinct, layer int) bool
}

// place is a resolution of a component within a volume.
type place struct {
	*resolution
	number   int // of the resolution
	row, col int // the next precinct to be visited
}

func (w walker) walk(t *tile, p *params) {
	volumes := p.changes
	if len(volumes) == 0 {
		volumes = []volume{{order: p.style.order, layers: p.style.layers, resolution: maxLevels + 1, component: len(t.components)}}
	}
	for _, v := range volumes {
		v.layers = min(v.layers, p.style.layers)
		if !w.volume(t, v) {
			return
		}
	}
}

// volume walks the packets of a volume. Resolutions without samples, which
// have no packets, are left out beforehand, so that every step is a packet.
func (w walker) volume(t *tile, v volume) bool {
	var places []place
	for c := v.fromComponent; c < min(v.component, len(t.components)); c++ {
		tc := &t.components[c]
		for r := v.fromResolution; r < min(v.resolution, len(tc.resolutions)); r++ {
			if res := &tc.resolutions[r]; !res.empty() {
				places = append(places, place{resolution: res, number: r})
			}
		}
	}
	byResolution := func(a, b place) int { return cmp.Compare(a.number, b.number) }
	byComponent := func(a, b place) int { return cmp.Compare(a.component, b.component) }
	// The places are in the order of components, resolutions.
	switch v.order {
	case orderLRCP:
		slices.SortStableFunc(places, byResolution)
		return w.layers(places, v.layers)
	case orderRLCP:
		slices.SortStableFunc(places, byResolution)
		return groups(places, byResolution, func(g []place) bool { return w.layers(g, v.layers) })
	case orderRPCL:
		slices.SortStableFunc(places, byResolution)
		return groups(places, byResolution, func(g []place) bool { return w.positions(g, v.layers) })
	case orderPCRL:
		return w.positions(places, v.layers)
	}
	return groups(places, byComponent, func(g []place) bool { return w.positions(g, v.layers) })
}

// groups calls do for every run of places that compare equal.
func groups(places []place, compare func(a, b place) int, do func([]place) bool) bool {
	for len(places) > 0 {
		n := 1
		for n < len(places) && compare(places[0], places[n]) == 0 {
			n++
		}
		if !do(places[:n]) {
			return false
		}
		places = places[n:]
	}
	return true
}

// layers goes through layers, then places, then precincts.
func (w walker) layers(places []place, layers int) bool {
	if len(places) == 0 {
		return true
	}
	for l := range layers {
		for _, p := range places {
			for i := range p.across * p.down {
				if !w.visit(p.resolution, i, l) {
					return false
				}
			}
		}
	}
	return true
}

// positions goes through the reference grid's rows, then its columns, then the
// places that have a precinct there, then layers.
func (w walker) positions(places []place, layers int) bool {
	for {
		y, found := int64(0), false
		for i := range places {
			if p := &places[i]; p.row < p.down && (!found || p.y() < y) {
				y, found = p.y(), true
			}
		}
		if !found {
			return true
		}
		if !w.row(places, y, layers) {
			return false
		}
		for i := range places {
			if p := &places[i]; p.row < p.down && p.y() == y {
				p.row++
				p.col = 0
			}
		}
	}
}

func (w walker) row(places []place, y int64, layers int) bool {
	for {
		x, found := int64(0), false
		for i := range places {
			if p := &places[i]; p.row < p.down && p.y() == y && p.col < p.across && (!found || p.x() < x) {
				x, found = p.x(), true
			}
		}
		if !found {
			return true
		}
		for i := range places {
			p := &places[i]
			if p.row >= p.down || p.y() != y || p.col >= p.across || p.x() != x {
				continue
			}
			for l := range layers {
				if !w.visit(p.resolution, p.row*p.across+p.col, l) {
					return false
				}
			}
			p.col++
		}
	}
}

// x is where on the reference grid the next precinct begins: the first one
// begins with the tile if the tile cuts it.
func (p *place) x() int64 { return max(p.positionX, int64(p.firstX+p.col)*p.stepX) }
func (p *place) y() int64 { return max(p.positionY, int64(p.firstY+p.row)*p.stepY) }
