"""A small ONNX graph, built layer by layer from arrays in Keras's order of axes.

Pictures are ``(N, C, H, W)`` here and ``(N, H, W, C)`` in Keras; kernels are
``(out, in, height, width)`` here and ``(height, width, in, out)`` there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mien.errors import ModelInvalid
from mien.records import FloatArray

TARGET_OPSET = 13
TARGET_IR = 8
INPUT = "image"
OUTPUT = "embedding"


@dataclass(frozen=True, slots=True)
class Tensor:
    """A value in the graph: its name, its channels, and its height and width (equal)."""

    name: str
    channels: int
    side: int


class GraphBuilder:
    """Adds one layer per call; every call takes and gives a ``Tensor``."""

    def __init__(self, side: int) -> None:
        self.image = Tensor(INPUT, 3, side)
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def conv(
        self, source: Tensor, kernel: FloatArray, bias: FloatArray, *, stride: int = 1, same: bool
    ) -> Tensor:
        """Convolution with a kernel ``(k, k, in, out)``; ``same`` pads as TensorFlow does."""
        size = kernel.shape[0]
        side, pads = _same(source.side, size, stride) if same else (_valid(source, size, stride), 0)
        weights = np.ascontiguousarray(kernel.transpose(3, 2, 0, 1), dtype=np.float32)
        inputs = [source.name, self._constant(weights), self._constant(bias)]
        low, high = pads // 2, pads - pads // 2  # the odd one goes to the right and below
        name = self._node("Conv", inputs, strides=[stride] * 2, pads=[low, low, high, high])
        return Tensor(name, kernel.shape[3], side)

    def max_pool(self, source: Tensor, size: int, stride: int) -> Tensor:
        """Largest of each window, without padding."""
        name = self._node(
            "MaxPool", [source.name], kernel_shape=[size, size], strides=[stride, stride]
        )
        return Tensor(name, source.channels, _valid(source, size, stride))

    def mean_over_picture(self, source: Tensor) -> Tensor:
        """Mean over height and width, which stay as axes of 1."""
        return Tensor(self._node("GlobalAveragePool", [source.name]), source.channels, 1)

    def relu(self, source: Tensor) -> Tensor:
        return self._same_shape("Relu", source)

    def sigmoid(self, source: Tensor) -> Tensor:
        return self._same_shape("Sigmoid", source)

    def add(self, first: Tensor, second: Tensor) -> Tensor:
        return self._same_shape("Add", first, second)

    def scale(self, picture: Tensor, factors: Tensor) -> Tensor:
        """Each channel times its factor, ``factors`` being ``(N, C, 1, 1)``."""
        return self._same_shape("Mul", picture, factors)

    def finish(self, source: Tensor) -> bytes:
        """The model's bytes, its output ``(N, channels)``; the batch is dynamic.

        Raises:
            ModelInvalid: ONNX's own checker refuses the graph.
        """
        import onnx
        from onnx import TensorProto, helper

        self._nodes.append(helper.make_node("Flatten", [source.name], [OUTPUT], axis=1))
        shape: list[str | int | None] = ["N", 3, self.image.side, self.image.side]
        graph = helper.make_graph(
            self._nodes,
            "mien",
            [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, shape)],
            [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["N", source.channels])],
            self._constants,
        )
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", TARGET_OPSET)], ir_version=TARGET_IR
        )
        try:
            onnx.checker.check_model(model, full_check=True)
        except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
            raise ModelInvalid(f"the imported graph is not sound: {error}") from error
        return bytes(model.SerializeToString())

    def _same_shape(self, kind: str, *sources: Tensor) -> Tensor:
        name = self._node(kind, [source.name for source in sources])
        return Tensor(name, sources[0].channels, sources[0].side)

    def _node(self, kind: str, inputs: list[str], **attributes: Any) -> str:
        from onnx import helper

        output = f"{kind.lower()}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def _constant(self, array: FloatArray) -> str:
        from onnx import numpy_helper

        name = f"weights_{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(array, name))
        return name


def _same(side: int, size: int, stride: int) -> tuple[int, int]:
    """Output side, and how many pixels TensorFlow's ``same`` adds on both sides together."""
    out = -(-side // stride)
    return out, max((out - 1) * stride + size - side, 0)


def _valid(source: Tensor, size: int, stride: int) -> int:
    return (source.side - size) // stride + 1
