"""A dlib network's layers as ONNX nodes.

Each affine layer is folded into the convolution before it, and the input's mean and scale into the
first convolution, which has no padding: both are exact but for rounding.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.errors import ModelInvalid
from mien.models.convert.dlib_layers import (
    Add,
    Affine,
    Convolution,
    FullyConnected,
    Layer,
    Parameters,
    Pool,
    Relu,
    Skip,
    Tag,
)

TARGET_OPSET = 13
TARGET_IR = 8
INPUT_SCALE = 256.0  # dlib divides by it after taking the mean off (dnn/input.h)


@dataclass(frozen=True, slots=True, eq=False)
class DlibNetwork:
    """A network as it was read.

    Attributes:
        side: of the square input, pixels.
        mean: of red, green and blue, 0-255; taken off before the division by 256.
        layers: from the input to the output.
        parameters: of each layer, as its ``read`` gives them.
    """

    side: int
    mean: tuple[float, float, float]
    layers: tuple[Layer, ...]
    parameters: tuple[Parameters, ...]


@dataclass(frozen=True, slots=True)
class _Value:
    """What flows between nodes: ``(N, channels, side, side)``."""

    name: str
    channels: int
    side: int


def build_graph(network: DlibNetwork) -> bytes:
    """The network as ONNX bytes; see ``dlib_resnet.to_onnx``.

    Raises:
        ModelInvalid: if the layers do not fit together.
    """
    import onnx

    builder = _Builder(network)
    for layer, parameters in zip(network.layers, network.parameters, strict=True):
        builder.add(layer, parameters)
    proto = builder.model()
    try:
        onnx.checker.check_model(proto, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise ModelInvalid(f"the converted dlib network is not sound: {error}") from error
    return bytes(proto.SerializeToString())


class _Builder:
    """Nodes so far, the value at the end of them, and what was remembered under a number."""

    def __init__(self, network: DlibNetwork) -> None:
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self._remembered: dict[int, _Value] = {}
        self._convolution: tuple[Convolution, Parameters] | None = None
        self._mean: NDArray[np.float64] | None = np.asarray(network.mean, dtype=np.float64)
        self._side = network.side
        self._now = _Value("image", len(network.mean), network.side)

    def add(self, layer: Layer, parameters: Parameters) -> None:
        now = self._now
        if isinstance(layer, Tag):
            self._remembered[layer.number] = now
        elif isinstance(layer, Skip):
            self._now = self._remembered[layer.number]
        elif isinstance(layer, Convolution):
            self._convolution = (layer, parameters)  # its affine layer follows
        elif isinstance(layer, Affine):
            self._convolve(*parameters)
        elif isinstance(layer, Relu):
            self._now = self._node("Relu", [now.name], now.channels, now.side)
        elif isinstance(layer, Pool):
            self._pool(layer)
        elif isinstance(layer, Add):
            self._add(self._remembered[layer.number])
        else:
            self._multiply(layer, *parameters)

    def model(self) -> Any:
        from onnx import TensorProto, helper

        image: list[str | int | None] = ["N", 3, self._side, self._side]
        vector: list[str | int | None] = ["N", self._now.channels]
        graph = helper.make_graph(
            self._nodes,
            "dlib-resnet",
            [helper.make_tensor_value_info("image", TensorProto.FLOAT, image)],
            [helper.make_tensor_value_info(self._now.name, TensorProto.FLOAT, vector)],
            self._constants,
        )
        opset = [helper.make_opsetid("", TARGET_OPSET)]
        return helper.make_model(graph, opset_imports=opset, ir_version=TARGET_IR)

    def _convolve(self, gamma: NDArray[np.float32], beta: NDArray[np.float32]) -> None:
        if self._convolution is None:
            raise ModelInvalid("dlib network: expected a convolution before an affine layer")
        layer, (filters, biases) = self._convolution
        self._convolution = None
        weights = filters.astype(np.float64)
        constants = biases.astype(np.float64)
        if self._mean is not None:
            weights = weights / INPUT_SCALE
            constants = constants - np.einsum("fchw,c->f", weights, self._mean)
            self._mean = None
        weights = weights * gamma[:, None, None, None]
        constants = constants * gamma + beta
        names = [self._now.name, self._constant(weights), self._constant(constants)]
        side = (self._now.side + 2 * layer.padding - layer.size) // layer.stride + 1
        self._now = self._node(
            "Conv",
            names,
            layer.filters,
            side,
            kernel_shape=[layer.size] * 2,
            strides=[layer.stride] * 2,
            pads=[layer.padding] * 4,
        )

    def _pool(self, layer: Pool) -> None:
        now = self._now
        if layer.size == 0:
            self._now = self._node("GlobalAveragePool", [now.name], now.channels, 1)
            return
        kind = "MaxPool" if layer.kind == "max" else "AveragePool"
        side = (now.side - layer.size) // layer.stride + 1
        window: dict[str, Any] = {"kernel_shape": [layer.size] * 2, "strides": [layer.stride] * 2}
        self._now = self._node(kind, [now.name], now.channels, side, **window)

    def _add(self, other: _Value) -> None:
        """Add after filling both up with zeros, at the end of every axis (dlib's ``tt::add``)."""
        channels = max(self._now.channels, other.channels)
        side = max(self._now.side, other.side)
        names = [self._filled(value, channels, side).name for value in (self._now, other)]
        self._now = self._node("Add", names, channels, side)

    def _filled(self, value: _Value, channels: int, side: int) -> _Value:
        more, wider = channels - value.channels, side - value.side
        if not more and not wider:
            return value
        pads = self._constant(np.array([0, 0, 0, 0, 0, more, wider, wider], dtype=np.int64))
        return self._node("Pad", [value.name, pads], channels, side)

    def _multiply(self, layer: FullyConnected, matrix: NDArray[np.float32]) -> None:
        flat = self._node("Flatten", [self._now.name], layer.inputs, 1)
        names = [flat.name, self._constant(matrix)]
        self._now = self._node("MatMul", names, layer.outputs, 1, output="vector")

    def _constant(self, values: NDArray[Any]) -> str:
        from onnx import numpy_helper

        name = f"constant_{len(self._constants)}"
        kept = values if values.dtype == np.int64 else values.astype(np.float32)
        self._constants.append(numpy_helper.from_array(kept, name))
        return name

    def _node(
        self,
        kind: str,
        inputs: list[str],
        channels: int,
        side: int,
        output: str = "",
        **attributes: Any,
    ) -> _Value:
        from onnx import helper

        name = output or f"{kind.lower()}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, inputs, [name], name, **attributes))
        return _Value(name, channels, side)
