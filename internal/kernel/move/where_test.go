package move

import (
	"math/rand/v2"
	"testing"

	"github.com/onnxrun/onnxrun/internal/par"
)

func TestSelectEqualsThePlainLoop(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 400 {
		dims := make([]int, rnd.IntN(5))
		for i := range dims {
			dims[i] = 1 + rnd.IntN(4)
			if rnd.IntN(20) == 0 {
				dims[i] = 50000
			}
		}
		// partly is dims with some sizes 1 and some leading ones left out.
		partly := func() []int {
			p := append([]int(nil), dims[rnd.IntN(len(dims)+1):]...)
			for i := range p {
				if rnd.IntN(3) == 0 {
					p[i] = 1
				}
			}
			return p
		}
		cd, xd, yd := partly(), partly(), partly()
		n := product(dims)
		if n > 1<<20 {
			continue
		}
		cond, x, y := make([]byte, product(cd)), make([]uint16, product(xd)), make([]uint16, product(yd))
		for i := range cond {
			cond[i] = byte(rnd.IntN(2))
		}
		for i := range x {
			x[i] = uint16(i)
		}
		for i := range y {
			y[i] = ^uint16(i)
		}
		got := make([]uint16, n)
		Select(par.New(2), got, cond, x, y, NewSelection(dims, cd, xd, yd))
		c, a, b := make([]byte, n), make([]uint16, n), make([]uint16, n)
		plain(c, cond, Broadcast(cd, dims))
		plain(a, x, Broadcast(xd, dims))
		plain(b, y, Broadcast(yd, dims))
		for i := range got {
			want := b[i]
			if c[i] != 0 {
				want = a[i]
			}
			if got[i] != want {
				t.Fatalf("%v from %v, %v, %v: element %d is %d, want %d", dims, cd, xd, yd, i, got[i], want)
			}
		}
	}
}
