"""Measures the accuracy of onnxruntime on the cases of conformance/accuracy.

Reads conformance/accuracy/cases.json, draws the inputs that its package draws
(SplitMix64; the steps stand in inputs.go), runs each node in onnxruntime on the
CPU without graph optimizations, compares with references in numpy's float64,
and writes conformance/accuracy/onnxruntime.json: the largest error in units in
the last place of float32, and sums over the exact results by which the tests
compare these references with theirs.
"""

import itertools
import json
from pathlib import Path

import numpy as np
import onnxruntime
from onnx import ValueInfoProto, helper
from scipy import special

FOLDER = Path(__file__).resolve().parents[2] / "conformance" / "accuracy"
WRONG = 1e30


def main():
    results = {}
    for case in json.loads((FOLDER / "cases.json").read_text()):
        name = f"{case['operator']}, {case['what']}"
        inputs = [draw(i, seed(f"{name}/{k}")) for k, i in enumerate(case["inputs"])]
        attributes = {k: np.float32(v) if kind == "f" else v for k, (kind, v) in (case["attrs"] or {}).items()}
        with np.errstate(all="ignore"):
            want, scale = REFERENCES[case["operator"]](attributes, *(x.astype(np.float64) for x in inputs))
        want, scale = want.ravel(), np.broadcast_to(scale, want.shape).ravel()
        try:
            got = run(case, inputs, attributes)
        except Exception as e:  # its own types, for what it lacks
            print(f"{name}: {str(e)[:150]}")
            continue
        finite = np.isfinite(want)
        results[name] = {
            "ulp": float(np.ceil(distance(got, want, scale) * 1000) / 1000),
            "sum": float(np.abs(want[finite]).sum()),
            "weighted": float((want * (np.arange(want.size) % 7 - 3))[finite].sum()),
        }
    out = {"onnxruntime": onnxruntime.__version__, "numpy": np.__version__, "results": results}
    (FOLDER / "onnxruntime.json").write_text(json.dumps(out, indent=1, sort_keys=True) + "\n")
    print(f"{len(results)} cases")


def seed(text):
    h = 0xCBF29CE484222325
    for b in text.encode():
        h = (h ^ b) * 0x100000001B3 % 2**64
    return h


def uniforms(start, n):
    """SplitMix64: n numbers in [0, 1)."""
    z = np.uint64(start) + np.arange(1, n + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ z >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ z >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return (z ^ z >> np.uint64(31)) >> np.uint64(11)


def draw(given, start):
    a, b, kind = given["a"], given["b"], given["kind"]
    n = int(np.prod(given["shape"]))
    taken = {"uniform": 1, "bell": 4, "bits": 3, "bits+": 3, "denormal": 2, "whole": 1, "value": 0}[kind]
    u = (uniforms(start, n * taken) * 2.0**-53).reshape(n, taken).T
    match kind:
        case "uniform":
            v = a + (b - a) * u[0]
        case "bell":
            v = a + b * (((u[0] + u[1]) + u[2]) + u[3] - 2)
        case "bits" | "bits+":
            v = np.ldexp(1 + u[1], (a + np.floor((b - a + 1) * u[0])).astype(int))
            if kind == "bits":
                v = np.where(u[2] < 0.5, -v, v)
        case "denormal":
            v = np.ldexp(np.floor(u[0] * 2**23), -149)
            v = np.where(u[1] < 0.5, -v, v)
        case "whole":
            return (a + np.floor((b - a) * u[0])).astype(np.int64).reshape(given["shape"])
        case "value":
            v = np.full(n, a)
    return v.astype(np.float32).reshape(given["shape"])


def run(case, inputs, attributes):
    names = [f"x{i}" for i in range(len(inputs))]
    # The standard wants the running statistics to be asked for in training.
    outputs = ["y", "mean", "var"] if attributes.get("training_mode") else ["y"]
    node = helper.make_node(case["operator"], names, outputs)
    for k, v in attributes.items():
        node.attribute.append(helper.make_attribute(k, float(v) if isinstance(v, np.float32) else v))
    infos = [helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(x.dtype), x.shape) for n, x in zip(names, inputs)]
    graph = helper.make_graph([node], "accuracy", infos, [])
    graph.output.append(ValueInfoProto(name="y"))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", case["opset"])], ir_version=10)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    options.intra_op_num_threads = 2
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(["y"], dict(zip(names, inputs)))[0].ravel()


def distance(got, want, scale):
    with np.errstate(all="ignore"):
        single = want.astype(np.float32)
        exact = (got == single) | (np.isnan(got) & np.isnan(single))
        odd = ~np.isfinite(single) | ~np.isfinite(got)
        _, e = np.frexp(np.where(np.isfinite(want), np.maximum(np.maximum(np.abs(want), scale), 2.0**-149), 1))
        units = np.ldexp(1.0, np.maximum(e - 24, -149))
        d = np.where(odd, np.where(exact, 0, WRONG), np.abs(got.astype(np.float64) - want) / units)
    return d.max()


def unary(f):
    return lambda a, x: (f(x), 0)


def binary(f):
    return lambda a, x, y: (f(x, y), 0)


def softplus(x):
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def elu(x, alpha=1.0):
    return np.where(x >= 0, x, alpha * np.expm1(np.minimum(x, 0)))


def gelu(a, x):
    if a.get("approximate") == "tanh":
        return x * sigmoid(2 * np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)), 0
    return x * special.erfc(-x / np.sqrt(2)) / 2, 0


def summands(*inputs, factor=1.0):
    terms = np.stack(inputs) * factor
    return terms.sum(0), np.abs(terms).max(0)


def reduce(f):
    """f returns the result and the scale of a row."""

    def reference(a, x):
        rows = np.ascontiguousarray(x.T if a["axes"][0] == 0 else x)
        return f(rows)

    return reference


def total(f):
    def rows(x):
        t = f(x)
        return t.sum(1), np.abs(t).max(1)

    return rows


def mean(x):
    return x.mean(1), np.abs(x).max(1) / x.shape[1]


def log_sum_exp(x):
    top = x.max(1)
    return top + np.log(np.exp(x - top[:, None]).sum(1)), np.abs(top)


def cum_sum(a, x, axis):
    y = np.cumsum(x, 1)
    return y, np.maximum(np.maximum.accumulate(np.abs(y), 1), np.maximum.accumulate(np.abs(x), 1))


def normalize(over, affine, center=True, deviation=None):
    def reference(a, x, *rest):
        axes, gamma, beta = over(a, x), *affine(x, *rest)
        g = x if not isinstance(axes, tuple) or axes[0] != "groups" else x.reshape(axes[1])
        at = axes if g is x else axes[2]
        m = g.mean(at, keepdims=True) if center else 0
        v = ((g - m) ** 2).mean(at, keepdims=True)
        d = deviation(v) if deviation else np.sqrt(v + np.float64(a.get("epsilon", np.float32(1e-5))))
        y = ((g - m) / d).reshape(x.shape) * gamma + beta
        return y, np.broadcast_to(np.maximum(np.abs(gamma), np.abs(beta)), x.shape)

    return reference


def last(x, gamma, beta=np.zeros(1)):
    return gamma, beta


def channels(x, gamma, beta, *_):
    return gamma[:, None], beta[:, None]


def groups(a, x):
    return "groups", (x.shape[0], a["num_groups"], -1), 2


def batch_norm(a, x, gamma, beta, m, v):
    if a.get("training_mode"):
        return normalize(lambda a, x: (0, 2), channels)(a, x, gamma, beta)
    d = np.sqrt(v + np.float64(np.float32(1e-5)))
    y = (x - m[:, None]) * (gamma / d)[:, None] + beta[:, None]
    return y, np.broadcast_to(np.maximum(np.abs(gamma), np.abs(beta))[:, None], x.shape)


def lp_norm(a, x):
    return x / np.linalg.norm(x, a["p"], 1, keepdims=True), 0


def lrn(a, x):
    size = a["size"]
    padded = np.pad(x * x, ((0, 0), ((size - 1) // 2, size // 2), (0, 0), (0, 0)))
    s = sum(padded[:, k : k + x.shape[1]] for k in range(size))
    alpha, beta = (np.float64(a.get(k, np.float32(v))) for k, v in (("alpha", 1e-4), ("beta", 0.75)))
    return x / (1 + alpha / size * s) ** beta, 0


def softmax(a, x):
    e = np.exp(x - x.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True), 0


def log_softmax(a, x):
    z = x - x.max(1, keepdims=True)
    l = np.log(np.exp(z).sum(1, keepdims=True))
    return z - l, np.maximum(-z, l)


def mat_mul(a, x, y):
    scale = np.zeros((x.shape[0], y.shape[1]))
    for k in range(x.shape[1]):
        np.maximum(scale, np.abs(np.multiply.outer(x[:, k], y[k])), out=scale)
    return x @ y, scale


def gemm(a, x, y, c):
    want, scale = mat_mul(a, x, y)
    return want + c, np.maximum(scale, np.abs(c))


def patches(x, size, pad=0):
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    return np.lib.stride_tricks.sliding_window_view(x, size, axis=(2, 3))


def conv(a, x, w):
    p = patches(x, w.shape[2:], a["pads"][0] if "pads" in a else 0)
    n, c, h, v = p.shape[:4]
    columns = p.transpose(1, 4, 5, 0, 2, 3).reshape(-1, n * h * v)
    want, scale = mat_mul(a, w.reshape(w.shape[0], -1), columns)
    shape = lambda y: y.reshape(-1, n, h, v).transpose(1, 0, 2, 3)
    return shape(want), shape(scale)


def conv_transpose(a, x, w):
    flipped = w.transpose(1, 0, 2, 3)[:, :, ::-1, ::-1]
    return conv({"pads": [w.shape[2] - 1]}, x, flipped)


def pool(f):
    def reference(a, x):
        p = patches(x, a["kernel_shape"])
        want, scale = f(p.reshape(-1, 9))
        return want, scale

    return reference


def overall(f):
    return lambda a, x: f(x.reshape(x.shape[0] * x.shape[1], -1))


def l2(x):
    return np.sqrt((x * x).sum(1)), 0


def attention(a, q, k, v):
    s = q @ k.swapaxes(2, 3) / np.sqrt(q.shape[3])
    e = np.exp(s - s.max(-1, keepdims=True))
    y = (e / e.sum(-1, keepdims=True)) @ v
    return y, np.broadcast_to(np.abs(v).max(2, keepdims=True), y.shape)


def recurrent(gates, cell):
    def reference(a, x, w, r, b):
        n = r.shape[2]
        h = c = np.zeros((x.shape[1], n))
        wb, rb = b[0, : gates * n], b[0, gates * n :]
        part = lambda m, k: m[..., k * n : (k + 1) * n]
        ys = []
        for row in x:
            xs = row @ w[0].T + wb
            h, c = cell(lambda k: part(xs, k), lambda k, h: h @ r[0, k * n : (k + 1) * n].T + part(rb, k), h, c)
            ys.append(h)
        return np.stack(ys)[:, None], 1.0

    return reference


def gru_cell(x, r, h, c):
    z = sigmoid(x(0) + r(0, h))
    s = sigmoid(x(1) + r(1, h))
    return (1 - z) * np.tanh(x(2) + r(2, s * h)) + z * h, c


def lstm_cell(x, r, h, c):
    i, o, f, g = (x(k) + r(k, h) for k in range(4))
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def dft(a, x):
    y = np.fft.fft(x[..., 0], axis=1)
    scale = np.linalg.norm(x[..., 0], axis=1)[:, None, None]
    y = np.stack([y.real, y.imag], -1)
    return y, np.broadcast_to(scale, y.shape)


def det(a, x):
    n = x.shape[1]
    products = [np.abs(x[:, range(n), p]).prod(1) for p in itertools.permutations(range(n))]
    return np.linalg.det(x), np.max(products, 0)


def grid_sample(a, x, grid):
    h, w = x.shape[2:]
    u, v = ((grid[0, ..., 0] + 1) * w - 1) / 2, ((grid[0, ..., 1] + 1) * h - 1) / 2
    padded = np.pad(x[0], ((0, 0), (1, 2), (1, 2)))
    j, i = np.floor(u).astype(int), np.floor(v).astype(int)
    p, q = u - j, v - i
    at = lambda di, dj: padded[:, i + 1 + di, j + 1 + dj]
    y = (1 - q) * ((1 - p) * at(0, 0) + p * at(0, 1)) + q * ((1 - p) * at(1, 0) + p * at(1, 1))
    return y, np.abs(x).max()


def cross_entropy(a, scores, labels):
    y = log_softmax(a, scores)[0][range(len(labels)), labels.astype(int)]
    return -y.mean(keepdims=True), 0


REFERENCES = {
    **{
        name: unary(f)
        for name, f in {
            "Exp": np.exp, "Log": np.log, "Sqrt": np.sqrt, "Reciprocal": np.reciprocal, "Tanh": np.tanh,
            "Sigmoid": sigmoid, "Softplus": softplus, "Softsign": lambda x: x / (1 + np.abs(x)), "Erf": special.erf,
            "Sin": np.sin, "Cos": np.cos, "Tan": np.tan, "Asin": np.arcsin, "Acos": np.arccos, "Atan": np.arctan,
            "Sinh": np.sinh, "Cosh": np.cosh, "Asinh": np.arcsinh, "Acosh": np.arccosh, "Atanh": np.arctanh,
            "Elu": elu, "Celu": lambda x: elu(x / 2) * 2,
            "Selu": lambda x: np.float64(np.float32(1.05070102214813232421875)) * elu(x, np.float64(np.float32(1.67326319217681884765625))),
            "Mish": lambda x: x * np.tanh(softplus(x)), "HardSwish": lambda x: x * np.clip(x / 6 + 0.5, 0, 1),
            "LeakyRelu": lambda x: np.where(x >= 0, x, np.float64(np.float32(0.01)) * x), "Swish": lambda x: x * sigmoid(x),
        }.items()
    },
    "Gelu": gelu,
    "Add": binary(np.add), "Sub": binary(np.subtract), "Mul": binary(np.multiply), "Div": binary(np.divide), "Pow": binary(np.power),
    "Sum": lambda a, *x: summands(*x),
    "Mean": lambda a, *x: summands(*x, factor=1 / len(x)),
    "ReduceSum": reduce(total(lambda x: x)), "ReduceL1": reduce(total(np.abs)), "ReduceSumSquare": reduce(total(np.square)),
    "ReduceMean": reduce(mean), "ReduceL2": reduce(l2),
    "ReduceLogSum": reduce(lambda x: (np.log(x.sum(1)), 0)), "ReduceLogSumExp": reduce(log_sum_exp),
    "ReduceProd": reduce(lambda x: (x.prod(1), 0)),
    "CumSum": cum_sum, "CumProd": lambda a, x, axis: (np.cumprod(x, 1), 0),
    "PRelu": binary(lambda x, slope: np.where(x >= 0, x, slope * x)),
    "HardSigmoid": unary(lambda x: np.clip(np.float64(np.float32(0.2)) * x + 0.5, 0, 1)),
    "Einsum": mat_mul, "DFT": dft, "Det": det, "GridSample": grid_sample, "SoftmaxCrossEntropyLoss": cross_entropy,
    "LayerNormalization": normalize(lambda a, x: 1, last),
    "RMSNormalization": normalize(lambda a, x: 1, last, center=False),
    "InstanceNormalization": normalize(lambda a, x: 2, channels),
    "GroupNormalization": normalize(groups, channels),
    "BatchNormalization": batch_norm,
    "MeanVarianceNormalization": normalize(lambda a, x: (0, 2, 3), lambda x: (np.ones(1), np.zeros(1)), deviation=lambda v: np.sqrt(v) + 1e-9),
    "LpNormalization": lp_norm, "LRN": lrn, "Softmax": softmax, "LogSoftmax": log_softmax,
    "MatMul": mat_mul, "Gemm": gemm, "Conv": conv, "ConvTranspose": conv_transpose,
    "AveragePool": pool(mean), "LpPool": pool(l2),
    "GlobalAveragePool": overall(mean), "GlobalLpPool": overall(l2),
    "Attention": attention,
    "RNN": recurrent(1, lambda x, r, h, c: (np.tanh(x(0) + r(0, h)), c)),
    "GRU": recurrent(3, gru_cell),
    "LSTM": recurrent(4, lstm_cell),
}


if __name__ == "__main__":
    main()
