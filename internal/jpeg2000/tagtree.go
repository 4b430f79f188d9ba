package jpeg2000

// tagTree is a tag tree (T.800 B.10.2): every node holds the least value of
// those below it, and values are learned bit by bit.
type tagTree struct {
	levels []tagLevel // leaves first
}

type tagLevel struct {
	width int
	nodes []tagNode
}

// tagNode knows that its value is at least low, and exactly low if known.
type tagNode struct {
	low   int32
	known bool
}

// newTagTree makes a tree over width × height leaves.
func newTagTree(width, height int) tagTree {
	var t tagTree
	for {
		t.levels = append(t.levels, tagLevel{width, make([]tagNode, width*height)})
		if width*height <= 1 {
			return t
		}
		width, height = (width+1)/2, (height+1)/2
	}
}

// below reads bits until it is known whether the leaf's value is below the
// bound; if so, the value is the leaf's.
func (t *tagTree) below(r *bitReader, x, y int, bound int32) (value int32, is bool) {
	low := int32(0)
	for i := len(t.levels) - 1; i >= 0; i-- {
		l := &t.levels[i]
		n := &l.nodes[(y>>i)*l.width+x>>i]
		n.low = max(n.low, low)
		for !n.known && n.low < bound && !r.short {
			if r.bit() == 1 {
				n.known = true
			} else {
				n.low++
			}
		}
		if !n.known {
			return 0, false
		}
		low = n.low
	}
	return low, low < bound
}

// bitReader reads the bits of packet headers: a byte after 0xff has seven.
type bitReader struct {
	data  []byte
	at    int // bytes taken
	last  byte
	ct    int
	short bool // data ended too early
}

func (r *bitReader) bit() int {
	if r.ct == 0 {
		if r.at >= len(r.data) {
			r.short = true
			return 0
		}
		r.ct = 8
		if r.last == 0xff {
			r.ct = 7
		}
		r.last = r.data[r.at]
		r.at++
	}
	r.ct--
	return int(r.last>>r.ct) & 1
}

func (r *bitReader) bits(n int) int {
	v := 0
	for range n {
		v = v<<1 | r.bit()
	}
	return v
}

// align ends the header: its last byte is not 0xff.
func (r *bitReader) align() {
	r.ct = 0
	if r.last == 0xff {
		if r.at >= len(r.data) {
			r.short = true
			return
		}
		r.at++
	}
	r.last = 0
}
