"""Makes the models that benchmarks/ measures, and cases.json, which lists them.

Nothing is downloaded: operators are put together here, architectures come from
torchvision and transformers with random weights. Every case is one call of
`case`; the Go side knows nothing of a case but what cases.json says.

    python models.py [--out models] [--only REGEXP]
"""

import argparse
import json
import pathlib
import re

import numpy as np
import onnx
from onnx import TensorProto as T
from onnx import helper as h
from onnx import numpy_helper

rng = np.random.default_rng(1)
CASES = []


def case(group, name, build, inputs, tolerance=1e-4, **more):
    """One row of the table.

    build() returns a ModelProto; inputs maps a name to (dtype, shape) or
    (dtype, shape, low, high), from which the Go side draws its numbers: floats
    are normal between the bounds if there are any, integers uniform in [low,
    high). tolerance bounds the difference between two engines' outputs,
    relative to a value plus the root mean square of its tensor.
    more: `bar`, the speed that is asked for, `runs`, the least number of runs in
    a block, `copy`, to measure a plain copy of the inputs beside it, `load`, to
    measure loading and memory as well.
    """
    file = re.sub(r"[^a-z0-9]+", "-", f"{group} {name}".lower()).strip("-") + ".onnx"
    described = []
    for key, (dtype, shape, *bounds) in inputs.items():
        entry = {"name": key, "dtype": dtype, "shape": list(shape)}
        if bounds:
            entry["low"], entry["high"] = bounds
        described.append(entry)
    CASES.append((build, {"name": name, "group": group, "file": file, "inputs": described,
                          "tolerance": tolerance, **more}))


# ---- putting a graph together

NP = {"float32": T.FLOAT, "int64": T.INT64, "int32": T.INT32, "uint8": T.UINT8,
      "int8": T.INT8, "bool": T.BOOL}


def normal(*shape, scale=1.0):
    return (rng.standard_normal(shape) * scale).astype(np.float32)


def ints(dtype, *shape, low=-127, high=128):
    return rng.integers(low, high, shape).astype(dtype)


# The operator set that a node needs, if it is more than 13: older runtimes
# shall have a chance.
NEEDS = {"GroupNormalization": 21, "LayerNormalization": 17, "RMSNormalization": 23, "Gelu": 20,
         "HardSwish": 14, "Split": 18, "ReduceMean": 18, "ReduceMax": 18, "ReduceL2": 18}


def graph(inputs, outputs, nodes, constants=None):
    """A model of `nodes`; outputs map a name to a type, or to a type and shape
    where the shape is not inferred."""
    bodies = [a.g.node for n in nodes for a in n.attribute if a.type == onnx.AttributeProto.GRAPH]
    opset = max(NEEDS.get(n.op_type, 13) for part in (nodes, *bodies) for n in part)
    g = h.make_graph(
        nodes, "case",
        [h.make_tensor_value_info(n, NP[d[0]], d[1]) for n, d in inputs.items()],
        [h.make_tensor_value_info(n, NP[d], None) if isinstance(d, str) else h.make_tensor_value_info(n, NP[d[0]], d[1])
         for n, d in outputs.items()],
        [numpy_helper.from_array(np.asarray(v), n) for n, v in (constants or {}).items()])
    model = h.make_model(g, opset_imports=[h.make_opsetid("", opset)], ir_version=10 if opset > 17 else 8)
    return onnx.shape_inference.infer_shapes(model, data_prop=True)


def single(op, inputs, constants=None, out="float32", outputs=1, **attributes):
    """A model of one node, which takes the inputs and then the constants."""
    constants = constants or {}
    names = [f"y{i}" if i else "y" for i in range(outputs)]
    return graph(inputs, {n: out for n in names},
                 [h.make_node(op, list(inputs) + list(constants), names, **attributes)],
                 constants)


def one(group, name, op, inputs, constants=None, /, out="float32", outputs=1,
        options=None, **attributes):
    """The case of a single node; constants() is called when the model is made."""
    case(group, name,
         lambda: single(op, inputs, constants() if constants else {}, out, outputs, **attributes),
         inputs, **(options or {}))


def f32(*shape):
    return ("float32", shape)


# ---- operators

def matmuls():
    one("matmul", "MatMul 128×768×3072, constant weights", "MatMul", {"x": f32(128, 768)},
        lambda: {"w": normal(768, 3072, scale=0.04)})
    for n in (512, 1024, 2048):
        one("matmul", f"MatMul {n}³", "MatMul", {"a": f32(n, n), "b": f32(n, n)})
    one("matmul", "MatMul 128×768×3072, both dynamic", "MatMul",
        {"a": f32(128, 768), "b": f32(768, 3072)})
    one("matmul", "MatMul 12×128×64×128, batched", "MatMul",
        {"a": f32(1, 12, 128, 64), "b": f32(1, 12, 64, 128)})
    one("matmul", "MatMul 1×768×3072, constant weights", "MatMul", {"x": f32(1, 768)},
        lambda: {"w": normal(768, 3072, scale=0.04)})
    one("matmul", "Gemm 32×2048×1000, transposed weights and bias", "Gemm", {"x": f32(32, 2048)},
        lambda: {"w": normal(1000, 2048, scale=0.02), "b": normal(1000)}, transB=1)


def convs():
    def conv(name, cin, cout, size, k, stride=1, group=1, n=1):
        one("conv", name, "Conv", {"x": f32(n, cin, size, size)},
            lambda: {"w": normal(cout, cin // group, k, k, scale=(cin // group * k * k) ** -0.5),
                     "b": normal(cout)},
            kernel_shape=[k, k], strides=[stride] * 2, pads=[k // 2] * 4, group=group)

    conv("3×3 64→64, 56×56", 64, 64, 56, 3)
    conv("1×1 256→64, 56×56", 256, 64, 56, 1)
    conv("7×7 stride 2 3→64, 224×224", 3, 64, 224, 7, stride=2)
    conv("depthwise 3×3 144, 56×56", 144, 144, 56, 3, group=144)
    conv("depthwise 3×3 stride 2 96, 112×112", 96, 96, 112, 3, stride=2, group=96)
    conv("depthwise 7×7 96, 56×56", 96, 96, 56, 7, group=96)
    conv("3×3 stride 2 128→128, 56×56", 128, 128, 56, 3, stride=2)
    conv("3×3 512→512, 7×7", 512, 512, 7, 3)
    conv("1×1 512→2048, 7×7", 512, 2048, 7, 1)
    conv("3×3 128→128 in 32 groups, 28×28", 128, 128, 28, 3, group=32)
    one("conv", "transposed 4×4 stride 2 64→32, 28×28", "ConvTranspose", {"x": f32(1, 64, 28, 28)},
        lambda: {"w": normal(64, 32, 4, 4, scale=0.06), "b": normal(32)},
        kernel_shape=[4, 4], strides=[2, 2], pads=[1] * 4)
    one("conv", "1-D 5 64→128, 1,000 ticks", "Conv", {"x": f32(1, 64, 1000)},
        lambda: {"w": normal(128, 64, 5, scale=0.06), "b": normal(128)}, kernel_shape=[5], pads=[2, 2])


def normalizations():
    group, asked = "normalization", {"bar": 2, "copy": True}
    for shape in ((32, 512, 768), (1, 128, 768), (8, 4096)):
        d, label = shape[-1], "×".join(map(str, shape))
        one(group, f"LayerNormalization {label}", "LayerNormalization", {"x": f32(*shape)},
            lambda d=d: {"s": normal(d), "b": normal(d)}, axis=-1, options=asked)
        one(group, f"RMSNormalization {label}", "RMSNormalization", {"x": f32(*shape)},
            lambda d=d: {"s": normal(d)}, axis=-1, options=asked)
    x = {"x": f32(32, 64, 56, 56)}
    one(group, "GroupNormalization 32×64×56×56, 8 groups", "GroupNormalization", x,
        lambda: {"s": normal(64), "b": normal(64)}, num_groups=8, out=f32(32, 64, 56, 56), options=asked)

    def decomposed_group():
        # What PyTorch's exporter makes of GroupNorm.
        nodes = [
            h.make_node("Reshape", ["x", "grouped"], ["r"]),
            h.make_node("InstanceNormalization", ["r", "one", "zero"], ["n"], epsilon=1e-5),
            h.make_node("Shape", ["x"], ["shape"]),
            h.make_node("Reshape", ["n", "shape"], ["u"]),
            h.make_node("Mul", ["u", "s"], ["m"]),
            h.make_node("Add", ["m", "b"], ["y"])]
        return graph(x, {"y": x["x"]}, nodes, {
            "grouped": np.array([0, 8, -1]), "one": np.ones(8, np.float32), "zero": np.zeros(8, np.float32),
            "s": normal(64, 1, 1), "b": normal(64, 1, 1)})

    case(group, "GroupNorm decomposed 32×64×56×56, 8 groups", decomposed_group, x, **asked)
    one(group, "InstanceNormalization 32×64×56×56", "InstanceNormalization", x,
        lambda: {"s": normal(64), "b": normal(64)}, options=asked)
    one(group, "BatchNormalization 32×64×56×56", "BatchNormalization", x,
        lambda: {"s": normal(64), "b": normal(64), "m": normal(64), "v": np.abs(normal(64)) + 0.5},
        options=asked)

    def decomposed_layer():
        nodes = [
            h.make_node("ReduceMean", ["x", "last"], ["mean"]),
            h.make_node("Sub", ["x", "mean"], ["d"]),
            h.make_node("Pow", ["d", "two"], ["sq"]),
            h.make_node("ReduceMean", ["sq", "last"], ["var"]),
            h.make_node("Add", ["var", "eps"], ["ve"]),
            h.make_node("Sqrt", ["ve"], ["sd"]),
            h.make_node("Div", ["d", "sd"], ["n"]),
            h.make_node("Mul", ["n", "s"], ["m"]),
            h.make_node("Add", ["m", "b"], ["y"])]
        return graph({"x": f32(32, 512, 768)}, {"y": "float32"}, nodes, {
            "last": np.array([-1]), "two": np.float32(2), "eps": np.float32(1e-5),
            "s": normal(768), "b": normal(768)})

    case(group, "LayerNorm decomposed 32×512×768", decomposed_layer, {"x": f32(32, 512, 768)}, copy=True)

    def decomposed_rms():
        nodes = [
            h.make_node("Pow", ["x", "two"], ["sq"]),
            h.make_node("ReduceMean", ["sq", "last"], ["ms"]),
            h.make_node("Add", ["ms", "eps"], ["me"]),
            h.make_node("Sqrt", ["me"], ["rms"]),
            h.make_node("Reciprocal", ["rms"], ["r"]),
            h.make_node("Mul", ["x", "r"], ["n"]),
            h.make_node("Mul", ["s", "n"], ["y"])]
        return graph({"x": f32(32, 512, 768)}, {"y": "float32"}, nodes, {
            "last": np.array([-1]), "two": np.float32(2), "eps": np.float32(1e-6), "s": normal(768)})

    case(group, "RMSNorm decomposed 32×512×768", decomposed_rms, {"x": f32(32, 512, 768)}, copy=True)

    def add_layer():
        nodes = [
            h.make_node("Add", ["x", "r"], ["sum"]),
            h.make_node("LayerNormalization", ["sum", "s", "b"], ["y"], axis=-1)]
        return graph(skip, {"y": "float32"}, nodes, {"s": normal(768), "b": normal(768)})

    skip = {"x": f32(1, 128, 768), "r": f32(1, 128, 768)}
    case(group, "Add and LayerNormalization 1×128×768", add_layer, skip)


def activations():
    group = "element-wise"
    one(group, "Softmax 1024×1000", "Softmax", {"x": f32(1024, 1000)}, axis=-1)
    one(group, "Softmax 1×12×128×128", "Softmax", {"x": f32(1, 12, 128, 128)}, axis=-1)
    one(group, "LogSoftmax 1024×1000", "LogSoftmax", {"x": f32(1024, 1000)}, axis=-1)
    x = {"x": f32(128, 3072)}

    def gelu():
        nodes = [
            h.make_node("Div", ["x", "root2"], ["d"]),
            h.make_node("Erf", ["d"], ["e"]),
            h.make_node("Add", ["e", "one"], ["a"]),
            h.make_node("Mul", ["x", "a"], ["m"]),
            h.make_node("Mul", ["m", "half"], ["y"])]
        return graph(x, {"y": "float32"}, nodes, {
            "root2": np.float32(2 ** 0.5), "one": np.float32(1), "half": np.float32(0.5)})

    case(group, "Gelu decomposed 128×3072", gelu, x)
    one(group, "Gelu 128×3072", "Gelu", x)

    def silu():
        nodes = [h.make_node("Sigmoid", ["x"], ["s"]), h.make_node("Mul", ["x", "s"], ["y"])]
        return graph(x, {"y": "float32"}, nodes)

    case(group, "SiLU decomposed 128×3072", silu, x)

    image = {"x": f32(8, 64, 56, 56)}
    for op in ("Relu", "Sigmoid", "Tanh", "Exp", "Erf", "HardSwish", "Sqrt"):
        inputs = {"x": ("float32", (8, 64, 56, 56), 0, 4)} if op == "Sqrt" else image
        one(group, f"{op} 8×64×56×56", op, inputs)
    one(group, "Clip 8×64×56×56", "Clip", image,
        lambda: {"lo": np.float32(0), "hi": np.float32(6)})
    one(group, "Add 8×64×56×56", "Add", {"a": image["x"], "b": image["x"]})
    one(group, "Mul 8×64×56×56 by 8×64×1×1", "Mul", {"a": image["x"], "b": f32(8, 64, 1, 1)})
    one(group, "Add 128×3072 and 3072", "Add", x, lambda: {"b": normal(3072)})
    one(group, "Where 8×64×56×56", "Where",
        {"c": ("bool", (8, 64, 56, 56), 0, 2), "a": image["x"], "b": image["x"]})

    def chain():
        nodes = [
            h.make_node("Mul", ["x", "s"], ["m"]), h.make_node("Add", ["m", "t"], ["a"]),
            h.make_node("Tanh", ["a"], ["u"]), h.make_node("Sub", ["u", "x"], ["d"]),
            h.make_node("Abs", ["d"], ["y"])]
        return graph(x, {"y": "float32"}, nodes, {"s": normal(3072), "t": normal(3072)})

    case(group, "chain of Mul, Add, Tanh, Sub, Abs 128×3072", chain, x)


def layouts():
    group = "layout"
    one(group, "Transpose NCHW to NHWC 1×64×112×112", "Transpose", {"x": f32(1, 64, 112, 112)}, perm=[0, 2, 3, 1])
    one(group, "Transpose heads 1×128×12×64", "Transpose", {"x": f32(1, 128, 12, 64)}, perm=[0, 2, 1, 3])
    one(group, "Transpose 1024×1024", "Transpose", {"x": f32(1024, 1024)}, perm=[1, 0])
    one(group, "Concat of 4 channels 1×64×56×56", "Concat", {c: f32(1, 64, 56, 56) for c in "abcd"}, axis=1)
    one(group, "Concat of 2 rows 1024×512", "Concat", {c: f32(1024, 512) for c in "ab"}, axis=1)
    one(group, "Split in 3 128×2304", "Split", {"x": f32(128, 2304)}, outputs=3, axis=1, num_outputs=3)
    one(group, "Slice with step 2, 1×64×112×112", "Slice", {"x": f32(1, 64, 112, 112)},
        lambda: {"starts": np.array([0, 0]), "ends": np.array([112, 112]),
                 "axes": np.array([2, 3]), "steps": np.array([2, 2])})

    def gather():
        return graph(ids, {"y": "float32"}, [h.make_node("Gather", ["w", "i"], ["y"])],
                     {"w": normal(30522, 768)})

    ids = {"i": ("int64", (1, 128), 0, 30522)}
    case(group, "Gather 128 of 30522×768", gather, ids)
    one(group, "Pad 1×64×112×112 by 1", "Pad", {"x": f32(1, 64, 112, 112)},
        lambda: {"pads": np.array([0, 0, 1, 1, 0, 0, 1, 1])})
    for mode, how in (("nearest", "asymmetric"), ("linear", "half_pixel")):
        inputs = {"x": f32(1, 64, 56, 56)}
        case(group, f"Resize {mode} ×2 1×64×56×56",
             lambda inputs=inputs, mode=mode, how=how: graph(
                 inputs, {"y": "float32"},
                 [h.make_node("Resize", ["x", "", "scales"], ["y"], mode=mode, nearest_mode="floor",
                              coordinate_transformation_mode=how)],
                 {"scales": np.array([1, 1, 2, 2], np.float32)}), inputs)


def reductions():
    group = "reduction and pooling"
    one(group, "ReduceMean of rows 32×512×768", "ReduceMean", {"x": f32(32, 512, 768)},
        lambda: {"axes": np.array([-1])}, keepdims=1)
    one(group, "ReduceSum of columns 4096×768", "ReduceSum", {"x": f32(4096, 768)},
        lambda: {"axes": np.array([0])}, keepdims=0)
    one(group, "ReduceMean of pixels 8×256×56×56", "ReduceMean", {"x": f32(8, 256, 56, 56)},
        lambda: {"axes": np.array([2, 3])}, keepdims=1)
    one(group, "ReduceMax of channels 8×64×56×56", "ReduceMax", {"x": f32(8, 64, 56, 56)},
        lambda: {"axes": np.array([1])}, keepdims=0)
    one(group, "ReduceL2 of rows 1024×1000", "ReduceL2", {"x": f32(1024, 1000)},
        lambda: {"axes": np.array([-1])}, keepdims=1)
    one(group, "ArgMax of rows 1024×1000", "ArgMax", {"x": f32(1024, 1000)}, out="int64", axis=-1)
    one(group, "CumSum of rows 1024×1000", "CumSum", {"x": f32(1024, 1000)}, lambda: {"axis": np.array(1)},
        options={"tolerance": 1e-3})
    one(group, "MaxPool 3×3 stride 2 64, 112×112", "MaxPool", {"x": f32(1, 64, 112, 112)},
        kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
    one(group, "AveragePool 3×3 192, 28×28", "AveragePool", {"x": f32(1, 192, 28, 28)},
        kernel_shape=[3, 3], strides=[1, 1], pads=[1] * 4)
    one(group, "GlobalAveragePool 8×512×14×14", "GlobalAveragePool", {"x": f32(8, 512, 14, 14)})


def loops():
    ticks = 1000

    def weights(units):
        return {"Wx": normal(units, units, scale=units ** -0.5), "Wh": normal(units, units, scale=units ** -0.5),
                "b": normal(units, scale=0.1), "s": 1 + normal(units, scale=0.1), "t": normal(units, scale=0.1)}

    # h = tanh(LN(x·Wx + h·Wh + b))
    cell = [
        h.make_node("MatMul", ["x_t", "Wx"], ["xw"]), h.make_node("MatMul", ["h_t", "Wh"], ["hw"]),
        h.make_node("Add", ["xw", "hw"], ["sum"]), h.make_node("Add", ["sum", "b"], ["pre"]),
        h.make_node("LayerNormalization", ["pre", "s", "t"], ["ln"], axis=-1),
        h.make_node("Tanh", ["ln"], ["h_n"]), h.make_node("Identity", ["h_n"], ["y_t"])]

    def info(name, *shape, dtype=T.FLOAT):
        return h.make_tensor_value_info(name, dtype, shape)

    def scan(units):
        body = h.make_graph(cell, "tick", [info("h_t", 1, units), info("x_t", 1, units)],
                            [info("h_n", 1, units), info("y_t", 1, units)])
        return graph(inputs(units), {"h": "float32", "y": "float32"},
                     [h.make_node("Scan", ["h0", "x"], ["h", "y"], body=body, num_scan_inputs=1)], weights(units))

    def loop(units):
        nodes = [h.make_node("Gather", ["x", "i"], ["x_t"], axis=0), *cell,
                 h.make_node("Identity", ["go"], ["again"])]
        body = h.make_graph(nodes, "tick",
                            [info("i", dtype=T.INT64), info("go", dtype=T.BOOL), info("h_t", 1, units)],
                            [info("again", dtype=T.BOOL), info("h_n", 1, units), info("y_t", 1, units)])
        return graph(inputs(units), {"h": f32(1, units), "y": f32(ticks, 1, units)},
                     [h.make_node("Loop", ["M", "true", "h0"], ["h", "y"], body=body)],
                     {**weights(units), "M": np.array(ticks), "true": np.array(True)})

    def inputs(units):
        return {"h0": f32(1, units), "x": f32(ticks, 1, units)}

    for units, bar in ((64, 4), (512, 1.5)):
        for build in (scan, loop):
            case("scan and loop", f"{build.__name__.title()} of 1,000 normalized ticks, {units} units",
                 lambda build=build, units=units: build(units), inputs(units), bar=bar, tolerance=1e-3)


def recurrent():
    ticks, units = 100, 256
    x = {"x": f32(ticks, 1, units)}

    def cell(op, gates, **attributes):
        constants = {"W": normal(1, gates * units, units, scale=units ** -0.5),
                     "R": normal(1, gates * units, units, scale=units ** -0.5),
                     "B": normal(1, 2 * gates * units, scale=0.1)}
        return single(op, x, constants, outputs=2, hidden_size=units, **attributes)

    case("recurrent", "LSTM 100 ticks, 256 units", lambda: cell("LSTM", 4), x, bar=1, tolerance=1e-3)
    case("recurrent", "GRU 100 ticks, 256 units", lambda: cell("GRU", 3, linear_before_reset=1), x, bar=1, tolerance=1e-3)


def quantized():
    group, u8 = "int8", ("uint8", (128, 768), 0, 256)
    rough = {"tolerance": 2e-2, "bar": 0.8}  # one quantum

    def zero(dtype, v=0):
        return np.array(v, dtype)

    def qlinear_matmul():
        node = h.make_node("QLinearMatMul", ["a", "sa", "za", "w", "sw", "zw", "sy", "zy"], ["y"])
        return graph({"a": u8}, {"y": "uint8"}, [node], {
            "sa": np.float32(0.02), "za": zero(np.uint8, 128), "w": ints(np.int8, 768, 3072),
            "sw": np.float32(0.01), "zw": zero(np.int8), "sy": np.float32(0.8), "zy": zero(np.uint8, 128)})

    case(group, "QLinearMatMul 128×768×3072", qlinear_matmul, {"a": u8}, **rough)

    def matmul_integer():
        node = h.make_node("MatMulInteger", ["a", "w", "za", "zw"], ["y"])
        return graph({"a": u8}, {"y": "int32"}, [node], {
            "w": ints(np.int8, 768, 3072), "za": zero(np.uint8, 128), "zw": zero(np.int8)})

    case(group, "MatMulInteger 128×768×3072", matmul_integer, {"a": u8}, bar=0.8)

    image = {"x": ("uint8", (1, 64, 56, 56), 0, 256)}

    def qlinear_conv():
        node = h.make_node("QLinearConv", ["x", "sx", "zx", "w", "sw", "zw", "sy", "zy", "b"], ["y"],
                           kernel_shape=[3, 3], pads=[1] * 4)
        return graph(image, {"y": "uint8"}, [node], {
            "sx": np.float32(0.02), "zx": zero(np.uint8, 128), "w": ints(np.int8, 64, 64, 3, 3),
            "sw": np.full(64, 0.01, np.float32), "zw": np.zeros(64, np.int8), "sy": np.float32(0.8),
            "zy": zero(np.uint8, 128), "b": ints(np.int32, 64, low=-1000, high=1000)})

    case(group, "QLinearConv 3×3 64→64, 56×56", qlinear_conv, image, **rough)
    x = {"x": f32(128, 768)}

    def dynamic():
        # What dynamic quantization makes of a linear layer.
        nodes = [
            h.make_node("DynamicQuantizeLinear", ["x"], ["q", "s", "z"]),
            h.make_node("MatMulInteger", ["q", "w", "z", "zw"], ["i"]),
            h.make_node("Cast", ["i"], ["f"], to=T.FLOAT),
            h.make_node("Mul", ["s", "sw"], ["scale"]),
            h.make_node("Mul", ["f", "scale"], ["m"]),
            h.make_node("Add", ["m", "b"], ["y"])]
        return graph(x, {"y": "float32"}, nodes, {
            "w": ints(np.int8, 768, 3072), "zw": zero(np.int8), "sw": np.float32(0.01), "b": normal(3072)})

    case(group, "DynamicQuantizeLinear and MatMulInteger 128×768×3072", dynamic, x, **rough)
    for op, inputs in (("QuantizeLinear", {"x": f32(8, 64, 56, 56)}),
                       ("DequantizeLinear", {"x": ("uint8", (8, 64, 56, 56), 0, 256)})):
        one(group, f"{op} 8×64×56×56", op, inputs,
            lambda: {"s": np.float32(0.05), "z": zero(np.uint8, 128)},
            out="uint8" if op == "QuantizeLinear" else "float32", options=rough)


# ---- whole models

def exported(module, *example, names=("x",), opset=18):
    """What PyTorch's exporter makes of a module, in one file."""
    import io

    import torch
    with torch.no_grad():
        program = torch.onnx.export(module.eval(), example, dynamo=True, opset_version=opset,
                                    input_names=list(names), verbose=False, external_data=False)
    f = io.BytesIO()
    program.save(f)
    return onnx.load_from_string(f.getvalue())


def seeded(make):
    """A module with random weights, whose batch normalizations have something
    to do."""
    import torch
    torch.manual_seed(1)
    module = make()
    for m in module.modules():
        if isinstance(m, torch.nn.BatchNorm2d):
            torch.nn.init.normal_(m.running_mean, std=0.1)
            torch.nn.init.uniform_(m.running_var, 0.5, 1.5)
            torch.nn.init.uniform_(m.weight, 0.5, 1.5)
            torch.nn.init.normal_(m.bias, std=0.1)
    return module


def vision(architecture, size=224, **more):
    """An architecture of torchvision as a model."""
    import torch
    import torchvision
    module = seeded(lambda: torchvision.models.get_model(architecture, weights=None, **more))
    return exported(module, torch.randn(1, 3, size, size))


def bert(layers, width, heads):
    import torch
    import transformers

    class States(torch.nn.Module):
        def __init__(self):
            super().__init__()
            config = transformers.BertConfig(num_hidden_layers=layers, hidden_size=width, num_attention_heads=heads,
                                             intermediate_size=4 * width)
            config._attn_implementation = "eager"
            self.bert = transformers.BertModel(config, add_pooling_layer=False)

        def forward(self, ids, mask):
            return self.bert(input_ids=ids, attention_mask=mask).last_hidden_state

    ids = torch.zeros(1, 128, dtype=torch.int64)
    return exported(seeded(States), ids, torch.ones_like(ids), names=("ids", "mask"))


def calibrated(model, shape):
    """The model in QDQ form with a scale for each channel of the weights, as
    onnxruntime's quantization tool makes it."""
    import tempfile

    from onnxruntime import quantization as q
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Reader(q.CalibrationDataReader):
        left = iter([{"x": normal(*shape)} for _ in range(4)])

        def get_next(self):
            return next(self.left, None)

    with tempfile.TemporaryDirectory() as d:
        d = pathlib.Path(d)
        onnx.save(model, d / "float.onnx")
        quant_pre_process(str(d / "float.onnx"), str(d / "ready.onnx"), skip_symbolic_shape=True)
        q.quantize_static(d / "ready.onnx", d / "int8.onnx", Reader(), quant_format=q.QuantFormat.QDQ,
                          per_channel=True, activation_type=q.QuantType.QUInt8, weight_type=q.QuantType.QInt8)
        return onnx.load(d / "int8.onnx")


def whole():
    group, image = "models", {"x": f32(1, 3, 224, 224)}
    for name, architecture, more in (
            ("ResNet-50", "resnet50", {"bar": 1.1, "load": True}),
            ("ResNet-18", "resnet18", {}),
            ("VGG-19", "vgg19", {"bar": 1.1}),
            ("MobileNetV2", "mobilenet_v2", {"bar": 1}),
            ("ConvNeXt-Tiny", "convnext_tiny", {"bar": 1}),
            ("DenseNet-121", "densenet121", {}),
            ("SqueezeNet 1.1", "squeezenet1_1", {}),
            ("ShuffleNetV2", "shufflenet_v2_x1_0", {}),
            ("EfficientNet-B0", "efficientnet_b0", {}),
            ("MobileNetV3-Large", "mobilenet_v3_large", {}),
            ("Inception v1", "googlenet", {"of": {"aux_logits": False, "init_weights": False}}),
            ("Inception v3", "inception_v3", {"of": {"aux_logits": True, "init_weights": False}}),
            ("ViT-B/16", "vit_b_16", {}),
            ("Swin-T", "swin_t", {})):
        of = more.pop("of", {})
        case(group, f"{name}, 224×224", lambda a=architecture, of=of: vision(a, **of), image, tolerance=1e-3, **more)
    case(group, "Inception v2, 224×224", lambda: exported(seeded(inception_v2), torch_image()), image,
         tolerance=1e-3)
    tokens = {"ids": ("int64", (1, 128), 0, 30522), "mask": ("int64", (1, 128), 1, 2)}
    case(group, "BERT-base, 128 tokens", lambda: bert(12, 768, 12), tokens, tolerance=1e-3, bar=1, load=True, load_bar=3)
    case(group, "MiniLM, 6 layers, 128 tokens", lambda: bert(6, 384, 12), tokens, tolerance=1e-3)
    for name, architecture in (("MobileNetV2", "mobilenet_v2"), ("ResNet-50", "resnet50")):
        case("int8 models", f"{name} QDQ, 224×224",
             lambda a=architecture: calibrated(vision(a), (1, 3, 224, 224)), image, tolerance=0.3, bar=0.8)


def torch_image():
    import torch
    return torch.randn(1, 3, 224, 224)


def inception_v2():
    """Inception v2 as its paper's table has it: batch normalization after each
    convolution, two 3×3 in the place of the 5×5."""
    import torch
    from torch import nn

    def conv(i, o, k, stride=1):
        return nn.Sequential(nn.Conv2d(i, o, k, stride, k // 2, bias=False), nn.BatchNorm2d(o), nn.ReLU())

    class Block(nn.Module):
        def __init__(self, i, one, three, double, pool, stride=1):
            super().__init__()
            paths = [nn.Sequential(conv(i, three[0], 1), conv(three[0], three[1], 3, stride)),
                     nn.Sequential(conv(i, double[0], 1), conv(double[0], double[1], 3),
                                   conv(double[1], double[1], 3, stride))]
            if stride == 1:
                paths += [conv(i, one, 1), nn.Sequential(nn.AvgPool2d(3, 1, 1), conv(i, pool, 1))]
            else:
                paths += [nn.MaxPool2d(3, 2, 1)]
            self.paths = nn.ModuleList(paths)

        def forward(self, x):
            return torch.cat([p(x) for p in self.paths], 1)

    return nn.Sequential(
        conv(3, 64, 7, 2), nn.MaxPool2d(3, 2, 1), conv(64, 64, 1), conv(64, 192, 3), nn.MaxPool2d(3, 2, 1),
        Block(192, 64, (64, 64), (64, 96), 32), Block(256, 64, (64, 96), (64, 96), 64),
        Block(320, 0, (128, 160), (64, 96), 0, 2),
        Block(576, 224, (64, 96), (96, 128), 128), Block(576, 192, (96, 128), (96, 128), 128),
        Block(576, 160, (128, 160), (128, 160), 96), Block(576, 96, (128, 192), (160, 192), 96),
        Block(576, 0, (128, 192), (192, 256), 0, 2),
        Block(1024, 352, (192, 320), (160, 224), 128), Block(1024, 352, (192, 320), (192, 224), 128),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1024, 1000))


def small():
    x = {"x": f32(1, 1, 28, 28)}

    def build():
        nodes = [
            h.make_node("Conv", ["x", "w"], ["c"], kernel_shape=[3, 3], pads=[1] * 4),
            h.make_node("BatchNormalization", ["c", "s", "b", "m", "v"], ["n"]),
            h.make_node("Relu", ["n"], ["y"])]
        return graph(x, {"y": "float32"}, nodes, {
            "w": normal(8, 1, 3, 3), "s": normal(8), "b": normal(8), "m": normal(8), "v": np.abs(normal(8)) + 0.5})

    case("small models", "Conv, BatchNormalization, Relu 28×28×1, a thousand runs", build, x, runs=1000)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--out", default="models", type=pathlib.Path, help="folder to write into")
    p.add_argument("--only", default="", help="regular expression of groups and names")
    args = p.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    listed = args.out / "cases.json"
    known = {e["file"]: e for e in json.loads(listed.read_text())} if listed.exists() else {}
    for add in (matmuls, convs, normalizations, activations, layouts, reductions, loops, recurrent,
                quantized, whole, small):
        add()
    for build, entry in CASES:
        path = args.out / entry["file"]
        if re.search(args.only, f'{entry["group"]} {entry["name"]}'):
            print(entry["group"], "–", entry["name"], flush=True)
            global rng
            rng = np.random.default_rng(1)  # a case's weights do not depend on the others
            model = build()
            onnx.save(model, path)
            entry["outputs"] = [o.name for o in model.graph.output]
        elif path.exists() and entry["file"] in known:
            entry["outputs"] = known[entry["file"]]["outputs"]
    entries = [entry for _, entry in CASES if "outputs" in entry]
    listed.write_text(json.dumps(entries, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
