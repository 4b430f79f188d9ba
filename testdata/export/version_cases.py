"""The cases of version_vectors.py: operators as they were in earlier operator sets."""

from dataclasses import dataclass, field

import ml_dtypes
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

import version_texts as text

FLOAT = TensorProto.FLOAT
cases = []
drawn = 0


@dataclass
class Case:
    name: str
    model: onnx.ModelProto
    inputs: list
    feeds: dict
    text: object = None
    text_attributes: dict = field(default_factory=dict)
    oracles: tuple = ("text", "onnxruntime", "reference")
    differs: str = ""


def f32(*shape, low=None, high=None):
    """Values that depend on the shape and on how many a case has drawn."""
    global drawn
    drawn += 1
    rng = np.random.default_rng([drawn, *shape])
    if low is not None:
        return rng.uniform(low, high, shape).astype(np.float32)
    return rng.standard_normal(shape).astype(np.float32)


def ints(*shape, low=0, high=10, dtype=np.int64):
    global drawn
    drawn += 1
    return np.random.default_rng([drawn, *shape]).integers(low, high, shape).astype(dtype)


def i64(*values):
    return np.array(values, np.int64)


def flags(*shape):
    return ints(*shape, high=2).astype(bool)


def info(name, x):
    if isinstance(x, list):
        return helper.make_tensor_sequence_value_info(name, helper.np_dtype_to_tensor_dtype(x[0].dtype), None)
    kind = TensorProto.STRING if x.dtype.kind in "OU" else helper.np_dtype_to_tensor_dtype(x.dtype)
    return helper.make_tensor_value_info(name, kind, x.shape)


def model_of(name, opset, nodes, feeds, outputs):
    """Outputs are without types: they are what the oracle says."""
    graph = helper.make_graph(nodes, name, [info(n, x) for n, x in feeds.items()], [])
    graph.output.extend(onnx.ValueInfoProto(name=o) for o in outputs)
    ir = 3 if opset <= 8 else 8
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=ir, producer_name="onnxrun")


def case(op, opset, what, inputs, outputs=1, oracle=None, differs="", oracles=None, **attributes):
    """One node. outputs is how many there are, or which are wanted."""
    wanted = [True] * outputs if isinstance(outputs, int) else outputs
    outs = [f"y{i}" if w else "" for i, w in enumerate(wanted)]
    names = ["" if x is None else f"x{i}" for i, x in enumerate(inputs)]
    node = helper.make_node(op, names, outs, **attributes)
    feeds = {n: x for n, x in zip(names, inputs) if n}
    name = f"{op.lower()}_{opset}_{what}"
    graph(name, opset, [node], feeds, [o for o in outs if o], inputs, oracle, attributes, differs, oracles)


def graph(name, opset, nodes, feeds, outputs, inputs=(), oracle=None, attributes=None, differs="", oracles=None):
    global drawn
    drawn = 0
    assert name not in {c.name for c in cases}, name
    c = Case(name, model_of(name, opset, nodes, feeds, outputs), list(inputs), feeds, oracle, attributes or {}, differs=differs)
    if oracles:
        c.oracles = oracles
    cases.append(c)


def collect():
    if not cases:
        for add in (elementwise, matrices, moves, indexing, shapes, reductions, normalizations, pools, resizing, recurrent, control, quantized, sequences, others):
            add()
    return sorted(cases, key=lambda c: c.name)


def elementwise():
    for opset in (1, 6):
        legacy = {"consumed_inputs": [0, 0]} if opset == 1 else {}
        for op in ("Add", "Sub", "Mul", "Div"):
            t = text.binary(f"{op}-{opset}", text.BINARY[op])
            case(op, opset, "same_shape", [f32(2, 3), f32(2, 3)], oracle=t, **legacy)
            case(op, opset, "suffix", [f32(2, 3, 4), f32(3, 4)], oracle=t, broadcast=1, **legacy)
            case(op, opset, "axis", [f32(2, 3, 4), f32(2, 3)], oracle=t, broadcast=1, axis=0)
            case(op, opset, "middle", [f32(2, 3, 4, 3), f32(3, 4)], oracle=t, broadcast=1, axis=1)
            case(op, opset, "one_element", [f32(2, 3), f32(1, 1)], oracle=t, broadcast=1)
            case(op, opset, "scalar", [f32(2, 3), f32()], oracle=t, broadcast=1)
        add = text.binary(f"Add-{opset}", np.add)
        case("Add", opset, "square_axis", [f32(3, 3), f32(3)], oracle=add, broadcast=1, axis=0)
    for op in ("Add", "Sub", "Mul", "Div"):
        t = text.binary(f"{op}-6", text.BINARY[op])
        case(op, 6, "int64", [ints(2, 3, high=99), ints(3, low=1)], oracle=t, broadcast=1)
        case(op, 6, "int32", [ints(2, 3, high=99, dtype=np.int32), ints(2, low=1, dtype=np.int32)], oracle=t, broadcast=1, axis=0)
        case(op, 7, "both_ways", [f32(3, 1), f32(2, 1, 4)])
        case(op, 13, "int64", [ints(3, 1, low=-9), ints(4, low=1)])
        case(op, 14, "int16", [ints(3, 1, dtype=np.int16), ints(4, low=1, dtype=np.int16)], oracles=("reference",))

    for op in ("And", "Or", "Xor"):
        t = text.binary(f"{op}-1", text.BINARY[op])
        case(op, 1, "axis", [flags(3, 3), flags(3)], oracle=t, broadcast=1, axis=0)
        case(op, 1, "suffix", [flags(3, 3), flags(3)], oracle=t, broadcast=1)
        case(op, 1, "same_shape", [flags(2, 3), flags(2, 3)], oracle=t)
        case(op, 7, "both_ways", [flags(3, 1), flags(4)])
    for op, dtype in (("Equal", np.int64), ("Greater", np.float32), ("Less", np.float32)):
        t = text.binary(f"{op}-1", text.BINARY[op])
        case(op, 1, "axis", [ints(3, 3, high=3).astype(dtype), ints(3, high=3).astype(dtype)], oracle=t, broadcast=1, axis=0)
        case(op, 1, "suffix", [ints(3, 3, high=3).astype(dtype), ints(3, high=3).astype(dtype)], oracle=t, broadcast=1)
        case(op, 7, "both_ways", [ints(3, 1, high=3).astype(dtype), ints(4, high=3).astype(dtype)])
        case(op, 9 if op != "Equal" else 11, "wider_types", [ints(3, 1, high=3, dtype=np.int32), ints(4, high=3, dtype=np.int32)])
    case("Equal", 1, "bool", [flags(2, 4), flags(4)], oracle=text.binary("Equal-1", np.equal), broadcast=1)

    power = text.binary("Pow-1", np.power)
    case("Pow", 1, "axis", [f32(3, 3, low=0.5, high=2), f32(3)], oracle=power, broadcast=1, axis=0)
    case("Pow", 1, "scalar", [f32(2, 3, low=0.5, high=2), f32()], oracle=power, broadcast=1)
    case("Pow", 7, "both_ways", [f32(3, 1, low=0.5, high=2), f32(2, 1, 4)])
    case("Pow", 12, "mixed", [f32(3, 4, low=0.5, high=2), ints(4, high=4, dtype=np.int32)])
    case("Pow", 13, "int64_float", [ints(3, 4), f32(4, low=0, high=2)])

    for op, operation in text.UNARY.items():
        low, high = (0.1, 3) if op in ("Log", "Sqrt", "Reciprocal") else (-3, 3)
        case(op, 1, "consumed_inputs", [f32(2, 5, low=low, high=high)], oracle=text.unary(f"{op}-1", operation), consumed_inputs=[0])
        case(op, 6, "plain", [f32(2, 5, low=low, high=high)], oracle=text.unary(f"{op}-6", text.UNARY_6.get(op, operation)))
    for op, attributes in (("Elu", {"alpha": 0.5}), ("HardSigmoid", {"alpha": 0.3, "beta": 0.4}), ("LeakyRelu", {"alpha": 0.2}), ("Selu", {"alpha": 2.0, "gamma": 3.0}), ("Clip", {"min": -1.0, "max": 1.0})):
        for opset in (1, 6):
            t = text.unary(f"{op}-{opset}", text.UNARY[op])
            case(op, opset, "attributes", [f32(3, 4)], oracle=t, **attributes)
    case("Clip", 1, "min", [f32(3, 4)], oracle=text.unary("Clip-1", text.UNARY["Clip"]), min=0.0)
    case("Clip", 6, "max", [f32(3, 4)], oracle=text.unary("Clip-6", text.UNARY["Clip"]), max=0.25)
    case("Clip", 6, "largest", [np.array([-np.inf, -1, 2, np.inf], np.float32)])
    case("Clip", 11, "inputs", [f32(3, 4), np.array(-0.5, np.float32), np.array(0.5, np.float32)])
    case("Clip", 11, "max_only", [f32(3, 4), None, np.array(0.5, np.float32)])
    case("Clip", 12, "int64", [ints(3, 4, low=-9), i64(-2).reshape(()), i64(3).reshape(())])
    case("Clip", 13, "min_above_max", [f32(3, 4), np.array(2, np.float32), np.array(1, np.float32)])

    for op, operation in text.VARIADIC.items():
        for opset in (1, 6):
            legacy = {"consumed_inputs": [0, 0, 0]} if opset == 1 else {}
            t = text.variadic(f"{op}-{opset}", operation)
            case(op, opset, "three", [f32(2, 3), f32(2, 3), f32(2, 3)], oracle=t, **legacy)
            case(op, opset, "single", [f32(2, 3)], oracle=t)
        case(op, 8, "both_ways", [f32(3, 1), f32(2, 1, 4), f32(4)])
    case("Max", 12, "int64", [ints(3, 1), ints(4)])
    case("Min", 12, "uint64", [ints(3, 1, dtype=np.uint64), ints(4, dtype=np.uint64)])

    for opset in (1, 6):
        legacy = {"consumed_inputs": [0, 0]} if opset == 1 else {}
        case("PRelu", opset, "channels", [f32(2, 3, 3), f32(3)], oracle=text.prelu, **legacy)
        case("PRelu", opset, "image", [f32(2, 3, 2, 2), f32(3)], oracle=text.prelu)
        case("PRelu", opset, "shared", [f32(2, 3, 2), f32(1)], oracle=text.prelu)
    case("PRelu", 7, "last_axis", [f32(2, 3, 3), f32(3)])
    case("PRelu", 7, "channels", [f32(2, 3, 4), f32(3, 1)])
    case("PRelu", 9, "shared", [f32(2, 3, 4), f32(1)])
    for opset in (1, 9, 10):
        case("ThresholdedRelu", opset, "alpha", [f32(3, 4)], oracle=text.threshold_relu, alpha=0.25)
    case("Mod", 10, "negative", [ints(6, low=-9), ints(6, low=1)])
    case("Mod", 10, "fmod", [f32(6), f32(6)], fmod=1)
    case("IsInf", 10, "negative", [np.array([1, np.inf, -np.inf, np.nan], np.float32)], detect_positive=0)
    case("Erf", 9, "plain", [f32(3, 4)])
    case("Relu", 13, "plain", [f32(3, 4)])
    case("Celu", 12, "alpha", [f32(3, 4)], alpha=2.0)
    case("HardSwish", 14, "plain", [f32(3, 4)])
    case("GreaterOrEqual", 12, "both_ways", [f32(3, 1), f32(4)])
    case("LessOrEqual", 12, "both_ways", [f32(3, 1), f32(4)])
    case("BitShift", 11, "left", [ints(3, 1, dtype=np.uint8), ints(4, high=5, dtype=np.uint8)], direction="LEFT")


def matrices():
    for opset in (1, 6):
        case("Gemm", opset, "same_shape", [f32(2, 3), f32(3, 4), f32(2, 4)], oracle=text.gemm)
        case("Gemm", opset, "row", [f32(2, 3), f32(3, 4), f32(4)], oracle=text.gemm, broadcast=1)
        case("Gemm", opset, "scalar", [f32(2, 3), f32(3, 4), f32(1)], oracle=text.gemm, broadcast=1, alpha=0.5, beta=2.0)
        case("Gemm", opset, "transposed", [f32(3, 2), f32(4, 3), f32(4)], oracle=text.gemm, broadcast=1, transA=1, transB=1)
        case("Gemm", opset, "column", [f32(2, 3), f32(3, 4), f32(2, 1)], oracle=text.gemm, broadcast=1)
    case("Gemm", 7, "row", [f32(2, 3), f32(3, 4), f32(4)])
    case("Gemm", 7, "column", [f32(2, 3), f32(3, 4), f32(2, 1)], alpha=0.5, beta=2.0)
    case("Gemm", 9, "scalar", [f32(2, 3), f32(3, 4), f32()], transA=0)
    case("Gemm", 11, "no_c", [f32(3, 2), f32(4, 3)], transA=1, transB=1)
    case("MatMul", 1, "batch", [f32(2, 3, 4), f32(4, 5)])
    case("MatMul", 9, "int32", [ints(2, 3, dtype=np.int32), ints(3, 2, dtype=np.int32)])
    case("Conv", 1, "no_kernel_shape", [f32(1, 2, 5, 5), f32(3, 2, 3, 3), f32(3)], pads=[1, 1, 1, 1])
    case("Conv", 1, "same_upper", [f32(1, 2, 5, 6), f32(3, 2, 2, 3)], auto_pad="SAME_UPPER", strides=[2, 2])
    case("Conv", 1, "same_lower", [f32(1, 2, 5, 6), f32(3, 2, 2, 3)], auto_pad="SAME_LOWER", strides=[2, 2])
    case("Conv", 11, "same_lower", [f32(1, 2, 5, 6), f32(3, 2, 2, 3)], auto_pad="SAME_LOWER")
    x, w = f32(1, 2, 3, 3), f32(2, 3, 3, 3)
    # The equations of version 1 say the opposite of what it says of auto_pad; 11
    # set them right, and onnxruntime computes so for all versions.
    for opset in (1, 11):
        for pad in ("NOTSET", "SAME_UPPER", "SAME_LOWER"):
            attributes = {} if pad == "NOTSET" else {"auto_pad": pad}
            case("ConvTranspose", opset, f"output_shape_{pad.lower()}", [x, w], oracle=text.conv_transpose, output_shape=[6, 6], strides=[2, 2], **attributes)
    case("ConvTranspose", 1, "pads", [x, w], pads=[1, 0, 0, 1], strides=[2, 2], output_padding=[1, 1])


def moves():
    case("Concat", 1, "default_axis", [f32(2, 3), f32(2, 2)], oracle=text.concat)
    case("Concat", 1, "axis", [f32(2, 3), f32(1, 3)], oracle=text.concat, axis=0)
    case("Concat", 4, "axis", [f32(2, 3), f32(2, 2)], axis=1)
    case("Concat", 11, "negative_axis", [f32(2, 3), f32(2, 2)], axis=-1)
    for to in ("FLOAT", "DOUBLE", "INT32", "INT64", "BOOL", "UINT8"):
        case("Cast", 1, to.lower(), [np.array([0, 1.5, 2.75, 100], np.float64 if to == "FLOAT" else np.float32)], oracle=text.cast, to=to)
    case("Cast", 6, "int32", [np.array([-1.5, 0, 2.75], np.float32)], to=TensorProto.INT32)
    case("Cast", 6, "bool", [np.array([-1.5, 0, 2.75], np.float32)], to=TensorProto.BOOL)
    case("Cast", 9, "to_string", [np.array([-1.5, 2.75], np.float32)], to=TensorProto.STRING)
    case("Cast", 9, "from_string", [np.array(["-1.5", "0", "1e3", "INF", "NaN"], object)], to=TensorProto.FLOAT)
    case("Cast", 13, "float16", [f32(3, 4)], to=TensorProto.FLOAT16)
    wide_values = np.array([1, 500, -1e6, np.inf, np.nan, 0.3], np.float32)
    for kind in ("FLOAT8E4M3FN", "FLOAT8E5M2", "FLOAT8E4M3FNUZ", "FLOAT8E5M2FNUZ"):
        for saturate in (0, 1):
            name = f"float8_{kind[6:].lower()}_{saturate}"
            graph(
                f"cast_19_{name}",
                19,
                [helper.make_node("Cast", ["x0"], ["y"], to=getattr(TensorProto, kind), saturate=saturate), helper.make_node("Cast", ["y"], ["y0"], to=FLOAT)],
                {"x0": wide_values},
                ["y0"],
            )
    case("CastLike", 15, "int32", [np.array([-1.5, 0, 2.75], np.float32), ints(1, dtype=np.int32)])

    for saturate in (0, 1):
        graph(
            f"castlike_19_float8_{saturate}",
            19,
            [helper.make_node("CastLike", ["x0", "like"], ["y"], saturate=saturate), helper.make_node("Cast", ["y"], ["y0"], to=FLOAT)],
            {"x0": wide_values, "like": np.zeros(1, ml_dtypes.float8_e4m3fn)},
            ["y0"],
        )

    case("Flatten", 1, "axis_2", [f32(2, 3, 4)], axis=2)
    case("Flatten", 9, "axis_0", [ints(2, 3, 4)], axis=0)
    case("Flatten", 11, "negative_axis", [f32(2, 3, 4)], axis=-1)
    case("Pad", 1, "constant", [f32(2, 3)], oracle=text.pad, paddings=[1, 0, 2, 1], value=1.5)
    case("Pad", 1, "reflect", [f32(3, 4)], oracle=text.pad, paddings=[1, 2, 2, 0], mode="reflect")
    case("Pad", 1, "edge", [f32(3, 4)], oracle=text.pad, paddings=[1, 2, 2, 0], mode="edge")
    case("Pad", 2, "constant", [f32(2, 3)], pads=[1, 0, 2, 1], value=1.5)
    case("Pad", 2, "negative", [f32(4, 5)], pads=[-1, 1, 2, -2], value=1.5)
    case("Pad", 2, "reflect", [f32(3, 4)], pads=[1, 2, 2, 0], mode="reflect")
    case("Pad", 2, "edge", [f32(3, 4)], pads=[1, 2, 2, 0], mode="edge")
    case("Pad", 11, "constant", [f32(2, 3), i64(1, 0, 2, 1), np.array(1.5, np.float32)])
    case("Pad", 11, "reflect", [f32(3, 4), i64(1, 2, 2, 0)], mode="reflect")
    case("Pad", 13, "int64", [ints(2, 3), i64(0, 1, 1, 0)])
    case("Pad", 18, "axes", [f32(2, 3, 4), i64(1, 2), None, i64(1)])
    case("Pad", 19, "wrap", [f32(3, 4), i64(1, 2, 2, 0)], mode="wrap")
    case("Reshape", 1, "copy_and_infer", [f32(2, 3, 4)], oracle=text.reshape, shape=[0, -1])
    case("Reshape", 1, "consumed_inputs", [f32(2, 3)], oracle=text.reshape, shape=[3, 2], consumed_inputs=[0])
    case("Reshape", 5, "copy_and_infer", [f32(2, 3, 4), i64(0, -1, 2)])
    case("Reshape", 13, "zero_copies", [f32(2, 3, 4), i64(0, 0, 2, 2)])
    case("Reshape", 14, "allow_zero", [f32(0, 3), i64(3, 0)], allowzero=1)
    case("Slice", 1, "axes", [f32(4, 5, 6)], oracle=text.slice_, starts=[1, 0], ends=[3, 2], axes=[0, 2])
    case("Slice", 1, "no_axes", [f32(4, 5)], oracle=text.slice_, starts=[1, 2], ends=[3, 4])
    case("Slice", 1, "negative", [f32(4, 5)], oracle=text.slice_, starts=[-3, 0], ends=[-1, -2])
    case("Slice", 1, "beyond_the_end", [f32(4, 5)], oracle=text.slice_, starts=[1, 0], ends=[2**31 - 1, 1000], axes=[1, 0])
    case("Slice", 1, "empty", [f32(4, 5)], oracle=text.slice_, starts=[3], ends=[1], axes=[1])
    case("Slice", 10, "steps", [f32(6, 7), i64(5, 1), i64(0, 6), i64(0, 1), i64(-2, 3)])
    case("Slice", 10, "no_axes", [f32(6, 7), i64(1, 2), i64(5, 2**62)])
    case("Slice", 11, "negative_axes", [f32(4, 5, 6), i64(1), i64(-1), i64(-2)])
    case("Split", 1, "attribute", [f32(2, 6)], 3, text.split(3), axis=1, split=[1, 2, 3])
    case("Split", 1, "input", [f32(6, 2), np.array([1, 2, 3], np.float32)], 3, text.split(3), axis=0)
    case("Split", 1, "equal", [f32(2, 6)], 2, text.split(2), axis=1)
    case("Split", 2, "default_axis", [f32(6, 2)], 3)
    case("Split", 2, "attribute", [f32(2, 6)], 2, axis=1, split=[2, 4])
    case("Split", 11, "negative_axis", [f32(2, 6)], 2, axis=-1, split=[2, 4])
    case("Split", 13, "input", [f32(2, 6), i64(1, 5)], 2, axis=1)
    case("Split", 18, "num_outputs", [f32(2, 7)], 3, axis=1, num_outputs=3)
    case("Squeeze", 1, "axes", [f32(1, 3, 1, 2)], oracle=text.squeeze, axes=[0, 2])
    case("Squeeze", 1, "all", [f32(1, 3, 1, 2)], oracle=text.squeeze)
    case("Squeeze", 11, "negative_axes", [f32(1, 3, 1, 2)], axes=[-2])
    case("Squeeze", 13, "input", [f32(1, 3, 1, 2), i64(0)])
    case("Unsqueeze", 1, "axes", [f32(3, 2)], oracle=text.unsqueeze, axes=[0, 3])
    case("Unsqueeze", 1, "unsorted", [f32(3, 2)], axes=[2, 0], oracle=text.unsqueeze)
    case("Unsqueeze", 11, "negative_axes", [f32(3, 2)], axes=[-1, 0])
    case("Unsqueeze", 13, "input", [f32(3, 2), i64(1, -1)])
    case("Tile", 1, "axis_1", [f32(2, 3), np.array([2], np.float32), np.array([1], np.float32)], oracle=text.tile)
    case("Tile", 1, "axis_0", [f32(2, 3), np.array([3], np.float32), np.array([0], np.float32)], oracle=text.tile)
    case("Tile", 6, "repeats", [f32(2, 3), i64(2, 3)])
    case("Transpose", 1, "reverse", [f32(2, 3, 4)])
    case("Identity", 1, "plain", [f32(2, 3)])
    case("DepthToSpace", 1, "depth_first", [f32(1, 8, 2, 3)], blocksize=2)
    case("DepthToSpace", 11, "crd", [f32(1, 8, 2, 3)], blocksize=2, mode="CRD")
    case("SpaceToDepth", 1, "blocks", [f32(1, 2, 4, 6)], blocksize=2)
    case("Expand", 8, "both_ways", [f32(3, 1), i64(2, 1, 4)])
    case("Trilu", 14, "lower", [f32(4, 4), i64(-1).reshape(())], upper=0)


def indexing():
    case("ArgMax", 1, "axis", [f32(3, 4)], oracle=text.arg_max, axis=1)
    case("ArgMax", 1, "no_keepdims", [f32(3, 4)], oracle=text.arg_max, keepdims=0)
    case("ArgMin", 1, "ties", [ints(3, 6, high=3).astype(np.float32)], oracle=text.arg_min, axis=1, keepdims=0)
    case("ArgMax", 11, "negative_axis", [ints(3, 6, high=3).astype(np.float32)], axis=-1)
    case("ArgMax", 12, "last", [ints(3, 6, high=3).astype(np.float32)], axis=1, select_last_index=1)
    case("Gather", 1, "axis", [f32(3, 4, 2), ints(2, 2, high=4)], axis=1)
    case("Gather", 11, "negative", [f32(3, 4), i64(-1, 0, -4)], axis=1)
    case("GatherElements", 11, "axis", [f32(3, 3), i64(0, -1, 2, 1, 1, 0).reshape(2, 3)], axis=0)
    case("GatherND", 11, "pairs", [f32(3, 4, 2), i64(0, 1, 2, -1).reshape(2, 2)])
    case("GatherND", 12, "batch", [f32(2, 3, 4), i64(1, 0).reshape(2, 1)], batch_dims=1)
    case("Scatter", 9, "axis", [f32(3, 4), i64(1, 3, 0, 2).reshape(1, 4)[:, :2], f32(1, 2)], axis=1)
    case("ScatterElements", 11, "negative", [f32(3, 4), i64(-1, 0).reshape(1, 2), f32(1, 2)], axis=1)
    for reduction in ("add", "mul"):
        case("ScatterElements", 16, reduction, [f32(3, 4), i64(1, 1).reshape(1, 2), f32(1, 2)], axis=1, reduction=reduction)
        case("ScatterND", 16, reduction, [f32(4, 3), i64(1, 1).reshape(2, 1), f32(2, 3)], reduction=reduction)
    for reduction in ("min", "max"):
        case("ScatterElements", 18, reduction, [f32(3, 4), i64(1, 1).reshape(1, 2), f32(1, 2)], axis=1, reduction=reduction)
        case("ScatterND", 18, reduction, [f32(4, 3), i64(1, 1).reshape(2, 1), f32(2, 3)], reduction=reduction)
    case("ScatterND", 11, "rows", [f32(4, 3), i64(1, 3).reshape(2, 1), f32(2, 3)])
    case("OneHot", 9, "inside", [ints(2, 3, high=4), i64(4), f32(2)], axis=1)
    case("OneHot", 9, "outside", [i64(0, -1, 4, 2), i64(4), f32(2)], oracle=text.one_hot, differs="onnxruntime counts from the end, as version 11 says")
    case("OneHot", 11, "negative", [i64(0, -1, 4, -5, 2), i64(4), f32(2)])
    case("TopK", 1, "axis", [f32(3, 5)], 2, text.top_k, k=2, axis=0)
    case("TopK", 1, "ties", [ints(3, 6, high=3).astype(np.float32)], 2, text.top_k, k=4)
    case("TopK", 10, "input", [f32(3, 5), i64(2)], 2, axis=1)
    case("TopK", 11, "smallest", [ints(3, 5), i64(2)], 2, axis=1, largest=0)
    case("Compress", 9, "axis", [f32(3, 4), np.array([True, False, True])], axis=1)
    case("Compress", 11, "flat", [f32(3, 4), np.array([True, False, True, False, True])])
    case("NonZero", 9, "bool", [flags(3, 4)])
    case("CumSum", 11, "exclusive_reverse", [f32(3, 4), np.array(1, np.int32)], exclusive=1, reverse=1)
    case("ReverseSequence", 10, "time", [f32(4, 3), i64(1, 4, 2)], time_axis=0, batch_axis=1)
    boxes = np.array([[[0, 0, 1, 1], [0, 0.1, 1, 1.1], [0, 10, 1, 11], [0, 10.1, 1, 11.1], [0, 100, 1, 101]]], np.float32)
    scores = np.array([[[0.9, 0.75, 0.6, 0.95, 0.5]]], np.float32)
    for opset in (10, 11):
        case("NonMaxSuppression", opset, "iou", [boxes, scores, i64(3), np.array([0.5], np.float32), np.array([0.0], np.float32)])
        case("NonMaxSuppression", opset, "defaults", [boxes, scores, i64(2)])
        case("NonMaxSuppression", opset, "center", [boxes, scores, i64(5), np.array([0.3], np.float32), np.array([0.55], np.float32)], center_point_box=1)
    rois = np.array([[0, 0, 4, 5], [1.5, 2, 7.5, 7], [2, 2, 2.25, 2.5]], np.float32)
    for opset in (10, 16):
        for mode in ("avg", "max"):
            case("RoiAlign", opset, mode, [f32(2, 2, 8, 8), rois, i64(0, 1, 1)], mode=mode, output_height=3, output_width=2, sampling_ratio=2, spatial_scale=0.5)
        case("RoiAlign", opset, "adaptive", [f32(2, 2, 8, 8), rois, i64(0, 1, 1)], output_height=2, output_width=2)
    case("RoiAlign", 16, "output_half_pixel", [f32(2, 2, 8, 8), rois, i64(0, 1, 1)], output_height=2, output_width=2, coordinate_transformation_mode="output_half_pixel")
    case("MaxRoiPool", 1, "scaled", [f32(2, 2, 8, 8), np.array([[0, 0, 0, 8, 8], [1, 2, 4, 12, 14]], np.float32)], pooled_shape=[2, 2], spatial_scale=0.5)


def shapes():
    case("Constant", 1, "value", [], oracle=text.constant, value=numpy_helper.from_array(np.array([[1.5, -2]], np.float32)))
    case("Constant", 9, "value", [], value=numpy_helper.from_array(i64(1, 2, 3)))
    sparse = helper.make_sparse_tensor(numpy_helper.from_array(np.array([1.5, 2.5], np.float32), "v"), numpy_helper.from_array(i64(1, 5)), [2, 3])
    case("Constant", 11, "sparse", [], oracle=text.sparse_constant, differs="onnxruntime hands out a sparse tensor", sparse_value=sparse)
    case("Constant", 12, "int", [], value_int=7)
    case("Constant", 12, "ints", [], value_ints=[7, 8])
    case("Constant", 12, "float", [], value_float=0.5)
    case("Constant", 12, "floats", [], value_floats=[0.5, 1.5])
    case("Constant", 12, "string", [], value_string="text")
    case("Constant", 12, "strings", [], value_strings=["a", "bc"])
    case("ConstantOfShape", 9, "default", [i64(2, 3)])
    case("ConstantOfShape", 9, "int64", [i64(2, 3)], value=numpy_helper.from_array(i64(5)))
    case("Shape", 1, "whole", [f32(2, 3, 4)])
    case("Shape", 15, "part", [f32(2, 3, 4)], start=-2, end=-1)
    case("Size", 1, "plain", [f32(2, 3, 4)])
    case("EyeLike", 9, "diagonal", [f32(3, 4)], k=1)
    case("Range", 11, "float", [np.array(1, np.float32), np.array(3, np.float32), np.array(0.5, np.float32)])
    case("Range", 11, "down", [np.array(10, np.int64), np.array(3, np.int64), np.array(-2, np.int64)])


def reductions():
    for op, operation in text.REDUCE.items():
        positive = {"low": 0.5, "high": 2} if op == "ReduceLogSum" else {}
        case(op, 1, "axes", [f32(2, 3, 4, **positive)], oracle=text.reduce(f"{op}-1", operation), axes=[0, 2])
        case(op, 1, "all", [f32(2, 3, **positive)], oracle=text.reduce(f"{op}-1", operation), keepdims=0)
        case(op, 11, "negative_axes", [f32(2, 3, 4, **positive)], axes=[-1], keepdims=0)
        if op == "ReduceSum":
            case(op, 13, "input", [f32(2, 3, 4), i64(1)])
            case(op, 13, "nothing", [f32(2, 3, 4)], noop_with_empty_axes=1)
        else:
            case(op, 13, "attribute", [f32(2, 3, 4, **positive)], axes=[1])
            case(op, 18, "input", [f32(2, 3, 4, **positive), i64(1)], keepdims=0)
    case("ReduceMax", 12, "int8", [ints(2, 3, low=-9, dtype=np.int8)], axes=[1])
    case("ReduceMin", 12, "uint8", [ints(2, 3, dtype=np.uint8)], axes=[1], keepdims=0)
    case("ReduceMean", 18, "noop", [f32(2, 3)], noop_with_empty_axes=1)


def normalizations():
    for op, oracle in (("Softmax", text.softmax), ("LogSoftmax", text.log_softmax), ("Hardmax", text.hardmax)):
        for opset in (1, 11):
            case(op, opset, "default_axis", [f32(2, 3, 4)], oracle=oracle)
            case(op, opset, "axis_0", [f32(2, 3, 4)], oracle=oracle, axis=0)
            case(op, opset, "axis_2", [f32(2, 3, 4)], oracle=oracle, axis=2)
        case(op, 11, "negative_axis", [f32(2, 3, 4)], oracle=oracle, axis=-2)
        case(op, 13, "axis_1", [f32(2, 3, 4)], axis=1)
        case(op, 13, "default_axis", [f32(2, 3, 4)])
    case("Hardmax", 1, "ties", [ints(3, 6, high=3).astype(np.float32)], oracle=text.hardmax)

    def batch(*shape, spatial=True):
        n = shape[1:2] if spatial else shape[1:]
        return [f32(*shape), f32(*n), f32(*n), f32(*n), f32(*n, low=0.5, high=2)]

    consumed = {"consumed_inputs": [0, 0, 0, 1, 1]}
    case("BatchNormalization", 1, "test", batch(2, 3, 2, 2), oracle=text.batch_norm(1), is_test=1, **consumed)
    case("BatchNormalization", 1, "test_epsilon", batch(2, 3, 2, 2), oracle=text.batch_norm(1), is_test=1, epsilon=0.1, **consumed)
    case("BatchNormalization", 1, "training", batch(2, 3, 2, 2), 2, text.batch_norm(2), **consumed)
    case("BatchNormalization", 1, "not_spatial", batch(2, 3, 2, 2, spatial=False), oracle=text.batch_norm(1), is_test=1, spatial=0, **consumed)
    case("BatchNormalization", 6, "test", batch(2, 3, 2, 2), oracle=text.batch_norm(1), is_test=1)
    case("BatchNormalization", 6, "training", batch(4, 3, 2, 2), 2, text.batch_norm(2), momentum=0.75)
    case("BatchNormalization", 6, "not_spatial", batch(2, 3, 2, 2, spatial=False), oracle=text.batch_norm(1), is_test=1, spatial=0)
    case("BatchNormalization", 7, "test", batch(2, 3, 2, 2), oracle=text.batch_norm(1, training=False))
    case("BatchNormalization", 7, "not_spatial", batch(2, 3, 2, 2, spatial=False), oracle=text.batch_norm(1, training=False), spatial=0)
    case("BatchNormalization", 9, "test", batch(2, 3, 4), oracle=text.batch_norm(1, training=False))
    case("BatchNormalization", 9, "training", batch(4, 3, 2, 2), 2, text.batch_norm(2, training=True))
    case("BatchNormalization", 14, "training", batch(4, 3, 2, 2), 3, training_mode=1, momentum=0.75)
    case("BatchNormalization", 14, "test", batch(4, 3, 2, 2), 1)
    case("InstanceNormalization", 1, "consumed_inputs", [f32(2, 3, 4, 4), f32(3), f32(3)], oracle=text.instance_norm, consumed_inputs=[0, 0, 0])
    case("InstanceNormalization", 1, "epsilon", [f32(2, 3, 4, 4), f32(3), f32(3)], oracle=text.instance_norm, epsilon=0.1)
    case("InstanceNormalization", 6, "plain", [f32(2, 3, 4, 4), f32(3), f32(3)], oracle=text.instance_norm)
    case("GroupNormalization", 18, "groups", [f32(2, 6, 3, 3), f32(2), f32(2)], oracle=text.group_norm, num_groups=2)
    case("GroupNormalization", 18, "epsilon", [f32(2, 6, 4), f32(3), f32(3)], oracle=text.group_norm, num_groups=3, epsilon=0.1)
    case("GroupNormalization", 21, "groups", [f32(2, 6, 3, 3), f32(6), f32(6)], num_groups=2)
    for opset in (9, 11, 13, 16):
        case("LayerNormalization", opset, "last_axis", [f32(2, 3, 4), f32(4), f32(4)], oracle=text.layer_norm(1))
        case("SimplifiedLayerNormalization", opset, "last_axis", [f32(2, 3, 4), f32(4)])
    case("LayerNormalization", 1, "last_axis", [f32(2, 3, 4), f32(4), f32(4)], oracle=text.layer_norm(1))
    case("LayerNormalization", 12, "statistics", [f32(2, 3, 4), f32(3, 4), f32(3, 4)], 3, text.layer_norm(3), axis=1, epsilon=0.1)
    case("LayerNormalization", 14, "no_bias", [f32(2, 3, 4), f32(4)], oracle=text.layer_norm(1))
    case("LayerNormalization", 17, "statistics", [f32(2, 3, 4), f32(3, 4), f32(3, 4)], 3, axis=1)
    for opset in (1, 8):
        case("MeanVarianceNormalization", opset, "default", [f32(2, 3, 4, 4)], oracle=text.mean_variance_norm)
        case("MeanVarianceNormalization", opset, "across_channels", [f32(2, 3, 4, 4)], oracle=text.mean_variance_norm, across_channels=1, normalize_variance=1)
        case("MeanVarianceNormalization", opset, "mean_only", [f32(2, 3, 4, 4)], oracle=text.mean_variance_norm, across_channels=0, normalize_variance=0)
    case("MeanVarianceNormalization", 9, "default", [f32(2, 3, 4, 4)])
    case("MeanVarianceNormalization", 9, "axes", [f32(2, 3, 4)], axes=[1, 2])
    case("LRN", 1, "size", [f32(1, 5, 2, 2)], size=3, alpha=0.1, beta=0.5, bias=2.0)
    case("LpNormalization", 1, "p1", [f32(3, 4)], p=1, axis=0)
    for opset in (1, 6):
        legacy = {"consumed_inputs": [0]} if opset == 1 else {}
        case("Dropout", opset, "test", [f32(3, 4)], oracle=text.dropout, is_test=1, **legacy)
        case("Dropout", opset, "test_ratio", [f32(3, 4)], oracle=text.dropout, is_test=1, ratio=0.25)
    case("Dropout", 7, "ratio", [f32(3, 4)], oracle=text.identity, ratio=0.25)
    case("Dropout", 10, "ratio", [f32(3, 4)], oracle=text.identity, ratio=0.25)
    case("Dropout", 12, "inference", [f32(3, 4), np.array(0.25, np.float32), np.array(False)], 2)
    case("Dropout", 12, "zero_ratio", [f32(3, 4), np.array(0, np.float32), np.array(True)], 2)


def pools():
    image = f32(1, 2, 5, 6)
    case("AveragePool", 1, "pads", [image], oracle=text.average_pool, kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[2, 2])
    case("AveragePool", 1, "plain", [image], oracle=text.average_pool, kernel_shape=[2, 3])
    case("AveragePool", 7, "count_include_pad", [image], kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[2, 2], count_include_pad=1)
    case("AveragePool", 7, "same_lower", [image], kernel_shape=[2, 2], auto_pad="SAME_LOWER")
    case("AveragePool", 10, "ceil", [image], kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)
    case("AveragePool", 11, "ceil_pads", [image], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], ceil_mode=1, count_include_pad=1)
    case("AveragePool", 19, "dilations", [image], kernel_shape=[2, 2], dilations=[2, 2])
    case("MaxPool", 1, "pads", [image], oracle=text.max_pool, kernel_shape=[3, 3], pads=[1, 0, 1, 1], strides=[2, 2])
    case("MaxPool", 8, "indices", [image], 2, kernel_shape=[2, 2], strides=[2, 2])
    case("MaxPool", 8, "indices_columns", [image], 2, kernel_shape=[2, 2], strides=[2, 2], storage_order=1)
    case("MaxPool", 10, "dilations_ceil", [image], kernel_shape=[2, 2], dilations=[2, 2], strides=[2, 2], ceil_mode=1)
    case("MaxPool", 12, "uint8", [ints(1, 2, 5, 5, high=255, dtype=np.uint8)], kernel_shape=[3, 3])
    case("LpPool", 1, "default_p", [image], oracle=text.lp_pool, kernel_shape=[2, 2])
    case("LpPool", 1, "broken_p", [image], oracle=text.lp_pool, kernel_shape=[3, 2], p=1.5, pads=[1, 0, 1, 0], strides=[2, 1])
    case("LpPool", 2, "p3", [image], oracle=text.lp_pool, kernel_shape=[3, 2], p=3, pads=[1, 0, 1, 0], strides=[2, 1])
    case("LpPool", 11, "p1", [image], kernel_shape=[2, 2], p=1, strides=[2, 2])
    case("LpPool", 18, "dilations", [image], kernel_shape=[2, 2], dilations=[2, 2])
    case("GlobalLpPool", 1, "broken_p", [image], oracle=text.global_lp_pool, p=1.5)
    case("GlobalLpPool", 1, "default_p", [image], oracle=text.global_lp_pool)
    case("GlobalLpPool", 2, "p3", [image], oracle=text.global_lp_pool, p=3)
    case("GlobalAveragePool", 1, "plain", [image])
    case("GlobalMaxPool", 1, "plain", [image])
    peaks = np.array([5, 7, 13, 15], np.int64).reshape(1, 1, 2, 2)
    for opset in (9, 11):
        case("MaxUnpool", opset, "kernel", [f32(1, 1, 2, 2), peaks], kernel_shape=[2, 2], strides=[2, 2])
        case("MaxUnpool", opset, "output_shape", [f32(1, 1, 2, 2), peaks, i64(1, 1, 5, 5)], kernel_shape=[2, 2], strides=[2, 2], oracles=("reference",), differs="onnxruntime takes the indices as those of the larger output")


def resizing():
    for mode in ("nearest", "bilinear"):
        case("Upsample", 1, mode, [f32(1, 2, 3, 4)], oracle=text.upsample, height_scale=2.0, width_scale=1.5, mode=mode)
    case("Upsample", 1, "default_mode", [f32(1, 1, 2, 2)], oracle=text.upsample, height_scale=2.0, width_scale=3.0)
    for mode in ("nearest", "linear"):
        case("Upsample", 7, mode, [f32(1, 2, 3, 4)], scales=[1.0, 1.0, 2.0, 1.5], mode=mode)
        case("Upsample", 9, mode, [f32(1, 2, 3, 4), np.array([1, 1, 2, 1.5], np.float32)], mode=mode)
        case("Resize", 10, f"{mode}_up", [f32(1, 2, 3, 4), np.array([1, 1, 2, 1.5], np.float32)], mode=mode)
        case("Resize", 10, f"{mode}_down", [f32(1, 2, 6, 8), np.array([1, 1, 0.6, 0.5], np.float32)], mode=mode)
    empty = np.zeros(0, np.float32)
    for opset in (11, 13):
        for transform in ("half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric"):
            case("Resize", opset, f"linear_{transform}", [f32(1, 2, 4, 5), empty, np.array([1, 1, 1.5, 0.6], np.float32)], mode="linear", coordinate_transformation_mode=transform)
        for nearest in ("round_prefer_floor", "round_prefer_ceil", "floor", "ceil"):
            case("Resize", opset, f"nearest_{nearest}", [f32(1, 2, 4, 5), empty, empty, i64(1, 2, 7, 3)], mode="nearest", nearest_mode=nearest)
        case("Resize", opset, "cubic", [f32(1, 2, 4, 5), empty, np.array([1, 1, 1.5, 2], np.float32)], mode="cubic")
        case("Resize", opset, "cubic_outside", [f32(1, 2, 4, 5), empty, np.array([1, 1, 0.8, 2], np.float32)], mode="cubic", exclude_outside=1, cubic_coeff_a=-0.5)
        crop = np.array([0, 0, 0.2, 0.3, 1, 1, 0.9, 1.4], np.float32)
        case("Resize", opset, "crop", [f32(1, 1, 4, 5), crop, empty, i64(1, 1, 3, 6)], mode="linear", coordinate_transformation_mode="tf_crop_and_resize", extrapolation_value=9.0)
    case("Resize", 11, "tf_half_pixel_for_nn", [f32(1, 2, 4, 5), empty, np.array([1, 1, 1.5, 0.6], np.float32)], mode="nearest", coordinate_transformation_mode="tf_half_pixel_for_nn")
    case("Resize", 18, "antialias_axes", [f32(1, 1, 6, 8), None, np.array([0.5, 0.6], np.float32)], mode="linear", antialias=1, axes=[2, 3])
    case("Resize", 18, "not_larger", [f32(1, 1, 6, 8), None, None, i64(4, 4)], mode="linear", axes=[2, 3], keep_aspect_ratio_policy="not_larger")
    grid = f32(1, 3, 4, 2, low=-1.2, high=1.2)
    for mode in ("bilinear", "nearest", "bicubic"):
        for padding in ("zeros", "border", "reflection"):
            case("GridSample", 16, f"{mode}_{padding}", [f32(1, 2, 5, 4), grid], mode=mode, padding_mode=padding)
    case("GridSample", 16, "corners", [f32(1, 2, 5, 4), grid], align_corners=1)
    for mode in ("linear", "cubic"):
        case("GridSample", 20, mode, [f32(1, 2, 5, 4), grid], mode=mode)


def recurrent():
    steps, batch, size, hidden = 4, 2, 3, 5
    ops = {
        "RNN": (1, 0, lambda: text.rnn(), 2),
        "GRU": (3, 0, lambda: text.gru(), 2),
        "LSTM": (4, 3, lambda: text.lstm(), 3),
    }
    for op, (gates, peepholes, oracle, outputs) in ops.items():

        def weights(directions=1, gates=gates):
            return [f32(steps, batch, size), f32(directions, gates * hidden, size), f32(directions, gates * hidden, hidden), f32(directions, 2 * gates * hidden)]

        def initial(directions=1, n=2 if op == "LSTM" else 1):
            return [f32(directions, batch, hidden) for _ in range(n)]

        for opset in (1, 3, 7) if op == "GRU" else (1, 7):
            legacy = {"output_sequence": 1} if opset < 7 else {}
            common = {"hidden_size": hidden, **legacy}
            case(op, opset, "plain", weights(), outputs, oracle(), **common)
            case(op, opset, "no_bias", weights()[:3], outputs, oracle(), hidden_size=hidden)
            case(op, opset, "reverse", weights(), outputs, oracle(), direction="reverse", **common)
            case(op, opset, "bidirectional", [*weights(2), np.array([4, 2], np.int32), *initial(2)], outputs, oracle(), direction="bidirectional", **common)
            case(op, opset, "lengths", [*weights(), np.array([3, 4], np.int32), *initial()], outputs, oracle(), **common)
            case(op, opset, "clip", weights(), outputs, oracle(), clip=0.4, **common)
            if op == "GRU" and opset >= 3:
                case(op, opset, "linear_before_reset", weights(), outputs, oracle(), linear_before_reset=1, **common)
            if op == "LSTM":
                case(op, opset, "peepholes", [*weights(), None, *initial(), f32(1, 3 * hidden)], outputs, oracle(), **common)
                case(op, opset, "input_forget", weights(), outputs, oracle(), input_forget=1, **common)
        case(op, 14, "plain", weights(), outputs, hidden_size=hidden)
        only = {2: text.rnn((0, 1)) if op == "RNN" else text.gru((0, 1)), 3: text.lstm((0, 1, 0))}[outputs]
        case(op, 1, "last_only", weights(), [False, True] + [False] * (outputs - 2), only, hidden_size=hidden)


def scan_body():
    nodes = [helper.make_node("Add", ["s", "e"], ["t"]), helper.make_node("Tanh", ["t"], ["s2"]), helper.make_node("Mul", ["s2", "e"], ["o"])]
    value = lambda name, shape: helper.make_tensor_value_info(name, FLOAT, shape)
    return helper.make_graph(nodes, "body", [value("s", [3]), value("e", [3])], [value("s2", [3]), value("o", [3])])


def control():
    def step(s, e):
        s = np.tanh(s + e)
        return s, s * e

    scan8 = lambda: text.scan(step, 1)
    case("Scan", 8, "batch", [None, f32(2, 3), f32(2, 4, 3)], 2, scan8(), body=scan_body(), num_scan_inputs=1)
    why = "what follows the end of a sequence is undefined"
    case("Scan", 8, "lengths", [i64(4, 2), f32(2, 3), f32(2, 4, 3)], 2, scan8(), body=scan_body(), num_scan_inputs=1, differs=why)
    case("Scan", 8, "reverse", [None, f32(2, 3), f32(2, 4, 3)], 2, body=scan_body(), num_scan_inputs=1, directions=[1])
    case("Scan", 9, "plain", [f32(3), f32(4, 3)], 2, body=scan_body(), num_scan_inputs=1)
    case("Scan", 9, "axes", [f32(3), f32(3, 4)], 2, body=scan_body(), num_scan_inputs=1, scan_input_axes=[1], scan_output_axes=[1])
    case("Scan", 9, "directions", [f32(3), f32(4, 3)], 2, body=scan_body(), num_scan_inputs=1, scan_input_directions=[1], scan_output_directions=[1])
    case("Scan", 11, "negative_axes", [f32(3), f32(3, 4)], 2, body=scan_body(), num_scan_inputs=1, scan_input_axes=[-1], scan_output_axes=[-1])

    def value(name, shape, kind=FLOAT):
        return helper.make_tensor_value_info(name, kind, shape)

    for opset in (1, 7, 11, 13):
        legacy = {"broadcast": 0} if opset < 7 else {}
        then = helper.make_graph([helper.make_node("Add", ["x", "x"], ["t"], **legacy)], "then", [], [value("t", [2, 3])])
        other = helper.make_graph([helper.make_node("Neg", ["x"], ["e"])], "else", [], [value("e", [2, 3])])
        for flag in (True, False):
            x = f32(2, 3)
            t = lambda c, x: [x + x if c else -x]
            t.__doc__ = f"If-{1 if opset < 11 else opset}."
            feeds = {"c": np.array(flag), "x": x}
            graph(f"if_{opset}_{str(flag).lower()}", opset, [helper.make_node("If", ["c"], ["y0"], then_branch=then, else_branch=other)], feeds, ["y0"], list(feeds.values()), t)
        body = helper.make_graph(
            [helper.make_node("Add", ["v", "v"], ["v2"], **legacy), helper.make_node("Identity", ["v2"], ["o"]), helper.make_node("Identity", ["c"], ["c2"])],
            "body",
            [value("i", [], TensorProto.INT64), value("c", [], TensorProto.BOOL), value("v", [3])],
            [value("c2", [], TensorProto.BOOL), value("v2", [3]), value("o", [3])],
        )
        t = lambda m, c, v, body=None: [v * 2 ** int(m), np.stack([v * 2**k for k in range(1, int(m) + 1)])]
        t.__doc__ = f"Loop-{1 if opset < 11 else opset}."
        case("Loop", opset, "double", [i64(3).reshape(()), np.array(True), f32(3)], 2, t, body=body)


def quantized():
    scale, zero = np.array(0.1, np.float32), np.array(7, np.uint8)
    case("QuantizeLinear", 10, "uint8", [f32(3, 4, low=-2, high=30), scale, zero])
    case("QuantizeLinear", 10, "no_zero_point", [f32(3, 4, low=-2, high=30), scale])
    case("QuantizeLinear", 10, "int32", [ints(3, 4, low=-20, high=40, dtype=np.int32), np.array(0.25, np.float32), np.array(-3, np.int8)])
    case("QuantizeLinear", 10, "half_to_even", [np.array([0.5, 1.5, 2.5, -0.5, -1.5], np.float32), np.array(1, np.float32), np.array(0, np.int8)])
    case("DequantizeLinear", 10, "int8", [ints(3, 4, low=-20, high=40, dtype=np.int8), scale, np.array(-3, np.int8)])
    case("DequantizeLinear", 10, "int32", [ints(3, 4, low=-999, high=999, dtype=np.int32), scale])
    scales = np.array([0.1, 0.2, 0.3], np.float32)
    zeros = np.array([7, 0, 100], np.uint8)
    case("QuantizeLinear", 13, "axis_1", [f32(2, 3, 4, low=-2, high=30), scales, zeros])
    case("QuantizeLinear", 13, "axis_0", [f32(3, 4, low=-2, high=30), scales, zeros], axis=0)
    case("DequantizeLinear", 13, "axis_1", [ints(2, 3, 4, high=255, dtype=np.uint8), scales, zeros])
    case("DequantizeLinear", 13, "negative_axis", [ints(2, 3, high=255, dtype=np.uint8), scales, zeros], axis=-1)
    case("QuantizeLinear", 19, "axis", [f32(2, 3, low=-2, high=30), scales, zeros], axis=1)
    graph(
        "quantizelinear_19_float8",
        19,
        [helper.make_node("QuantizeLinear", ["x0", "s", "z"], ["q"]), helper.make_node("Cast", ["q"], ["y0"], to=FLOAT)],
        {"x0": f32(3, 4, low=-100, high=100), "s": scale, "z": np.zeros((), ml_dtypes.float8_e4m3fn)},
        ["y0"],
    )
    case("QuantizeLinear", 21, "blocks", [f32(2, 4, low=-2, high=30), np.array([[0.1, 0.2], [0.3, 0.4]], np.float32), np.array([[1, 2], [3, 4]], np.uint8)], axis=1, block_size=2)
    case("DequantizeLinear", 21, "blocks", [ints(2, 4, high=255, dtype=np.uint8), np.array([[0.1, 0.2], [0.3, 0.4]], np.float32), np.array([[1, 2], [3, 4]], np.uint8)], axis=1, block_size=2)
    a, b = ints(2, 4, high=255, dtype=np.uint8), ints(4, 3, high=255, dtype=np.uint8)
    s = lambda v: np.array(v, np.float32)
    z = lambda v: np.array(v, np.uint8)
    case("QLinearMatMul", 10, "uint8", [a, s(0.02), z(113), b, s(0.03), z(114), s(0.1), z(118)])
    case("MatMulInteger", 10, "uint8", [a, b, z(12), z(0)])
    case("ConvInteger", 10, "uint8", [ints(1, 1, 4, 4, high=255, dtype=np.uint8), ints(1, 1, 2, 2, high=255, dtype=np.uint8), z(1)])
    case("DynamicQuantizeLinear", 11, "range", [f32(3, 4)], 3)


def sequences():
    node = helper.make_node
    graph(
        "splittosequence_11_lengths",
        11,
        [node("SplitToSequence", ["x", "n"], ["s"], axis=1), node("SequenceAt", ["s", "k"], ["y0"]), node("SequenceLength", ["s"], ["y1"])],
        {"x": f32(2, 6), "n": i64(1, 2, 3), "k": i64(-1).reshape(())},
        ["y0", "y1"],
    )
    graph("splittosequence_11_no_keepdims", 11, [node("SplitToSequence", ["x"], ["s"], axis=1, keepdims=0), node("ConcatFromSequence", ["s"], ["y0"], axis=0)], {"x": f32(2, 3)}, ["y0"])
    graph("splittosequence_11_equal", 11, [node("SplitToSequence", ["x", "n"], ["s"]), node("SequenceAt", ["s", "k"], ["y0"])], {"x": f32(5, 2), "n": i64(2).reshape(()), "k": i64(2).reshape(())}, ["y0"])
    graph(
        "identity_14_sequence",
        14,
        [node("SequenceConstruct", ["a", "b"], ["s"]), node("Identity", ["s"], ["t"]), node("ConcatFromSequence", ["t"], ["y0"], axis=0, new_axis=1)],
        {"a": f32(2, 3), "b": f32(2, 3)},
        ["y0"],
    )
    graph("optional_15_tensor", 15, [node("Optional", ["x"], ["o"]), node("OptionalHasElement", ["o"], ["y0"]), node("OptionalGetElement", ["o"], ["y1"])], {"x": f32(2, 3)}, ["y0", "y1"])
    kind = helper.make_tensor_type_proto(FLOAT, [2, 3])
    graph("optional_15_empty", 15, [node("Optional", [], ["o"], type=kind), node("OptionalHasElement", ["o"], ["y0"])], {}, ["y0"])
    graph("optionalhaselement_18_tensor", 18, [node("OptionalHasElement", ["x"], ["y0"]), node("OptionalGetElement", ["x"], ["y1"])], {"x": f32(2, 3)}, ["y0", "y1"])
    graph("optionalhaselement_18_absent", 18, [node("OptionalHasElement", [], ["y0"])], {}, ["y0"])


def others():
    heads = lambda *mask, kv=5: [f32(2, 4, 3, 8), f32(2, 2, kv, 8), f32(2, 2, kv, 6), *mask]
    for opset in (23, 24):
        case("Attention", opset, "grouped", heads())
        case("Attention", opset, "causal", heads(kv=3), is_causal=1, scale=0.5)
        case("Attention", opset, "mask", heads(f32(3, 5)), softcap=2.0)
        case("Attention", opset, "bool_mask", heads(np.tri(3, 5, 1, bool)))
        case("Attention", opset, "flat", [f32(2, 3, 32), f32(2, 5, 16), f32(2, 5, 12)], q_num_heads=4, kv_num_heads=2)
        case("Attention", opset, "past", [*heads(), None, f32(2, 2, 4, 8), f32(2, 2, 4, 6)], 3)
        for mode in range(4):
            case("Attention", opset, f"scores_{mode}", heads(f32(3, 5)), [True, False, False, True], qk_matmul_output_mode=mode, softcap=2.0)
    case("Attention", 24, "lengths", [*heads(), None, None, None, i64(5, 3)])
    signal = f32(2, 6, 1)
    case("DFT", 17, "default_axis", [signal])
    case("DFT", 17, "onesided", [signal], onesided=1)
    case("DFT", 17, "axis", [f32(1, 3, 4, 2)], axis=2)
    case("DFT", 17, "inverse", [f32(1, 5, 2)], inverse=1)
    case("DFT", 17, "length", [signal, i64(4).reshape(())])
    case("DFT", 20, "axis", [signal, None, i64(1).reshape(())])
    for opset in (12, 13):
        case("NegativeLogLikelihoodLoss", opset, "weighted", [f32(4, 3, 2), ints(4, 2, high=3), f32(3, low=0.5, high=2)])
        case("SoftmaxCrossEntropyLoss", opset, "ignored", [f32(4, 3), i64(0, 2, 1, 0)], 2, ignore_index=2)
    case("Where", 9, "both_ways", [flags(3, 1), f32(4), f32(2, 1, 4)])
    case("Det", 11, "batch", [f32(2, 3, 3)])
    case("Einsum", 12, "ellipsis", [f32(2, 3, 4), f32(4, 5)], equation="...ij,jk->...ik")
