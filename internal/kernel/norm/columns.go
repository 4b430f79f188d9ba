package norm

import "github.com/onnxrun/onnxrun/internal/par"

// lanes is how many columns are computed side by side.
const lanes = 32

// columnMoments is GroupMoments for groups that are columns of the runs. A
// leaf is a block of rows of lanes columns.
func columnMoments[T Elem, W Float](p *par.Pool, x []T, g *Groups, mean, variance []float64) {
	chunks := (g.run + lanes - 1) / lanes
	n := blocks(g.reduced.n)
	units := g.kept.n * chunks
	// unit returns where the columns of a unit are, and how many.
	unit := func(u int) (at, group, width int) {
		k, c := u/chunks, u%chunks*lanes
		return g.kept.at(k) + c, k*g.run + c, min(lanes, g.run-c)
	}
	if n == 1 {
		p.For(units, perPart(g.reduced.n*lanes), func(lo, hi int) {
			var col columns[T, W]
			for u := lo; u < hi; u++ {
				at, group, width := unit(u)
				col.moments(x[at:], g, 0, width)
				for k, m := range col.out[:width] {
					mean[group+k], variance[group+k] = m.Mean, m.Variance()
				}
			}
		})
		return
	}
	leaves := make([][lanes]Moments, units*n)
	p.For(len(leaves), 1, func(lo, hi int) {
		var col columns[T, W]
		for i := lo; i < hi; i++ {
			at, _, width := unit(i / n)
			col.moments(x[at:], g, i%n, width)
			leaves[i] = col.out
		}
	})
	for u := range units {
		_, group, width := unit(u)
		for k := range width {
			m := tree(n, func(i int) Moments { return leaves[u*n+i][k] })
			mean[group+k], variance[group+k] = m.Mean, m.Variance()
		}
	}
}

// columns is the working memory for lanes columns.
type columns[T Elem, W Float] struct {
	buf         [block]W
	pivot, s, q [lanes]float64
	out         [lanes]Moments
}

// moments computes the columns of block b of rows: what blockMoments does with
// one column.
func (c *columns[T, W]) moments(x []T, g *Groups, b, width int) {
	lo, hi := b*block, min((b+1)*block, g.reduced.n)
	row := func(r int) []W {
		at := g.reduced.at(r)
		return wide(x[at:at+width], &c.buf)
	}
	c.pivot = [lanes]float64{}
	head := min(lo+sample, hi)
	for r := lo; r < head; r++ {
		for k, v := range row(r) {
			c.pivot[k&(lanes-1)] += float64(v)
		}
	}
	for k := range c.pivot {
		c.pivot[k] /= float64(head - lo)
	}
	c.s, c.q = [lanes]float64{}, [lanes]float64{}
	for r := lo; r < hi; {
		var s, q [lanes]float64
		for end := min(r+sub, hi); r < end; r++ {
			for k, v := range row(r) {
				k &= lanes - 1
				d := float64(v) - c.pivot[k]
				s[k] += d
				q[k] += d * d
			}
		}
		for k := range s {
			c.s[k] += s[k]
			c.q[k] += q[k]
		}
	}
	n := float64(hi - lo)
	for k := range width {
		s := c.s[k]
		c.out[k] = Moments{N: n, M2: max(c.q[k]-s/n*s, 0)}
		c.out[k].Mean, c.out[k].Low = twoSum(c.pivot[k], s/n)
	}
}
