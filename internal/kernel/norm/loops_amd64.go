//go:build !noasm

package norm

import "github.com/onnxrun/onnxrun/internal/cpu"

//go:generate go -C _gen run . -pkg norm -out ../loops_amd64.s -stubs ../loops_stubs_amd64.go

// assembled returns the loops of the active level, nil where it has none.
func assembled() *assembly {
	switch cpu.Active() {
	case cpu.AVX512:
		return &assemblyAVX512
	case cpu.AVX2:
		return &assemblyAVX2
	}
	return nil
}

var (
	assemblyAVX2 = assembly{
		distances: distancesAVX2, maximum: maximumAVX2, maximumN: maximumNAVX2,
		affine1: affine1AVX2, affineN: affineNAVX2, normA: normAAVX2, normAB: normABAVX2,
		expTo: expToAVX2, expN: expNAVX2, expSums: expSumsAVX2,
		sums: sumsAVX2, affine1Stream: affine1StreamAVX2, normAStream: normAStreamAVX2, normABStream: normABStreamAVX2,
		align: 32, fence: fence, scale: scaleAVX2,
	}
	assemblyAVX512 = assembly{
		distances: distancesAVX512, maximum: maximumAVX512, maximumN: maximumNAVX512,
		affine1: affine1AVX512, affineN: affineNAVX512, normA: normAAVX512, normAB: normABAVX512,
		expTo: expToAVX512, expN: expNAVX512, expSums: expSumsAVX512,
		sums: sumsAVX512, affine1Stream: affine1StreamAVX512, normAStream: normAStreamAVX512, normABStream: normABStreamAVX512,
		align: 64, fence: fence, scale: scaleAVX512,
		expTo32: expTo32AVX512, expSums32: expSums32AVX512, softmax: softmaxAVX512,
	}
)
