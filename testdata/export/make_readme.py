"""Writes testdata/models/README.md from what the model folders hold.

Every figure is measured here: onnxruntime runs all data sets again.
"""

import json
from collections import Counter

import modeldir
import numpy as np
import onnx
import onnxruntime

DIGITS = modeldir.MODELS / "keras_digits_conv_bn"

HEAD = """# Exported models

Each folder holds `model.onnx` and data sets in the layout of the ONNX backend tests: `test_data_set_K/input_I.pb` and `output_J.pb` are serialized `TensorProto`s in graph order, named as in the graph. The outputs were computed by the framework that the model comes from, not by an ONNX runtime. Batch sizes differ between the data sets of one model wherever the model allows it. `export.json` records the origin that the table shows. The scripts are in `testdata/export`; this page is written by `make_readme.py` there.

The error is the largest absolute difference between the framework's outputs and those of onnxruntime {onnxruntime}, over all data sets. A model without normalization nodes has its normalization folded into other weights or spelt out in elementary operators.

| model | what | framework | exporter | opset | normalization nodes | bytes | data sets | error |
| --- | --- | --- | --- | ---: | --- | ---: | ---: | ---: |
"""

TAIL = """
## Digits

`keras_digits_conv_bn` comes with images for its users: `digit_0.png` to `digit_9.png`, one of each class, 28×28 greyscale; `digits_1000.npy`, uint8, 1000×28×28×1, and `labels_1000.npy`, the whole test set. The model's input is such an image as float32, divided by 255; its ten outputs are the probabilities of the classes in `labels.txt`. Of the 1000 images, onnxruntime puts {right} in their class. The other `keras_digits_` models are the same network in other forms. `model.keras` is the trained network.

The images are scikit-learn's copy of the test part of *Optical Recognition of Handwritten Digits* by E. Alpaydin and C. Kaynak, UCI Machine Learning Repository, licensed CC BY 4.0. Changed: enlarged from 8×8 to 28×28, 17 grey levels spread over 0 to 255.

## Sunspots

The `torch_lstm_layernorm_` models come with `series.npy`, float32 [309, 1]: the yearly mean sunspot number from 1700 to 2008, in hundreds, as bundled with statsmodels (public domain). Fed one year at a time from a state of zeros, or to the Scan at once, the model answers with `predictions.npy` [309, 1], each its expectation for the year after. `weights.npz` holds the trained weights.

All other models have random weights.
"""


def main():
    folders = sorted(path.parent for path in modeldir.MODELS.glob("*/model.onnx"))
    text = HEAD.format(onnxruntime=onnxruntime.__version__)
    text += "".join(row(folder) for folder in folders)
    text += TAIL.format(right=right_digits())
    (modeldir.MODELS / "README.md").write_text(text)


def row(folder):
    origin = json.loads((folder / "export.json").read_text())
    model = onnx.load(folder / "model.onnx", load_external_data=False)
    (opset,) = (o.version for o in model.opset_import if o.domain in ("", "ai.onnx"))
    norms = Counter(op for op in operators(model.graph) if op.endswith("Normalization"))
    cells = [
        f"`{folder.name}`",
        origin["what"],
        origin["framework"],
        origin["exporter"],
        opset,
        ", ".join(f"{count} {op}" for op, count in sorted(norms.items())) or "none",
        modeldir.size(folder),
        len(modeldir.data_sets(folder)),
        f"{modeldir.check(folder):.1e}",
    ]
    return f"| {' | '.join(map(str, cells))} |\n"


def operators(graph):
    for node in graph.node:
        yield node.op_type
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.GRAPH:
                yield from operators(attribute.g)


def right_digits():
    session = onnxruntime.InferenceSession(str(DIGITS / "model.onnx"))
    images = np.load(DIGITS / "digits_1000.npy").astype(np.float32) / 255
    (probabilities,) = session.run(None, {session.get_inputs()[0].name: images})
    return int(np.sum(probabilities.argmax(1) == np.load(DIGITS / "labels_1000.npy")))


if __name__ == "__main__":
    main()
