"""Writes test vectors for the operators of the domain com.microsoft.

Each case is one node with random inputs, in the layout of the official vectors:

    conformance/testdata/extra/contrib.tar.zst
        contrib/CASE/model.onnx
        contrib/CASE/test_data_set_0/{input,output}_K.pb

onnxruntime computes the outputs, with all graph optimizations off. What it has
no kernel for on CPUs (GroupNorm, SkipGroupNorm, packed inputs, norms within
GroupQueryAttention), or gets wrong, numpy computes, or brings into a form that it
has. What is unspecified of an output is set to zeros.
"""

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper

from official_vectors import DESTINATION, compress, tar

EXTRA = DESTINATION / "extra"
MICROSOFT = "com.microsoft"
rng = np.random.default_rng(20261123)
cases = {}


def f32(*shape, scale=1.0):
    return (rng.standard_normal(shape) * scale).astype(np.float32)


def i32(*values):
    return np.array(values, dtype=np.int32)


def i64(*values):
    return np.array(values, dtype=np.int64)


def case(name, op, inputs, attrs=None, outputs=1, reference=None, domain=MICROSOFT):
    """outputs is how many there are, or a list that says which are wanted."""
    wanted = [True] * outputs if isinstance(outputs, int) else outputs
    assert name not in cases, name
    cases[name] = (op, inputs, attrs or {}, wanted, reference, domain)


def build(name, op, inputs, attrs, wanted, types, domain=MICROSOFT):
    """The model of one node, and its inputs by name."""
    names = ["" if x is None else f"in{i}" for i, x in enumerate(inputs)]
    outs = [f"out{i}" if w else "" for i, w in enumerate(wanted)]
    node = helper.make_node(op, names, outs, domain=domain, **attrs)
    present = {n: x for n, x in zip(names, inputs) if n}
    graph = helper.make_graph(
        [node],
        f"contrib_{name}",
        [helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(x.dtype), x.shape) for n, x in present.items()],
        [helper.make_tensor_value_info(n, t, s) for n, (t, s) in zip([o for o in outs if o], types)],
    )
    imports = [helper.make_opsetid("", 21), helper.make_opsetid(MICROSOFT, 1)]
    return helper.make_model(graph, opset_imports=imports, ir_version=10, producer_name="onnxrun"), present


def run(model, feeds):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(None, feeds)


def run_node(op, inputs, attrs, outputs=1):
    types = [(onnx.TensorProto.FLOAT, None)] * outputs
    return run(*build(op, op, inputs, attrs, [True] * outputs, types))


def case_files(name, op, inputs, attrs, wanted, reference, domain):
    kind = onnx.TensorProto.STRING if op == "Tokenizer" else onnx.TensorProto.FLOAT
    if op in ("NhwcMaxPool", "Trilu", "ExpandDims", "Inverse", "Pad", "FusedMatMul", "GroupQueryAttention"):
        kind = helper.np_dtype_to_tensor_dtype(inputs[0].dtype)
    types = [(kind, None)] * sum(wanted)
    if op == "EmbedLayerNormalization" and len(wanted) > 1 and wanted[1]:
        types[1] = (onnx.TensorProto.INT32, None)
    if op == "GroupQueryAttention" and inputs[3] is not None:
        types[1:3] = [(helper.np_dtype_to_tensor_dtype(inputs[3].dtype), None)] * 2
    if reference:
        results = reference(*inputs)
    else:
        results = run(*build(name, op, inputs, attrs, wanted, types, domain))
    results = [np.asarray(r) for r in results]
    final, present = build(name, op, inputs, attrs, wanted, [(t, r.shape) for (t, _), r in zip(types, results)], domain)

    folder = f"contrib/{name}"
    files = {f"{folder}/model.onnx": final.SerializeToString(deterministic=True)}
    for kind, values in (("input", present.items()), ("output", zip([o.name for o in final.graph.output], results))):
        for k, (n, x) in enumerate(values):
            files[f"{folder}/test_data_set_0/{kind}_{k}.pb"] = numpy_helper.from_array(x, n).SerializeToString(deterministic=True)
    return files


def activations():
    case("gelu", "Gelu", [f32(3, 17, scale=3)])
    case("quick_gelu", "QuickGelu", [f32(3, 17, scale=3)])
    case("quick_gelu_alpha", "QuickGelu", [f32(3, 17, scale=3)], {"alpha": 0.7})
    case("fast_gelu", "FastGelu", [f32(2, 3, 17)])
    case("fast_gelu_bias", "FastGelu", [f32(2, 3, 17), f32(17)])
    case("bias_gelu", "BiasGelu", [f32(2, 3, 17, scale=3), f32(17)])


def normalizations():
    x, skip, gamma, beta, bias = f32(2, 3, 20), f32(2, 3, 20), f32(20), f32(20), f32(20)
    case("skip_layer_norm", "SkipLayerNormalization", [x, skip, gamma, beta], {"epsilon": 1e-5})
    case("skip_layer_norm_no_beta", "SkipLayerNormalization", [x, skip, gamma])
    case("skip_layer_norm_all", "SkipLayerNormalization", [x, skip, gamma, beta, bias], {"epsilon": 1e-3}, [True, False, False, True])
    case("skip_layer_norm_one_skip", "SkipLayerNormalization", [x, skip[:1], gamma, beta, bias], {"epsilon": 1e-5})
    case("skip_layer_norm_2d_skip", "SkipLayerNormalization", [x, skip[0], gamma, beta], {"epsilon": 1e-5}, [True, False, False, True])
    case("skip_layer_norm_2d", "SkipLayerNormalization", [x[0], skip[0], gamma, beta], {"epsilon": 1e-5})
    case("skip_simplified_layer_norm", "SkipSimplifiedLayerNormalization", [x, skip, gamma], {"epsilon": 1e-6})
    case("skip_simplified_layer_norm_all", "SkipSimplifiedLayerNormalization", [x, skip, gamma, bias], {"epsilon": 1e-6}, [True, False, False, True])
    case("skip_simplified_layer_norm_2d", "SkipSimplifiedLayerNormalization", [x[0], skip[0], gamma])
    case("simplified_layer_norm", "SimplifiedLayerNormalization", [x, gamma], {"epsilon": 1e-5, "axis": -1, "stash_type": 1}, domain="")
    case("simplified_layer_norm_axis", "SimplifiedLayerNormalization", [x, f32(3, 20)], {"axis": 1}, 2, domain="")

    ids, segments = rng.integers(0, 11, (2, 5)).astype(np.int32), rng.integers(0, 2, (2, 5)).astype(np.int32)
    words, positions, kinds = f32(11, 16), f32(7, 16), f32(2, 16)
    gamma, beta = f32(16), f32(16)
    mask = np.array([[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]], dtype=np.int32)
    op = "EmbedLayerNormalization"
    case("embed_layer_norm", op, [ids, segments, words, positions, kinds, gamma, beta, mask], {"epsilon": 1e-5}, 2)
    case("embed_layer_norm_no_segments", op, [ids, None, words, positions, None, gamma, beta], outputs=2)
    case("embed_layer_norm_sum", op, [ids, segments, words, positions, kinds, gamma, beta], {"epsilon": 1e-5}, 3)
    order = rng.integers(0, 7, (2, 5)).astype(np.int32)
    case("embed_layer_norm_positions", op, [ids, None, words, positions, None, gamma, beta, mask, order], {"epsilon": 1e-5}, 3)
    case("embed_layer_norm_one_position_row", op, [ids, None, words, positions, None, gamma, beta, None, order[:1]], {"epsilon": 1e-5}, 2)


def group_norms():
    def normalize(x, gamma, beta, groups, epsilon, last, silu):
        x = x.astype(np.float64)
        if last:
            x = np.moveaxis(x, -1, 1)
        g = x.reshape(x.shape[0], groups, -1)
        g = (g - g.mean(-1, keepdims=True)) / np.sqrt(g.var(-1, keepdims=True) + epsilon)
        y = g.reshape(x.shape) * gamma[:, None, None] + beta[:, None, None]
        if silu:
            y = y / (1 + np.exp(-y))
        if last:
            y = np.moveaxis(y, 1, -1)
        return y.astype(np.float32)

    gamma, beta, bias = f32(8), f32(8), f32(8)
    for last in (1, 0):
        x = f32(2, 3, 5, 8) if last else f32(2, 8, 3, 5)
        attrs = {"groups": 4, "activation": last, "channels_last": last, "epsilon": 1e-4}
        name = "nhwc_silu" if last else "nchw"
        run = lambda x, *p, last=last: [normalize(x, gamma, beta, 4, 1e-4, last, last)]
        case(f"group_norm_{name}", "GroupNorm", [x, gamma, beta], attrs, reference=run)
    x, skip = f32(2, 3, 5, 8), f32(2, 3, 5, 8)
    attrs = {"groups": 2, "activation": 0}

    def with_skip(x, gamma, beta, skip, bias=0.0):
        s = x + (skip.reshape(2, 1, 1, 8) if skip.ndim == 2 else skip) + bias
        return [normalize(s, gamma, beta, 2, 1e-5, True, False), s]

    case("skip_group_norm", "SkipGroupNorm", [x, gamma, beta, skip, bias], attrs, 2, reference=with_skip)
    case("skip_group_norm_per_channel", "SkipGroupNorm", [x, gamma, beta, f32(2, 8)], attrs, 2, reference=with_skip)
    case("skip_group_norm_1x1", "SkipGroupNorm", [x, gamma, beta, f32(2, 1, 1, 8)], attrs, 2, reference=with_skip)


def attentions():
    x, w, b = f32(2, 5, 12), f32(12, 48, scale=0.3), f32(48)
    op = "Attention"
    heads = {"num_heads": 4}
    case("attention", op, [x, w, b], heads)
    case("attention_no_bias_scale", op, [x, w], heads | {"scale": 0.3})
    case("attention_causal", op, [x, w, b], heads | {"unidirectional": 1})
    case("attention_sizes", op, [x, f32(12, 8 + 8 + 12, scale=0.3), f32(28)], heads | {"qkv_hidden_sizes": [8, 8, 12]})
    case("attention_lengths", op, [x, w, b, i32(3, 5)], heads)
    case("attention_ranges", op, [x, w, b, i32(4, 5, 1, 2)], heads)
    keep = np.array([[1, 1, 0, 1, 0], [0, 1, 1, 1, 1]], dtype=np.int32)
    case("attention_mask", op, [x, w, b, keep], heads)
    case("attention_mask_causal", op, [x, w, b, keep], heads | {"unidirectional": 1})
    case("attention_mask_causal_lowest", op, [x, w, b, keep], heads | {"unidirectional": 1, "mask_filter_value": float(np.finfo(np.float32).min)})
    hidden = np.array([[0, 0, 1, 1, 1], [0, 0, 0, 0, 0]], dtype=np.int32)
    case("attention_mask_hides_all", op, [x, w, b, hidden], heads | {"unidirectional": 1})
    case("attention_mask_hides_all_lowest", op, [x, w, b, hidden], heads | {"unidirectional": 1, "mask_filter_value": float(np.finfo(np.float32).min)})
    case("attention_mask_3d", op, [x, w, b, rng.integers(0, 2, (2, 5, 5)).astype(np.int32)], heads | {"mask_filter_value": -50.0})
    case("attention_bias", op, [x, w, b, None, None, f32(1, 4, 5, 5)], heads)
    case("attention_bias_mask", op, [x, w, b, keep, None, f32(2, 1, 5, 5)], heads)
    case("attention_present", op, [x, w, b], heads, 2)
    past = f32(2, 2, 4, 3, 4)
    case("attention_past", op, [x, w, b, None, past], heads | {"unidirectional": 1}, 2)
    case("attention_past_mask", op, [x[:, :1], w, b, np.array([[0, 1, 1, 1], [1, 1, 1, 1]], dtype=np.int32), past], heads | {"unidirectional": 1}, 2)

    op = "MultiHeadAttention"
    q, k, v = f32(2, 3, 16), f32(2, 5, 16), f32(2, 5, 24)
    b = f32(16 + 16 + 24)
    case("multi_head_attention", op, [q, k, v], heads)
    case("multi_head_attention_bias", op, [q, k, v, b], heads | {"scale": 0.4})
    part = lambda x, i: x[:, :, :, i].reshape(2, 5, -1)
    unpack = lambda x, b=None: run_node(op, [part(x, 0), part(x, 1), part(x, 2), b], heads)
    case("multi_head_attention_packed_qkv", op, [f32(2, 5, 4, 3, 6)], heads, reference=unpack)
    unpack_bias = lambda x, k, v, b: unpack(x, b)
    case("multi_head_attention_packed_qkv_bias", op, [f32(2, 5, 4, 3, 6), None, None, f32(72)], heads, reference=unpack_bias)
    unpack_kv = lambda q, x: run_node(op, [q, part(x, 0), part(x, 1)], heads)
    case("multi_head_attention_packed_kv", op, [q, f32(2, 5, 4, 2, 4)], heads, reference=unpack_kv)
    case("multi_head_attention_cross", op, [q, f32(2, 4, 5, 4), f32(2, 4, 5, 4)], heads)
    case("multi_head_attention_lengths", op, [q, k, v, None, i32(2, 5)], heads)
    case("multi_head_attention_mask", op, [q, k, v, b, keep], heads | {"mask_filter_value": -1000.0})
    case("multi_head_attention_mask_3d", op, [q, k, v, None, rng.integers(0, 2, (2, 3, 5)).astype(np.int32)], heads)
    case("multi_head_attention_add", op, [q, k, v, None, None, f32(2, 4, 3, 5)], heads)
    case("multi_head_attention_causal", op, [k, k, v], heads | {"unidirectional": 1})
    case("multi_head_attention_present", op, [q, k, v, b], heads, 3)
    past, v, b = [f32(2, 4, 6, 4), f32(2, 4, 6, 4)], f32(2, 5, 16), f32(48)
    case("multi_head_attention_past", op, [q, k[:, :3], v[:, :3], None, None, f32(1, 1, 3, 9), *past], heads, 3)
    case("multi_head_attention_past_causal", op, [q, k[:, :3], v[:, :3], b, None, None, *past], heads | {"unidirectional": 1}, 3)
    case("multi_head_attention_qk", op, [q, k, v, None, None, f32(2, 4, 3, 5)], heads, [True, False, False, True])


def group_queries():
    op = "GroupQueryAttention"
    heads = {"num_heads": 4, "kv_num_heads": 2}
    size = 16

    def prompt(b, s, size=size):
        return [f32(b, s, 4 * size), f32(b, s, 2 * size), f32(b, s, 2 * size)]

    angles = np.arange(32)[:, None] * 0.7 ** np.arange(size // 2)[None]
    cos, sin = np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)
    none = [None, None]

    def past(b, n):
        return [f32(b, 2, n, size), f32(b, 2, n, size)]

    rotated = heads | {"do_rotary": 1}

    def normalized(q, k, v, *rest):
        def norm(x, weight):
            h = x.reshape(*x.shape[:2], -1, size).astype(np.float64)
            h = h / np.sqrt((h * h).mean(-1, keepdims=True) + 1e-5) * weight
            return h.reshape(x.shape).astype(np.float32)

        return run_node(op, [norm(q, rest[-2]), norm(k, rest[-1]), v, *rest[:-7]], rotated, 3)

    case("group_query_prompt", op, [*prompt(2, 5), *none, i32(4, 4), i32(5)], heads, 3)
    case("group_query_scale_softcap", op, [*prompt(1, 5), *none, i32(4), i32(5)], heads | {"scale": 0.5, "softcap": 2.0}, 3)
    case("group_query_packed", op, [f32(1, 4, 8 * size), None, None, *none, i32(3), i32(4)], heads, 3)
    case("group_query_packed_rotary", op, [f32(1, 4, 8 * size), None, None, *none, i32(3), i32(4), cos, sin], rotated, 3)
    case("group_query_rotary", op, [*prompt(2, 5), *none, i32(4, 4), i32(5), cos, sin], rotated, 3)
    case("group_query_rotary_interleaved_half", op, [*prompt(2, 5, 32), *none, i32(4, 4), i32(5), cos, sin], heads | {"do_rotary": 1, "rotary_interleaved": 1}, 3)
    case("group_query_decode", op, [*prompt(2, 1), *past(2, 6), i32(6, 6), i32(7)], heads, 3)
    case("group_query_decode_rotary", op, [*prompt(2, 1), *past(2, 6), i32(6, 6), i32(7), cos, sin], rotated, 3)
    case("group_query_decode_ragged", op, [*prompt(2, 1), *past(2, 9), i32(3, 7), i32(8), cos, sin], rotated, 3)
    case("group_query_decode_ragged_window", op, [*prompt(2, 1), *past(2, 9), i32(3, 7), i32(8), cos, sin], rotated | {"local_window_size": 3}, 3)
    case("group_query_continue", op, [*prompt(1, 3), *past(1, 6), i32(8), i32(9), cos, sin], rotated, 3)
    case("group_query_window", op, [*prompt(1, 6), *none, i32(5), i32(6)], heads | {"local_window_size": 3}, 3)
    case("group_query_window_decode", op, [*prompt(2, 1), *past(2, 7), i32(7, 7), i32(8)], heads | {"local_window_size": 4}, 3)
    case("group_query_bias", op, [*prompt(2, 5), *none, i32(4, 4), i32(5), None, None, None, f32(1, 4, 5, 5)], heads, 3)
    case("group_query_bias_room", op, [*prompt(1, 3), *past(1, 9), i32(7), i32(8), None, None, None, f32(1, 1, 3, 8)], heads, 3)
    case("group_query_smooth", op, [*prompt(1, 5), *none, i32(4), i32(5)], heads | {"smooth_softmax": 1}, 3)
    case("group_query_sink", op, [*prompt(1, 5), *none, i32(4), i32(5), None, None, None, None, f32(4)], heads, 3)
    case("group_query_positions", op, [*prompt(1, 3), *past(1, 6), i32(8), i32(9), cos, sin, np.array([[9, 11, 14]], dtype=np.int64)], rotated, 3)
    case("group_query_norms", op, [*prompt(1, 5), *none, i32(4), i32(5), cos, sin, *[None] * 5, f32(size), f32(size)], rotated | {"qk_norm_epsilon": 1e-5}, 3, reference=normalized)
    case("group_query_both_ways", op, [*prompt(1, 5), *none, i32(4), i32(5)], heads | {"causal": 0}, 3)
    case("group_query_qk_before", op, [*prompt(1, 5), *none, i32(4), i32(5)], heads | {"qk_output": 1, "causal": 0}, 4)
    case("group_query_qk_after", op, [*prompt(1, 5), *none, i32(4), i32(5)], heads | {"qk_output": 2}, 4)


def rotations():
    angles = np.arange(16)[:, None] * 0.7 ** np.arange(4)[None]
    cos, sin = np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)
    op = "RotaryEmbedding"
    case("rotary", op, [f32(2, 3, 24), rng.integers(0, 16, (2, 3)), cos, sin])
    case("rotary_offset", op, [f32(2, 3, 24), i64(5), cos, sin], {"interleaved": 1})
    case("rotary_4d", op, [f32(2, 3, 5, 8), i64(2), cos, sin])
    case("rotary_part", op, [f32(2, 3, 36), rng.integers(0, 16, (2, 3)), cos, sin], {"num_heads": 3, "rotary_embedding_dim": 8})


def products():
    a, b = f32(2, 3, 4, 6), f32(2, 3, 6, 5)
    op = "FusedMatMul"
    case("fused_matmul", op, [a, b], {"alpha": 0.5})
    case("fused_matmul_double", op, [a.astype(np.float64), b.astype(np.float64)], {"alpha": 0.5})
    case("fused_matmul_trans", op, [f32(2, 3, 6, 4), f32(3, 5, 6)], {"transA": 1, "transB": 1, "alpha": 2.0})
    case("fused_matmul_batch_a", op, [f32(4, 2, 3, 6), b], {"transBatchA": 1})
    case("fused_matmul_batch_b", op, [a, f32(6, 2, 3, 5)], {"transBatchB": 1})
    case("fused_matmul_batch_trans", op, [f32(6, 2, 3, 4), f32(5, 2, 3, 6)], {"transBatchA": 1, "transA": 1, "transBatchB": 1, "transB": 1})
    case("fused_matmul_vector", op, [f32(6), f32(6, 5)], {"alpha": 3.0})
    case("fused_matmul_column", op, [f32(2, 4, 6), f32(6)])

    op = "FusedGemm"
    a, b, c = f32(4, 6), f32(6, 5), f32(5)
    case("fused_gemm_relu", op, [a, b, c], {"activation": "Relu"})
    case("fused_gemm_tanh", op, [a.T.copy(), b.T.copy(), c], {"activation": "Tanh", "transA": 1, "transB": 1, "alpha": 0.5, "beta": 2.0})
    case("fused_gemm_leaky", op, [a, b], {"activation": "LeakyRelu", "activation_alpha": 0.2})
    case("fused_gemm_hard_sigmoid", op, [a, b, c], {"activation": "HardSigmoid", "activation_alpha": 0.3, "activation_beta": 0.4})

    op = "FusedConv"
    x, w, b = f32(1, 4, 7, 7), f32(6, 4, 3, 3), f32(6)
    case("fused_conv_relu", op, [x, w, b], {"activation": "Relu", "pads": [1, 1, 1, 1]})
    case("fused_conv_clip", op, [x, w], {"activation": "Clip", "activation_params": [-0.5, 0.75], "strides": [2, 2]})
    case("fused_conv_leaky", op, [x, w, b], {"activation": "LeakyRelu", "activation_params": [0.1], "dilations": [2, 2]})
    case("fused_conv_hard_sigmoid", op, [x, w, b], {"activation": "HardSigmoid", "activation_params": [0.2, 0.5]})
    case("fused_conv_sigmoid_group", op, [x, f32(6, 2, 3, 3), b], {"activation": "Sigmoid", "group": 2, "auto_pad": "SAME_UPPER"})
    case("fused_conv_tanh", op, [x, w, b], {"activation": "Tanh"})
    case("fused_conv_sum", op, [x, w, b, f32(1, 6, 5, 5)], {"activation": "Relu"})

    op = "MatMulNBits"

    def packed(n, k, block, bits, zeros=None):
        blocks = -(-k // block)
        data = rng.integers(0, 256, (n, blocks, block * bits // 8)).astype(np.uint8)
        scales = (rng.random((n, blocks)) * 0.1).astype(np.float32)
        attrs = {"N": n, "K": k, "bits": bits, "block_size": block}
        more = []
        if zeros == "packed":
            more = [rng.integers(0, 256, (n, -(-blocks * bits // 8))).astype(np.uint8)]
        elif zeros == "float":
            more = [(rng.random((n, blocks)) * 2**bits).astype(np.float32)]
        return [data, scales, *more], attrs

    for bits, block, k, n, zeros in [
        (4, 16, 32, 8, None), (4, 32, 80, 9, "packed"), (4, 32, 64, 40, "float"),
        (8, 32, 64, 8, None), (8, 16, 48, 7, "packed"), (2, 16, 64, 8, None), (2, 32, 96, 8, "packed"),
    ]:
        p, attrs = packed(n, k, block, bits, zeros)
        case(f"matmul_nbits_{bits}_{block}_{zeros}", op, [f32(3, k), *p], attrs)
    p, attrs = packed(8, 64, 32, 4, "packed")
    case("matmul_nbits_bias", op, [f32(2, 1, 64), *p, None, f32(8)], attrs)
    case("matmul_nbits_row", op, [f32(1, 64), *p], attrs)

    case("inverse", "Inverse", [f32(2, 4, 4)])
    case("inverse_double", "Inverse", [f32(5, 5).astype(np.float64)])


def moves():
    case("trilu", "Trilu", [f32(2, 4, 5)])
    case("trilu_lower", "Trilu", [f32(4, 5), np.array(1, dtype=np.int64)], {"upper": 0})
    case("pad", "Pad", [f32(3, 4), i64(1, 0, 0, 2), np.array([1.5], dtype=np.float32)])
    case("pad_edge", "Pad", [f32(3, 4), i64(1, 2, 2, 0).reshape(1, 4)], {"mode": "edge"})
    case("pad_reflect", "Pad", [f32(3, 4), i64(1, 2, 2, -1)], {"mode": "reflect"})
    case("expand_dims", "ExpandDims", [f32(3, 4), np.array(1, dtype=np.int32)])
    case("expand_dims_end", "ExpandDims", [rng.integers(0, 9, (3, 4)), np.array(-1, dtype=np.int32)])
    image = rng.integers(-128, 128, (1, 6, 6, 5)).astype(np.int8)
    case("nhwc_max_pool", "NhwcMaxPool", [image], {"kernel_shape": [2, 3], "strides": [2, 1]})
    case("nhwc_max_pool_pads", "NhwcMaxPool", [image.view(np.uint8)], {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1], "strides": [2, 2], "dilations": [1, 1]})


def tokens():
    def text(*s):
        return np.array(s, dtype=object)

    common = {"pad_value": "<pad>", "mark": 0, "mincharnum": 1}
    op = "Tokenizer"
    case("tokenizer", op, [text("Hello World", "I love computer science !")], common | {"separators": [" "]})
    case("tokenizer_mark", op, [text("Hello World", "a  b", "")], common | {"separators": [" "], "mark": 1})
    case("tokenizer_two", op, [np.array([["a,b;c", "x"], ["one;two,three", ",;"]], dtype=object)], common | {"separators": [";", ","]})
    case("tokenizer_longest", op, [text("axyzb", "xyxyz")], common | {"separators": ["xy|xyz"]})
    case("tokenizer_min", op, [text("a bb ccc éé", "dddd e")], common | {"separators": [" "], "mincharnum": 2})
    case("tokenizer_chars", op, [text("añb", "日本")], common | {"separators": [""], "mark": 1})
    case("tokenizer_dot", op, [text("ab", "xyz")], common | {"tokenexp": "."})
    case("tokenizer_expression", op, [text("a1 bcd22e", "?? fgh")], common | {"tokenexp": "[a-z]+|[a-z]+[0-9]"})
    case("tokenizer_expression_min", op, [text("a1 bcd22e", "éé fgh")], common | {"tokenexp": "[^ 0-9]+", "mincharnum": 2, "mark": 1})
    case("tokenizer_nothing", op, [text("  ", " ")], common | {"separators": [" "]})


def shared_caches():
    """Caches with room for more rows than they hold."""
    op, heads = "MultiHeadAttention", {"num_heads": 4}
    past = [f32(4, 4, 8, 4), f32(4, 4, 8, 4)]
    q, k, v, b = f32(4, 2, 16), f32(4, 2, 16), f32(4, 2, 16), f32(48)
    one = [q[:, :1].copy(), k[:, :1].copy(), v[:, :1].copy()]
    case("multi_head_attention_shared", op, [q, k, v, b, None, None, *past, i32(3)], heads | {"unidirectional": 1}, 3)
    case("multi_head_attention_shared_full", op, [q, k, v, None, None, None, *past, i32(6)], heads, 3)
    case("multi_head_attention_shared_empty", op, [q, k, v, None, None, None, *past, i32(0)], heads, 3)
    mask, bias = rng.integers(0, 2, (4, 5)).astype(np.int32), f32(1, 4, 2, 5)
    case("multi_head_attention_shared_masks", op, [q, k, v, None, mask, bias, *past, i32(3)], heads, 4)
    case("multi_head_attention_shared_no_past", op, [q, k, v, None, None, None, None, None, i32(0)], heads, 3)
    beams = rng.integers(0, 2, (2, 2, 8)).astype(np.int32)
    case("multi_head_attention_beams", op, [*one, b, None, None, *past, i32(5), beams], heads, 3)
    case("multi_head_attention_beams_one_search", op, [*one, None, None, None, *past, i32(7), rng.integers(0, 4, (1, 4, 8)).astype(np.int32)], heads, 3)
    case("multi_head_attention_beams_two_queries", op, [q, k, v, None, None, None, *past, i32(5), beams], heads, 3)

    op = "Attention"
    x, w = f32(2, 5, 12), f32(12, 48, scale=0.3)
    case("attention_share_no_past", op, [x, w, None, None, None, None, i32(0)], heads | {"past_present_share_buffer": 1}, 2)
    case("attention_past_length", op, [x, w, None, None, f32(2, 2, 4, 3, 4), None, i32(2)], heads, 2)
    packed = i32(3, 4, 0, 3, 7, 0, 5, 10)
    case("attention_packed_lengths", op, [x, w, None, packed], heads)
    case("multi_head_attention_packed_lengths", "MultiHeadAttention", [f32(2, 5, 16), f32(2, 5, 16), f32(2, 5, 16), None, packed], heads)

    angles = np.arange(16)[:, None] * 0.7 ** np.arange(4)[None]
    cos, sin = np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)
    case("rotary_scale", "RotaryEmbedding", [f32(2, 3, 24), rng.integers(0, 16, (2, 3)), cos, sin], {"scale": 0.5, "is_packed_batching": 1})
    case("simplified_layer_norm_stash", "SimplifiedLayerNormalization", [f32(3, 8), f32(8)], {"stash_type": 16}, domain="")


def quantized_caches():
    op, size = "GroupQueryAttention", 16
    heads = {"num_heads": 4, "kv_num_heads": 2}
    angles = np.arange(32)[:, None] * 0.7 ** np.arange(size // 2)[None]
    cos, sin = np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)

    def prompt(b, s):
        return [f32(b, s, 4 * size), f32(b, s, 2 * size), f32(b, s, 2 * size)]

    for bits in (8, 4):
        kind, width = (np.int8, size) if bits == 8 else (np.uint8, size // 2)

        def past(b, n):
            return [rng.integers(np.iinfo(kind).min, np.iinfo(kind).max + 1, (b, 2, n, width)).astype(kind) for _ in range(2)]

        for per in ("tensor", "channel"):
            attrs = heads | {"k_quant_type": f"PER_{per.upper()}", "v_quant_type": f"PER_{per.upper()}", "kv_cache_bit_width": bits}
            unit = 0.02 if bits == 8 else 0.3
            shape = (1,) if per == "tensor" else (1, 2, 1, size)
            scales = [(unit * (0.5 + rng.random(shape))).astype(np.float32) for _ in range(2)]
            name = f"group_query_{bits}_bits_{per}"
            none = [None] * 5
            case(f"{name}_decode", op, [*prompt(2, 1), *past(2, 6), i32(6, 6), i32(7), *none, *scales], attrs, 3)
            case(f"{name}_ragged_room", op, [*prompt(2, 1), *past(2, 9), i32(3, 7), i32(8), cos, sin, *none[:3], *scales], attrs | {"do_rotary": 1}, 3)
            case(f"{name}_prompt", op, [*prompt(2, 5), *past(2, 8), i32(4, 4), i32(5), *none, *scales], attrs | {"softcap": 3.0, "local_window_size": 3}, 3)
        case(f"group_query_{bits}_bits_bias", op, [*prompt(1, 3), *past(1, 4), i32(6), i32(7), *none[:3], f32(1, 4, 3, 7), f32(4), *scales], attrs, 3)
    halves = [x.astype(np.float16) for x in prompt(1, 2)]
    case("group_query_half_prompt", op, [*halves, None, None, i32(1), i32(2)], heads, 3)
    case("group_query_half_cache", op, [*prompt(1, 2), f32(1, 2, 4, size).astype(np.float16), f32(1, 2, 4, size).astype(np.float16), i32(5), i32(6)], heads, 3)
    case("group_query_qk_room", op, [*prompt(1, 1), f32(1, 2, 9, size), f32(1, 2, 9, size), i32(5), i32(6)], heads | {"qk_output": 1}, 4)


def sliding_caches():
    op, size = "GroupQueryAttention", 16
    heads = {"num_heads": 4, "kv_num_heads": 2}
    angles = np.arange(32)[:, None] * 0.7 ** np.arange(size // 2)[None]
    cos, sin = np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)

    def prompt(b, s):
        return [f32(b, s, 4 * size), f32(b, s, 2 * size), f32(b, s, 2 * size)]

    def past(b, n):
        return [f32(b, 2, n, size), f32(b, 2, n, size)]

    def resident(total, capacity, window):
        slack = capacity - window + 1
        return total if total <= capacity else total - slack * -(-(total - capacity) // slack)

    def slide(attrs):
        """What lies behind the resident rows is unspecified: zeros here."""

        def run(*inputs):
            y, *caches = run_node(op, inputs, attrs, 3)
            for cache in caches:
                for b, last in enumerate(inputs[5]):
                    cache[b, :, resident(int(last) + 1, cache.shape[2], attrs["local_window_size"]):] = 0
            return [y, *caches]

        return run

    def padded(attrs, outputs=3):
        """What is computed for rows that are no queries is unspecified: zeros here."""

        def run(*inputs):
            y, *rest = run_node(op, inputs, attrs, outputs)
            for b, n in enumerate(inputs[16]):
                y[b, n:] = 0
            return [y, *rest]

        return run

    attrs = heads | {"sliding_window_cache": 1, "local_window_size": 3}
    rotated = attrs | {"do_rotary": 1}
    case("group_query_slide_fill", op, [*prompt(1, 1), *past(1, 5), i32(3), i32(4)], attrs, 3, reference=slide(attrs))
    case("group_query_slide_evict", op, [*prompt(1, 1), *past(1, 5), i32(5), i32(6), cos, sin], rotated, 3, reference=slide(rotated))
    case("group_query_slide_ragged", op, [*prompt(2, 1), *past(2, 5), i32(9, 3), i32(10), cos, sin], rotated, 3, reference=slide(rotated))
    case("group_query_slide_steps", op, [*prompt(1, 4), *past(1, 5), i32(12), i32(13), cos, sin], rotated, 3, reference=slide(rotated))
    case("group_query_slide_long_step", op, [*prompt(1, 7), *past(1, 4), i32(9), i32(10)], attrs, 3, reference=slide(attrs))
    case("group_query_slide_prompt", op, [*prompt(2, 8), *past(2, 3), i32(7, 7), i32(8)], attrs, 3, reference=slide(attrs))
    case("group_query_slide_bias", op, [*prompt(2, 1), *past(2, 5), i32(9, 3), i32(10), None, None, None, f32(1, 4, 1, 10)], attrs, 3, reference=slide(attrs))

    none = [None] * 9
    case("group_query_queries", op, [*prompt(2, 4), *past(2, 6), i32(6, 3), i32(7), *none, i32(4, 2)], heads, 3, reference=padded(heads))
    case("group_query_queries_none", op, [*prompt(2, 1), *past(2, 6), i32(4, 2), i32(5), *none, i32(0, 1)], heads, 3, reference=padded(heads))
    attrs = heads | {"do_rotary": 1, "local_window_size": 3}
    case("group_query_queries_room", op, [*prompt(3, 4), *past(3, 12), i32(6, 3, 1), i32(7), cos[:8], sin[:8], *none[:7], i32(4, 1, 2)], attrs, 3, reference=padded(attrs))


def grouped_weights():
    op = "MatMulNBits"
    for bits, zeros in ((2, None), (2, "packed"), (4, None), (4, "packed"), (4, "float")):
        n, k, block = 9, 80, 32
        blocks = -(-k // block)
        data = rng.integers(0, 256, (n, blocks, block * bits // 8)).astype(np.uint8)
        scales = (rng.random((n, blocks)) * 0.1).astype(np.float32)
        zero = None
        if zeros == "packed":
            zero = rng.integers(0, 256, (n, -(-blocks * bits // 8))).astype(np.uint8)
        elif zeros == "float":
            zero = (rng.random((n, blocks)) * 2**bits).astype(np.float32)
        groups = rng.integers(0, blocks, blocks * block if bits == 4 else k).astype(np.int32)
        attrs = {"N": n, "K": k, "bits": bits, "block_size": block}

        def formula(a, data, scales, zero=None, groups=None, bits=bits, k=k, blocks=blocks):
            def unpack(x, columns):
                return np.stack([x >> i & 2**bits - 1 for i in range(0, 8, bits)], -1).reshape(len(x), -1)[:, :columns].astype(np.float64)

            zero = np.full(scales.shape, 2.0 ** (bits - 1)) if zero is None else unpack(zero, blocks)
            g = groups[:k]
            return [(a @ ((unpack(data, k) - zero[:, g]) * scales[:, g]).T).astype(np.float32)]

        # onnxruntime leaves packed zero points out, and reads 2 bits as 4.
        reference = formula if bits == 2 or zeros == "packed" else None
        case(f"matmul_nbits_groups_{bits}_{zeros}", op, [f32(3, k), data, scales, zero, groups], attrs, reference=reference)

    a, b, c = f32(4, 6), f32(6, 5), f32(5)
    for name, params in (("Elu", {"alpha": 0.3}), ("Celu", {"alpha": 0.3}), ("Selu", {"alpha": 0.3, "gamma": 1.2}), ("Softplus", {}), ("Softsign", {}),
                         ("ThresholdedRelu", {"alpha": 0.4}), ("ScaledTanh", {"alpha": 0.3, "beta": 0.7}), ("ParametricSoftplus", {"alpha": 0.3, "beta": 0.7})):
        attrs = {"activation": name} | {f"activation_{p}": v for p, v in params.items()}
        case(f"fused_gemm_{name.lower()}", "FusedGemm", [a, b, c], attrs)
    case("fused_conv_hard_swish", "FusedConv", [f32(1, 4, 7, 7), f32(6, 4, 3, 3)], {"activation": "HardSwish"})


def projected_and_positions():
    op, heads = "MultiHeadAttention", {"num_heads": 4}
    k, v, b = f32(2, 4, 5, 4), f32(2, 4, 5, 4), f32(48)
    case("multi_head_attention_cross_bias", op, [f32(2, 3, 16), k, v, b], heads)
    case("multi_head_attention_cross_bias_past", op, [f32(2, 3, 16), k, v, b, None, None, f32(2, 4, 2, 4), f32(2, 4, 2, 4)], heads, 3)

    op, size = "GroupQueryAttention", 16
    heads = {"num_heads": 4, "kv_num_heads": 2}
    angles = np.arange(32)[:, None] * 0.7 ** np.arange(size // 2)[None]
    cos, sin = np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)

    def prompt(b, s):
        return [f32(b, s, 4 * size), f32(b, s, 2 * size), f32(b, s, 2 * size)]

    positions = rng.integers(0, 20, (2, 3))
    case("group_query_positions_prompt", op, [*prompt(2, 3), None, None, i32(2, 2), i32(3), cos, sin, positions], heads | {"do_rotary": 1}, 3)
    case("group_query_qk_before_window", op, [*prompt(2, 5), None, None, i32(4, 4), i32(5)], heads | {"qk_output": 1, "local_window_size": 3}, 4)
    case("group_query_qk_before_room", op, [*prompt(2, 1), f32(2, 2, 9, size), f32(2, 2, 9, size), i32(3, 6), i32(8)], heads | {"qk_output": 1, "softcap": 2.0}, 4)


def main():
    for group in (activations, normalizations, group_norms, attentions, group_queries, rotations, products, moves, tokens,
                  shared_caches, quantized_caches, sliding_caches, grouped_weights, projected_and_positions):
        group()
    files = {}
    for name, c in cases.items():
        try:
            files.update(case_files(name, *c))
        except Exception as e:
            raise RuntimeError(name) from e
    archive = EXTRA / "contrib.tar.zst"
    archive.write_bytes(compress(tar(files)))
    print(f"{archive}: {len(cases)} cases, {archive.stat().st_size} bytes")
    (EXTRA / "contrib.md").write_text(README.format(count=len(cases), ort=onnxruntime.__version__, onnx=onnx.__version__))


README = """# Vectors of com.microsoft

`contrib.tar.zst` holds {count} cases: single nodes of the domain com.microsoft in the layout of the official vectors, written by `testdata/export/contrib_vectors.py`. The expected outputs are those of onnxruntime {ort} on a CPU without graph optimizations; what it has for GPUs only (GroupNorm, SkipGroupNorm, packed inputs, norms within GroupQueryAttention) or computes otherwise than its documentation says (g_idx of MatMulNBits with packed zero points or 2 bits), numpy computed in float64 or brought into a form that it has. The files were written with onnx {onnx}. What is unspecified of an output, rows of a cache that holds none and results for rows that are no queries, was set to zeros. All inputs are random.
"""

if __name__ == "__main__":
    main()
