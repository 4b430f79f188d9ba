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
	arrayFeatureExtractor1,
	binarizer1,
	castMap1,
	categoryMapper1,
	dictVectorizer1,
	featureVectorizer1,
	imputer1,
	labelEncoder1, labelEncoder2, labelEncoder4,
	linearClassifier1, linearRegressor1,
	normalizer1,
	oneHotEncoder1,
	scaler1,
	svmClassifier1, svmRegressor1,
	treeEnsemble5,
	treeEnsembleClassifier1, treeEnsembleClassifier3,
	treeEnsembleRegressor1, treeEnsembleRegressor3,
	zipMap1,
}
