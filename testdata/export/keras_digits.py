"""Trains a digit classifier in Keras and exports it.

Conv2D → BatchNormalization → ReLU, stacked, then pooled and classified. Keras
itself writes keras_digits_conv_bn; tf2onnx, from the SavedModel, writes
keras_digits_conv_bn_tf2onnx. Both fold the normalization into the convolutions.
The trained network stays beside the first as model.keras, from which
keras_digits_unfolded.py and keras_digits_torch.py write further forms.

The images are scikit-learn's copy of the test part of "Optical Recognition of
Handwritten Digits" (E. Alpaydin, C. Kaynak; UCI Machine Learning Repository;
CC BY 4.0), 8×8 with 17 grey levels, enlarged to 28×28. 797 of them train, the
other 1000 test and are stored for users of the model.
"""

import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"

import subprocess
import sys
import tempfile
from pathlib import Path

import keras
import modeldir
import numpy as np
import onnx
import tensorflow as tf
import tf2onnx
from keras import layers
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

NAME = "keras_digits_conv_bn"
SIDE = 28
TEST_IMAGES = 1000
WHAT = "digit classifier: Conv2D, BatchNormalization, ReLU blocks; trained"
FRAMEWORK = f"Keras {keras.__version__} on TensorFlow {tf.__version__}"


def main():
    keras.utils.set_random_seed(20)
    tf.config.experimental.enable_op_determinism()
    train_x, test_x, train_y, test_y = digits()
    model = build()
    train(model, train_x, train_y)
    probabilities = model.predict(scale(test_x), verbose=0)
    accuracy = float(np.mean(probabilities.argmax(1) == test_y))
    print(f"test accuracy {accuracy:.4f} on {len(test_y)} images")

    folder = modeldir.MODELS / NAME
    folder.mkdir(parents=True, exist_ok=True)
    model.optimizer = None
    model.save(folder / "model.keras")
    write_images(folder, test_x, test_y, probabilities)
    data_sets = evaluate(model, test_x)
    what = f"{WHAT}, {accuracy:.1%} of {len(test_y)} test images right"
    for name, exported, exporter in (
        (NAME, export_keras(model), f"Keras {keras.__version__} model.export(format='onnx')"),
        (f"{NAME}_tf2onnx", export_tf2onnx(model), f"tf2onnx {tf2onnx.__version__} --saved-model"),
    ):
        modeldir.save(
            name,
            exported,
            data_sets,
            what=what,
            framework=FRAMEWORK,
            exporter=exporter,
            script="keras_digits.py",
        )


def digits():
    """Train and test images (uint8, N×28×28×1) and their labels."""
    data = load_digits()
    images = np.stack([enlarge(image) for image in data.images])[..., None]
    return train_test_split(
        images, data.target, test_size=TEST_IMAGES, stratify=data.target, random_state=7
    )


def enlarge(image):
    grey = Image.fromarray((image * (255 / 16)).round().astype(np.uint8))
    return np.asarray(grey.resize((SIDE, SIDE), Image.Resampling.BILINEAR))


def scale(images):
    return images.astype(np.float32) / 255


def build():
    inputs = x = keras.Input((SIDE, SIDE, 1), name="image")
    for filters, strides in ((16, 1), (32, 2), (48, 2)):
        x = layers.Conv2D(filters, 3, strides, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization()(x)
        x = layers.ReLU()(x)
    x = layers.MaxPooling2D(2)(x)
    x = layers.GlobalAveragePooling2D()(x)
    outputs = layers.Dense(10, activation="softmax", name="probabilities")(x)
    return keras.Model(inputs, outputs, name="digits")


def train(model, images, labels, epochs=24, batch=64, copies=4):
    images, labels = augment(images, labels, copies)
    steps = epochs * -(-len(images) // batch)
    model.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(3e-3, steps)),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    model.fit(scale(images), labels, batch, epochs, verbose=2)


def augment(images, labels, copies):
    """Turned and shifted copies, for the handwriting that 797 images lack."""
    random = np.random.default_rng(11)

    def vary(image):
        angle, shift = random.uniform(-9, 9), tuple(random.uniform(-2.5, 2.5, 2))
        turned = Image.fromarray(image[..., 0]).rotate(
            angle, Image.Resampling.BILINEAR, translate=shift
        )
        return np.asarray(turned)[..., None]

    varied = [np.stack([vary(image) for image in images]) for _ in range(copies)]
    return np.concatenate([images, *varied]), np.tile(labels, copies + 1)


def evaluate(model, images):
    """Data sets with one, three and sixteen images."""
    batches = [scale(images[a:b]) for a, b in ((0, 1), (1, 4), (4, 20))]
    return [([x], [model(x, training=False).numpy()]) for x in batches]


def write_images(folder, images, labels, probabilities):
    """The test images for users, and the surest right one of each class as PNG."""
    np.save(folder / "digits_1000.npy", images)
    np.save(folder / "labels_1000.npy", labels.astype(np.uint8))
    (folder / "labels.txt").write_text("".join(f"{digit}\n" for digit in range(10)))
    for digit in range(10):
        surest = np.argmax(np.where(labels == digit, probabilities[:, digit], -1))
        assert probabilities[surest].argmax() == digit
        Image.fromarray(images[surest, ..., 0]).save(folder / f"digit_{digit}.png")


def export_keras(model):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        model.export(path, format="onnx", verbose=False)
        return onnx.load(path)


def export_tf2onnx(model):
    with tempfile.TemporaryDirectory() as folder:
        saved, path = Path(folder) / "saved", Path(folder) / "model.onnx"
        model.export(saved, format="tf_saved_model", verbose=False)
        command = [sys.executable, "-m", "tf2onnx.convert", "--saved-model", saved]
        subprocess.run([*command, "--output", path, "--opset", "17"], check=True)
        return onnx.load(path)


if __name__ == "__main__":
    main()
