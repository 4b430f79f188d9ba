"""Model folders: a model, its data sets, and the check that they agree.

A folder testdata/models/NAME holds

    model.onnx
    test_data_set_K/input_I.pb, output_J.pb    TensorProto, named as in the graph
    export.json                                where the model comes from

The outputs are the framework's own; onnxruntime only confirms them.
"""

import json
import shutil
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper

MODELS = Path(__file__).resolve().parents[1] / "models"
MAX_ERROR = 1e-4
MAX_BYTES = 2 << 20


def save(name, model, data_sets, *, what, framework, exporter, script, external=None):
    """Writes the folder of one model and checks it.

    data_sets: list of (inputs, outputs), each a list of arrays in graph order.
    external: name of the file beside model.onnx that takes all weights.
    """
    folder = MODELS / name
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("test_data_set_*"):
        shutil.rmtree(old)
    if external:
        (folder / external).unlink(missing_ok=True)

    clean(model)
    onnx.save(
        model,
        folder / "model.onnx",
        save_as_external_data=bool(external),
        location=external,
        size_threshold=0,
    )
    for k, (inputs, outputs) in enumerate(data_sets):
        data_set = folder / f"test_data_set_{k}"
        data_set.mkdir()
        write_tensors(data_set, "input", model.graph.input, inputs)
        write_tensors(data_set, "output", model.graph.output, outputs)
    origin = {"what": what, "framework": framework, "exporter": exporter, "script": script}
    (folder / "export.json").write_text(json.dumps(origin, indent=2) + "\n")

    error = check(folder)
    print(f"{name}: {size(folder)} bytes, {len(data_sets)} data sets, max error {error:.2g}")
    if error > MAX_ERROR:
        raise SystemExit(f"{name}: onnxruntime is {error:.2g} away from the framework")
    if size(folder) > MAX_BYTES:
        raise SystemExit(f"{name}: {size(folder)} bytes are more than {MAX_BYTES}")


def clean(model):
    """Drops what describes the exporting machine: source positions and notes."""

    def clean_graph(graph):
        for field in ("doc_string", "metadata_props"):
            graph.ClearField(field)
        for node in graph.node:
            node.ClearField("doc_string")
            node.ClearField("metadata_props")
            for attribute in node.attribute:
                for body in [attribute.g] if attribute.HasField("g") else attribute.graphs:
                    clean_graph(body)
        for value in [*graph.input, *graph.output, *graph.value_info]:
            value.ClearField("metadata_props")
        for tensor in graph.initializer:
            tensor.ClearField("metadata_props")

    model.ClearField("doc_string")
    model.ClearField("metadata_props")
    clean_graph(model.graph)
    for function in model.functions:
        function.ClearField("doc_string")
        function.ClearField("metadata_props")
        for node in function.node:
            node.ClearField("doc_string")
            node.ClearField("metadata_props")


def write_tensors(folder, kind, infos, arrays):
    for k, (info, array) in enumerate(zip(infos, arrays, strict=True)):
        tensor = numpy_helper.from_array(np.ascontiguousarray(array), info.name)
        (folder / f"{kind}_{k}.pb").write_bytes(tensor.SerializeToString())


def read_tensors(folder, kind):
    count = len(list(folder.glob(f"{kind}_*.pb")))
    tensors = [onnx.load_tensor(folder / f"{kind}_{k}.pb") for k in range(count)]
    return {tensor.name: numpy_helper.to_array(tensor) for tensor in tensors}


def check(folder):
    """Checks the model and returns onnxruntime's largest absolute error."""
    path = str(folder / "model.onnx")
    onnx.checker.check_model(path, full_check=True)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    error = 0.0
    for data_set in data_sets(folder):
        want = read_tensors(data_set, "output")
        got = session.run(list(want), read_tensors(data_set, "input"))
        for (name, expected), actual in zip(want.items(), got, strict=True):
            if (expected.shape, expected.dtype) != (actual.shape, actual.dtype):
                raise ValueError(
                    f"{data_set}: {name} is {actual.dtype}{actual.shape}, "
                    f"the framework gave {expected.dtype}{expected.shape}"
                )
            difference = expected.astype(np.float64) - actual.astype(np.float64)
            error = max(error, float(np.max(np.abs(difference), initial=0.0)))
    return error


def data_sets(folder):
    return sorted(folder.glob("test_data_set_*"))


def size(folder):
    """Bytes of the model: its file, and the file of its weights if it has one."""
    return sum(
        file.stat().st_size
        for pattern in ("model.onnx", "*.bin")
        for file in folder.glob(pattern)
    )
