//go:build !noasm

package vec

import "github.com/onnxrun/onnxrun/internal/cpu"

//go:generate go -C _gen run . -pkg vec -out ../simd_amd64.s -stubs ../simd_stubs_amd64.go

// active returns the kernels of the active level, nil where it has none.
func active() *kernels {
	switch cpu.Active() {
	case cpu.AVX512:
		return &kernelsAVX512
	case cpu.AVX2:
		return &kernelsAVX2
	}
	return nil
}

var kernelsAVX2 = kernels{
	exp:         expAVX2,
	sigmoid:     sigmoidAVX2,
	tanh:        tanhAVX2,
	erf:         erfAVX2,
	gelu:        geluAVX2,
	mish:        mishAVX2,
	log:         logAVX2,
	softplus:    softplusAVX2,
	sqrt:        sqrtAVX2,
	gated:       gatedAVX2,
	elu:         eluAVX2,
	leakyRelu:   leakyReluAVX2,
	clip:        clipAVX2,
	hardSigmoid: hardSigmoidAVX2,
	hardSwish:   hardSwishAVX2,
	addVV:       addVVAVX2,
	subVV:       subVVAVX2,
	mulVV:       mulVVAVX2,
	divVV:       divVVAVX2,
	maxVV:       maxVVAVX2,
	minVV:       minVVAVX2,
	addVS:       addVSAVX2,
	subVS:       subVSAVX2,
	mulVS:       mulVSAVX2,
	divVS:       divVSAVX2,
	maxVS:       maxVSAVX2,
	minVS:       minVSAVX2,
	subSV:       subSVAVX2,
	divSV:       divSVAVX2,
	sum:         sumAVX2,
	sumSquare:   sumSquareAVX2,
	sumColumns:  sumColumnsAVX2,
	sumColumns4: sumColumns4AVX2,
	floor:       floorAVX2,
	ceil:        ceilAVX2,
	round:       roundAVX2,
	neg:         negAVX2,
	abs:         absAVX2,
}

var kernelsAVX512 = kernels{
	exp:         expAVX512,
	sigmoid:     sigmoidAVX512,
	tanh:        tanhAVX512,
	erf:         erfAVX512,
	gelu:        geluAVX512,
	mish:        mishAVX512,
	log:         logAVX512,
	softplus:    softplusAVX512,
	sqrt:        sqrtAVX512,
	gated:       gatedAVX512,
	swish:       swishAVX512,
	silu:        siluAVX512,
	elu:         eluAVX512,
	leakyRelu:   leakyReluAVX512,
	clip:        clipAVX512,
	hardSigmoid: hardSigmoidAVX512,
	hardSwish:   hardSwishAVX512,
	addVV:       addVVAVX512,
	subVV:       subVVAVX512,
	mulVV:       mulVVAVX512,
	divVV:       divVVAVX512,
	maxVV:       maxVVAVX512,
	minVV:       minVVAVX512,
	addVS:       addVSAVX512,
	subVS:       subVSAVX512,
	mulVS:       mulVSAVX512,
	divVS:       divVSAVX512,
	maxVS:       maxVSAVX512,
	minVS:       minVSAVX512,
	subSV:       subSVAVX512,
	divSV:       divSVAVX512,
	sum:         sumAVX512,
	sumSquare:   sumSquareAVX512,
	sumColumns:  sumColumnsAVX512,
	sumColumns4: sumColumns4AVX512,
	floor:       floorAVX512,
	ceil:        ceilAVX512,
	round:       roundAVX512,
	neg:         negAVX512,
	abs:         absAVX512,
}
