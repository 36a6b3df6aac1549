"""An ONNX graph as a plain record: nodes, constants, one input, one output; numpy and nothing else.

Only this room reads ONNX. Who builds something else from a graph (see ``mien.networks``) gets it
in this form.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.errors import ModelInvalid

Attribute = int | float | str | tuple[int, ...] | tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class NodeRecord:
    """One operation.

    Attributes:
        kind: ONNX's name of it, e.g. ``Conv``.
        inputs: names of tensors and constants; an optional input that is left out is ``""``.
        output: its only output.
        attributes: numbers, text and tuples of numbers.
    """

    kind: str
    inputs: tuple[str, ...]
    output: str
    attributes: Mapping[str, Attribute]


@dataclass(frozen=True, slots=True, eq=False)
class GraphRecord:
    """A graph with one input and one output.

    Attributes:
        input, output: names of the tensors that go in and come out.
        nodes: in an order in which they can be computed.
        constants: by name, read-only.
    """

    input: str
    output: str
    nodes: tuple[NodeRecord, ...]
    constants: Mapping[str, NDArray[Any]]


def read_graph(model: bytes) -> GraphRecord:
    """The record of an ONNX model.

    Args:
        model: its bytes; their SHA-256 has been checked by the caller.

    Raises:
        ModelInvalid: the bytes are no such model; it has several inputs or outputs, or an
            operation with several outputs, with a graph inside, or from outside of ONNX.
    """
    import onnx
    from google.protobuf.message import DecodeError

    try:
        proto = onnx.load_model_from_string(model)
        onnx.checker.check_model(proto)
    except (DecodeError, onnx.checker.ValidationError) as error:
        raise ModelInvalid(f"expected an ONNX graph, got bytes that are none: {error}") from error
    graph = proto.graph
    constants = {one.name: _constant(one) for one in graph.initializer}
    inputs = [value.name for value in graph.input if value.name not in constants]
    outputs = [value.name for value in graph.output]
    if len(inputs) != 1 or len(outputs) != 1:
        raise ModelInvalid(f"expected one input and one output, got {inputs} and {outputs}")
    return GraphRecord(inputs[0], outputs[0], tuple(map(_node, graph.node)), constants)


def _node(node: Any) -> NodeRecord:
    if len(node.output) != 1 or node.domain:
        raise ModelInvalid(
            f"expected operations of ONNX with one output, got {node.domain}{node.op_type} "
            f"with {len(node.output)}"
        )
    attributes = {one.name: _attribute(one) for one in node.attribute}
    return NodeRecord(node.op_type, tuple(node.input), node.output[0], attributes)


def _attribute(attribute: Any) -> Attribute:
    from onnx import helper

    value = helper.get_attribute_value(attribute)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, (int, float)):
        return value
    numbers = tuple(value) if isinstance(value, (list, tuple)) else None
    if numbers is None or not all(isinstance(number, (int, float)) for number in numbers):
        raise ModelInvalid(f"expected numbers or text, got the attribute {attribute.name}")
    return numbers


def _constant(tensor: Any) -> NDArray[Any]:
    from onnx import TensorProto, numpy_helper

    if tensor.data_location == TensorProto.EXTERNAL:
        raise ModelInvalid(f"expected weights in the graph, got {tensor.name} in another file")
    array = np.array(numpy_helper.to_array(tensor))
    array.setflags(write=False)
    return array
