"""dlib files that the tests make themselves: a slow, plain writer of dlib's serialisation."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from mien.models.convert.dlib_layers import (
    Add,
    Affine,
    Convolution,
    FullyConnected,
    Layer,
    Pool,
    Relu,
    Skip,
    Tag,
)

MEAN = (122.5, 117.0, 104.25)


def integer(value: int) -> bytes:
    size = max(1, (abs(value).bit_length() + 7) // 8)
    return bytes([size | (0x80 if value < 0 else 0)]) + abs(value).to_bytes(size, "little")


def number(value: float) -> bytes:
    fraction, exponent = math.frexp(value)
    return integer(int(fraction * 2**53)) + integer(exponent - 53)


def text(value: str) -> bytes:
    return integer(len(value)) + value.encode()


def integers(*values: int) -> bytes:
    return b"".join(integer(value) for value in values)


def shape(*sizes: int) -> bytes:
    return integers(1, *sizes, *[1] * (4 - len(sizes)))


def tensor(values: np.ndarray) -> bytes:
    sizes = [*values.shape, *[1] * (4 - values.ndim)]
    return integers(2, *sizes) + values.astype("<f4").tobytes()


NOTHING = integers(2, 0, 0, 0, 0)
TRAINING = b"110" + 3 * NOTHING
RATES = 3 * number(1.0) + number(0.0)


class NetworkFile:
    """The pieces of a network's file in their order; change one, then join them.

    Attributes:
        versions: of each layer, from the input to the output.
        stored: what each layer stores, likewise; empty for tags.
    """

    def __init__(self, layers: Sequence[Layer], seed: int = 0) -> None:
        self._random = np.random.default_rng(seed)
        self.loss = text("loss_metric_2") + number(0.04) + number(0.6)
        self.versions = [1 if isinstance(layer, Tag | Skip) else 2 for layer in layers]
        self.versions[0] = 3
        self.input = text("input_rgb_image_sized") + b"".join(number(mean) for mean in MEAN)
        self.input += integers(150, 150)
        self.stored = [self._store(layer) for layer in layers]
        self.stored[0] += integer(1)

    def join(self) -> bytes:
        outside_in = integers(1) + self.loss + integers(*reversed(self.versions))
        return outside_in + self.input + b"".join(self.stored)

    def start(self, index: int) -> int:
        """Where the stored part of a layer begins."""
        return len(self.join()) - sum(len(part) for part in self.stored[index:])

    def _store(self, layer: Layer) -> bytes:
        if isinstance(layer, Tag | Skip):
            return b""
        return self._own(layer) + TRAINING

    def _own(self, layer: Layer) -> bytes:
        match layer:
            case Convolution(filters, channels, size, stride):
                values = self._values(filters * (channels * size * size + 1), 0.02)
                pad = layer.padding
                geometry = integers(filters, size, size, stride, stride, pad, pad)
                parts = shape(filters, channels, size, size) + shape(1, filters)
                return text("con_4") + tensor(values) + geometry + parts + RATES
            case Affine(channels):
                parts = 2 * shape(1, channels)
                values = 1 + self._values(2 * channels, 0.1)
                return text("affine_") + tensor(values) + parts + integer(0)
            case Pool(kind, size, stride):
                return text(f"{kind}_pool_2") + integers(size, size, stride, stride, 0, 0)
            case FullyConnected(inputs, outputs):
                values = self._values(inputs * outputs, 0.05)
                parts = shape(inputs, outputs) + shape(0, 0, 0, 0)
                start = text("fc_2") + integers(outputs, inputs)
                return start + tensor(values) + parts + integer(1) + RATES
            case Relu():
                return text("relu_")
            case Add():
                return text("add_prev_")
        raise AssertionError(layer)

    def _values(self, count: int, scale: float) -> np.ndarray:
        return self._random.standard_normal(count, dtype=np.float32) * np.float32(scale)
