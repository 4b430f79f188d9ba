package jpeg2000

// mqState is a row of the probability table of the arithmetic coder (T.800
// table C.2).
type mqState struct {
	qe         uint32
	mps, lps   uint8
	switchSign uint8
}

var mqStates = [47]mqState{
	{0x5601, 1, 1, 1}, {0x3401, 2, 6, 0}, {0x1801, 3, 9, 0}, {0x0ac1, 4, 12, 0},
	{0x0521, 5, 29, 0}, {0x0221, 38, 33, 0}, {0x5601, 7, 6, 1}, {0x5401, 8, 14, 0},
	{0x4801, 9, 14, 0}, {0x3801, 10, 14, 0}, {0x3001, 11, 17, 0}, {0x2401, 12, 18, 0},
	{0x1c01, 13, 20, 0}, {0x1601, 29, 21, 0}, {0x5601, 15, 14, 1}, {0x5401, 16, 14, 0},
	{0x5101, 17, 15, 0}, {0x4801, 18, 16, 0}, {0x3801, 19, 17, 0}, {0x3401, 20, 18, 0},
	{0x3001, 21, 19, 0}, {0x2801, 22, 19, 0}, {0x2401, 23, 20, 0}, {0x2201, 24, 21, 0},
	{0x1c01, 25, 22, 0}, {0x1801, 26, 23, 0}, {0x1601, 27, 24, 0}, {0x1401, 28, 25, 0},
	{0x1201, 29, 26, 0}, {0x1101, 30, 27, 0}, {0x0ac1, 31, 28, 0}, {0x09c1, 32, 29, 0},
	{0x08a1, 33, 30, 0}, {0x0521, 34, 31, 0}, {0x0441, 35, 32, 0}, {0x02a1, 36, 33, 0},
	{0x0221, 37, 34, 0}, {0x0141, 38, 35, 0}, {0x0111, 39, 36, 0}, {0x0085, 40, 37, 0},
	{0x0049, 41, 38, 0}, {0x0025, 42, 39, 0}, {0x0015, 43, 40, 0}, {0x0009, 44, 41, 0},
	{0x0005, 45, 42, 0}, {0x0001, 45, 43, 0}, {0x5601, 46, 46, 0},
}

// The contexts: nine of zero coding, five of sign coding, three of magnitude
// refinement, one of runs and the uniform one.
const (
	contextSign    = 9
	contextRefine  = 14
	contextRun     = 17
	contextUniform = 18
	contexts       = 19
)

// mqDecoder is the adaptive binary arithmetic decoder of T.800 annex C. Past
// the end of its bytes it reads ones, as the standard has it.
type mqDecoder struct {
	data []byte
	at   int
	c, a uint32
	ct   int
	ctx  [contexts]struct{ state, mps uint8 }
}

func (m *mqDecoder) resetContexts() {
	clear(m.ctx[:])
	m.ctx[0].state = 4
	m.ctx[contextRun].state = 3
	m.ctx[contextUniform].state = 46
}

// start begins a codeword segment; the contexts stay.
func (m *mqDecoder) start(data []byte) {
	m.data, m.at = data, 0
	m.c = uint32(m.byteAt(0)) << 16
	m.fill()
	m.c <<= 7
	m.ct -= 7
	m.a = 0x8000
}

func (m *mqDecoder) byteAt(i int) byte {
	if i < len(m.data) {
		return m.data[i]
	}
	return 0xff
}

// fill takes in a byte: seven bits after 0xff, and ones once a marker or the
// end is reached.
func (m *mqDecoder) fill() {
	next := m.byteAt(m.at + 1)
	switch {
	case m.byteAt(m.at) != 0xff:
		m.at++
		m.c += uint32(next) << 8
		m.ct = 8
	case next > 0x8f:
		m.c += 0xff00
		m.ct = 8
	default:
		m.at++
		m.c += uint32(next) << 9
		m.ct = 7
	}
}

// bit decodes a decision in a context.
func (m *mqDecoder) bit(context uint8) uint8 {
	x := &m.ctx[context]
	s := &mqStates[x.state]
	d := x.mps
	m.a -= s.qe
	if m.c>>16 < s.qe {
		// The lower interval: the less probable symbol unless it is the larger.
		if m.a < s.qe {
			x.state = s.mps
		} else {
			d ^= 1
			x.mps ^= s.switchSign
			x.state = s.lps
		}
		m.a = s.qe
	} else {
		m.c -= s.qe << 16
		if m.a&0x8000 != 0 {
			return d
		}
		if m.a < s.qe {
			d ^= 1
			x.mps ^= s.switchSign
			x.state = s.lps
		} else {
			x.state = s.mps
		}
	}
	for {
		if m.ct == 0 {
			m.fill()
		}
		m.a <<= 1
		m.c <<= 1
		m.ct--
		if m.a&0x8000 != 0 {
			return d
		}
	}
}

// rawDecoder reads the bits of passes that bypass the arithmetic coder: a byte
// after 0xff has seven.
type rawDecoder struct {
	data []byte
	last byte
	ct   int
}

func (r *rawDecoder) start(data []byte) { *r = rawDecoder{data: data} }

func (r *rawDecoder) bit() uint8 {
	if r.ct == 0 {
		r.ct = 8
		if r.last == 0xff {
			r.ct = 7
		}
		r.last = 0xff
		if len(r.data) > 0 {
			r.last = r.data[0]
			r.data = r.data[1:]
		}
	}
	r.ct--
	return r.last >> r.ct & 1
}
