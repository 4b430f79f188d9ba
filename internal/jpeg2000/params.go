package jpeg2000

import (
	"errors"
	"fmt"
	"slices"
)

const maxLevels = 32

// maxPlanes is the number of bit-planes that an int32 holds beside its sign and
// a bit of fraction.
const maxPlanes = 30

// params says how a tile is coded: the main header's word, then the tile's.
type params struct {
	style      codingStyle
	components []componentParams
	shared     bool     // components are the main header's
	changes    []volume // progression order changes
	ownChanges bool     // they are this header's
}

// codingStyle is what COD says of all components.
type codingStyle struct {
	known    bool
	sop, eph bool
	order    int
	layers   int
	mix      bool // the first three components are transformed together
}

type componentParams struct {
	coding coding
	quant  quantization
	// Whether COC and QCC of this header gave them, so that COD and QCD do not.
	ownCoding, ownQuant bool
	roi                 int // shift of the region of interest
}

// coding is what COD and COC say of a component.
type coding struct {
	levels      int
	blockWidth  int // as powers of two, like all sizes here
	blockHeight int
	style       uint8
	reversible  bool
	precincts   [maxLevels + 1]struct{ x, y uint8 }
}

// quantization is what QCD and QCC say.
type quantization struct {
	known   bool
	style   int
	guard   int
	steps   int
	entries [3*maxLevels + 1]struct {
		exponent uint8
		mantissa uint16
	}
}

// volume is a part of a tile's packets in an order.
type volume struct {
	order                      int
	layers                     int // up to here
	fromResolution, resolution int
	fromComponent, component   int
}

func newParams(components int) params {
	return params{components: make([]componentParams, components)}
}

// inherit is what a tile starts from.
func (p params) inherit() params {
	p.shared, p.ownChanges = true, false
	return p
}

// unshare gives a tile components of its own, which few tiles need.
func (p *params) unshare() {
	if !p.shared {
		return
	}
	p.components, p.shared = slices.Clone(p.components), false
	for i := range p.components {
		p.components[i].ownCoding, p.components[i].ownQuant = false, false
	}
}

// read reads the marker segment of a header. Only a tile's first part may say
// how it is coded.
func (p *params) read(marker int, r *reader, first bool) error {
	if marker < 0xff00 {
		return fmt.Errorf("%#x where a marker should be", marker)
	}
	if marker >= 0xff30 && marker <= 0xff3f {
		return nil // without a segment
	}
	s, err := r.segment()
	if err != nil {
		return err
	}
	switch marker {
	case markerCOD, markerCOC, markerQCD, markerQCC, markerRGN:
		if !first {
			return fmt.Errorf("marker %#x in a later part", marker)
		}
		p.unshare()
	}
	switch marker {
	case markerSOC, markerSIZ, markerSOT, markerSOP, markerEPH, markerSOD, markerEOC:
		return fmt.Errorf("marker %#x in a header", marker)
	case markerPPM, markerPPT:
		return unsupported("packed packet headers (PPM, PPT)")
	case markerCOD:
		err = p.readCOD(&s)
	case markerCOC:
		err = p.readCOC(&s)
	case markerQCD:
		q := readQuantization(&s)
		for i := range p.components {
			if c := &p.components[i]; !c.ownQuant {
				c.quant = q
			}
		}
	case markerQCC:
		if i := s.index(len(p.components)); i < len(p.components) {
			p.components[i].quant, p.components[i].ownQuant = readQuantization(&s), true
		}
	case markerRGN:
		i := s.index(len(p.components))
		style, shift := s.u8(), s.u8()
		if style != 0 {
			return fmt.Errorf("RGN: style %d", style)
		}
		if i < len(p.components) {
			p.components[i].roi = shift
		}
	case markerPOC:
		err = p.readPOC(&s)
	}
	if err == nil && s.short {
		err = fmt.Errorf("marker segment %#x is too short", marker)
	}
	return err
}

func (p *params) readCOD(s *reader) error {
	style := s.u8()
	p.style = codingStyle{
		known: true,
		sop:   style&2 != 0,
		eph:   style&4 != 0,
		order: s.u8(), layers: s.u16(), mix: s.u8() == 1,
	}
	if p.style.order > 4 || p.style.layers == 0 {
		return fmt.Errorf("COD: progression %d, %d layers", p.style.order, p.style.layers)
	}
	c, err := readCoding(s, style&1 != 0)
	for i := range p.components {
		if !p.components[i].ownCoding {
			p.components[i].coding = c
		}
	}
	return err
}

func (p *params) readCOC(s *reader) error {
	i := s.index(len(p.components))
	c, err := readCoding(s, s.u8()&1 != 0)
	if i < len(p.components) {
		p.components[i].coding, p.components[i].ownCoding = c, true
	}
	return err
}

func readCoding(s *reader, precincts bool) (c coding, err error) {
	c.levels = s.u8()
	c.blockWidth, c.blockHeight = s.u8()&15+2, s.u8()&15+2
	c.style = uint8(s.u8())
	transform := s.u8()
	c.reversible = transform == 1
	switch {
	case s.short:
		return c, errors.New("COD or COC is too short")
	case c.levels > maxLevels || c.blockWidth > 10 || c.blockHeight > 10 || c.blockWidth+c.blockHeight > 12 || transform > 1:
		return c, fmt.Errorf("COD or COC: %d levels, code-blocks of %d×%d, transform %d", c.levels, 1<<c.blockWidth, 1<<c.blockHeight, transform)
	case c.style >= 0x40:
		return c, unsupported("code-block style %#x", c.style)
	}
	for r := range c.levels + 1 {
		size := 0xff
		if precincts {
			size = s.u8()
		}
		c.precincts[r].x, c.precincts[r].y = uint8(size&15), uint8(size>>4)
		if r > 0 && (size&15 == 0 || size>>4 == 0) && !s.short {
			return c, fmt.Errorf("COD or COC: a precinct of %d×%d", 1<<(size&15), 1<<(size>>4))
		}
	}
	return c, nil
}

func readQuantization(s *reader) (q quantization) {
	v := s.u8()
	q.known, q.style, q.guard = true, v&31, v>>5
	for q.steps < len(q.entries) && len(s.data) > 0 {
		e := &q.entries[q.steps]
		if q.style == 0 {
			e.exponent = uint8(s.u8() >> 3)
		} else {
			v := s.u16()
			e.exponent, e.mantissa = uint8(v>>11), uint16(v&0x7ff)
		}
		q.steps++
	}
	return q
}

// step is the entry of a subband: number 0 is LL, then three a resolution.
func (q *quantization) step(band int) (exponent, mantissa int) {
	if q.style == 1 && band > 0 {
		e := q.entries[0]
		return max(0, int(e.exponent)-(band-1)/3), int(e.mantissa)
	}
	e := q.entries[band]
	return int(e.exponent), int(e.mantissa)
}

func (p *params) readPOC(s *reader) error {
	if !p.ownChanges {
		p.changes, p.ownChanges = nil, true
	}
	for len(s.data) > 0 {
		var v volume
		n := len(p.components)
		v.fromResolution, v.fromComponent = s.u8(), s.index(n)
		v.layers, v.resolution = s.u16(), s.u8()
		v.component, v.order = s.index(n), s.u8()
		if v.component == 0 {
			v.component = n // 256 in one byte
		}
		if v.order > 4 {
			return fmt.Errorf("POC: progression %d", v.order)
		}
		// Each walks over all packets: some are enough.
		if len(p.changes) == 32 {
			return unsupported("more than 32 changes of the progression")
		}
		p.changes = append(p.changes, v)
	}
	return nil
}

// check tells whether all that decoding needs is there.
func (p *params) check() error {
	if !p.style.known {
		return errors.New("COD is missing")
	}
	for i := range p.components {
		c := &p.components[i]
		switch {
		case !c.quant.known:
			return errors.New("QCD is missing")
		case c.quant.style > 2:
			return fmt.Errorf("QCD: style %d", c.quant.style)
		case c.quant.steps == 0 || c.quant.style != 1 && c.quant.steps < 3*c.coding.levels+1:
			return fmt.Errorf("QCD: %d steps for %d levels", c.quant.steps, c.coding.levels)
		case c.roi > 37:
			return fmt.Errorf("RGN: a shift of %d", c.roi)
		}
	}
	return nil
}
