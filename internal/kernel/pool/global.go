package pool

import (
	"github.com/onnxrun/onnxrun/internal/kernel/reduce"
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/internal/par"
)

// GlobalAverage writes the mean of each plane of n elements, summed in float64.
func GlobalAverage[T Float](pool *par.Pool, planes, n int, x, y []T) {
	par.Each(pool, planes, 1+minWork/max(n, 1), globalAverage[T]{n, x, y})
}

type globalAverage[T Float] struct {
	n    int
	x, y []T
}

func (g *globalAverage[T]) Part(lo, hi int) {
	if x, ok := any(g.x).([]float32); ok {
		y := any(g.y).([]float32)
		for p := lo; p < hi; p++ {
			y[p] = float32(vec.Sum32(x[p*g.n:(p+1)*g.n]) / float64(g.n))
		}
		return
	}
	for p := lo; p < hi; p++ {
		// Four sums, so that an addition need not wait for the one before.
		var s0, s1, s2, s3 float64
		plane := g.x[p*g.n : (p+1)*g.n]
		for ; len(plane) >= 4; plane = plane[4:] {
			s0 += float64(plane[0])
			s1 += float64(plane[1])
			s2 += float64(plane[2])
			s3 += float64(plane[3])
		}
		for _, v := range plane {
			s0 += float64(v)
		}
		g.y[p] = T((s0 + s1 + (s2 + s3)) / float64(g.n))
	}
}

// GlobalMax writes the maximum of each plane of n elements.
func GlobalMax[T Float](pool *par.Pool, planes, n int, x, y []T) {
	par.Each(pool, planes, 1+minWork/max(n, 1), globalMax[T]{n, x, y})
}

type globalMax[T Float] struct {
	n    int
	x, y []T
}

var maxima32 = reduce.Max[float32]()

func (g *globalMax[T]) Part(lo, hi int) {
	if x, ok := any(g.x).([]float32); ok {
		y := any(g.y).([]float32)
		for p := lo; p < hi; p++ {
			y[p] = maxima32.Run(maxima32.Init, x[p*g.n:(p+1)*g.n])
		}
		return
	}
	for p := lo; p < hi; p++ {
		m := lowest[T]()
		for _, v := range g.x[p*g.n : (p+1)*g.n] {
			if v > m || v != v {
				m = v
			}
		}
		g.y[p] = m
	}
}

// GlobalNorm writes (Σ|v|^p)^(1/p) over each plane of n elements; p > 0.
func GlobalNorm[T Float](pool *par.Pool, planes, n int, p float64, x, y []T) {
	par.Each(pool, planes, 1+minWork/max(n, 1), globalNorm[T]{n, p, x, y})
}

type globalNorm[T Float] struct {
	n    int
	p    float64
	x, y []T
}

func (g *globalNorm[T]) Part(lo, hi int) {
	for i := lo; i < hi; i++ {
		s := 0.0
		for _, v := range g.x[i*g.n : (i+1)*g.n] {
			s += power(float64(v), g.p)
		}
		g.y[i] = T(root(s, g.p))
	}
}
