package move

import "github.com/onnxrun/onnxrun/internal/par"

// Triangle copies matrices of rows × cols elements. Where upper it keeps the
// columns from i+k on of each row i, where not those up to i+k; the others
// become zero. dst may be src. |k| is at most rows+cols.
func Triangle[E byte | string](p *par.Pool, dst, src []E, rows, cols, size, k int, upper bool) {
	if len(dst) == 0 {
		return
	}
	width := cols * size
	p.For(len(dst)/width, max(1, work/width), func(lo, hi int) {
		for r := lo; r < hi; r++ {
			from, to := 0, min(max(r%rows+k+1, 0), cols)
			if upper {
				from, to = min(max(r%rows+k, 0), cols), cols
			}
			from, to = from*size, to*size
			d, s := dst[r*width:(r+1)*width], src[r*width:(r+1)*width]
			clear(d[:from])
			copy(d[from:to], s[from:to])
			clear(d[to:])
		}
	})
}
