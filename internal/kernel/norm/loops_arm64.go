//go:build !noasm

package norm

import "github.com/onnxrun/onnxrun/internal/cpu"

//go:generate go -C ../_neon run . norm

// assembled returns the loops of the active level, nil where it has none.
func assembled() *assembly {
	if cpu.Active() == cpu.NEON {
		return &assemblyNEON
	}
	return nil
}

// Stores have at most a hint to go past the cache: the loops that would are the
// others.
var assemblyNEON = assembly{
	distances: distancesNEON, maximum: maximumNEON, maximumN: maximumNNEON,
	affine1: affine1NEON, affineN: affineNNEON, normA: normANEON, normAB: normABNEON,
	expTo: expToNEON, expN: expNNEON, expSums: expSumsNEON,
	sums: sumsNEON, affine1Stream: affine1NEON, normAStream: normANEON, normABStream: normABNEON,
	align: 16, fence: func() {}, scale: scaleNEON,
}
