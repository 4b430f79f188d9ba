package sortk

import (
	"cmp"
	"slices"
)

// Rows sorts the rows of a matrix, w elements each, lexicographically and the
// lower position first where they are equal: dst takes their positions.
func Rows[T cmp.Ordered](dst []int64, m []T, w int) {
	for i := range dst {
		dst[i] = int64(i)
	}
	slices.SortFunc(dst, func(a, b int64) int {
		return cmp.Or(slices.Compare(row(m, a, w), row(m, b, w)), cmp.Compare(a, b))
	})
}

// Groups numbers the groups of equal rows of a matrix whose rows are in the
// given order: group[i] is that of row i, and first[g] and count[g] are the
// lowest position and the size of group g. It returns how many there are.
func Groups[T cmp.Ordered](group, first, count, order []int64, m []T, w int) int {
	g := -1
	for i, at := range order {
		if i == 0 || !slices.Equal(row(m, order[i-1], w), row(m, at, w)) {
			g++
			first[g], count[g] = at, 0
		}
		group[at] = int64(g)
		count[g]++
	}
	return g + 1
}

func row[T any](m []T, i int64, w int) []T { return m[int(i)*w : (int(i)+1)*w] }
