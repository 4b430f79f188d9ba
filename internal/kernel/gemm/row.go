package gemm

import "github.com/onnxrun/onnxrun/internal/par"

// row computes products of one row with a matrix that lies along n and is not
// packed: it goes through B row by row, as memory likes it. It reports false
// for others. Elements of C add their products in one order, whatever the cuts.
func (p *product[T]) row(pool *par.Pool) bool {
	if p.m != 1 || p.k < 8 || p.n < 16 || p.a.packed != nil || p.b.packed != nil || p.b.source != nil ||
		p.a.cs != 1 || p.b.cs != 1 {
		return false
	}
	if _, ok := any(p.c).([]float32); !ok || rows8() == nil {
		return false
	}
	r := alongRow[T]{*p}
	units := (p.n + 15) / 16
	if grain := 4 + minTask/(16*p.k); units > grain {
		par.Each(pool, units, grain, r)
	} else {
		r.Part(0, units)
	}
	return true
}

// alongRow is a product of one row, by units of 16 columns.
type alongRow[T Number] struct{ product[T] }

// Part computes the units lo to hi-1.
func (p *alongRow[T]) Part(lo, hi int) {
	w := getWork[T]()
	defer w.put()
	run := rows8()
	for j := 16 * lo; j < min(16*hi, p.n); j += ncMax {
		end := min(j+ncMax, 16*hi, p.n)
		full := (end - j) / 16
		a, b := any(p.a.data[:p.k]).([]float32), any(p.b.data[j:]).([]float32)
		sums, c := any(w.a[:end-j]).([]float32), any(w.row[:end-j]).([]float32)
		clear(sums)
		// A sum of sums of kcMax products has a smaller error than one of all.
		for k0 := 0; k0 < p.k; k0 += kcMax {
			a := a[:min(k0+kcMax, p.k)]
			clear(c)
			k := k0
			for ; full > 0 && k+8 <= len(a); k += 8 {
				_ = b[(k+7)*p.b.rs+16*full-1]
				run(full, &a[k], &b[k*p.b.rs], 4*p.b.rs, &c[0])
			}
			addRows(c[:16*full], a, b, p.b.rs, k)
			addRows(c[16*full:], a, b[16*full:], p.b.rs, k0)
			for i, v := range c {
				sums[i] += v
			}
		}
		for i, s := range w.a[:end-j] {
			p.set(0, j+i, s)
		}
	}
}

// addRows adds the rows of b from k on, each times its element of a, to c.
func addRows(c, a, b []float32, bs, k int) {
	for ; k < len(a) && len(c) > 0; k++ {
		v := a[k]
		for j, w := range b[k*bs:][:len(c)] {
			c[j] += v * w
		}
	}
}
