package gemm

// tile is a micro-kernel and the size of the tile of C that it computes.
type tile[T Number] struct {
	mr, nr int
	// run computes the first rows (1 to mr) rows of a tile:
	//
	//	C[i][j] = finish of Σ A[i][p]·B[p][j], p from 0 to kc-1
	//
	// A[i][p] is a[i*ars+p*aps], B[p][j] is b[p*bs+j], C[i][j] is c[i*ldc+j];
	// all nr columns are computed.
	run func(rows, kc int, a []T, ars, aps int, b []T, bs int, c []T, ldc int, f *Finish[T])

	// The rest is nil where Go does it.

	// half is run for the first half of the columns.
	half func(rows, kc int, a []T, ars, aps int, b []T, bs int, c []T, ldc int, f *Finish[T])
	// copyBlocks copies n > 0 blocks of nr elements, ds and ss elements apart.
	copyBlocks func(dst []T, ds int, src []T, ss, n int)
	// transpose8 writes eight rows of 8·n elements (n > 0), ss elements apart,
	// as 8·n rows of eight, ds elements apart.
	transpose8 func(dst []T, ds int, src []T, ss, n int)
	// dots4 returns the products of four rows of a, as elements apart, with x;
	// all have 16·n elements, n > 0.
	dots4 func(n int, x, a []T, as int) [4]T
}

// The most columns and elements of a tile.
const (
	maxCols = 32
	maxTile = 14 * maxCols
)

// tileInGo returns the micro-kernel without assembly.
func tileInGo[T Number]() *tile[T] { return &tile[T]{mr: 4, nr: 4, run: tileGo[T]} }
