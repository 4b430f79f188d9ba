// Package ml holds the operators of classical machine learning, the domain
// ai.onnx.ml: encoders, scalers, linear models, support vector machines and
// ensembles of trees.
//
// Where the standard does not say what an operator computes, these compute
// what onnxruntime does.
package ml

import "github.com/onnxrun/onnxrun/ops"

// Defs are the operators of this category.
var Defs = []ops.Def{
	treeEnsemble5,
	treeEnsembleClassifier1, treeEnsembleClassifier3,
	treeEnsembleRegressor1, treeEnsembleRegressor3,
}
