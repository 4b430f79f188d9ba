package igemm

import (
	"github.com/onnxrun/onnxrun/internal/par"
)

// A convolution whose features see one channel each is too thin for a product:
// it is computed plane by plane, from a copy of the plane with its padding that
// stays in the first cache. Four neighbours along a row of the kernel, a tap,
// are one operand of the instruction that adds up four products; a shuffle lays
// them out.

// plane is how a channel is convolved.
type plane struct {
	in, out       [2]int // rows and columns
	head          [2]int // of the padding
	kernel        [2]int
	stride        [2]int
	height, pitch int // of the copy
	at            []int
	flat          bool // all columns of the copy are convolved as one row
}

// slack is how many bytes past the last window are read.
const slack = 128

// planeOf returns how the channels are convolved, nil if they cannot be.
func (c *Conv) planeOf() *plane {
	if c.Channels != c.Group || len(c.Dims) > 2 {
		return nil
	}
	p := &plane{in: [2]int{1, 1}, out: [2]int{1, 1}, kernel: [2]int{1, 1}, stride: [2]int{1, 1}}
	for i, d := range c.Dims {
		if d.Dilation != 1 {
			return nil
		}
		i += 2 - len(c.Dims)
		p.in[i], p.out[i], p.head[i], p.kernel[i], p.stride[i] = d.In, d.Out, d.Head, d.Kernel, d.Stride
	}
	if p.stride[1] > 2 {
		return nil
	}
	p.height = (p.out[0]-1)*p.stride[0] + p.kernel[0]
	p.pitch = (p.out[1]-1)*p.stride[1] + p.kernel[1]
	if float64(p.height)*float64(p.pitch) > 16*float64(p.in[0]*p.in[1]+p.out[0]*p.out[1])+4096 {
		return nil
	}
	for y := range p.kernel[0] {
		for x := 0; x < p.kernel[1]; x += 4 {
			p.at = append(p.at, y*p.pitch+x)
		}
	}
	if p.stride == [2]int{1, 1} {
		rows, all := p.out[0]*((p.out[1]+63)/64), (p.flatColumns()+63)/64
		p.flat = rows > all+p.out[0]/8
	}
	return p
}

// flatColumns returns the columns of the copy that are convolved as one row.
func (p *plane) flatColumns() int { return (p.out[0]-1)*p.pitch + p.out[1] }

// tapsOf lays out the weights of features, each row of the kernel in units of
// four, and returns the sums of the features' weights.
func (p *plane) tapsOf(w []byte, features int, flip byte) (taps, sums []int32) {
	taps, sums = make([]int32, features*len(p.at)), make([]int32, features)
	i := 0
	for f := range features {
		for range p.kernel[0] {
			for x := 0; x < p.kernel[1]; x += 4 {
				n := min(4, p.kernel[1]-x)
				for b := range n {
					v := w[b] ^ flip
					taps[i] |= int32(uint32(v) << (8 * b))
					sums[f] += int32(int8(v))
				}
				w = w[n:]
				i++
			}
		}
	}
	return taps, sums
}

// separate convolves each channel on its own, and reports whether it has.
func (c *Conv) separate(pool *par.Pool, x []byte, signed bool, zero int32, f *Filter, zeros []int32, out Output) bool {
	p := c.plane
	to, ok := out.(*Bytes)
	if p == nil || !ok || !separable() {
		return false
	}
	moveW := int32(0)
	if !f.signed {
		moveW = -128
	}
	for _, z := range zeros {
		if z+moveW != 0 {
			return false
		}
	}
	if len(zeros) == 0 && moveW != 0 {
		return false
	}
	f.layTaps(p)
	s := separation{plane: p, f: f, to: to, x: x, each: c.Features / c.Group}
	s.inside[0] = max(min(p.in[0], p.height-p.head[0]), 0)
	s.inside[1] = max(min(p.in[1], p.pitch-p.head[1]), 0)
	s.padding, s.move = byte(zero), zero
	if signed {
		s.flip = 0x80
		s.padding ^= 0x80
		s.move += 128
	}
	par.Each(pool, c.Channels, 1+(1<<12)/(p.out[0]*p.out[1]), s)
	return true
}

// layTaps lays out the taps at the first use.
func (f *Filter) layTaps(p *plane) {
	f.planes.Do(func() {
		f.taps, f.tapSums = p.tapsOf(f.weights, f.m, flipUnless(f.signed))
	})
}

// separation is one convolution of planes.
type separation struct {
	*plane
	f       *Filter
	to      *Bytes
	x       []byte
	each    int    // features of a channel
	inside  [2]int // rows and columns of a plane that are seen
	padding byte
	flip    byte
	move    int32 // the zero point of the unsigned image
}

// Part convolves some of the channels.
func (s *separation) Part(lo, hi int) {
	w := getWork()
	defer w.put()
	in := s.in[0] * s.in[1]
	w.a = sized(w.a, s.height*s.pitch+slack)
	grid := w.a
	for i := range grid {
		grid[i] = s.padding
	}
	columns := s.flatColumns()
	if s.flat {
		w.out = sized(w.out, columns)
	}
	for ch := lo; ch < hi; ch++ {
		if s.inside[0] > 0 && s.inside[1] > 0 {
			copyBlock(s.inside[0], s.inside[1], grid[s.head[0]*s.pitch+s.head[1]:], s.pitch, s.x[ch*in:(ch+1)*in], s.in[1], s.flip)
		}
		for i := ch * s.each; i < (ch+1)*s.each; i++ {
			t := &tapRow{at: s.at, weights: s.f.taps[i*len(s.at) : (i+1)*len(s.at)], add: -s.move * s.f.tapSums[i], to: s.to}
			if s.to.RowBias != nil {
				t.add += s.to.RowBias[i]
			}
			t.mul = s.to.Multipliers[0]
			if len(s.to.Multipliers) > 1 {
				t.mul = s.to.Multipliers[i]
			}
			dst := s.to.C[i*s.to.Ld:][:s.out[0]*s.out[1]]
			if s.flat {
				separateRows(1, 1, columns, w.out, columns, grid, 0, t)
				copyBlock(s.out[0], s.out[1], dst, s.out[1], w.out, s.pitch, 0)
			} else {
				separateRows(s.stride[1], s.out[0], s.out[1], dst, s.out[1], grid, s.stride[0]*s.pitch, t)
			}
		}
	}
}

// tapRow is the kernel of a feature.
type tapRow struct {
	at      []int   // where the taps begin
	weights []int32 // four bytes each
	add     int32
	mul     float32
	to      *Bytes
}
