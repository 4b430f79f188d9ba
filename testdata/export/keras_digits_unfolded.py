"""Exports the digit classifier with its BatchNormalization nodes in place.

Keras 3 normalizes by plain multiplication and addition, and tf2onnx folds every
normalization into the convolution before it. Keras 2 (tf_keras) has the fused
operation, and without the optimizer that folds, tf2onnx leaves what a reader
expects: Conv → BatchNormalization → Relu, with the Transposes from and to
TensorFlow's channels-last layout between them. The weights are those that
keras_digits.py trained, and the expected outputs are that model's.
"""

import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"

import json

import keras
import modeldir
import tensorflow as tf
import tf2onnx
import tf_keras
from tf2onnx import optimizer

TRAINED = modeldir.MODELS / "keras_digits_conv_bn"
OPSET = 13


def main():
    legacy = rebuild(keras.models.load_model(TRAINED / "model.keras"))
    signature = [tf.TensorSpec([None, 28, 28, 1], tf.float32, name="image")]
    passes = optimizer._get_optimizers()
    del passes["remove_back_to_back"]
    model, _ = tf2onnx.convert.from_keras(legacy, signature, OPSET, optimizers=passes)

    origin = json.loads((TRAINED / "export.json").read_text())
    modeldir.save(
        "keras_digits_conv_bn_unfolded",
        model,
        [
            tuple(list(modeldir.read_tensors(d, kind).values()) for kind in ("input", "output"))
            for d in modeldir.data_sets(TRAINED)
        ],
        what=f"{origin['what']}; BatchNormalization not folded",
        framework=origin["framework"],
        exporter=f"tf2onnx {tf2onnx.__version__} from tf_keras {tf_keras.__version__}, "
        "without its remove_back_to_back pass",
        script="keras_digits_unfolded.py",
    )


def rebuild(trained):
    """The same layers in Keras 2, with the same weights."""
    kinds = tf_keras.layers
    inputs = x = tf_keras.Input(trained.input_shape[1:], name="image")
    for layer in trained.layers[1:]:
        x = translate(layer, kinds)(x)
    model = tf_keras.Model(inputs, x)
    for new, old in zip(model.layers, trained.layers, strict=True):
        new.set_weights(old.get_weights())
    return model


def translate(layer, kinds):
    config = layer.get_config()
    match type(layer).__name__:
        case "Conv2D":
            names = ("filters", "kernel_size", "strides", "padding", "use_bias")
            return kinds.Conv2D(**{name: config[name] for name in names})
        case "BatchNormalization":
            return kinds.BatchNormalization(epsilon=config["epsilon"])
        case "MaxPooling2D":
            return kinds.MaxPooling2D(config["pool_size"])
        case "Dense":
            return kinds.Dense(config["units"], activation=config["activation"])
        case "ReLU" | "GlobalAveragePooling2D" as name:
            return getattr(kinds, name)()
        case name:
            raise ValueError(f"no Keras 2 form of {name}")


if __name__ == "__main__":
    main()
