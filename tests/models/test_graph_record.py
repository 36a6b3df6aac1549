"""ONNX graphs as plain records."""

from __future__ import annotations

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from mien.errors import ModelInvalid
from mien.models.graph_record import read_graph


def value(name: str):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", 2])


def model(nodes, inputs=("x",), outputs=("y",), constants=(), **options) -> bytes:
    graph = helper.make_graph(
        nodes, "g", [value(one) for one in inputs], [value(one) for one in outputs], constants
    )
    opsets = [helper.make_opsetid("", 13), helper.make_opsetid("com.example", 1)]
    made = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    return made.SerializeToString()


WEIGHTS = numpy_helper.from_array(np.arange(4, dtype=np.float32).reshape(2, 2), "w")
GEMM = helper.make_node("Gemm", ["x", "w"], ["y"], transB=1, alpha=0.5)


def test_a_graph_is_read_with_its_weights_and_attributes():
    read = read_graph(model([GEMM], constants=[WEIGHTS]))
    (node,) = read.nodes
    assert (read.input, read.output) == ("x", "y")
    assert (node.kind, node.inputs, node.output) == ("Gemm", ("x", "w"), "y")
    assert node.attributes == {"transB": 1, "alpha": 0.5}
    assert read.constants["w"].tolist() == [[0, 1], [2, 3]]
    with pytest.raises(ValueError, match="read-only"):
        read.constants["w"][0, 0] = 1


def outside() -> bytes:
    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[2, 2])
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../secret")
    return model([GEMM], constants=[tensor])


REFUSED = {
    "no graph": b"something else",
    "weights in another file": outside(),
    "two inputs": model([helper.make_node("Add", ["x", "z"], ["y"])], inputs=("x", "z")),
    "two outputs": model([helper.make_node("Split", ["x"], ["y", "z"])], outputs=("y", "z")),
    "a node with two outputs": model([helper.make_node("Split", ["x"], ["y", "z"])]),
    "an operation of somebody else": model(
        [helper.make_node("Run", ["x"], ["y"], domain="com.example")]
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_other_graphs_are_refused(name):
    with pytest.raises(ModelInvalid, match="expected"):
        read_graph(REFUSED[name])
