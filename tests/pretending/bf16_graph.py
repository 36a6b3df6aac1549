"""A network that rounds to bf16 as it goes, in plain fp32: bf16's numbers on any processor."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, helper, numpy_helper

# Outputs that a runtime in bf16 keeps with 8 significant bits; shapes and choices are left alone.
ROUNDED = {
    *("Conv", "Gemm", "MatMul", "BatchNormalization", "PRelu", "Relu", "LeakyRelu", "Sigmoid"),
    *("Add", "Sub", "Mul", "Div", "AveragePool", "GlobalAveragePool", "Softmax"),
}
SPLITTER = "bf16_splitter"


def rounded_to_bf16(model: bytes) -> bytes:
    """The same network with its weights and what its nodes give rounded to bf16."""
    network = onnx.load_model_from_string(model)
    for tensor in network.graph.initializer:
        if tensor.data_type == TensorProto.FLOAT:
            exact = numpy_helper.to_array(tensor)
            tensor.CopyFrom(numpy_helper.from_array(_rounded(exact), tensor.name))
    network.graph.initializer.append(numpy_helper.from_array(np.float32(2**16 + 1), SPLITTER))
    nodes = [node for one in network.graph.node for node in _with_rounding(one)]
    del network.graph.node[:]
    network.graph.node.extend(nodes)
    return bytes(network.SerializeToString())


def _rounded(exact: np.ndarray) -> np.ndarray:
    """The nearest numbers of 8 significant bits, ties to even ones."""
    bits = exact.view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) & np.uint32(0xFFFF0000)).view(np.float32)


def _with_rounding(node: NodeProto) -> list[NodeProto]:
    """Veltkamp's splitting: c = (2^16 + 1) x, then c - (c - x) is x in 24 - 16 bits."""
    if node.op_type not in ROUNDED:
        return [node]
    name = node.output[0]
    exact, scaled, rest = (f"{name}_{part}" for part in ("exact", "scaled", "rest"))
    node.output[0] = exact
    return [
        node,
        helper.make_node("Mul", [exact, SPLITTER], [scaled]),
        helper.make_node("Sub", [scaled, exact], [rest]),
        helper.make_node("Sub", [scaled, rest], [name]),
    ]
