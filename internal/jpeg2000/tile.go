package jpeg2000

import "math"

// The subbands, by the filters across and down.
const (
	bandLL = iota
	bandHL
	bandLH
	bandHH
)

// rect is a rectangle of a grid: x0 ≤ x < x1, y0 ≤ y < y1.
type rect struct{ x0, y0, x1, y1 int }

func (r rect) width() int  { return max(0, r.x1-r.x0) }
func (r rect) height() int { return max(0, r.y1-r.y0) }
func (r rect) empty() bool { return r.x0 >= r.x1 || r.y0 >= r.y1 }

func (r rect) intersect(s rect) rect {
	return rect{max(r.x0, s.x0), max(r.y0, s.y0), min(r.x1, s.x1), min(r.y1, s.y1)}
}

// tile is the geometry of a tile (T.800 annex B) and what packets told of it.
type tile struct {
	rect
	components []tileComponent
}

type tileComponent struct {
	rect // of its samples
	componentParams
	resolutions []resolution
}

type resolution struct {
	rect
	// Precincts of 2^logWidth × 2^logHeight samples; the first one's number on
	// the grid, and how many there are.
	logWidth, logHeight     int
	firstX, firstY          int
	across, down            int
	blockWidth, blockHeight int   // as powers of two, limited by the precinct
	stepX, stepY            int64 // of precincts on the reference grid
	bands                   []band
	precincts               map[int]*precinct // those that packets came for
	positionX, positionY    int64             // of the tile on the reference grid
	component               int
	style                   uint8 // of code-blocks
}

type band struct {
	rect
	kind     int
	planes   int     // bit-planes, of regions of interest too
	step     float32 // quantization step of the irreversible transform
	atX, atY int     // place in the component's plane
}

// precinct is a part of a resolution; packets bring its layers.
type precinct struct {
	layers int // that came
	bands  []precinctBand
}

type precinctBand struct {
	across, down     int // blocks
	blocks           []block
	inclusion, zeros tagTree
}

// block is a code-block as packets bring it.
type block struct {
	x, y, w, h int32 // in its band
	planes     int32
	passes     int32
	lengthBits int32
	segments   []segment
}

// segment is a codeword segment: passes that end together.
type segment struct {
	passes int
	data   []byte
}

// newTile lays out a tile.
func newTile(f *frame, index int, p *params) *tile {
	x, y := index%f.tilesAcross, index/f.tilesAcross
	t := &tile{components: make([]tileComponent, len(f.components))}
	t.rect = rect{
		f.tileX + x*f.tileWidth, f.tileY + y*f.tileHeight,
		f.tileX + min((x+1)*f.tileWidth, f.x1-f.tileX), f.tileY + min((y+1)*f.tileHeight, f.y1-f.tileY),
	}.intersect(rect{f.x0, f.y0, f.x1, f.y1})
	for i, c := range f.components {
		t.components[i] = newTileComponent(t.rect, c, p.components[i])
		for r := range t.components[i].resolutions {
			t.components[i].resolutions[r].component = i
		}
	}
	return t
}

func newTileComponent(t rect, c component, p componentParams) tileComponent {
	tc := tileComponent{
		rect:            rect{ceilDiv(t.x0, c.dx), ceilDiv(t.y0, c.dy), ceilDiv(t.x1, c.dx), ceilDiv(t.y1, c.dy)},
		componentParams: p,
		resolutions:     make([]resolution, p.coding.levels+1),
	}
	for r := range tc.resolutions {
		res := &tc.resolutions[r]
		down := p.coding.levels - r
		res.rect = tc.reduce(down, 0, 0)
		if res.empty() {
			continue
		}
		pw, ph := int(p.coding.precincts[r].x), int(p.coding.precincts[r].y)
		res.logWidth, res.logHeight = pw, ph
		res.firstX, res.firstY = res.x0>>pw, res.y0>>ph
		res.across = (res.x1-1)>>pw + 1 - res.firstX
		res.down = (res.y1-1)>>ph + 1 - res.firstY
		res.stepX, res.stepY = int64(c.dx)<<(pw+down), int64(c.dy)<<(ph+down)
		res.positionX, res.positionY = int64(t.x0), int64(t.y0)
		res.precincts = map[int]*precinct{}
		res.style = p.coding.style
		if r > 0 {
			pw, ph = pw-1, ph-1
		}
		res.blockWidth, res.blockHeight = min(p.coding.blockWidth, pw), min(p.coding.blockHeight, ph)
		if r == 0 {
			res.bands = []band{newBand(&tc, c, 0, bandLL, down)}
			continue
		}
		low := tc.resolutions[r-1].rect
		for kind := bandHL; kind <= bandHH; kind++ {
			b := newBand(&tc, c, r, kind, down+1)
			if kind&1 != 0 {
				b.atX = low.width()
			}
			if kind&2 != 0 {
				b.atY = low.height()
			}
			res.bands = append(res.bands, b)
		}
	}
	return tc
}

// reduce is the rectangle n levels down; high is 1 in the high-pass direction.
func (r rect) reduce(n, highX, highY int) rect {
	on := func(a, high int) int {
		if n == 0 {
			return a
		}
		one := int64(1) << n
		return int((int64(a) - int64(high)*one/2 + one - 1) >> n)
	}
	return rect{on(r.x0, highX), on(r.y0, highY), on(r.x1, highX), on(r.y1, highY)}
}

// newBand lays out a subband n levels down (T.800 equations B-15, E-2 to E-5).
func newBand(tc *tileComponent, c component, r, kind, n int) band {
	number := 0
	if r > 0 {
		number = 3*(r-1) + kind
	}
	exponent, mantissa := tc.quant.step(number)
	gain := kind&1 + kind>>1
	return band{
		rect:   tc.reduce(n, kind&1, kind>>1),
		kind:   kind,
		planes: tc.quant.guard + exponent - 1 + tc.roi,
		step:   float32(math.Ldexp(1+float64(mantissa)/2048, c.depth+gain-exponent)),
	}
}

// newPrecinctBands lays out the blocks of a precinct.
func (res *resolution) newPrecinctBands(index int) []precinctBand {
	x, y := res.firstX+index%res.across, res.firstY+index/res.across
	w, h := res.logWidth, res.logHeight
	if res.bands[0].kind != bandLL {
		w, h = w-1, h-1
	}
	bands := make([]precinctBand, len(res.bands))
	for i := range bands {
		b, pb := &res.bands[i], &bands[i]
		area := rect{x << w, y << h, (x + 1) << w, (y + 1) << h}.intersect(b.rect)
		if area.empty() {
			continue
		}
		bw, bh := res.blockWidth, res.blockHeight
		x0, y0 := area.x0>>bw, area.y0>>bh
		pb.across, pb.down = (area.x1-1)>>bw+1-x0, (area.y1-1)>>bh+1-y0
		pb.blocks = make([]block, pb.across*pb.down)
		for i := range pb.blocks {
			x, y := x0+i%pb.across, y0+i/pb.across
			in := rect{x << bw, y << bh, (x + 1) << bw, (y + 1) << bh}.intersect(area)
			pb.blocks[i] = block{
				x: int32(in.x0 - b.x0), y: int32(in.y0 - b.y0), w: int32(in.width()), h: int32(in.height()),
				lengthBits: 3,
			}
		}
		pb.inclusion, pb.zeros = newTagTree(pb.across, pb.down), newTagTree(pb.across, pb.down)
	}
	return bands
}
