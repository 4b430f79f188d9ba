//go:build !noasm

package vec

import "github.com/onnxrun/onnxrun/internal/cpu"

//go:generate go -C ../_neon run . vec

// active returns the kernels of the active level, nil where it has none.
func active() *kernels {
	if cpu.Active() == cpu.NEON {
		return &kernelsNEON
	}
	return nil
}

var kernelsNEON = kernels{
	exp:         expNEON,
	sigmoid:     sigmoidNEON,
	tanh:        tanhNEON,
	erf:         erfNEON,
	gelu:        geluNEON,
	mish:        mishNEON,
	log:         logNEON,
	softplus:    softplusNEON,
	sqrt:        sqrtNEON,
	gated:       gatedNEON,
	elu:         eluNEON,
	leakyRelu:   leakyReluNEON,
	clip:        clipNEON,
	hardSigmoid: hardSigmoidNEON,
	hardSwish:   hardSwishNEON,
	addVV:       addVVNEON,
	subVV:       subVVNEON,
	mulVV:       mulVVNEON,
	divVV:       divVVNEON,
	maxVV:       maxVVNEON,
	minVV:       minVVNEON,
	addVS:       addVSNEON,
	subVS:       subVSNEON,
	mulVS:       mulVSNEON,
	divVS:       divVSNEON,
	maxVS:       maxVSNEON,
	minVS:       minVSNEON,
	subSV:       subSVNEON,
	divSV:       divSVNEON,
	sum:         sumNEON,
	sumSquare:   sumSquareNEON,
	sumColumns:  sumColumnsNEON,
	sumColumns4: sumColumns4NEON,
	floor:       floorNEON,
	ceil:        ceilNEON,
	round:       roundNEON,
	neg:         negNEON,
	abs:         absNEON,
}
