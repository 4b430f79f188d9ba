// Package gemm multiplies matrices. Operands are slices with a leading
// dimension; constant ones are packed once with PackA and PackB.
//
// The algorithm is the usual one of blocked products: C is cut into tiles of
// mr×nr elements that fit the registers, k into blocks of kc, and for each
// block the operands are copied into panels in the order in which the
// micro-kernel reads them, so that a panel of B stays in the first cache and a
// block of A in the second. Threads divide C, never k, and every element adds
// its products in one order, so results do not depend on the number of threads.
package gemm

import (
	"github.com/onnxrun/onnxrun/internal/par"
)

// Number is an element type of matrices. Integers wrap around.
type Number interface {
	float32 | float64 | int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64
}

// F32 computes C = alpha·op(A)·op(B) + beta·C, where op(A) is m×k and op(B) is
// k×n. A is stored as m×k with rows lda apart, or as k×m if transA; B as k×n
// with rows ldb apart, or as n×k if transB; C is m×n with rows ldc apart.
// Where beta is 0, C is only written.
func F32(pool *par.Pool, transA, transB bool, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	Mul(pool, m, n, k, alpha, Matrix(transA, a, lda), Matrix(transB, b, ldb), beta, c, ldc)
}

// Operand is A or B of a product: Matrix, Packed.Operand or From make one.
type Operand[T Number] struct {
	data   []T
	rs, cs int // element (i, j) is data[i*rs+j*cs]
	packed *Packed[T]
	source Source[T]
}

// Matrix is an operand with rows ld apart; trans says that data holds the
// transposed matrix.
func Matrix[T Number](trans bool, data []T, ld int) Operand[T] {
	if trans {
		return Operand[T]{data: data, rs: 1, cs: ld}
	}
	return Operand[T]{data: data, rs: ld, cs: 1}
}

// Source makes the elements of B as they are needed; a convolution reads them
// from its image. It must be safe for concurrent use.
type Source[T Number] interface {
	// Pack writes the rows k0 to k1-1 of the columns j0 to j1-1 of B to dst, as
	// rows 0 to k1-k0-1. row has space for j1-j0 elements, for Pack's own use.
	Pack(dst *Panels[T], k0, k1, j0, j1 int, row []T)
}

// From is an operand B that s makes.
func From[T Number](s Source[T]) Operand[T] { return Operand[T]{source: s} }

// Mul computes C = alpha·A·B + beta·C with A m×k, B k×n and C m×n with rows
// ldc apart. Where beta is 0, C is only written.
func Mul[T Number](pool *par.Pool, m, n, k int, alpha T, a, b Operand[T], beta T, c []T, ldc int) {
	if beta != 0 && beta != 1 {
		for i := range m {
			for j, v := range c[i*ldc : i*ldc+n] {
				c[i*ldc+j] = beta * v
			}
		}
	}
	MulFinish(pool, m, n, k, a, b, c, ldc, Finish[T]{Alpha: alpha, Add: beta != 0})
}

// MulBias computes C = alpha·A·B + bias, one bias for each row of C (for each
// column if perColumn).
func MulBias[T Number](pool *par.Pool, m, n, k int, alpha T, a, b Operand[T], bias []T, perColumn bool, c []T, ldc int) {
	f := Finish[T]{Alpha: alpha, RowBias: bias}
	if perColumn {
		f.RowBias, f.ColBias = nil, bias
	}
	MulFinish(pool, m, n, k, a, b, c, ldc, f)
}

// Finish says what becomes of the sums of a product:
//
//	C[i][j] = Then(clamp(Alpha·Σ + C[i][j] if Add + Plus[i][j] + RowBias[i] + ColBias[j]))
//
// where Plus, which lies as C does, biases and Then are left out if nil, and the
// bounds Lo and Hi unless Clamp. There is no Add with Plus. NaN stays NaN. Then
// gets parts of rows of C, as x and dst.
type Finish[T Number] struct {
	Alpha            T
	Add              bool
	Plus             []T
	RowBias, ColBias []T
	Clamp            bool
	Lo, Hi           T
	Then             func(dst, x []T)
}

// MulFinish computes what f makes of A·B, with A m×k, B k×n and C m×n with
// rows ldc apart.
func MulFinish[T Number](pool *par.Pool, m, n, k int, a, b Operand[T], c []T, ldc int, f Finish[T]) {
	if m <= 0 || n <= 0 {
		return
	}
	if fewRows(m, n, k, &a, &b, c, ldc, &f) {
		return
	}
	p := product[T]{m: m, n: n, k: k, a: a, b: b, c: c, ldc: ldc, finish: f}
	p.run(pool)
}
