"""One operation of an ONNX graph as a torch module with its weights.

Only what the networks of faces are made of is known; anything else is refused by name. Definitions:
https://onnx.ai/onnx/operators/.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mien.errors import ModelInvalid
from mien.models.graph_record import GraphRecord, NodeRecord


class AddConstant(nn.Module):
    """Adds what is no weight, e.g. a mean with its sign turned."""

    addend: Tensor

    def __init__(self, addend: Tensor) -> None:
        super().__init__()
        self.register_buffer("addend", addend)

    def forward(self, tensor: Tensor) -> Tensor:
        return tensor + self.addend


class Scale(nn.Module):
    """Multiplies with what is no weight."""

    factor: Tensor

    def __init__(self, factor: Tensor) -> None:
        super().__init__()
        self.register_buffer("factor", factor)

    def forward(self, tensor: Tensor) -> Tensor:
        return tensor * self.factor


class Pad(nn.Module):
    """Zeros around every axis, channels among them: ``amounts`` as ``torch.nn.functional.pad``."""

    def __init__(self, amounts: tuple[int, ...]) -> None:
        super().__init__()
        self.amounts = amounts

    def forward(self, tensor: Tensor) -> Tensor:
        return nn.functional.pad(tensor, self.amounts)


class Add(nn.Module):
    """Adds two branches."""

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        return first + second


class Node:
    """A node's constants and attributes, asked for one by one; what is not asked for is refused.

    Attributes:
        flat: whether what comes in is ``(N, D)`` and not ``(N, C, H, W)``.
    """

    def __init__(self, record: NodeRecord, graph: GraphRecord, *, flat: bool) -> None:
        self.record = record
        self.flat = flat
        self.constants = graph.constants
        self._left = dict(record.attributes)

    def constant(self, index: int) -> NDArray[Any]:
        """The input at ``index``, which must be a constant."""
        return self.constants[self.record.inputs[index]]

    def floats(self, index: int) -> Tensor:
        return torch.from_numpy(np.array(self.constant(index), dtype=np.float32))

    def has(self, index: int) -> bool:
        return len(self.record.inputs) > index and bool(self.record.inputs[index])

    def take(self, name: str, otherwise: Any) -> Any:
        return self._left.pop(name, otherwise)

    def expect(self, **wanted: Any) -> None:
        """Attributes that may be there, but only with this value.

        Raises:
            ModelInvalid: one has another.
        """
        for name, value in wanted.items():
            got = self._left.pop(name, value)
            if got != value:
                raise self.wrong(f"{name} {value}, got {got}")

    def finish(self) -> None:
        """Make sure that nothing was left over.

        Raises:
            ModelInvalid: an attribute was.
        """
        if self._left:
            raise self.wrong(f"no further attribute, got {', '.join(self._left)}")

    def wrong(self, what: str) -> ModelInvalid:
        return ModelInvalid(f"{self.record.kind} at {self.record.output}: expected {what}")

    def padding(self) -> tuple[int, int]:
        """Zeros above and below, and left and right, which must be as many."""
        self.expect(auto_pad="NOTSET")
        top, left, bottom, right = self.take("pads", (0, 0, 0, 0))
        if (top, left) != (bottom, right):
            raise self.wrong(f"as much padding on both sides, got {(top, left, bottom, right)}")
        return int(top), int(left)


def module_of(record: NodeRecord, graph: GraphRecord, *, flat: bool) -> nn.Module:
    """The torch module that does what a node does.

    Args:
        record: the node.
        graph: with its constants.
        flat: whether what comes in is ``(N, D)`` and not ``(N, C, H, W)``.

    Raises:
        ModelInvalid: an operation, or a way of it, that is not known here.
    """
    node = Node(record, graph, flat=flat)
    build = BUILDERS.get(record.kind)
    if build is None:
        raise ModelInvalid(f"expected one of {', '.join(BUILDERS)}, got {record.kind}")
    try:
        module = build(node)
    except (KeyError, IndexError, ValueError, TypeError, RuntimeError) as error:
        raise node.wrong(f"constants and sizes that fit, got {error!r}") from error
    node.finish()
    return module


def _convolution(node: Node) -> nn.Module:
    weight = node.floats(1)
    group = int(node.take("group", 1))
    height, width = weight.shape[2:]
    node.expect(kernel_shape=(height, width))
    module = nn.Conv2d(
        weight.shape[1] * group,
        weight.shape[0],
        (height, width),
        stride=node.take("strides", (1, 1)),
        padding=node.padding(),
        dilation=node.take("dilations", (1, 1)),
        groups=group,
        bias=node.has(2),
    )
    return _filled(module, weight=weight, **({"bias": node.floats(2)} if node.has(2) else {}))


def _batch_norm(node: Node) -> nn.Module:
    node.expect(training_mode=0, spatial=1)
    weight = node.floats(1)
    kind = nn.BatchNorm1d if node.flat else nn.BatchNorm2d
    # ONNX says how much of the old statistics stays, torch how much of the new comes in.
    momentum = round(1.0 - float(node.take("momentum", 0.9)), 6)
    module = kind(len(weight), eps=float(node.take("epsilon", 1e-5)), momentum=momentum)
    return _filled(
        module,
        weight=weight,
        bias=node.floats(2),
        running_mean=node.floats(3),
        running_var=node.floats(4),
    )


def _prelu(node: Node) -> nn.Module:
    slopes = node.floats(1).flatten()
    return _filled(nn.PReLU(len(slopes)), weight=slopes)


def _max_pool(node: Node) -> nn.Module:
    node.expect(ceil_mode=0, storage_order=0, dilations=(1, 1))
    strides = node.take("strides", (1, 1))
    return nn.MaxPool2d(node.take("kernel_shape", None), strides, node.padding())


def _average_pool(node: Node) -> nn.Module:
    node.expect(ceil_mode=0, dilations=(1, 1))
    within = not node.take("count_include_pad", 0)
    return nn.AvgPool2d(
        node.take("kernel_shape", None),
        node.take("strides", (1, 1)),
        node.padding(),
        count_include_pad=not within,
    )


def _flatten(node: Node) -> nn.Module:
    node.expect(axis=1)
    return nn.Flatten()


def _gemm(node: Node) -> nn.Module:
    node.expect(alpha=1.0, beta=1.0, transA=0)
    weight = node.floats(1)
    return _linear(weight if node.take("transB", 0) else weight.T, node, bias=node.has(2))


def _matrix_product(node: Node) -> nn.Module:
    return _linear(node.floats(1).T, node, bias=False)


def _linear(weight: Tensor, node: Node, *, bias: bool) -> nn.Module:
    module = nn.Linear(weight.shape[1], weight.shape[0], bias=bias)
    return _filled(module, weight=weight, **({"bias": node.floats(2)} if bias else {}))


def _add(node: Node) -> nn.Module:
    constants = [index for index in (0, 1) if node.record.inputs[index] in node.constants]
    return AddConstant(node.floats(constants[0])) if constants else Add()


def _pad(node: Node) -> nn.Module:
    node.expect(mode="constant")
    if node.has(2) and float(node.constant(2)) != 0.0:
        raise node.wrong("zeros around")
    amounts = [int(amount) for amount in node.constant(1)]
    half = len(amounts) // 2
    # ONNX: all beginnings, then all ends, first axis first; torch: pairs, last axis first.
    pairs = reversed(list(zip(amounts[:half], amounts[half:], strict=True)))
    return Pad(tuple(amount for pair in pairs for amount in pair))


def _filled(module: nn.Module, **tensors: Tensor) -> nn.Module:
    """The module with these weights and statistics.

    Raises:
        RuntimeError: they do not fit.
    """
    state = {name: tensor.contiguous() for name, tensor in tensors.items()}
    module.load_state_dict({**module.state_dict(), **state})
    return module


BUILDERS: Mapping[str, Callable[[Node], nn.Module]] = {
    "Conv": _convolution,
    "BatchNormalization": _batch_norm,
    "PRelu": _prelu,
    "Relu": lambda _: nn.ReLU(),
    "MaxPool": _max_pool,
    "AveragePool": _average_pool,
    "GlobalAveragePool": lambda _: nn.AdaptiveAvgPool2d(1),
    "Flatten": _flatten,
    "Gemm": _gemm,
    "MatMul": _matrix_product,
    "Add": _add,
    "Sub": lambda node: AddConstant(-node.floats(1)),
    "Mul": lambda node: Scale(node.floats(1)),
    "Pad": _pad,
}
