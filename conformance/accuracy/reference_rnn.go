package accuracy

import "math"

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// recurrent is a layer of one direction over x [steps, batch, size] with the
// weights W [1, gates·hidden, size], R [1, gates·hidden, hidden] and biases
// B [1, 2·gates·hidden]. The output is Y [steps, 1, batch, hidden]; states are
// of unit scale.
func recurrent(gates int, cell func(x, r, h, c []float64, step func(gate, j int, h []float64) float64) (h2, c2 []float64)) reference {
	return func(in []array, _ Attrs) (want, scale []float64) {
		steps, batch, size := in[0].shape[0], in[0].shape[1], in[0].shape[2]
		hidden := in[2].shape[2]
		want, scale = make([]float64, steps*batch*hidden), make([]float64, steps*batch*hidden)
		for b := range batch {
			h, c := make([]float64, hidden), make([]float64, hidden)
			for t := range steps {
				row := in[0].data[(t*batch+b)*size:][:size]
				x, r := make([]float64, gates*hidden), make([]float64, gates*hidden)
				for g := range x {
					x[g], r[g] = in[3].data[g], in[3].data[gates*hidden+g]
					for i, v := range row {
						x[g] += in[1].data[g*size+i] * v
					}
					for i, v := range h {
						r[g] += in[2].data[g*hidden+i] * v
					}
				}
				h, c = cell(x, r, h, c, func(gate, j int, h []float64) float64 {
					s := in[3].data[(gates+gate)*hidden+j]
					for i, v := range h {
						s += in[2].data[(gate*hidden+j)*hidden+i] * v
					}
					return s
				})
				for j, v := range h {
					want[(t*batch+b)*hidden+j], scale[(t*batch+b)*hidden+j] = v, 1
				}
			}
		}
		return want, scale
	}
}

func rnnCell(x, r, h, c []float64, _ func(int, int, []float64) float64) (h2, c2 []float64) {
	h2 = make([]float64, len(h))
	for j := range h {
		h2[j] = math.Tanh(x[j] + r[j])
	}
	return h2, c
}

// gruCell has the gates update, reset and hidden.
func gruCell(x, r, h, c []float64, recur func(gate, j int, h []float64) float64) (h2, c2 []float64) {
	n := len(h)
	h2 = make([]float64, n)
	kept := make([]float64, n)
	for j := range h {
		kept[j] = sigmoid(x[n+j]+r[n+j]) * h[j]
	}
	for j := range h {
		z := sigmoid(x[j] + r[j])
		h2[j] = (1-z)*math.Tanh(x[2*n+j]+recur(2, j, kept)) + z*h[j]
	}
	return h2, c
}

// lstmCell has the gates input, output, forget and cell.
func lstmCell(x, r, h, c []float64, _ func(int, int, []float64) float64) (h2, c2 []float64) {
	n := len(h)
	h2, c2 = make([]float64, n), make([]float64, n)
	for j := range h {
		gate := func(k int) float64 { return x[k*n+j] + r[k*n+j] }
		c2[j] = sigmoid(gate(2))*c[j] + sigmoid(gate(0))*math.Tanh(gate(3))
		h2[j] = sigmoid(gate(1)) * math.Tanh(c2[j])
	}
	return h2, c2
}

// attention is that of heads [batch, heads, length, size].
func attention(in []array, _ Attrs) (want, scale []float64) {
	q, k, v := in[0], in[1], in[2]
	l, s, d := q.shape[2], k.shape[2], q.shape[3]
	for b := range q.shape[0] * q.shape[1] {
		for i := range l {
			weights := make([]float64, s)
			for j := range s {
				for e := range d {
					weights[j] += q.data[(b*l+i)*d+e] * k.data[(b*s+j)*d+e]
				}
				weights[j] /= math.Sqrt(float64(d))
			}
			lse, _ := logSumExp(weights)
			for e := range d {
				var sum, largest float64
				for j := range s {
					x := v.data[(b*s+j)*d+e]
					sum += math.Exp(weights[j]-lse) * x
					largest = max(largest, math.Abs(x))
				}
				want, scale = append(want, sum), append(scale, largest)
			}
		}
	}
	return want, scale
}
