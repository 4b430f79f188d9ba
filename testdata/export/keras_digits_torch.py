"""Exports the digit classifier from Keras on PyTorch.

With this backend Keras hands the model to PyTorch's TorchScript exporter.
The graph differs much from TensorFlow's: the padding of strided convolutions
is computed from the shape when the model runs, and normalization is Sub, Mul,
Add. The weights are those that keras_digits.py trained.
"""

import os

os.environ["KERAS_BACKEND"] = "torch"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

import json
import tempfile
from pathlib import Path

import keras
import modeldir
import onnx
import torch

TRAINED = modeldir.MODELS / "keras_digits_conv_bn"


def main():
    model = keras.models.load_model(TRAINED / "model.keras")
    inputs = [
        list(modeldir.read_tensors(d, "input").values()) for d in modeldir.data_sets(TRAINED)
    ]
    with torch.no_grad():
        data_sets = [(x, [model(*x, training=False).numpy()]) for x in inputs]
    origin = json.loads((TRAINED / "export.json").read_text())
    modeldir.save(
        "keras_digits_conv_bn_torch",
        export(model),
        data_sets,
        what=f"{origin['what']}; exported from the PyTorch backend",
        framework=f"Keras {keras.__version__} on PyTorch {torch.__version__}",
        exporter=f"Keras {keras.__version__} model.export(format='onnx'), torch {torch.__version__}",
        script="keras_digits_torch.py",
    )


def export(model):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        model.export(path, format="onnx", verbose=False)
        return onnx.load(path)


if __name__ == "__main__":
    main()
