package igemm

// scaling is how the rows of a tile become bytes while they are in registers:
//
//	max(saturate(round(min((sum + adds)·muls, hi)) + zero), lo) ^ flip
//
// of an unsigned type. The assembly knows its layout.
type scaling struct {
	adds  [12]int32
	muls  [12]float32
	order [8]int32
	hi    float32
	lo    int16
	zero  int16
	flip  byte
}

// scaled returns where sums become bytes if nothing but a number for each row
// is added to them, and the micro-kernel can do that; nil otherwise.
func (e *engine) scaled() *Bytes {
	if !e.tile.bytes || e.signedA != 1 || e.k == 0 || e.rows == nil || e.bias != nil || len(e.zb) != 1 || !isZero(e.za) {
		return nil
	}
	out := e.out
	if s, ok := out.(*spaced); ok {
		out = s.to
	}
	if o, ok := out.(*Bytes); ok && (o.PerRow || len(o.Multipliers) == 1) {
		return o
	}
	return nil
}

// partBytes is part where scaled is not nil. cols is how many columns from jc on,
// b their panels.
func (e *engine) partBytes(o *Bytes, i0, i1, jc, cols, units, panels int, b []byte, w *work) {
	t := e.tile
	s := &w.scaling
	s.order = [8]int32{0, 2, 4, 6, 1, 3, 5, 7}
	s.flip, s.zero = 0, int16(o.Zero)
	if o.Lo < 0 {
		s.flip, s.zero = 0x80, int16(o.Zero+128)
	}
	s.lo, s.hi = s.zero+int16(o.Lo-o.Zero), float32(o.Hi-o.Zero)
	ld := panels * t.nr
	w.out = sized(w.out, t.mr*ld)
	gaps, _ := e.out.(*spaced)
	for i := i0; i < i1; i += t.mr {
		rows := min(t.mr, i1-i)
		for r := range rows {
			add, _ := e.zeros(i+r, jc, nil, 0, r, nil, nil, cols, w)
			if o.RowBias != nil {
				add += o.RowBias[i+r]
			}
			s.adds[r], s.muls[r] = add, o.Multipliers[0]
			if len(o.Multipliers) > 1 {
				s.muls[r] = o.Multipliers[i+r]
			}
		}
		runBytes(rows, units, panels, e.rows.data[i*e.rows.lda:], e.rows.lda, b, w.out, ld, s)
		if gaps == nil {
			copyBlock(rows, cols, o.C[i*o.Ld+jc:], o.Ld, w.out, ld, 0)
			continue
		}
		for r := range rows {
			gaps.conv.copyBytes(o.C[(i+r)*o.Ld:], w.out[r*ld:r*ld+cols], jc)
		}
	}
}
