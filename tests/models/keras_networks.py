"""The published architectures built in Keras itself, with random weights, saved in their layout.

Keras 3 allows no ``/`` in a layer's name, so these layers are built with ``|`` in its place and
written under the published name.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from models.keras_files import Weights, write_weights

VGG_BLOCKS = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))
# Narrow where the published ones have 4096: fc6 alone would be 400 MB, in each of five copies.
VGG_HIDDEN = (384, 256)
STAGES = ((64, 256, 3), (128, 512, 4), (256, 1024, 6), (512, 2048, 3))


def vgg16_by_name() -> Any:
    """keras-vggface's VGG16 with its dense layers, narrow ones, up to before the softmax."""
    from keras import Model, layers

    image = x = layers.Input((224, 224, 3))
    for block, widths in enumerate(VGG_BLOCKS, start=1):
        for number, width in enumerate(widths, start=1):
            name = f"conv{block}_{number}"
            x = layers.Conv2D(width, 3, activation="relu", padding="same", name=name)(x)
        x = layers.MaxPooling2D(2, strides=2, name=f"pool{block}")(x)
    x = layers.Flatten()(x)
    for name, width in zip(("fc6", "fc7"), VGG_HIDDEN, strict=True):
        x = layers.Dense(width, activation="relu", name=name)(x)
    return Model(image, layers.Dense(2622, name="fc8")(x))


def vgg16_in_order() -> Any:
    """DeepFace's VGG-Face: padding as layers of their own, convolutions to the end, no names."""
    from keras import Sequential, layers

    model = Sequential([layers.Input((224, 224, 3))])
    for widths in VGG_BLOCKS:
        for width in widths:
            model.add(layers.ZeroPadding2D(1))
            model.add(layers.Conv2D(width, 3, activation="relu"))
        model.add(layers.MaxPooling2D(2, strides=2))
    for width, side in zip(VGG_HIDDEN, (7, 1), strict=True):
        model.add(layers.Conv2D(width, side, activation="relu"))
        model.add(layers.Dropout(0.5))
    model.add(layers.Conv2D(2622, 1))
    model.add(layers.Flatten())
    return model


def resnet50(*, squeezed: bool) -> Any:
    """keras-vggface's ResNet-50, or its SENet-50, with ``pooling="avg"``."""
    from keras import Model, layers

    epsilon = 1e-4 if squeezed else 1e-3

    def unit(x: Any, name: str, width: int, size: int, **options: Any) -> Any:
        x = layers.Conv2D(width, size, use_bias=False, name=name, **options)(x)
        return layers.BatchNormalization(epsilon=epsilon, name=f"{name}|bn")(x)

    image = layers.Input((224, 224, 3))
    x = layers.ReLU()(unit(image, "conv1|7x7_s2", 64, 7, strides=2, padding="same"))
    x = layers.MaxPooling2D(3, strides=2)(x)
    for stage, (inner, outputs, blocks) in enumerate(STAGES, start=2):
        for block in range(1, blocks + 1):
            name = f"conv{stage}_{block}"
            strides = 2 if block == 1 and stage > 2 else 1
            y = layers.ReLU()(unit(x, f"{name}_1x1_reduce", inner, 1, strides=strides))
            y = layers.ReLU()(unit(y, f"{name}_3x3", inner, 3, padding="same"))
            y = unit(y, f"{name}_1x1_increase", outputs, 1)
            if squeezed:
                s = layers.Reshape((1, 1, outputs))(layers.GlobalAveragePooling2D()(y))
                s = layers.Conv2D(outputs // 16, 1, activation="relu", name=f"{name}_1x1_down")(s)
                s = layers.Conv2D(outputs, 1, activation="sigmoid", name=f"{name}_1x1_up")(s)
                y = layers.Multiply()([y, s])
            if block == 1:
                x = unit(x, f"{name}_1x1_proj", outputs, 1, strides=strides)
            x = layers.ReLU()(layers.Add()([y, x]))
    x = layers.AveragePooling2D(7, name="avg_pool")(x)
    return Model(image, layers.GlobalAveragePooling2D()(x))


def randomise(model: Any, seed: int) -> None:
    """Weights that keep the signal's size, and statistics that are not those of a new network.

    Where numbers grew from block to block, rounding would grow with them in Keras and here alike:
    the first layer brings pixels to the size of 1, and each block adds little to its shortcut.
    """
    random = np.random.default_rng(seed)
    first = True
    for layer in model.layers:
        new = []
        for weight in layer.weights:
            shape = tuple(weight.shape)
            if weight.name == "kernel":
                scale = (2.0 / np.prod(shape[:-1])) ** 0.5 * (0.01 if first else 1.0)
                array = random.standard_normal(shape, dtype=np.float32) * np.float32(scale)
                first = False
            elif weight.name in ("gamma", "moving_variance"):
                array = random.uniform(0.5, 1.5, shape)
                if layer.name.endswith("_1x1_increase|bn") and weight.name == "gamma":
                    array *= 0.3
            else:
                array = random.normal(0, 0.1, shape)
            new.append(array)
        layer.set_weights(new)


def save(model: Any, path: Path) -> bytes:
    """In the layout of Keras 1 and 2, under the published names."""
    layers: Weights = {
        layer.name.replace("|", "/"): {
            weight.name: np.asarray(array)
            for weight, array in zip(layer.weights, layer.get_weights(), strict=True)
        }
        for layer in model.layers
    }
    return write_weights(path, layers)


def predict(model: Any, x: np.ndarray) -> np.ndarray:
    """``(N, H, W, C)`` to ``(N, D)``, at inference."""
    from keras import ops

    return np.asarray(ops.convert_to_numpy(model(x, training=False)))
