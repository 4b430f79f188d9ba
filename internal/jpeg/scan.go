package jpeg

// scan is one pass over some of the components.
type scan struct {
	comps        []*component
	dc, ac       []*huffman
	first, last  int  // coefficients in the zigzag order
	refine       bool // of the bits before lowBit the scans before had all
	lowBit       uint // position of the bit that the scan ends with
	mcusX, mcusY int
}

// readScan reads a scan header and the data that follow. It reports whether the
// image is complete with it whatever follows.
func (d *decoder) readScan(s []byte) (whole bool, err error) {
	sc, err := d.newScan(s)
	if err != nil {
		return false, err
	}
	d.bits = bitReader{data: d.data, at: d.at}
	if d.progressive {
		err = d.progressiveScan(sc)
	} else {
		err = d.sequentialScan(sc)
	}
	d.at = d.bits.reset()
	return !d.progressive && len(sc.comps) == len(d.comps), err
}

func (d *decoder) newScan(s []byte) (*scan, error) {
	if d.comps == nil {
		return nil, errorf("a scan before the frame header")
	}
	if len(s) < 1 || s[0] < 1 || s[0] > 4 || len(s) != 4+2*int(s[0]) {
		return nil, errorf("a scan header of %d bytes", len(s))
	}
	if d.scans++; d.scans > maxScans {
		return nil, errorf("more than %d scans", maxScans)
	}
	if d.scans == 1 {
		d.space = d.guessColours()
	}
	n := int(s[0])
	p := s[1+2*n:]
	sc := &scan{first: int(p[0]), last: int(p[1]), refine: p[2]>>4 != 0, lowBit: uint(p[2] & 15)}
	if err := d.checkProgression(sc, n, uint(p[2]>>4)); err != nil {
		return nil, err
	}
	blocks := 0
	for i := range n {
		c, err := d.scanComponent(sc, s[1+2*i])
		if err != nil {
			return nil, err
		}
		sc.comps = append(sc.comps, c)
		blocks += c.h * c.v
		dc, ac, err := d.tables(sc, s[2+2*i])
		if err != nil {
			return nil, err
		}
		sc.dc, sc.ac = append(sc.dc, dc), append(sc.ac, ac)
	}
	sc.mcusX, sc.mcusY = ceilDiv(d.width, 8*d.hMax), ceilDiv(d.height, 8*d.vMax)
	if n == 1 {
		sc.mcusX, sc.mcusY = sc.comps[0].blocksX, sc.comps[0].blocksY
	} else if blocks > 10 {
		return nil, errorf("a scan has units of %d blocks, want at most 10", blocks)
	}
	return sc, nil
}

func (d *decoder) checkProgression(sc *scan, comps int, highBit uint) error {
	if !d.progressive {
		// Libjpeg does not mind what sequential files say here.
		sc.first, sc.last, sc.refine, sc.lowBit = 0, 63, false, 0
		return nil
	}
	wrong := sc.first > sc.last || sc.last > 63 || sc.lowBit > 13
	if sc.first == 0 {
		wrong = wrong || sc.last != 0
	} else {
		wrong = wrong || comps != 1
	}
	if wrong || sc.refine && highBit != sc.lowBit+1 {
		return errorf("a scan of coefficients %d to %d and bits %d to %d of %d components", sc.first, sc.last, highBit, sc.lowBit, comps)
	}
	return nil
}

// scanComponent finds a component and notes what the scan has of it. Each bit
// may come once: libjpeg is content with less, but this bounds the work.
func (d *decoder) scanComponent(sc *scan, id uint8) (*component, error) {
	for i := range d.comps {
		c := &d.comps[i]
		if c.id != id || contains(sc.comps, c) {
			continue
		}
		if !c.seen {
			if !d.haveQuant[c.quantIndex] {
				return nil, errorf("quantization table %d of component %d is missing", c.quantIndex, i)
			}
			c.quant, c.seen = d.quant[c.quantIndex], true
		} else if !d.progressive {
			return nil, errorf("two scans have component %d", i)
		}
		for k := sc.first; k <= sc.last && d.progressive; k++ {
			before := c.bit[k]
			if sc.refine != (before != 0) || sc.refine && uint(before) != sc.lowBit+2 {
				return nil, errorf("the scans of coefficient %d of component %d are in disorder", k, i)
			}
			c.bit[k] = uint8(sc.lowBit + 1)
		}
		return c, nil
	}
	return nil, errorf("a scan of component %d, which the frame does not have", id)
}

func contains(l []*component, c *component) bool {
	for _, o := range l {
		if o == c {
			return true
		}
	}
	return false
}

// tables returns the Huffman tables that a component needs in a scan.
func (d *decoder) tables(sc *scan, index uint8) (dc, ac *huffman, err error) {
	if sc.first == 0 && !sc.refine {
		if dc, err = d.table(d.dc, 0, index>>4); err != nil {
			return nil, nil, err
		}
	}
	if sc.last > 0 {
		ac, err = d.table(d.ac, 1, index&15)
	}
	return dc, ac, err
}

func (d *decoder) table(have [4]*huffman, class, index uint8) (*huffman, error) {
	switch {
	case index < 4 && have[index] != nil:
		return have[index], nil
	case index < 2 && !d.progressive:
		return defaultTable(class, index)
	}
	return nil, errorf("Huffman table %d of class %d is missing", index, class)
}

// forBlocks calls f for each block of a scan in the order of the data, with
// component i of the scan and the position of the block. Blocks that only fill
// up the last units have in = false: their data are read and dropped.
func (d *decoder) forBlocks(sc *scan, f func(i, x, y int, in bool) error) error {
	d.predictors, d.eobRun = [4]int32{}, 0
	left, nextRestart := d.restart, uint8(0)
	for my := range sc.mcusY {
		for mx := range sc.mcusX {
			if d.restart > 0 {
				if left == 0 {
					if err := d.readRestart(nextRestart); err != nil {
						return err
					}
					left, nextRestart = d.restart, (nextRestart+1)&7
				}
				left--
			}
			if len(sc.comps) == 1 {
				if err := f(0, mx, my, true); err != nil {
					return err
				}
			} else {
				for i, c := range sc.comps {
					for b := range c.h * c.v {
						x, y := mx*c.h+b%c.h, my*c.v+b/c.h
						if err := f(i, x, y, x < c.blocksX && y < c.blocksY); err != nil {
							return err
						}
					}
				}
			}
			if d.bits.short() {
				return errorf("the data of a scan end too early, in row %d of %d units", my, sc.mcusY)
			}
		}
	}
	return nil
}

func (d *decoder) readRestart(n uint8) error {
	d.at = d.bits.reset()
	m, err := d.nextMarker()
	if err != nil {
		return err
	}
	if m != markerRST0+n {
		return errorf("marker %#x where restart marker %d is due", m, n)
	}
	d.bits.at = d.at
	d.predictors, d.eobRun = [4]int32{}, 0
	return nil
}

var errCode = errorf("the data have a code that is none")

// readDC reads the difference to the DC coefficient before.
func (d *decoder) readDC(h *huffman, i int) (int32, error) {
	n := d.bits.decode(h)
	if n < 0 || n > 15 {
		return 0, errCode
	}
	d.predictors[i] += d.bits.takeSigned(uint(n))
	return d.predictors[i], nil
}

func (d *decoder) sequentialScan(sc *scan) error {
	var block [64]int16
	return d.forBlocks(sc, func(i, x, y int, in bool) error {
		dc, err := d.readDC(sc.dc[i], i)
		if err != nil {
			return err
		}
		block[0] = int16(dc)
		r, h := &d.bits, sc.ac[i]
		flat := true
		for k := 1; k < 64; k++ {
			s := r.decode(h)
			if s < 0 {
				return errCode
			}
			run, size := s>>4, uint(s&15)
			if size == 0 {
				if run != 15 {
					break
				}
				k += 15
				continue
			}
			if k += run; k > 63 {
				return errCode
			}
			block[natural[k]] = int16(r.takeSigned(size))
			flat = false
		}
		c := sc.comps[i]
		if flat {
			if in {
				inverseFlat(c.plane[8*(y*c.stride()+x):], c.stride(), block[0], c.quant[0])
			}
			return nil
		}
		if in {
			inverse(c.plane[8*(y*c.stride()+x):], c.stride(), &block, &c.quant)
		}
		block = [64]int16{}
		return nil
	})
}
