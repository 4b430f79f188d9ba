package vec

// Cast is how two operands are laid against a result that both broadcast to:
// the dimensions of the result without those of size 1, neighbours that
// broadcast alike merged into one.
type Cast struct {
	dims   []int // of the result, outermost first, at least one
	a, b   []int // strides of the operands, 0 along dimensions that they repeat
	length int   // of the result
}

// NewCast lays operands of shapes a and b against the shape out. Aligned at
// the last dimension, each dimension of an operand is 1, absent, or that of
// out.
func NewCast(out, a, b []int) *Cast {
	c := &Cast{length: 1}
	for _, d := range out {
		c.length *= d
	}
	if c.length == 0 {
		c.dims, c.a, c.b = []int{0}, []int{0}, []int{0}
		return c
	}
	size := func(s []int, i int) int {
		if i -= len(out) - len(s); i >= 0 {
			return s[i]
		}
		return 1
	}
	var hasA, hasB []bool
	for i, d := range out {
		if d == 1 {
			continue
		}
		ha, hb := size(a, i) != 1, size(b, i) != 1
		if k := len(c.dims) - 1; k >= 0 && hasA[k] == ha && hasB[k] == hb {
			c.dims[k] *= d
			continue
		}
		c.dims, hasA, hasB = append(c.dims, d), append(hasA, ha), append(hasB, hb)
	}
	if len(c.dims) == 0 {
		c.dims, hasA, hasB = []int{1}, []bool{true}, []bool{true}
	}
	c.a, c.b = strides(c.dims, hasA), strides(c.dims, hasB)
	return c
}

func strides(dims []int, has []bool) []int {
	s := make([]int, len(dims))
	n := 1
	for i := len(dims) - 1; i >= 0; i-- {
		if has[i] {
			s[i] = n
			n *= dims[i]
		}
	}
	return s
}

// Len returns the number of elements of the result.
func (c *Cast) Len() int { return c.length }

// cursor walks the runs of a Cast: pieces of the innermost dimension.
type cursor struct {
	c      *Cast
	pos    int    // the element of the result where the next run starts
	col    int    // its place in the innermost dimension
	ra, rb int    // where the operands' rows start
	few    [8]int // the place in the outer dimensions
	many   []int  // the same where they are more
}

func (u *cursor) index() []int {
	if u.many != nil {
		return u.many
	}
	return u.few[:len(u.c.dims)-1]
}

// seek puts the cursor on element pos of the result.
func (u *cursor) seek(c *Cast, pos int) {
	outer := len(c.dims) - 1
	u.c, u.pos, u.ra, u.rb = c, pos, 0, 0
	if outer > len(u.few) {
		u.many = make([]int, outer)
	}
	idx := u.index()
	inner := c.dims[outer]
	u.col = pos % inner
	rest := pos / inner
	for i := outer - 1; i >= 0; i-- {
		idx[i] = rest % c.dims[i]
		rest /= c.dims[i]
		u.ra += idx[i] * c.a[i]
		u.rb += idx[i] * c.b[i]
	}
}

// next returns a run that ends at hi at the latest: n elements of the result
// from pos on, and where the operands stand.
func (u *cursor) next(hi int) (pos, n, a, b int) {
	c := u.c
	last := len(c.dims) - 1
	pos = u.pos
	n = min(c.dims[last]-u.col, hi-pos)
	a, b = u.ra+u.col*c.a[last], u.rb+u.col*c.b[last]
	u.pos += n
	if u.col += n; u.col < c.dims[last] {
		return
	}
	u.col = 0
	idx := u.index()
	for i := last - 1; i >= 0; i-- {
		u.ra += c.a[i]
		u.rb += c.b[i]
		if idx[i]++; idx[i] < c.dims[i] {
			break
		}
		u.ra -= c.dims[i] * c.a[i]
		u.rb -= c.dims[i] * c.b[i]
		idx[i] = 0
	}
	return
}

// inner returns the operands' strides along the runs, 0 or 1 each.
func (c *Cast) inner() (a, b int) {
	last := len(c.dims) - 1
	return c.a[last], c.b[last]
}
