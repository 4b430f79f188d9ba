package jpeg

// enlarger returns a function that gives a row of a component at the size of the
// image (or a few samples more). Halves in one direction or both are enlarged by
// triangles: a sample is a quarter of the way to its neighbour, and what is half
// way between two values goes up and down by turns. Other factors are repeated,
// and so are halved columns of a plane that has no more than two, as in libjpeg.
func (c *component) enlarger(hMax, vMax int) func(y int) []uint8 {
	h, v, stride := hMax/c.h, vMax/c.v, c.stride()
	row := func(y int) []uint8 {
		return c.plane[min(max(y, 0), c.height-1)*stride:][:c.width]
	}
	// The row of the plane that is second in distance from row y of the image.
	next := func(y int) []uint8 { return row(y/2 + y%2*2 - 1) }
	dst := make([]uint8, c.width*h)
	switch {
	case h == 1 && v == 1:
		return row
	case h == 2 && v == 1 && c.width > 2:
		return func(y int) []uint8 {
			enlargeColumns(dst, row(y))
			return dst
		}
	case h == 1 && v == 2:
		return func(y int) []uint8 {
			enlargeRows(dst, row(y/2), next(y), 1+int32(y%2))
			return dst
		}
	case h == 2 && v == 2 && c.width > 2:
		sums := make([]int32, c.width)
		return func(y int) []uint8 {
			enlargeBoth(dst, row(y/2), next(y), sums)
			return dst
		}
	}
	return func(y int) []uint8 {
		for i, s := range row(y / v) {
			for j := range h {
				dst[i*h+j] = s
			}
		}
		return dst
	}
}

func enlargeColumns(dst, src []uint8) {
	last := len(src) - 1
	before := int32(src[0])
	for i := range src {
		v, after := 3*int32(src[i]), int32(src[min(i+1, last)])
		dst[2*i], dst[2*i+1] = uint8((v+before+1)>>2), uint8((v+after+2)>>2)
		before = int32(src[i])
	}
}

func enlargeRows(dst, near, far []uint8, bias int32) {
	far, dst = far[:len(near)], dst[:len(near)]
	for i := range near {
		dst[i] = uint8((3*int32(near[i]) + int32(far[i]) + bias) >> 2)
	}
}

func enlargeBoth(dst, near, far []uint8, sums []int32) {
	far, sums = far[:len(near)], sums[:len(near)]
	for i := range near {
		sums[i] = 3*int32(near[i]) + int32(far[i])
	}
	last := len(sums) - 1
	before := sums[0]
	for i, s := range sums {
		after := sums[min(i+1, last)]
		dst[2*i], dst[2*i+1] = uint8((3*s+before+8)>>4), uint8((3*s+after+7)>>4)
		before = s
	}
}
