package jpeg

// progressiveScan reads what a scan adds to the coefficients (T.81, annex G).
func (d *decoder) progressiveScan(sc *scan) error {
	var dropped [64]int16
	return d.forBlocks(sc, func(i, x, y int, in bool) error {
		c, block := sc.comps[i], &dropped
		if in {
			block = (*[64]int16)(c.coefs[64*(y*c.blocksX+x):])
		}
		switch {
		case sc.first > 0 && sc.refine:
			return d.refineAC(sc, block)
		case sc.first > 0:
			return d.firstAC(sc, block)
		case sc.refine:
			block[0] |= int16(d.bits.take(1) << sc.lowBit)
			return nil
		}
		dc, err := d.readDC(sc.dc[i], i)
		block[0] = int16(dc << sc.lowBit)
		return err
	})
}

// readRun sets how many blocks, this one among them, have nothing more.
func (d *decoder) readRun(n int) {
	d.eobRun = 1<<n + int(d.bits.take(uint(n)))
}

func (d *decoder) firstAC(sc *scan, block *[64]int16) error {
	if d.eobRun > 0 {
		d.eobRun--
		return nil
	}
	for k := sc.first; k <= sc.last; k++ {
		s := d.bits.decode(sc.ac[0])
		if s < 0 {
			return errCode
		}
		run, size := s>>4, uint(s&15)
		switch {
		case size != 0:
			if k += run; k > sc.last {
				return errCode
			}
			block[natural[k]] = int16(d.bits.takeSigned(size) << sc.lowBit)
		case run == 15:
			k += 15
		default:
			d.readRun(run)
			d.eobRun--
			return nil
		}
	}
	return nil
}

// refineAC reads a bit of each coefficient that is not 0 yet, and between them
// codes of those that become ±1: run counts the zeros that stay before.
func (d *decoder) refineAC(sc *scan, block *[64]int16) error {
	one := int16(1) << sc.lowBit
	k := sc.first
	for d.eobRun == 0 && k <= sc.last {
		s := d.bits.decode(sc.ac[0])
		if s < 0 {
			return errCode
		}
		run, value := s>>4, int16(0)
		switch {
		case s&15 == 1:
			if value = -one; d.bits.take(1) == 1 {
				value = one
			}
		case s&15 != 0:
			return errCode
		case run != 15:
			d.readRun(run)
		}
		if d.eobRun > 0 {
			break
		}
		if k = d.refineNonZero(block, k, sc.last, run, one); value != 0 {
			if k > sc.last {
				return errCode
			}
			block[natural[k]] = value
		}
		k++
	}
	if d.eobRun > 0 {
		d.refineNonZero(block, k, sc.last, 64, one)
		d.eobRun--
	}
	return nil
}

// refineNonZero refines coefficients from k on, passes by zeros, and returns the
// position of the zero after that many.
func (d *decoder) refineNonZero(block *[64]int16, k, last, zeros int, one int16) int {
	for ; k <= last; k++ {
		v := &block[natural[k]]
		if *v == 0 {
			if zeros == 0 {
				break
			}
			zeros--
			continue
		}
		if d.bits.take(1) == 1 && *v&one == 0 {
			if *v > 0 {
				*v += one
			} else {
				*v -= one
			}
		}
	}
	return k
}
