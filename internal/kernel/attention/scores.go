package attention

import (
	"github.com/onnxrun/onnxrun/internal/kernel/gemm"
	"github.com/onnxrun/onnxrun/internal/par"
)

// Products computes Scores = Scale·Q·Kᵀ, for those who change the scores by
// means that Params does not know.
func Products[T Float](pool *par.Pool, p *Params[T]) {
	p.each(pool, func(pool *par.Pool, b, h, kv int, scores []T) {
		gemm.Mul(pool, p.Queries, p.Keys, p.Size, p.Scale, gemm.Matrix(false, p.Q.At(b, h, 0), p.Q.Row),
			gemm.Matrix(true, p.K.At(b, kv, 0), p.K.Row), 0, scores, p.Keys)
	})
}

// Values computes Y = Scores·V, Scores being probabilities.
func Values[T Float](pool *par.Pool, p *Params[T]) {
	p.each(pool, func(pool *par.Pool, b, h, kv int, scores []T) {
		gemm.Mul(pool, p.Queries, p.VSize, p.Keys, 1, gemm.Matrix(false, scores, p.Keys),
			gemm.Matrix(false, p.V.At(b, kv, 0), p.V.Row), 0, p.Y.At(b, h, 0), p.Y.Row)
	})
}

// each calls f for all heads: many are divided among threads, few are each
// computed by all.
func (p *Params[T]) each(pool *par.Pool, f func(pool *par.Pool, b, h, kv int, scores []T)) {
	n, size := p.Batch*p.Heads, p.Queries*p.Keys
	if n == 0 || p.Queries == 0 {
		return
	}
	one := func(pool *par.Pool, i int) {
		h := i % p.Heads
		f(pool, i/p.Heads, h, h/(p.Heads/p.KVHeads), p.Scores[i*size:(i+1)*size])
	}
	if n < pool.Threads() {
		for i := range n {
			one(pool, i)
		}
		return
	}
	pool.For(n, 1, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			one(nil, i)
		}
	})
}
