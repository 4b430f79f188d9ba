"""Makes test vectors for the operators that the ONNX project has few for.

Each case is one operator of ai.onnx.ml or one on text with random attributes
and inputs; the expected outputs are onnxruntime's. The cases are laid out as
backend-test folders in one archive

    conformance/testdata/extra/ml.tar.zst
        ml/CASE/model.onnx
        ml/CASE/test_data_set_0/{input,output}_K.pb

Left out is what the standard defines and onnxruntime does otherwise: see the
ml.md that this script writes beside the archive. With --random N it writes
other cases to --out instead, to compare the two runtimes at length.
"""

import argparse
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
from onnx import SequenceProto, TensorProto, helper, numpy_helper

from official_vectors import DESTINATION, compress, tar

ML = "ai.onnx.ml"
TRANSFORMS = ["NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT"]

README = """# Vectors of ai.onnx.ml and text

`ml.tar.zst` holds {count} cases in the layout of the standard's backend tests whose expected outputs are those of onnxruntime {version}, for operators that the official vectors hardly cover. Attributes and inputs are random, from fixed seeds. `python testdata/export/ml_vectors.py` makes them.

Not among them, because the standard says what onnxruntime does not do:

- labels of a binary TreeEnsembleClassifier whose leaves vote for both classes (onnxruntime returns 0 or 1, whatever the labels, and 1 as soon as the second score is positive), and the base values of one with two;
- the post_transforms 1 (SOFTMAX) and 2 (LOGISTIC) of TreeEnsemble, which onnxruntime has the other way round;
- post_transform LOGISTIC for a single target, and any post_transform of SVMRegressor (onnxruntime ignores them);
- base values of TreeEnsembleRegressor for a target that no leaf votes for (onnxruntime leaves them out);
- sets of TreeEnsemble with other members than positive integers (onnxruntime refuses fractions and gets 0 and negative ones wrong);
- NaN at a split BRANCH_NEQ or BRANCH_MEMBER (onnxruntime takes the true branch of the former whatever the node says).
"""


class Case:
    def __init__(self, node, inputs, ml=3, opset=18):
        self.node, self.inputs, self.ml, self.opset = node, inputs, ml, opset

    def model(self):
        infos = []
        for name, v in zip(self.node.input, self.inputs):
            if isinstance(v, dict):
                k, e = next(iter(v.items()))
                kt = TensorProto.STRING if isinstance(k, str) else TensorProto.INT64
                et = {str: TensorProto.STRING, float: TensorProto.FLOAT, int: TensorProto.INT64}[type(e)]
                t = helper.make_map_type_proto(kt, helper.make_tensor_type_proto(et, []))
                infos.append(helper.make_value_info(name, t))
            else:
                infos.append(helper.make_tensor_value_info(name, elem(v), v.shape))
        outs = [helper.make_empty_tensor_value_info(o) for o in self.node.output]
        if self.node.op_type == "ZipMap":
            ints = any(a.name == "classlabels_int64s" for a in self.node.attribute)
            t = helper.make_map_type_proto(
                TensorProto.INT64 if ints else TensorProto.STRING,
                helper.make_tensor_type_proto(TensorProto.FLOAT, []),
            )
            outs = [helper.make_value_info(self.node.output[0], helper.make_sequence_type_proto(t))]
        g = helper.make_graph([self.node], "case", infos, outs)
        ids = [helper.make_opsetid("", self.opset), helper.make_opsetid(ML, self.ml)]
        return helper.make_model(g, opset_imports=ids, ir_version=9, producer_name="ml_vectors")

    def run(self, model):
        o = ort.SessionOptions()
        o.log_severity_level = 4
        o.intra_op_num_threads = 1
        s = ort.InferenceSession(model.SerializeToString(), o, providers=["CPUExecutionProvider"])
        # The inferred types of the outputs are those of the run.
        outputs = s.run(None, dict(zip(self.node.input, self.inputs)))
        for info, v in zip(model.graph.output, outputs):
            if isinstance(v, np.ndarray):
                info.CopyFrom(helper.make_tensor_value_info(info.name, elem(v), None))
        return outputs


def elem(v):
    return TensorProto.STRING if v.dtype.kind in "OU" else helper.np_dtype_to_tensor_dtype(v.dtype)


def proto(v):
    if isinstance(v, dict):
        return numpy_helper.from_dict(v)
    if isinstance(v, list):
        s = SequenceProto(elem_type=SequenceProto.MAP)
        for d in v:
            s.map_values.append(mapping(d))
        return s
    if v.dtype.kind in "OU":
        return helper.make_tensor("", TensorProto.STRING, v.shape, [s.encode() for s in v.reshape(-1)])
    return numpy_helper.from_array(v)


def mapping(d):
    m = onnx.MapProto()
    m.key_type = TensorProto.STRING if isinstance(next(iter(d)), str) else TensorProto.INT64
    m.values.elem_type = SequenceProto.TENSOR
    for k, v in d.items():
        if isinstance(k, str):
            m.string_keys.append(k.encode())
        else:
            m.keys.append(k)
        t = np.array(v, object) if isinstance(v, str) else np.array(v, np.float32 if isinstance(v, float) else np.int64)
        m.values.tensor_values.append(proto(t))
    return m


def case_files(folder, case):
    model = case.model()
    outputs = case.run(model)
    files = {f"{folder}/model.onnx": model.SerializeToString(deterministic=True)}
    for kind, values in (("input", case.inputs), ("output", outputs)):
        for i, v in enumerate(values):
            p = mapping(v) if isinstance(v, dict) else proto(v)
            files[f"{folder}/test_data_set_0/{kind}_{i}.pb"] = p.SerializeToString(deterministic=True)
    return files


def f32(a):
    return np.asarray(a, np.float32).reshape(-1).tolist()


def features(rng, n, f, dtype, nan=False):
    if np.issubdtype(dtype, np.integer):
        return rng.integers(-4, 5, (n, f)).astype(dtype)
    # Many values coincide with thresholds.
    x = np.where(rng.random((n, f)) < 0.5, rng.integers(-4, 5, (n, f)) / 2, rng.normal(size=(n, f)))
    if nan:
        x[rng.random((n, f)) < 0.2] = np.nan
    return x.astype(dtype)


def grow(rng, depth, f, modes):
    """One tree as nested tuples, a leaf as None."""
    if depth == 0 or rng.random() < 0.15:
        return None
    value = rng.integers(-4, 5) / 2 if rng.random() < 0.7 else rng.normal()
    return (rng.integers(f), float(value), rng.choice(modes), int(rng.integers(2)),
            grow(rng, depth - 1, f, modes), grow(rng, depth - 1, f, modes))


def nodes(trees):
    """The nodes_* attributes, and the leaves as (tree, node)."""
    cols = {k: [] for k in ("treeids", "nodeids", "featureids", "values", "modes", "missing_value_tracks_true", "truenodeids", "falsenodeids")}
    leaves = []

    def put(t, tree, count):
        at, me = len(cols["treeids"]), count[0]
        count[0] += 1
        row = (tree, me, 0, 0.0, "LEAF", 0, 0, 0) if t is None else (tree, me, int(t[0]), t[1], str(t[2]), t[3], 0, 0)
        for c, v in zip(cols.values(), row):
            c.append(v)
        if t is None:
            leaves.append((tree, me))
            return me
        cols["truenodeids"][at] = put(t[4], tree, count)
        cols["falsenodeids"][at] = put(t[5], tree, count)
        return me

    for i, t in enumerate(trees):
        put(t, i, [0])
    return {"nodes_" + k: v for k, v in cols.items()}, leaves


def as_tensors(attrs, names, double):
    if double:
        for n in names:
            if n in attrs:
                attrs[n + "_as_tensor"] = numpy_helper.from_array(np.array(attrs.pop(n), np.float64), n)
    return attrs


def ensemble(rng, mixed):
    f = int(rng.integers(1, 6))
    modes = ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ"]
    dtype = rng.choice([np.float32, np.float64, np.int64, np.int32])
    if not mixed:
        modes = [rng.choice(modes[:4])]
    nan = "BRANCH_NEQ" not in modes and rng.random() < 0.5
    attrs, leaves = nodes([grow(rng, int(rng.integers(0, 6)), f, modes) for _ in range(rng.integers(1, 9))])
    if not nan:
        del attrs["nodes_missing_value_tracks_true"]
    x = features(rng, int(rng.integers(1, 40)), f, dtype, nan and dtype in (np.float32, np.float64))
    return attrs, leaves, x, bool(dtype == np.float64 and rng.random() < 0.5)


def tree_regressor(rng):
    attrs, leaves, x, double = ensemble(rng, rng.random() < 0.5)
    if x.dtype.kind == "i":
        x = x.astype(np.float32)
    targets = int(rng.integers(1, 5))
    base = rng.random() < 0.5
    votes = [(t, n, i) for t, n in leaves for i in sorted(rng.choice(targets, targets if base else rng.integers(1, targets + 1), replace=False))]
    post = rng.choice(TRANSFORMS)
    if targets == 1 and post == "LOGISTIC":
        post = "NONE"
    attrs.update(
        n_targets=targets, post_transform=str(post), aggregate_function=str(rng.choice(["SUM", "AVERAGE", "MIN", "MAX"])),
        target_treeids=[v[0] for v in votes], target_nodeids=[v[1] for v in votes], target_ids=[int(v[2]) for v in votes],
        target_weights=f32(rng.normal(size=len(votes))),
    )
    if base:
        attrs["base_values"] = f32(rng.normal(size=targets))
    as_tensors(attrs, ["nodes_values", "target_weights", "base_values"], double)
    return Case(helper.make_node("TreeEnsembleRegressor", ["X"], ["Y"], domain=ML, **attrs), [x])


def tree_classifier(rng):
    attrs, leaves, x, double = ensemble(rng, rng.random() < 0.5)
    binary = rng.random() < 0.6
    classes = 2 if binary else int(rng.integers(3, 6))
    if binary:
        voice = int(rng.integers(2))
        votes = [(t, n, voice) for t, n in leaves]
    else:
        votes = [(t, n, i) for t, n in leaves for i in sorted(rng.choice(classes, rng.integers(1, classes + 1), replace=False))]
    w = rng.normal(size=len(votes))
    if rng.random() < 0.5:
        w = abs(w) / 4
    attrs.update(
        post_transform=str(rng.choice(TRANSFORMS[:4] if binary else TRANSFORMS)),
        class_treeids=[v[0] for v in votes], class_nodeids=[v[1] for v in votes], class_ids=[int(v[2]) for v in votes],
        class_weights=f32(w),
    )
    if rng.random() < 0.5:
        attrs["base_values"] = f32(rng.normal(size=1 if binary else classes))
    if rng.random() < 0.5:
        attrs["classlabels_strings"] = ["class%d" % i for i in range(classes)]
    else:
        attrs["classlabels_int64s"] = rng.choice(100, classes, replace=False).tolist()
    as_tensors(attrs, ["nodes_values", "class_weights", "base_values"], double)
    return Case(helper.make_node("TreeEnsembleClassifier", ["X"], ["Y", "Z"], domain=ML, **attrs), [x])


def tree_ensemble(rng):
    f, targets = int(rng.integers(1, 5)), int(rng.integers(1, 4))
    dtype = rng.choice([np.float32, np.float64])
    cols = {k: [] for k in ("featureids", "splits", "modes", "truenodeids", "falsenodeids", "trueleafs", "falseleafs", "missing_value_tracks_true")}
    ids, weights, members, roots = [], [], [], []

    def leaf():
        ids.append(int(rng.integers(targets)))
        weights.append(rng.normal())
        return len(ids) - 1

    sets = rng.random() < 0.5

    def put(depth):
        at = len(cols["splits"])
        mode = int(rng.integers(0, 5)) if not sets or rng.random() < 0.6 else 6
        for c, v in zip(cols.values(), (int(rng.integers(f)), rng.integers(-4, 5) / 2, mode, 0, 0, 0, 0, int(rng.integers(2)))):
            c.append(v)
        if mode == 6:
            members.append(rng.choice(np.arange(1, 9), rng.integers(1, 5), replace=False))  # see README_ml.md
        for side in ("true", "false"):
            if depth == 0 or rng.random() < 0.2:
                cols[side + "nodeids"][at], cols[side + "leafs"][at] = leaf(), 1
            else:
                cols[side + "nodeids"][at] = put(depth - 1)
        return at

    for _ in range(rng.integers(1, 6)):
        roots.append(put(int(rng.integers(0, 4))))
    attrs = {"nodes_" + k: v for k, v in cols.items()}
    attrs["nodes_splits"] = numpy_helper.from_array(np.array(cols["splits"], dtype))
    attrs["nodes_modes"] = numpy_helper.from_array(np.array(cols["modes"], np.uint8))
    nan = not members
    if members:
        del attrs["nodes_missing_value_tracks_true"]
        flat = np.concatenate([v for m in members for v in (m, [np.nan])])
        attrs["membership_values"] = numpy_helper.from_array(flat.astype(dtype))
    post = int(rng.choice([0, 3, 4]))
    attrs.update(
        tree_roots=roots, leaf_targetids=ids, leaf_weights=numpy_helper.from_array(np.array(weights, dtype)), n_targets=targets,
        aggregate_function=int(rng.integers(4)), post_transform=post,
    )
    x = features(rng, int(rng.integers(1, 30)), f, dtype, nan)
    return Case(helper.make_node("TreeEnsemble", ["X"], ["Y"], domain=ML, **attrs), [x], ml=5)


def labels(rng, attrs, classes, strings, ints):
    if rng.random() < 0.5:
        attrs[strings] = ["l%d" % i for i in range(classes)]
    else:
        attrs[ints] = rng.choice(100, classes, replace=False).tolist()


def numbers(rng):
    return rng.choice([np.float32, np.float64, np.int64, np.int32])


def linear_classifier(rng):
    f, n = int(rng.integers(1, 7)), int(rng.integers(1, 9))
    functions = int(rng.integers(1, 5))
    post = str(rng.choice(TRANSFORMS if functions > 1 else TRANSFORMS[:4]))
    attrs = dict(coefficients=f32(rng.normal(size=functions * f)), intercepts=f32(rng.normal(size=functions)), post_transform=post)
    labels(rng, attrs, max(2, functions), "classlabels_strings", "classlabels_ints")
    return Case(helper.make_node("LinearClassifier", ["X"], ["Y", "Z"], domain=ML, **attrs), [features(rng, n, f, numbers(rng))], ml=1)


def linear_regressor(rng):
    f, n, targets = int(rng.integers(1, 7)), int(rng.integers(1, 9)), int(rng.integers(1, 4))
    post = str(rng.choice(TRANSFORMS))
    if targets == 1 and post == "LOGISTIC":
        post = "NONE"
    attrs = dict(coefficients=f32(rng.normal(size=targets * f)), targets=targets, post_transform=post)
    if rng.random() < 0.7:
        attrs["intercepts"] = f32(rng.normal(size=targets))
    return Case(helper.make_node("LinearRegressor", ["X"], ["Y"], domain=ML, **attrs), [features(rng, n, f, np.float32)], ml=1)


def kernel(rng):
    return dict(kernel_type=str(rng.choice(["LINEAR", "POLY", "RBF", "SIGMOID"])),
                kernel_params=f32([abs(rng.normal()), rng.normal(), rng.integers(1, 5)]))


def svm_regressor(rng):
    f, n, count = int(rng.integers(1, 6)), int(rng.integers(1, 9)), int(rng.integers(0, 9))
    attrs = kernel(rng)
    attrs.update(n_supports=count, rho=f32(rng.normal(size=1)), one_class=int(rng.integers(2)), coefficients=f32(rng.normal(size=count or f)))
    if count:
        attrs["support_vectors"] = f32(rng.normal(size=count * f))
    return Case(helper.make_node("SVMRegressor", ["X"], ["Y"], domain=ML, **attrs), [features(rng, n, f, np.float32)], ml=1)


def svm_classifier(rng):
    f, n = int(rng.integers(1, 6)), int(rng.integers(1, 9))
    classes = int(rng.integers(2, 6))
    pairs = classes * (classes - 1) // 2
    attrs = kernel(rng)
    sign = abs if rng.random() < 0.3 else np.asarray
    post = TRANSFORMS[:4]
    if rng.random() < 0.3:
        attrs.update(coefficients=f32(sign(rng.normal(size=classes * f))), rho=f32(rng.normal(size=classes)))
    else:
        per = rng.integers(1, 4, classes)
        attrs.update(vectors_per_class=per.tolist(), support_vectors=f32(rng.normal(size=per.sum() * f)),
                     coefficients=f32(sign(rng.normal(size=(classes - 1) * per.sum()))), rho=f32(rng.normal(size=pairs)))
        if rng.random() < 0.5:
            attrs.update(prob_a=f32(-abs(rng.normal(size=pairs))), prob_b=f32(rng.normal(size=pairs)))
    attrs["post_transform"] = str(rng.choice(post))
    labels(rng, attrs, classes, "classlabels_strings", "classlabels_ints")
    return Case(helper.make_node("SVMClassifier", ["X"], ["Y", "Z"], domain=ML, **attrs), [features(rng, n, f, numbers(rng))], ml=1)


def scaler(rng):
    f, n = int(rng.integers(1, 7)), int(rng.integers(1, 9))
    k = 1 if rng.random() < 0.4 else f
    x = features(rng, n, f, numbers(rng))
    return Case(helper.make_node("Scaler", ["X"], ["Y"], domain=ML, offset=f32(rng.normal(size=k)), scale=f32(rng.normal(size=k))), [x], ml=1)


def normalizer(rng):
    x = features(rng, int(rng.integers(1, 9)), int(rng.integers(1, 6)), numbers(rng))
    x[0] = 0
    return Case(helper.make_node("Normalizer", ["X"], ["Y"], domain=ML, norm=str(rng.choice(["MAX", "L1", "L2"]))), [x], ml=1)


def binarizer(rng):
    x = features(rng, 4, 3, np.float32)
    return Case(helper.make_node("Binarizer", ["X"], ["Y"], domain=ML, threshold=float(rng.integers(-4, 5) / 2)), [x], ml=1)


def imputer(rng):
    f = int(rng.integers(1, 5))
    k = 1 if rng.random() < 0.5 else f
    if rng.random() < 0.5:
        x, old = features(rng, 5, f, np.float32, True), float(rng.choice([np.nan, 0.5, 1]))
        attrs = dict(imputed_value_floats=f32(rng.normal(size=k)), replaced_value_float=old)
    else:
        x = features(rng, 5, f, np.int64)
        attrs = dict(imputed_value_int64s=rng.integers(-9, 9, k).tolist(), replaced_value_int64=int(rng.integers(-4, 5)))
    return Case(helper.make_node("Imputer", ["X"], ["Y"], domain=ML, **attrs), [x], ml=1)


def one_hot_encoder(rng):
    shape = rng.integers(1, 4, rng.integers(1, 3))
    if rng.random() < 0.5:
        x = rng.choice(np.array(["a", "b", "c", "d"], object), shape)
        attrs = dict(cats_strings=["c", "a", "b"])
    else:
        x = rng.integers(0, 6, shape).astype(rng.choice([np.int64, np.float32, np.float64]))
        attrs = dict(cats_int64s=[3, 1, 5, 2])
    return Case(helper.make_node("OneHotEncoder", ["X"], ["Y"], domain=ML, zeros=1, **attrs), [x], ml=1)


def feature_extractor(rng):
    shape = rng.integers(1, 5, rng.integers(1, 4))
    x = features(rng, int(np.prod(shape)), 1, numbers(rng)).reshape(shape)
    y = rng.integers(0, shape[-1], rng.integers(1, 6)).astype(np.int64)
    return Case(helper.make_node("ArrayFeatureExtractor", ["X", "Y"], ["Z"], domain=ML), [x, y], ml=1)


def feature_vectorizer(rng):
    n, t, count = int(rng.integers(1, 5)), numbers(rng), int(rng.integers(1, 4))
    xs = [features(rng, n, int(rng.integers(1, 5)), t) for _ in range(count)]
    sizes = [max(1, x.shape[1] + int(rng.integers(-1, 2))) for x in xs]
    names = ["X%d" % i for i in range(count)]
    return Case(helper.make_node("FeatureVectorizer", names, ["Y"], domain=ML, inputdimensions=sizes), xs, ml=1)


def label_encoder(rng):
    kinds = {"strings": ["a", "b", "c", "ü", ""], "int64s": [5, -1, 0, 1 << 40, 7], "floats": [0.5, -2.0, 3.25, 1e30, 0.0]}
    k, v = str(rng.choice(list(kinds))), str(rng.choice(list(kinds)))
    keys = kinds[k][:4]
    dtype = {"strings": object, "int64s": np.int64, "floats": np.float32}[k]
    x = np.array([kinds[k][i] for i in rng.integers(0, 5, 6)], dtype).reshape(2, 3)
    attrs = {"keys_" + k: keys, "values_" + v: [kinds[v][i] for i in rng.integers(0, 5, 4)]}
    attrs.update(default_string="none", default_int64=-9, default_float=-9.5)
    return Case(helper.make_node("LabelEncoder", ["X"], ["Y"], domain=ML, **attrs), [x], ml=int(rng.choice([2, 4])))


def label_encoder_tensor(rng):
    pairs = [(np.float64, np.int64), (np.int64, np.float64), (np.float64, np.float64)]
    kt, vt = pairs[rng.integers(len(pairs))]
    keys = np.array([1, 2, 5, 7], kt)
    if kt == np.float64:
        keys[3] = np.nan
    x = np.append(keys, np.array([3, 2], kt)).reshape(3, 2)
    attrs = {k: numpy_helper.from_array(a, k) for k, a in (("keys_tensor", keys), ("values_tensor", rng.permutation(4).astype(vt)), ("default_tensor", np.array([9], vt)))}
    return Case(helper.make_node("LabelEncoder", ["X"], ["Y"], domain=ML, **attrs), [x], ml=4)


def category_mapper(rng):
    if rng.random() < 0.5:
        x = rng.choice(np.array(["a", "b", "z"], object), (2, 3))
    else:
        x = rng.integers(0, 5, (2, 3)).astype(np.int64)
    attrs = dict(cats_strings=["a", "b", "c"], cats_int64s=[3, 1, 2], default_string="?", default_int64=-5)
    return Case(helper.make_node("CategoryMapper", ["X"], ["Y"], domain=ML, **attrs), [x], ml=1)


def zip_map(rng):
    classes = int(rng.integers(1, 5))
    attrs = {}
    labels(rng, attrs, classes, "classlabels_strings", "classlabels_int64s")
    x = features(rng, int(rng.integers(1, 4)), classes, np.float32)
    return Case(helper.make_node("ZipMap", ["X"], ["Z"], domain=ML, **attrs), [x], ml=1)


def cast_map(rng):
    keys = sorted(rng.choice(6, 3, replace=False).tolist(), reverse=True)
    to = str(rng.choice(["TO_FLOAT", "TO_STRING", "TO_INT64"]))
    m = {k: float(np.float32(rng.normal() * 10)) for k in keys}  # Python cannot feed maps of strings
    form = str(rng.choice(["DENSE", "SPARSE"]))
    return Case(helper.make_node("CastMap", ["X"], ["Y"], domain=ML, cast_to=to, map_form=form, max_map=6), [m], ml=1)


def dict_vectorizer(rng):
    if rng.random() < 0.5:
        words = ["a", "b", "c", "d"]
        m, attrs = {k: float(np.float32(rng.normal())) for k in rng.choice(words, 2, replace=False).tolist()}, dict(string_vocabulary=words)
    else:
        m, attrs = {int(k): float(np.float32(rng.normal())) for k in rng.choice(5, 3, replace=False)}, dict(int64_vocabulary=[4, 3, 2, 1, 0])
    return Case(helper.make_node("DictVectorizer", ["X"], ["Y"], domain=ML, **attrs), [m], ml=1)


def tf_idf_vectorizer(rng):
    items = np.array(["a", "b", "c", "d"], object) if rng.random() < 0.5 else np.array([3, 5, -7, 11])
    shortest = int(rng.integers(1, 4))
    longest = int(rng.integers(shortest, 4))
    pool, starts, count = [], [], 0
    for n in range(1, 4):
        starts.append(len(pool))
        grams = {tuple(rng.integers(0, 3, n)) for _ in range(rng.integers(1, 5))}
        for g in sorted(grams):
            pool += [items[i] for i in g]
        count += len(grams)
    attrs = dict(mode=str(rng.choice(["TF", "IDF", "TFIDF"])), min_gram_length=shortest, max_gram_length=longest,
                 max_skip_count=int(rng.integers(0, 4)), ngram_counts=starts, ngram_indexes=rng.permutation(count).tolist())
    strings = items.dtype == object
    attrs["pool_strings" if strings else "pool_int64s"] = [v if strings else int(v) for v in pool]
    if rng.random() < 0.7:
        attrs["weights"] = f32(rng.random(count))
    shape = (int(rng.integers(1, 12)),) if rng.random() < 0.4 else (int(rng.integers(1, 4)), int(rng.integers(1, 12)))
    x = items[rng.integers(0, 4, shape)]
    if not strings:
        x = x.astype(rng.choice([np.int64, np.int32]))
    return Case(helper.make_node("TfIdfVectorizer", ["X"], ["Y"], **attrs), [x])


def string_split(rng):
    delimiter = str(rng.choice(["", ",", ", ", "--"]))
    x = np.array(["a,b, c", " x  y ", "no", "--a----b--", "é,ß--ü d"], object)
    attrs = dict(delimiter=delimiter)
    if rng.random() < 0.5:
        attrs["maxsplit"] = int(rng.integers(0, 4))
    return Case(helper.make_node("StringSplit", ["X"], ["Y", "Z"], **attrs), [x], opset=20)


def regex_full_match(rng):
    pattern = str(rng.choice([r"\d+", r"a|ab", r"(?i)straße", r"[\w.]+@\w+\.com", r"(a.)*", r"\pL+", r".*"]))
    x = np.array(["", "12", "12a", "ab", "abc", "STRASSE", "Straße", "me.too@x.com", "a\nb", "axaya"], object)
    return Case(helper.make_node("RegexFullMatch", ["X"], ["Y"], pattern=pattern), [x], opset=20)


GENERATORS = [
    tree_regressor, tree_classifier, tree_ensemble, linear_classifier, linear_regressor, svm_regressor, svm_classifier,
    scaler, normalizer, binarizer, imputer, one_hot_encoder, feature_extractor, feature_vectorizer, label_encoder,
    label_encoder_tensor, category_mapper, zip_map, cast_map, dict_vectorizer, tf_idf_vectorizer, string_split, regex_full_match,
]

# How many cases of each generator are recorded; the others give two.
RECORDED = {tree_classifier: 10, tree_regressor: 8, tree_ensemble: 6, linear_classifier: 5, svm_classifier: 6, svm_regressor: 4,
            tf_idf_vectorizer: 4, label_encoder: 4}


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--out", type=Path, default=DESTINATION / "extra")
    p.add_argument("--random", type=int, default=0, help="how many cases of each kind to write, other than the recorded ones")
    p.add_argument("--seed", type=int, default=1)
    args = p.parse_args()
    files, count = {}, 0
    for gen in GENERATORS:
        for i in range(args.random or RECORDED.get(gen, 2)):
            seed = [args.seed if args.random else 0, i, GENERATORS.index(gen)]
            folder = f"ml/{gen.__name__}_{i}"
            try:
                files.update(case_files(folder, gen(np.random.default_rng(seed))))
                count += 1
            except Exception as e:
                print(folder, str(e).strip().splitlines()[-1][:200])
    archive = args.out / "ml.tar.zst"
    archive.write_bytes(compress(tar(files)))
    print(f"{archive}: {count} cases, {archive.stat().st_size} bytes")
    if not args.random:
        (args.out / "ml.md").write_text(README.format(count=count, version=ort.__version__))


if __name__ == "__main__":
    main()
