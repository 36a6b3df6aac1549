"""The layers of a dlib network: what each one is, and how its parameters lie in the file.

Read from dlib's ``dnn/layers.h``. Each layer stores its own geometry; the network that is expected
states it too, and where the two differ the file is refused.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mien.models.convert.dlib_stream import DlibReader

Parameters = tuple[NDArray[np.float32], ...]

_CONVOLUTIONAL = 0  # an affine layer that works channel by channel
_WITHOUT_BIAS = 1  # a fully connected layer without added constants


@dataclass(frozen=True, slots=True)
class Convolution:
    """Square filters; padded to keep the size where the stride is 1, else not padded."""

    filters: int
    channels: int
    size: int
    stride: int

    @property
    def padding(self) -> int:
        return self.size // 2 if self.stride == 1 else 0

    def read(self, reader: DlibReader) -> Parameters:
        """Filters ``(filters, channels, size, size)`` and biases ``(filters,)``."""
        reader.demand(reader.text(), "con_4", "layer")
        values = reader.tensor().ravel()
        geometry = [reader.integer() for _ in range(7)]
        two = [self.size, self.size, self.stride, self.stride, self.padding, self.padding]
        reader.demand(geometry, [self.filters, *two], "geometry")
        shape = (self.filters, self.channels, self.size, self.size)
        reader.demand(reader.alias(), shape, "shape of the filters")
        reader.demand(reader.alias(), (1, self.filters, 1, 1), "shape of the biases")
        _skip_learning_rates(reader)
        count = int(np.prod(shape))
        reader.demand(len(values), count + self.filters, "number of parameters")
        return values[:count].reshape(shape), values[count:]


@dataclass(frozen=True, slots=True)
class Affine:
    """``y = gamma * x + beta``, channel by channel: what is left of a batch normalisation."""

    channels: int

    def read(self, reader: DlibReader) -> Parameters:
        """Gamma and beta, ``(channels,)`` each."""
        reader.demand(reader.text(), "affine_", "layer")
        values = reader.tensor().ravel()
        for name in ("gamma", "beta"):
            reader.demand(reader.alias(), (1, self.channels, 1, 1), f"shape of {name}")
        reader.demand(reader.integer(), _CONVOLUTIONAL, "mode")
        reader.demand(len(values), 2 * self.channels, "number of parameters")
        return values[: self.channels], values[self.channels :]


@dataclass(frozen=True, slots=True)
class Relu:
    """``y = max(x, 0)``."""

    def read(self, reader: DlibReader) -> Parameters:
        reader.demand(reader.text(), "relu_", "layer")
        return ()


@dataclass(frozen=True, slots=True)
class Pool:
    """The maximum or the average of square windows; the size 0 means the whole plane."""

    kind: str
    size: int
    stride: int

    def read(self, reader: DlibReader) -> Parameters:
        reader.demand(reader.text(), f"{self.kind}_pool_2", "layer")
        geometry = [reader.integer() for _ in range(6)]
        wanted = [self.size, self.size, self.stride, self.stride, 0, 0]
        reader.demand(geometry, wanted, "geometry")
        return ()


@dataclass(frozen=True, slots=True)
class Tag:
    """Remembers its input under a number; stores nothing."""

    number: int


@dataclass(frozen=True, slots=True)
class Skip:
    """Gives what was remembered under a number; stores nothing."""

    number: int


@dataclass(frozen=True, slots=True)
class Add:
    """Adds what was remembered under a number; the smaller one is filled up with zeros."""

    number: int

    def read(self, reader: DlibReader) -> Parameters:
        reader.demand(reader.text(), "add_prev_", "layer")
        return ()


@dataclass(frozen=True, slots=True)
class FullyConnected:
    """A matrix product without bias."""

    inputs: int
    outputs: int

    def read(self, reader: DlibReader) -> Parameters:
        """The matrix ``(inputs, outputs)``."""
        reader.demand(reader.text(), "fc_2", "layer")
        geometry = [reader.integer(), reader.integer()]
        reader.demand(geometry, [self.outputs, self.inputs], "outputs and inputs")
        values = reader.tensor().ravel()
        reader.demand(reader.alias(), (self.inputs, self.outputs, 1, 1), "shape of the weights")
        reader.demand(reader.alias(), (0, 0, 0, 0), "shape of the biases")
        reader.demand(reader.integer(), _WITHOUT_BIAS, "bias mode")
        _skip_learning_rates(reader)
        reader.demand(len(values), self.inputs * self.outputs, "number of parameters")
        return (values.reshape(self.inputs, self.outputs),)


Stored = Convolution | Affine | Relu | Pool | Add | FullyConnected
Layer = Stored | Tag | Skip


def _skip_learning_rates(reader: DlibReader) -> None:
    for _ in range(4):  # of the weights and the biases, and how much they decay: for training
        reader.number()
