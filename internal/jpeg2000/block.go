package jpeg2000

// Code-block styles (T.800 table A.19). Predictable termination asks nothing
// of a decoder.
const (
	styleBypass  = 1 << iota // late passes hold raw bits
	styleReset               // contexts start anew with each pass
	styleTermAll             // every pass is a codeword segment
	styleCausal              // contexts do not look into the next stripe
	stylePredictable
	styleSymbols // a marker ends every cleanup pass
)

// Flags of a sample: which neighbours are significant, which of those beside
// it are negative, and its own state.
const (
	sigN = 1 << iota
	sigS
	sigW
	sigE
	sigNW
	sigNE
	sigSW
	sigSE
	negN
	negS
	negW
	negE
	significant
	visited
	refined

	sigAny  = 0xff
	southOf = sigS | sigSW | sigSE | negS
)

// zeroContexts maps the significance of the neighbours to the context of zero
// coding (T.800 table D.1), by orientation of the subband.
var zeroContexts = func() (t [4][256]uint8) {
	for flags := range 256 {
		count := func(mask ...int) (n int) {
			for _, m := range mask {
				if flags&m != 0 {
					n++
				}
			}
			return n
		}
		h, v, d := count(sigW, sigE), count(sigN, sigS), count(sigNW, sigNE, sigSW, sigSE)
		t[bandLL][flags] = zeroContext(h, v, d)
		t[bandLH][flags] = zeroContext(h, v, d)
		t[bandHL][flags] = zeroContext(v, h, d)
		t[bandHH][flags] = zeroContextDiagonal(h+v, d)
	}
	return t
}()

func zeroContext(h, v, d int) uint8 {
	switch {
	case h == 2:
		return 8
	case h == 1 && v >= 1:
		return 7
	case h == 1 && d >= 1:
		return 6
	case h == 1:
		return 5
	case v > 0:
		return uint8(2 + v)
	}
	return uint8(min(d, 2))
}

func zeroContextDiagonal(hv, d int) uint8 {
	switch {
	case d >= 3:
		return 8
	case d == 2:
		return uint8(6 + min(hv, 1))
	case d == 1:
		return uint8(3 + min(hv, 2))
	}
	return uint8(min(hv, 2))
}

// signContexts maps the flags of the four neighbours (significance in the low
// four bits, signs above) to the context of sign coding and, in bit 7, whether
// the decision is to be turned around (T.800 tables D.2 and D.3).
var signContexts = func() (t [256]uint8) {
	for i := range t {
		of := func(sig, neg int) int {
			switch {
			case i&sig == 0:
				return 0
			case i&(neg>>4) != 0:
				return -1
			}
			return 1
		}
		h := max(-1, min(1, of(sigW, negW)+of(sigE, negE)))
		v := max(-1, min(1, of(sigN, negN)+of(sigS, negS)))
		flip := uint8(0)
		if h < 0 || h == 0 && v < 0 {
			h, v, flip = -h, -v, 0x80
		}
		context := 0
		if h == 0 {
			context = v
		} else {
			context = 3 + v
		}
		t[i] = uint8(contextSign+context) | flip
	}
	return t
}()

// blockDecoder decodes code-blocks (T.800 annex D). Its memory is reused.
type blockDecoder struct {
	mq     mqDecoder
	raw    rawDecoder
	w, h   int
	stride int      // of flags
	flags  []uint16 // of the samples, with a border of one
	// values are sign and magnitude as plain integers with one bit of
	// fraction: what is known of a magnitude, plus one half of what is not.
	values []int32
	zero   *[256]uint8
	style  uint8
}

// decode decodes a block of w × h samples with the given number of magnitude
// bit-planes, which is at most maxPlanes.
func (d *blockDecoder) decode(w, h, band, planes int, style uint8, segments []segment) []int32 {
	d.w, d.h, d.stride, d.style = w, h, w+2, style
	d.flags = zeroed(d.flags, (w+2)*(h+2))
	d.values = zeroed(d.values, w*h)
	d.zero = &zeroContexts[band]
	d.mq.resetContexts()
	pass := 0
	for _, s := range segments {
		if s.passes == 0 {
			continue
		}
		raw := isRaw(style, pass)
		if raw {
			d.raw.start(s.data)
		} else {
			d.mq.start(s.data)
		}
		for range s.passes {
			plane := planes - 1 - (pass+2)/3
			if plane < 0 {
				return d.values
			}
			one := int32(2) << plane
			switch (pass + 2) % 3 {
			case 0:
				d.significancePass(one, raw)
			case 1:
				d.refinementPass(one, raw)
			case 2:
				d.cleanupPass(one)
			}
			if style&styleReset != 0 {
				d.mq.resetContexts()
			}
			pass++
		}
	}
	return d.values
}

// isRaw tells whether a pass bypasses the arithmetic coder: those other than
// cleanup, from the fifth bit-plane on.
func isRaw(style uint8, pass int) bool {
	return style&styleBypass != 0 && pass >= 10 && (pass+2)%3 < 2
}

func zeroed[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	s = s[:n]
	clear(s)
	return s
}

// view is the flags of a sample as contexts see them.
func (d *blockDecoder) view(f uint16, y int) uint16 {
	if d.style&styleCausal != 0 && y&3 == 3 {
		return f &^ southOf
	}
	return f
}

// sign decodes a sign: 1 is negative.
func (d *blockDecoder) sign(f uint16) uint8 {
	c := signContexts[f&15|f>>4&0xf0]
	return d.mq.bit(c&0x7f) ^ c>>7
}

// set makes a sample significant.
func (d *blockDecoder) set(x, y int, sign uint8, one int32) {
	v := one | one>>1
	at := (y+1)*d.stride + x + 1
	f := d.flags
	f[at] |= significant
	n, s := at-d.stride, at+d.stride
	f[n-1] |= sigSE
	f[n+1] |= sigSW
	f[s-1] |= sigNE
	f[s+1] |= sigNW
	if sign != 0 {
		v = -v
		f[n] |= sigS | negS
		f[s] |= sigN | negN
		f[at-1] |= sigE | negE
		f[at+1] |= sigW | negW
	} else {
		f[n] |= sigS
		f[s] |= sigN
		f[at-1] |= sigE
		f[at+1] |= sigW
	}
	d.values[y*d.w+x] = v
}

// significancePass visits what has significant neighbours (T.800 D.3.1).
func (d *blockDecoder) significancePass(one int32, raw bool) {
	for top := 0; top < d.h; top += 4 {
		bottom := min(top+4, d.h)
		for x := range d.w {
			for y := top; y < bottom; y++ {
				at := (y+1)*d.stride + x + 1
				f := d.view(d.flags[at], y)
				if f&significant != 0 || f&sigAny == 0 {
					continue
				}
				d.flags[at] |= visited
				switch {
				case !raw:
					if d.mq.bit(d.zero[f&sigAny]) != 0 {
						d.set(x, y, d.sign(f), one)
					}
				case d.raw.bit() != 0:
					d.set(x, y, d.raw.bit(), one)
				}
			}
		}
	}
}

// refinementPass gives a bit to what was significant before (T.800 D.3.3).
func (d *blockDecoder) refinementPass(one int32, raw bool) {
	half := one >> 1
	for top := 0; top < d.h; top += 4 {
		bottom := min(top+4, d.h)
		for x := range d.w {
			for y := top; y < bottom; y++ {
				at := (y+1)*d.stride + x + 1
				f := d.flags[at]
				if f&(significant|visited) != significant {
					continue
				}
				var bit uint8
				switch {
				case raw:
					bit = d.raw.bit()
				case f&refined != 0:
					bit = d.mq.bit(contextRefine + 2)
				case d.view(f, y)&sigAny != 0:
					bit = d.mq.bit(contextRefine + 1)
				default:
					bit = d.mq.bit(contextRefine)
				}
				d.flags[at] = f | refined
				// The magnitude was at the middle of an interval of 2·one.
				move := half
				if bit == 0 {
					move = -half
				}
				if v := &d.values[y*d.w+x]; *v < 0 {
					*v -= move
				} else {
					*v += move
				}
			}
		}
	}
}

// cleanupPass visits what the other passes left out (T.800 D.3.4).
func (d *blockDecoder) cleanupPass(one int32) {
	for top := 0; top < d.h; top += 4 {
		bottom := min(top+4, d.h)
		for x := range d.w {
			y := top
			if bottom == top+4 && d.quiet(x, top) {
				if d.mq.bit(contextRun) == 0 {
					continue
				}
				y += int(d.mq.bit(contextUniform)) << 1
				y += int(d.mq.bit(contextUniform))
				at := (y+1)*d.stride + x + 1
				d.set(x, y, d.sign(d.view(d.flags[at], y)), one)
				y++
			}
			for ; y < bottom; y++ {
				at := (y+1)*d.stride + x + 1
				f := d.view(d.flags[at], y)
				if f&(significant|visited) == 0 && d.mq.bit(d.zero[f&sigAny]) != 0 {
					d.set(x, y, d.sign(f), one)
				}
			}
			for y := top; y < bottom; y++ {
				d.flags[(y+1)*d.stride+x+1] &^= visited
			}
		}
	}
	if d.style&styleSymbols != 0 {
		for range 4 {
			d.mq.bit(contextUniform)
		}
	}
}

// quiet tells whether the four samples of a stripe's column are insignificant,
// not visited, and without significant neighbours.
func (d *blockDecoder) quiet(x, top int) bool {
	at := (top+1)*d.stride + x + 1
	s := d.stride
	f := d.flags
	return (f[at]|f[at+s]|f[at+2*s]|d.view(f[at+3*s], 3))&(sigAny|significant|visited) == 0
}
