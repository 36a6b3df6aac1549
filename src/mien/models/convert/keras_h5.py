"""Keras weight files (the ``.h5`` of Keras 1 and 2) as arrays: read strictly against a layout.

Such a file is an HDF5 tree: the root's attribute ``layer_names`` lists the layers in the model's
order, each layer is a group whose attribute ``weight_names`` lists its arrays in the order kernel,
bias, or gamma, beta, moving mean, moving variance. Nothing else of the file is looked at; no
pickle, no model configuration, no link to another file is followed.

The architectures are in ``keras_h5_vgg16.py`` and ``keras_h5_resnet50.py``. They ask for each layer
by name and shape; what does not fit is refused with the layer, what was expected and what came.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from mien.errors import EngineMissing, ModelInvalid
from mien.records import FloatArray

VERSION = "1"  # part of the converted file's cache key: raise it when the output changes

BATCH_NORMALISATION = ("gamma", "beta", "moving_mean", "moving_variance")
_ROLES = ("kernel", "bias", *BATCH_NORMALISATION)


@dataclass(frozen=True, slots=True)
class Weight:
    """An array that a layer must have: its role and its shape as Keras stores it."""

    role: str
    shape: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.role} {self.shape}"


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer of the file that holds weights: its name, and its arrays' names in order."""

    name: str
    weights: tuple[str, ...]


class WeightReader:
    """The layers of one open file; each is taken once.

    Args:
        file: an open ``h5py.File``.
        model: the card's name, for messages.
    """

    def __init__(self, file: Any, model: str) -> None:
        self._model = model
        with _translated(model):
            # a whole saved model keeps its weights one level down
            whole = "model_weights" in file and not _attributes(file, "layer_names")
            self._root = _child(file, "model_weights") if whole else file
            self._left = {layer.name: layer for layer in self._layers()}

    def __contains__(self, name: str) -> bool:
        return name in self._left

    @property
    def names(self) -> tuple[str, ...]:
        """Of the layers that hold weights and were not taken yet, in the model's order."""
        return tuple(self._left)

    def take(self, name: str, expected: Sequence[Weight]) -> tuple[FloatArray, ...]:
        """The arrays of the layer ``name``.

        Raises:
            ModelInvalid: there is no such layer, or its arrays are others.
        """
        if name not in self._left:
            raise self._wrong(name, expected, f"no such layer; left are {_listed(self.names)}")
        return self._arrays(self._left.pop(name), name, expected)

    def take_next(self, known_as: str, expected: Sequence[Weight]) -> tuple[FloatArray, ...]:
        """The arrays of the next layer, whatever the file calls it.

        Raises:
            ModelInvalid: there is none left, or its arrays are others.
        """
        if not self._left:
            raise self._wrong(known_as, expected, "the end of the file")
        layer = self._left.pop(self.names[0])
        return self._arrays(layer, known_as, expected)

    def finish(self, ignored: Sequence[str] = ()) -> None:
        """Make sure that no layer was left over: another architecture may fit in part.

        Raises:
            ModelInvalid: there is one that is not ``ignored``.
        """
        left = [name for name in self._left if name not in ignored]
        if left:
            raise ModelInvalid(
                f"{self._model}: expected no further layer with weights, got {_listed(left)}; "
                "take the file of this very network"
            )

    def _layers(self) -> Iterator[Layer]:
        for name in _names(self._root, "layer_names"):
            weights = tuple(_names(_child(self._root, name), "weight_names"))
            if weights:
                yield Layer(name, weights)

    def _arrays(
        self, layer: Layer, known_as: str, expected: Sequence[Weight]
    ) -> tuple[FloatArray, ...]:
        with _translated(self._model):
            group = _child(self._root, layer.name)
            datasets = [floats_at(group, name) for name in layer.weights]
        roles = [_role(name) for name in layer.weights]
        shapes = [data.shape for data in datasets]
        came = _listed([f"{role} {shape}" for role, shape in zip(roles, shapes, strict=True)])
        came = f"“{layer.name}” with {came}"
        wanted = [weight.role for weight in expected]
        if shapes != [weight.shape for weight in expected] or any(
            role in _ROLES and role != want for role, want in zip(roles, wanted, strict=False)
        ):
            raise self._wrong(known_as, expected, came)
        with _translated(self._model):
            arrays = tuple(np.asarray(data[()], dtype=np.float32) for data in datasets)
        if not all(np.isfinite(array).all() for array in arrays):
            raise self._wrong(known_as, expected, f"{came}, but NaN or infinity in it")
        return arrays

    def _wrong(self, name: str, expected: Sequence[Weight], came: str) -> ModelInvalid:
        return ModelInvalid(
            f"{self._model}: expected layer “{name}” with {', '.join(map(str, expected))}, "
            f"got {came}; take the file of this very network"
        )


@contextmanager
def open_weights(content: bytes, model: str) -> Iterator[WeightReader]:
    """Read a weight file from memory; its SHA-256 has been checked by the caller.

    Raises:
        EngineMissing: h5py is not installed.
        ModelInvalid: the bytes are not a weight file of Keras 1 or 2.
    """
    h5py = import_h5py()
    with _translated(model):
        file = h5py.File(io.BytesIO(content), "r")
    with file:
        yield WeightReader(file, model)


@contextmanager
def _translated(model: str) -> Iterator[None]:
    """What h5py and a tree of another kind answer, as our error."""
    try:
        yield
    except (KeyError, OSError, RuntimeError, TypeError, ValueError) as error:
        reason = str(error.args[0]) if error.args else type(error).__name__
        raise ModelInvalid(
            f"{model}: expected a weight file of Keras 1 or 2 (HDF5 with layer_names and "
            f"weight_names), got another: {reason}"
        ) from error


def _child(group: Any, path: str) -> Any:
    """What lies in this very file at ``path``: links to other files are not followed."""
    h5py = import_h5py()
    for part in path.split("/"):
        if not isinstance(group.get(part, getlink=True), h5py.HardLink):
            raise KeyError(f"nothing at {path} in the file itself")
        group = group[part]
    return group


def floats_at(group: Any, path: str) -> Any:
    """The dataset of floats that lies in this very file at ``path``.

    Raises:
        KeyError: there is none.
    """
    data = _child(group, path)
    if not isinstance(data, import_h5py().Dataset) or data.is_virtual or data.external:
        raise KeyError(f"no array at {path} in the file itself")
    if data.dtype.kind != "f":
        raise KeyError(f"no floats at {path}, but {data.dtype}")
    return data


def import_h5py() -> Any:
    """The library that reads HDF5.

    Raises:
        EngineMissing: it is not installed.
    """
    try:
        import h5py
    except ImportError as error:
        raise EngineMissing(
            "expected h5py for Keras weights, got none: python -m pip install 'mien[keras-weights]'"
        ) from error
    return h5py


def _attributes(node: Any, name: str) -> list[Any]:
    """An attribute; Keras splits a long one over ``NAME0``, ``NAME1``, ..."""
    if name in node.attrs:
        return [node.attrs[name]]
    parts: list[Any] = []
    while f"{name}{len(parts)}" in node.attrs:
        parts.append(node.attrs[f"{name}{len(parts)}"])
    return parts


def _names(node: Any, attribute: str) -> list[str]:
    parts = _attributes(node, attribute)
    if not parts:
        raise KeyError(f"no attribute {attribute} at {node.name}")
    return [
        name.decode("utf-8") if isinstance(name, bytes) else str(name)
        for part in parts
        for name in part
    ]


def _role(name: str) -> str:
    """``conv1/7x7_s2/kernel:0`` -> ``kernel``."""
    return name.rpartition("/")[2].partition(":")[0]


def _listed(names: Sequence[str], at_most: int = 5) -> str:
    shown = ", ".join(names[:at_most]) or "nothing"
    return shown if len(names) <= at_most else f"{shown} and {len(names) - at_most} more"
