"""Writes test vectors for the quantized operators of the domain com.microsoft.

Each case is one node with random inputs, in the layout of the official vectors:

    conformance/testdata/extra/contribq.tar.zst
        contribq/CASE/model.onnx
        contribq/CASE/test_data_set_0/{input,output}_K.pb

onnxruntime computes the outputs, with all graph optimizations off. Scales and
zero points are inputs like the others, but for what onnxruntime wants constant.
"""

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from official_vectors import DESTINATION, compress, tar

EXTRA = DESTINATION / "extra"
MICROSOFT = "com.microsoft"
rng = np.random.default_rng(20261124)
cases = {}


def f32(*shape, scale=1.0):
    return (rng.standard_normal(shape) * scale).astype(np.float32)


def u8(*shape, lo=0, hi=256):
    return rng.integers(lo, hi, shape).astype(np.uint8)


def s8(*shape, lo=-128, hi=128):
    return rng.integers(lo, hi, shape).astype(np.int8)


def scalar(value, dtype=np.float32):
    return np.array(value, dtype=dtype)


def zero(value, like):
    return np.array(value, dtype=like.dtype)


def case(name, op, inputs, attrs=None, outputs=1, constant=(), kind=TensorProto.UINT8):
    """constant lists the inputs that become initializers; kind is the output type."""
    assert name not in cases, name
    cases[name] = (op, inputs, attrs or {}, outputs, set(constant), kind)


def build(name, op, inputs, attrs, outputs, constant, kind, shapes):
    names = ["" if x is None else f"in{i}" for i, x in enumerate(inputs)]
    outs = [f"out{i}" for i in range(outputs)]
    node = helper.make_node(op, names, outs, domain=MICROSOFT, **attrs)
    fed = {n: x for i, (n, x) in enumerate(zip(names, inputs)) if n and i not in constant}
    graph = helper.make_graph(
        [node],
        f"contribq_{name}",
        [helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(x.dtype), x.shape) for n, x in fed.items()],
        [helper.make_tensor_value_info(o, kind, s) for o, s in zip(outs, shapes)],
        [numpy_helper.from_array(inputs[i], names[i]) for i in sorted(constant)],
    )
    imports = [helper.make_opsetid("", 21), helper.make_opsetid(MICROSOFT, 1)]
    return helper.make_model(graph, opset_imports=imports, ir_version=10, producer_name="onnxrun"), fed


def run(model, feeds):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    options.intra_op_num_threads = 1  # DynamicQuantizeLSTM quantizes the rows of each thread together
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(None, feeds)


def case_files(name, op, inputs, attrs, outputs, constant, kind):
    model, fed = build(name, op, inputs, attrs, outputs, constant, kind, [None] * outputs)
    results = [np.asarray(r) for r in run(model, fed)]
    model, _ = build(name, op, inputs, attrs, outputs, constant, kind, [r.shape for r in results])
    folder = f"contribq/{name}"
    files = {f"{folder}/model.onnx": model.SerializeToString(deterministic=True)}
    named = [(f"out{i}", r) for i, r in enumerate(results)]
    for kind, values in (("input", fed.items()), ("output", named)):
        for k, (n, x) in enumerate(values):
            files[f"{folder}/test_data_set_0/{kind}_{k}.pb"] = numpy_helper.from_array(x, n).SerializeToString(deterministic=True)
    return files


def conversions():
    x = f32(3, 5, 4, scale=20)
    for dtype, kind, z in ((np.uint8, TensorProto.UINT8, 100), (np.int8, TensorProto.INT8, -5),
                           (np.uint16, TensorProto.UINT16, 30000), (np.int16, TensorProto.INT16, 77)):
        name = np.dtype(dtype).name
        case(f"quantize_{name}", "QuantizeLinear", [x, scalar(0.173), scalar(z, dtype)], kind=kind)
        q = rng.integers(np.iinfo(dtype).min, np.iinfo(dtype).max, (3, 5, 4)).astype(dtype)
        case(f"dequantize_{name}", "DequantizeLinear", [q, scalar(0.173), scalar(z, dtype)], kind=TensorProto.FLOAT)
    axis = {"axis": 1}
    scales, zeros = np.abs(f32(5)) + np.float32(0.1), s8(5, lo=-20, hi=20)
    case("quantize_axis", "QuantizeLinear", [x, scales, zeros], axis, kind=TensorProto.INT8)
    case("dequantize_axis", "DequantizeLinear", [s8(3, 5, 4), scales, zeros], axis, kind=TensorProto.FLOAT)


def products():
    a, b = u8(2, 6, 32), s8(32, 9)
    sa, sb = scalar(0.021), scalar(0.0131)
    case("matmul_integer_to_float", "MatMulIntegerToFloat", [a, b, sa, sb, zero(110, a), zero(-3, b), f32(9)], kind=TensorProto.FLOAT)
    case("matmul_integer_to_float_columns", "MatMulIntegerToFloat", [a, b, sa, np.abs(f32(9)), zero(7, a), s8(9, lo=-9, hi=9)], constant=(1, 3, 5), kind=TensorProto.FLOAT)
    case("matmul_integer_to_float_plain", "MatMulIntegerToFloat", [a, u8(32, 9), sa, sb], kind=TensorProto.FLOAT)
    x = f32(2, 6, 32)
    case("dynamic_quantize_matmul", "DynamicQuantizeMatMul", [x, b, sb, zero(4, b), f32(9)], kind=TensorProto.FLOAT)
    case("dynamic_quantize_matmul_columns", "DynamicQuantizeMatMul", [x, b, np.abs(f32(9)), s8(9, lo=-9, hi=9)], constant=(1, 2, 3), kind=TensorProto.FLOAT)
    case("dynamic_quantize_matmul_plain", "DynamicQuantizeMatMul", [x, u8(32, 9), sb], kind=TensorProto.FLOAT)

    a, b = u8(7, 32), s8(32, 9)
    c = rng.integers(-4000, 4000, 9).astype(np.int32)
    sy, zy = scalar(0.37), scalar(90, np.uint8)
    case("gemm", "QGemm", [a, sa, zero(120, a), b, sb, zero(3, b), c, sy, zy])
    case("gemm_columns", "QGemm", [a, sa, zero(120, a), b, np.abs(f32(9, scale=0.02)), s8(9, lo=-9, hi=9), None, sy, zy], constant=(3, 4, 5))
    case("gemm_trans", "QGemm", [u8(32, 7), sa, zero(120, a), s8(9, 32), sb, zero(3, b), c.reshape(1, 9), sy, zy], {"transA": 1, "transB": 1, "alpha": 0.71})
    case("gemm_trans_constant", "QGemm", [s8(7, 32), sa, scalar(-20, np.int8), s8(9, 32), sb, zero(3, b), c, scalar(0.41), scalar(-10, np.int8)], {"transB": 1}, constant=(3, 4, 5), kind=TensorProto.INT8)
    case("gemm_float", "QGemm", [a, sa, zero(120, a), b, sb, zero(3, b), c], {"alpha": 1.3}, kind=TensorProto.FLOAT)


def elementwise():
    for op, name, sy in (("QLinearAdd", "add", 0.0437), ("QLinearMul", "mul", 0.0919)):
        a, b = u8(3, 4, 5), u8(4, 1)
        tail = [scalar(sy), scalar(117, np.uint8)]
        case(name, op, [u8(3, 4, 5), scalar(0.0213), zero(120, a), u8(3, 4, 5), scalar(0.0317), zero(130, b)] + tail)
        case(f"{name}_broadcast", op, [a, scalar(0.0213), zero(120, a), b, scalar(0.0317), zero(130, b)] + tail)
        a, b = s8(6), s8(2, 6)
        case(f"{name}_signed", op, [a, scalar(0.0213), zero(-7, a), b, scalar(0.0317), zero(9, b), scalar(sy), scalar(-20, np.int8)], kind=TensorProto.INT8)
    every = np.arange(256).astype(np.uint8).reshape(4, 64)
    signed = np.arange(-128, 128).astype(np.int8)
    for op, name, attrs in (("QLinearSigmoid", "sigmoid", {}), ("QLinearLeakyRelu", "leaky_relu", {"alpha": 0.137})):
        sy = 1 / 256.5 if name == "sigmoid" else 0.0293
        zy = 3 if name == "sigmoid" else 25
        case(name, op, [every, scalar(0.0413), scalar(131, np.uint8), scalar(sy), scalar(zy, np.uint8)], attrs)
        case(f"{name}_signed", op, [signed, scalar(0.0413), scalar(-5, np.int8), scalar(sy), scalar(-zy, np.int8)], attrs, constant=(1, 2, 3, 4), kind=TensorProto.INT8)
    x = u8(3, 4, 5)
    # onnxruntime multiplies by the integral part of 1 / y_scale: 1/256 is what quantizers choose.
    one = [scalar(1 / 256), scalar(2, np.uint8)]
    case("softmax", "QLinearSoftmax", [x, scalar(0.0173), zero(99, x)] + one, {"opset": 13, "axis": -1})
    case("softmax_axis", "QLinearSoftmax", [x, scalar(0.0173), zero(99, x)] + one, {"opset": 13, "axis": 1})
    case("softmax_flat", "QLinearSoftmax", [x, scalar(0.0073), zero(99, x)] + one, {"opset": 11, "axis": 1})
    x = s8(3, 4, 5)
    case("softmax_signed", "QLinearSoftmax", [x, scalar(0.0173), zero(9, x), scalar(1 / 256), scalar(-125, np.int8)], {"opset": 13, "axis": -1}, kind=TensorProto.INT8)
    case("concat", "QLinearConcat", [scalar(0.0537), scalar(123, np.uint8),
         u8(2, 3, 4), scalar(0.0537), scalar(123, np.uint8), u8(2, 1, 4), scalar(0.0413), scalar(12, np.uint8), u8(2, 2, 4), scalar(0.0813), scalar(100, np.uint8)], {"axis": 1})
    case("concat_signed", "QLinearConcat", [scalar(0.0537), scalar(-3, np.int8),
         s8(2, 3), scalar(0.0937), scalar(23, np.int8), s8(2, 1), scalar(0.0413), scalar(12, np.int8)], {"axis": -1}, constant=(0, 1, 3, 4, 6, 7), kind=TensorProto.INT8)


def pools():
    x = u8(2, 3, 7, 6)
    tail = [scalar(0.0413), scalar(120, np.uint8), scalar(0.0297), scalar(101, np.uint8)]
    case("average_pool", "QLinearAveragePool", [x] + tail, {"kernel_shape": [3, 2], "strides": [2, 1], "pads": [1, 0, 1, 1]})
    case("average_pool_pad", "QLinearAveragePool", [x] + tail, {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1], "count_include_pad": 1})
    case("average_pool_ceil", "QLinearAveragePool", [x] + tail, {"kernel_shape": [2, 2], "strides": [2, 2], "ceil_mode": 1})
    case("average_pool_last", "QLinearAveragePool", [u8(2, 7, 6, 3)] + tail, {"kernel_shape": [2, 2], "channels_last": 1})
    case("average_pool_signed", "QLinearAveragePool", [s8(1, 2, 9), scalar(0.0413), scalar(-12, np.int8), scalar(0.0297), scalar(10, np.int8)], {"kernel_shape": [4]}, kind=TensorProto.INT8)
    case("global_average_pool", "QLinearGlobalAveragePool", [x] + tail, {})
    case("global_average_pool_last", "QLinearGlobalAveragePool", [u8(2, 7, 6, 3)] + tail, {"channels_last": 1})


def attention():
    heads, width = 2, 8
    x, w = u8(2, 5, width), s8(width, 3 * width)
    sx, sw = scalar(0.0137), scalar(0.0091)
    bias = f32(3 * width)
    case("attention", "QAttention", [x, w, bias, sx, sw, None, zero(125, x), zero(2, w)], {"num_heads": heads}, kind=TensorProto.FLOAT)
    case("attention_causal", "QAttention", [x, w, bias, sx, sw, None, zero(125, x)], {"num_heads": heads, "unidirectional": 1}, kind=TensorProto.FLOAT)
    lengths = np.array([3, 5], dtype=np.int32)
    case("attention_lengths", "QAttention", [x, w, bias, sx, np.abs(f32(3 * width, scale=0.01)), lengths, zero(125, x), s8(3 * width, lo=-9, hi=9)], {"num_heads": heads}, constant=(1, 4, 7), kind=TensorProto.FLOAT)
    case("attention_past", "QAttention", [x, w, bias, sx, sw, None, zero(125, x), zero(2, w), f32(2, 2, heads, 3, width // heads)], {"num_heads": heads, "unidirectional": 1}, outputs=2, kind=TensorProto.FLOAT)


def lstm():
    inputs, hidden, steps, batch = 6, 5, 4, 3
    for name, directions, signed in (("lstm", 1, True), ("lstm_bidirectional", 2, False), ("lstm_peepholes", 1, False)):
        make, dtype, z = (s8, np.int8, 3) if signed else (u8, np.uint8, 130)
        w, r = make(directions, inputs, 4 * hidden), make(directions, hidden, 4 * hidden)
        b = f32(directions, 8 * hidden, scale=0.3)
        attrs = {"hidden_size": hidden, "direction": "bidirectional" if directions == 2 else "forward"}
        scales, zeros = np.full(directions, 0.0043, np.float32), np.full(directions, z, dtype)
        full = name == "lstm_bidirectional"
        case(name, "DynamicQuantizeLSTM", [
            f32(steps, batch, inputs), w, r, b,
            np.array([4, 2, 3], dtype=np.int32) if full else None,
            f32(directions, batch, hidden) if full else None, f32(directions, batch, hidden) if full else None,
            f32(directions, 3 * hidden, scale=0.3) if name == "lstm_peepholes" else None,
            scales, zeros, scales * np.float32(0.8), zeros,
        ], attrs, outputs=3, constant=(1, 2, 8, 9, 10, 11), kind=TensorProto.FLOAT)


def lstm_activations():
    inputs, hidden, steps, batch = 6, 5, 4, 3
    for name, activations, alphas, betas in (
        ("relu", ["Relu", "Softsign", "Relu"], None, None),
        ("hard_sigmoid", ["HardSigmoid", "ScaledTanh", "Affine"], [0.3, 0.8, 0.5], [0.4, 1.3, 0.1]),
        ("elu", ["Sigmoid", "Elu", "LeakyRelu"], [0.7, 0.2], None),
        ("softplus", ["Sigmoid", "Softplus", "ThresholdedRelu"], [0.3], None),
        ("defaults", ["HardSigmoid", "LeakyRelu", "Elu"], None, None),
        ("directions", ["Sigmoid", "Tanh", "Tanh", "HardSigmoid", "Relu", "Softsign"], [0.3], [0.4]),
    ):
        directions = len(activations) // 3
        w, r = s8(directions, inputs, 4 * hidden), s8(directions, hidden, 4 * hidden)
        attrs = {"hidden_size": hidden, "direction": "bidirectional" if directions == 2 else "forward", "activations": activations}
        if alphas:
            attrs["activation_alpha"] = alphas
        if betas:
            attrs["activation_beta"] = betas
        scales, zeros = np.full(directions, 0.0043, np.float32), np.full(directions, 3, np.int8)
        case(f"lstm_{name}", "DynamicQuantizeLSTM", [
            f32(steps, batch, inputs), w, r, f32(directions, 8 * hidden, scale=0.3), None, None, None, None,
            scales, zeros, scales * np.float32(0.8), zeros,
        ], attrs, outputs=3, constant=(1, 2, 8, 9, 10, 11), kind=TensorProto.FLOAT)


def attention_masks():
    heads, width = 2, 8
    x, w = u8(2, 5, width), s8(width, 3 * width)
    base = [x, w, f32(3 * width), scalar(0.0137), scalar(0.0091)]
    zeros = [zero(125, x), zero(2, w)]
    past = f32(2, 2, heads, 3, width // heads)
    mask = rng.integers(0, 2, (2, 8)).astype(np.int32)
    float32 = TensorProto.FLOAT
    case("attention_mask_past", "QAttention", [*base, mask, *zeros, past], {"num_heads": heads}, outputs=2, kind=float32)
    case("attention_mask_3d", "QAttention", [*base, rng.integers(0, 2, (2, 5, 5)).astype(np.int32), *zeros], {"num_heads": heads, "mask_filter_value": -50.0}, kind=float32)
    case("attention_ranges", "QAttention", [*base, np.array([4, 5, 1, 2], dtype=np.int32), *zeros], {"num_heads": heads, "scale": 0.4}, kind=float32)
    case("attention_packed_lengths", "QAttention", [*base, np.array([3, 4, 0, 3, 7, 0, 5, 10], dtype=np.int32), *zeros], {"num_heads": heads}, kind=float32)
    case("attention_share_no_past", "QAttention", [*base, None, *zeros], {"num_heads": heads, "past_present_share_buffer": 1}, outputs=2, kind=float32)


def main():
    conversions()
    products()
    elementwise()
    pools()
    attention()
    lstm()
    lstm_activations()
    attention_masks()
    files = {}
    for name, spec in cases.items():
        try:
            files.update(case_files(name, *spec))
        except Exception as e:
            raise RuntimeError(name) from e
    archive = EXTRA / "contribq.tar.zst"
    archive.write_bytes(compress(tar(files)))
    print(f"{archive}: {len(cases)} cases, {archive.stat().st_size} bytes")
    versions = f"onnxruntime {onnxruntime.__version__}"
    (EXTRA / "contribq.md").write_text(
        "# Vectors of quantized operators of com.microsoft\n\n"
        f"`contribq.tar.zst` holds {len(cases)} cases: single nodes of the domain com.microsoft in the layout of the official vectors, written by "
        f"`testdata/export/contribq_vectors.py`. The expected outputs are those of {versions} on a CPU without graph "
        f"optimizations. The files were written with onnx {onnx.__version__}. All inputs are random.\n"
    )


if __name__ == "__main__":
    main()
