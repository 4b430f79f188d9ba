package gradient

// allRules says for each operator how it is differentiated; those of another
// domain than the standard's own have its name before theirs. What is not here
// has no known derivative.
func allRules() map[string]rule {
	var zero rule // no derivative but 0
	return map[string]rule{
		// Arithmetic.
		"Abs": absRule, "Neg": negRule, "Reciprocal": reciprocalRule, "Sqrt": sqrtRule, "Exp": expRule, "Log": logRule,
		"Erf": erfRule, "Sin": sinRule, "Cos": cosRule, "Tan": tanRule, "Asin": asinRule, "Acos": acosRule, "Atan": atanRule,
		"Sinh": sinhRule, "Cosh": coshRule, "Tanh": tanhRule, "Asinh": asinhRule, "Acosh": acoshRule, "Atanh": atanhRule,
		"Add": addRule, "Sub": subRule, "Mul": mulRule, "Div": divRule, "Pow": powRule, "Mod": modRule,
		"Sum": sumRule, "Mean": meanRule, "Max": extremeRule, "Min": extremeRule,
		"Where": whereRule, "Clip": clipRule, "CumSum": cumSumRule, "CumProd": cumProdRule,
		"Identity": identityRule, "Cast": castRule, "CastLike": castRule, "Dropout": dropoutRule,

		// Activations.
		"Relu": reluRule, "LeakyRelu": leakyReluRule, "ThresholdedRelu": thresholdedReluRule, "PRelu": preluRule,
		"Elu": eluRule, "Celu": celuRule, "Selu": seluRule, "Gelu": geluRule, "Mish": mishRule, "Swish": swishRule,
		"SwiGLU": swiGLURule, "Shrink": shrinkRule, "Sigmoid": sigmoidRule, "HardSigmoid": hardSigmoidRule,
		"HardSwish": hardSwishRule, "Softplus": softplusRule, "Softsign": softsignRule,
		"Softmax": softmaxRule, "LogSoftmax": logSoftmaxRule,

		// Sub-graphs.
		"If": ifRule, "Loop": loopRule, "Scan": scanRule,

		// Recurrent layers.
		"RNN": rnnRule, "GRU": gruRule, "LSTM": lstmRule,

		// Matrices, convolutions and poolings.
		"MatMul": matMulRule, "Gemm": gemmRule, "Einsum": einsumRule,
		"Attention": attentionRule, "RotaryEmbedding": rotaryRule,
		"LinearAttention": linearAttentionRule, "CausalConvWithState": causalConvRule,
		"Conv": convRule, "ConvTranspose": convTransposeRule,
		"MaxPool": maxPoolRule, "AveragePool": averagePoolRule, "LpPool": lpPoolRule,
		"GlobalAveragePool": globalAveragePoolRule, "GlobalMaxPool": globalMaxPoolRule, "GlobalLpPool": globalLpPoolRule,

		// Reductions.
		"ReduceSum": reduceSumRule, "ReduceMean": reduceMeanRule, "ReduceProd": reduceProdRule,
		"ReduceMax": reduceExtremeRule, "ReduceMin": reduceExtremeRule,
		"ReduceL1": reduceL1Rule, "ReduceL2": reduceL2Rule, "ReduceSumSquare": reduceSumSquareRule,
		"ReduceLogSum": reduceLogSumRule, "ReduceLogSumExp": reduceLogSumExpRule,

		// Normalizations and losses.
		"LayerNormalization": layerNormRule, "RMSNormalization": rmsNormRule, "BatchNormalization": batchNormRule,
		"InstanceNormalization": instanceNormRule, "GroupNormalization": groupNormRule,
		"MeanVarianceNormalization": mvnRule, "LpNormalization": lpNormRule, "LRN": lrnRule,
		"NegativeLogLikelihoodLoss": nllLossRule, "SoftmaxCrossEntropyLoss": softmaxCrossEntropyRule,

		// Moves.
		"Reshape": reshapeRule, "Squeeze": reshapeRule, "Unsqueeze": reshapeRule, "Flatten": reshapeRule,
		"Expand": expandRule, "Transpose": transposeRule, "Concat": concatRule, "Split": splitRule, "Pad": padRule,
		"Slice": moveRule, "Gather": moveRule, "GatherND": moveRule, "Tile": moveRule, "Compress": moveRule,
		"DepthToSpace": moveRule, "SpaceToDepth": moveRule, "ReverseSequence": moveRule, "CenterCropPad": moveRule,
		"MaxUnpool": moveRule, "Resize": resizeRule, "Upsample": resizeRule, "TopK": topKRule, "Trilu": triluRule,
		"GatherElements": gatherElementsRule, "Scatter": scatterElementsRule, "ScatterElements": scatterElementsRule,
		"ScatterND": scatterNDRule, "TensorScatter": tensorScatterRule, "OneHot": oneHotRule,

		// Transforms, grids and numbers.
		"DFT": dftRule, "STFT": stftRule, "Det": detRule, "AffineGrid": affineGridRule, "Col2Im": col2ImRule,
		"Range": rangeRule, "Unique": uniqueRule, "DequantizeLinear": dequantizeRule,

		// Sampling.
		"GridSample": gridSampleRule, "DeformConv": deformConvRule, "RoiAlign": roiAlignRule, "MaxRoiPool": maxRoiPoolRule,

		// Sequences and optional values.
		"SequenceConstruct": sequenceConstructRule, "SequenceAt": sequenceAtRule, "SequenceInsert": sequenceInsertRule,
		"SequenceErase": sequenceEraseRule, "SplitToSequence": splitToSequenceRule,
		"ConcatFromSequence": concatFromSequenceRule, "SequenceMap": sequenceMapRule,
		"Optional": identityRule, "OptionalGetElement": identityRule,

		// Traditional machine learning.
		"ai.onnx.ml.Scaler": scalerRule, "ai.onnx.ml.Normalizer": normalizerRule, "ai.onnx.ml.Imputer": imputerRule,
		"ai.onnx.ml.ArrayFeatureExtractor": arrayFeatureExtractorRule, "ai.onnx.ml.FeatureVectorizer": featureVectorizerRule,
		"ai.onnx.ml.LinearRegressor": linearRegressorRule, "ai.onnx.ml.LinearClassifier": linearClassifierRule,
		"ai.onnx.ml.SVMRegressor": svmRegressorRule,

		// onnxruntime's own.
		"com.microsoft.Gelu": geluRule, "com.microsoft.QuickGelu": quickGeluRule,
		"com.microsoft.FastGelu": biasGeluRule(true), "com.microsoft.BiasGelu": biasGeluRule(false),
		"SimplifiedLayerNormalization": simplifiedNormRule, "com.microsoft.SimplifiedLayerNormalization": simplifiedNormRule,
		"com.microsoft.SkipLayerNormalization":           skipNormRule(true, 4),
		"com.microsoft.SkipSimplifiedLayerNormalization": skipNormRule(false, 3),
		"com.microsoft.FusedMatMul":                      fusedMatMulRule, "com.microsoft.Inverse": inverseRule,

		// Optimizers.
		trainingDomain + ".Adagrad": adagradRule, trainingDomain + ".Adam": adamRule, trainingDomain + ".Momentum": momentumRule,

		// Constant wherever they have a derivative, or of no number at all.
		"Sign": zero, "Floor": zero, "Ceil": zero, "Round": zero, "Hardmax": zero,
		"Equal": zero, "Greater": zero, "GreaterOrEqual": zero, "Less": zero, "LessOrEqual": zero,
		"And": zero, "Or": zero, "Xor": zero, "Not": zero, "IsNaN": zero, "IsInf": zero,
		"ArgMax": zero, "ArgMin": zero, "NonZero": zero, "NonMaxSuppression": zero,
		"SequenceLength": zero, "OptionalHasElement": zero, "QuantizeLinear": zero, "DynamicQuantizeLinear": zero,
		"QLinearMatMul": zero, "QLinearConv": zero, "TfIdfVectorizer": zero,
		"ai.onnx.ml.Binarizer": zero, "ai.onnx.ml.OneHotEncoder": zero, "ai.onnx.ml.LabelEncoder": zero,
		"ai.onnx.ml.TreeEnsemble": zero, "ai.onnx.ml.TreeEnsembleRegressor": zero, "ai.onnx.ml.TreeEnsembleClassifier": zero,
		"Shape": zero, "Size": zero, "ConstantOfShape": zero, "EyeLike": zero,
		"RandomNormalLike": zero, "RandomUniformLike": zero, "Bernoulli": zero, "Multinomial": zero,
	}
}
