package rnn

import (
	"fmt"
	"strings"

	kernel "github.com/onnxrun/onnxrun/internal/kernel/rnn"
	"github.com/onnxrun/onnxrun/ops"
)

// activation is one entry of the attribute activations with its parameters.
type activation struct {
	f           kernel.Func
	alpha, beta float32
}

// activationDefs says which parameters an activation takes, and their defaults:
// those of the operators of the same names, also of the former Affine and
// ScaledTanh.
var activationDefs = map[string]struct {
	f               kernel.Func
	hasAlpha, hasBt bool
	alpha, beta     float32
}{
	"relu":            {f: kernel.Relu},
	"tanh":            {f: kernel.Tanh},
	"sigmoid":         {f: kernel.Sigmoid},
	"affine":          {kernel.Affine, true, true, 1, 0},
	"leakyrelu":       {kernel.LeakyRelu, true, false, 0.01, 0},
	"thresholdedrelu": {kernel.ThresholdedRelu, true, false, 1, 0},
	"scaledtanh":      {kernel.ScaledTanh, true, true, 1, 1},
	"hardsigmoid":     {kernel.HardSigmoid, true, true, 0.2, 0.5},
	"elu":             {kernel.Elu, true, false, 1, 0},
	"softsign":        {f: kernel.Softsign},
	"softplus":        {f: kernel.Softplus},
}

// activations reads the activations of all directions; defaults are those of
// one. An activation that has an alpha takes the next of activation_alpha, or
// its default when they are used up, and so with beta. Names are read without
// regard to case.
func activations(n *ops.Node, directions int, defaults ...string) ([]activation, error) {
	names := n.Strings("activations")
	alphas, betas := n.Floats("activation_alpha"), n.Floats("activation_beta")
	want := len(defaults) * directions
	if len(names) == 0 {
		for range directions {
			names = append(names, defaults...)
		}
	}
	// The simple network's schema has a default of two, whatever the direction.
	if len(names) < want || len(names) > want && n.OpType != "RNN" {
		return nil, fmt.Errorf("attribute activations: got %d, want %d for each of %d directions", len(names), len(defaults), directions)
	}
	list := make([]activation, want)
	for i, name := range names[:want] {
		d, ok := activationDefs[strings.ToLower(name)]
		if !ok {
			return nil, fmt.Errorf("attribute activations: %q is not an activation of %s", name, n.OpType)
		}
		a := activation{d.f, d.alpha, d.beta}
		if d.hasAlpha && len(alphas) > 0 {
			a.alpha, alphas = alphas[0], alphas[1:]
		}
		if d.hasBt && len(betas) > 0 {
			a.beta, betas = betas[0], betas[1:]
		}
		list[i] = a
	}
	return list, nil
}

// Activations reads the attributes activations, activation_alpha and
// activation_beta of a recurrent node as the standard's operators do, for
// operators that compute with cells of their own: len(defaults) functions for
// each direction.
func Activations(n *ops.Node, directions int, defaults ...string) ([]func(dst, x []float32), error) {
	list, err := activations(n, directions, defaults...)
	if err != nil {
		return nil, err
	}
	fs := make([]func(dst, x []float32), len(list))
	for i, a := range list {
		fs[i] = kernel.New[float32](a.f, a.alpha, a.beta)
	}
	return fs, nil
}
