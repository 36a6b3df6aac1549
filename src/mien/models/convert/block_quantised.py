"""Block-quantised ONNX graphs (OpenCV Zoo's ``*_int8bq.onnx``) to plain, dynamic fp32 graphs.

The published files store each weight as int8 with one scale per block and a DequantizeLinear
(opset 21, ``block_size``) in front of the layer. That costs time at every start, SFace's file also
declares its weights as graph inputs *and* computes them, which ONNX Runtime refuses, and both have
a fixed batch of one. Here the dequantisation is done once, in fp32, exactly as the ONNX
specification defines it: ``y = (x - zero_point) * scale``, each scale repeated over its block.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.errors import ModelInvalid

VERSION = "1"  # part of the converted file's cache key: raise it when the output changes
TARGET_OPSET = 13
TARGET_IR = 8

Constants = dict[str, NDArray[Any]]


def fold(model: bytes, dynamic_axes: Mapping[int, str]) -> bytes:
    """Turn a block-quantised graph into a plain fp32 graph.

    Args:
        model: the published file's bytes; their SHA-256 has been checked by the caller.
        dynamic_axes: name of each axis of the (only) input that becomes dynamic,
            e.g. ``{0: "N"}``; outputs get a dynamic first axis.

    Returns:
        The bytes of an ONNX model, opset 13, without DequantizeLinear and Dropout, whose only
        graph input is the image.

    Raises:
        ModelInvalid: if the bytes are not such a graph.
    """
    import onnx
    from google.protobuf.message import DecodeError
    from onnx import helper

    try:
        proto = onnx.load_model_from_string(model)
    except DecodeError as error:
        raise ModelInvalid("expected an ONNX graph, got bytes that do not parse as one") from error
    graph = proto.graph
    _refuse_other_files(graph)
    try:
        constants = _constants(graph)
        nodes = _fold_nodes(graph.node, constants)
        _free_batch_in_reshapes(nodes, constants)
        _rebuild(graph, nodes, constants, dynamic_axes)
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise ModelInvalid(f"expected a block-quantised graph, got one with {error!r}") from error
    del proto.opset_import[:]
    proto.opset_import.extend([helper.make_opsetid("", TARGET_OPSET)])
    proto.ir_version = TARGET_IR
    try:
        onnx.checker.check_model(proto, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise ModelInvalid(f"the folded graph is not sound: {error}") from error
    return bytes(proto.SerializeToString())


def dequantise(
    quantised: NDArray[Any],
    scales: NDArray[Any],
    zero_points: NDArray[Any],
    *,
    axis: int,
    block_size: int,
) -> NDArray[np.float32]:
    """ONNX DequantizeLinear, opset 21: one scale for each ``block_size`` values of an axis."""
    window = tuple(slice(0, length) for length in quantised.shape)

    def spread(blocks: NDArray[Any]) -> NDArray[np.float32]:
        return np.repeat(blocks, block_size, axis=axis)[window].astype(np.float32)

    return (quantised.astype(np.float32) - spread(zero_points)) * spread(scales)


def _refuse_other_files(graph: Any) -> None:
    """Weights may refer to files by path, and reading them would open whatever is there."""
    constants = [attribute.t for node in graph.node for attribute in node.attribute]
    if any(tensor.external_data for tensor in [*graph.initializer, *constants]):
        raise ModelInvalid("expected weights inside the file, got references to other files")


def _constants(graph: Any) -> Constants:
    from onnx import numpy_helper

    return {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}


def _fold_nodes(nodes: Any, constants: Constants) -> list[Any]:
    """Evaluate what depends on constants alone; return the nodes that are left."""
    from onnx import numpy_helper

    left: list[Any] = []
    renamed: dict[str, str] = {}
    for node in nodes:
        inputs = list(node.input)
        known = all(name in constants for name in inputs)
        if node.op_type == "Constant":
            constants[node.output[0]] = numpy_helper.to_array(node.attribute[0].t)
        elif node.op_type == "DequantizeLinear" and known:
            attributes = {attribute.name: attribute.i for attribute in node.attribute}
            constants[node.output[0]] = dequantise(
                *(constants[name] for name in inputs),
                axis=attributes["axis"],
                block_size=attributes["block_size"],
            )
        elif node.op_type == "Reshape" and known:
            constants[node.output[0]] = constants[inputs[0]].reshape(constants[inputs[1]])
        elif node.op_type == "Dropout":  # the identity at inference
            renamed[node.output[0]] = inputs[0]
        else:
            left.append(node)
    for node in left:
        for position, name in enumerate(node.input):
            node.input[position] = renamed.get(name, name)
    return left


def _free_batch_in_reshapes(nodes: list[Any], constants: Constants) -> None:
    """A Reshape to ``(1, -1, C)`` keeps its input's batch instead: ``(0, -1, C)``."""
    for node in nodes:
        if node.op_type == "Reshape" and node.input[1] in constants:
            shape = constants[node.input[1]].copy()
            if len(shape) == 3 and shape[0] == 1:
                shape[0] = 0
            constants[node.input[1]] = shape


def _rebuild(
    graph: Any, nodes: list[Any], constants: Constants, dynamic_axes: Mapping[int, str]
) -> None:
    from onnx import numpy_helper

    used = {name for node in nodes for name in node.input}
    inputs = [value for value in graph.input if value.name in used and value.name not in constants]
    if len(inputs) != 1:
        raise ModelInvalid(f"expected one image input, got {[value.name for value in inputs]}")
    for axis, name in dynamic_axes.items():
        inputs[0].type.tensor_type.shape.dim[axis].dim_param = name
    for output in graph.output:
        dimensions = output.type.tensor_type.shape.dim
        dimensions[0].dim_param = "N"
        if len(dimensions) == 3:  # anchors: as many as the picture has cells
            dimensions[1].dim_param = f"anchors_{output.name}"
    del graph.node[:]
    graph.node.extend(nodes)
    del graph.initializer[:]
    graph.initializer.extend(
        numpy_helper.from_array(np.ascontiguousarray(value), name)
        for name, value in constants.items()
        if name in used
    )
    del graph.input[:]
    graph.input.extend(inputs)
    del graph.value_info[:]
