package nbits

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/onnxrun/onnxrun/internal/par"
)

func TestMatMulEqualsTheFormula(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, bits := range []int{2, 4, 8} {
		for _, zeros := range []string{"none", "packed", "numbers"} {
			for i := range 4 {
				m, grouped := 1+i%2*2, i >= 2
				t.Run(fmt.Sprint(bits, zeros, m, grouped), func(t *testing.T) {
					w := &Weights{N: columns + 5, K: 3*16 + 7, Block: 16, Bits: bits}
					blocks := w.Blocks()
					w.Data = make([]byte, w.N*blocks*w.Block*bits/8)
					perColumn := (blocks*bits + 7) / 8
					packed := make([]byte, w.N*perColumn)
					for _, b := range [][]byte{w.Data, packed} {
						for i := range b {
							b[i] = byte(r.Uint32())
						}
					}
					numbers := make([]float32, w.N*blocks)
					for i := range numbers {
						w.Scales = append(w.Scales, r.Float32())
						numbers[i] = r.Float32() * 4
					}
					a, bias := make([]float32, m*w.K), make([]float32, w.N)
					for _, x := range [][]float32{a, bias} {
						for i := range x {
							x[i] = r.Float32() - 0.5
						}
					}
					if grouped {
						for range w.K {
							w.Group = append(w.Group, int32(r.IntN(blocks)))
						}
					}
					switch zeros {
					case "packed":
						w.Zeros = packed
					case "numbers":
						w.ZerosF32 = numbers
					}
					pool := par.New(2)
					y := make([]float32, m*w.N)
					MatMul(pool, m, y, a, w, bias, make([]float32, w.Work(pool)))
					// bit returns value i of b.
					bit := func(b []byte, i int) float64 {
						return float64(int(b[i*bits/8]) >> (i * bits % 8) & (1<<bits - 1))
					}
					for i := range m {
						for j := range w.N {
							want := float64(bias[j])
							for k := range w.K {
								b := k / w.Block
								if grouped {
									b = int(w.Group[k])
								}
								zero := float64(int(1) << (bits - 1))
								switch zeros {
								case "packed":
									zero = bit(packed[j*perColumn:], b)
								case "numbers":
									zero = float64(numbers[j*blocks+b])
								}
								v := (bit(w.Data[j*blocks*w.Block*bits/8:], k) - zero) * float64(w.Scales[j*blocks+b])
								want += float64(a[i*w.K+k]) * v
							}
							if got := float64(y[i*w.N+j]); math.Abs(got-want) > 1e-4*(1+math.Abs(want)) {
								t.Fatalf("element %d, %d is %v, want %v", i, j, got, want)
							}
						}
					}
				})
			}
		}
	}
}
