"""Whether an exported graph computes what it was exported from, and holds nothing else."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mien.errors import ModelInvalid
from mien.models.runtime import Plan, load_network

LARGEST_DIFFERENCE = 1e-4


def plain_graph(model: bytes) -> bytes:
    """An exported graph without what its exporter wrote beside it, checked.

    torch's exporter notes the call stack of every node: names of the user's folders, in a file
    that is made to be handed on.

    Raises:
        ModelInvalid: no sound graph, or one with weights in another file.
    """
    import onnx
    from google.protobuf.message import DecodeError

    try:
        proto = onnx.load_model_from_string(model)
        graph = proto.graph
        described = (proto, graph, *graph.node, *graph.input, *graph.output, *graph.initializer)
        for part in described:
            part.ClearField("doc_string")
            part.ClearField("metadata_props")
        graph.ClearField("value_info")
        outside = onnx.TensorProto.EXTERNAL
        if any(one.data_location == outside for one in graph.initializer) or proto.functions:
            raise ModelInvalid("expected all weights and nodes in the graph itself, got others")
        onnx.checker.check_model(proto, full_check=True)
    except (
        DecodeError,
        onnx.checker.ValidationError,
        onnx.shape_inference.InferenceError,
    ) as error:
        raise ModelInvalid(f"the exported graph is not sound: {error}") from error
    return bytes(proto.SerializeToString(deterministic=True))


def largest_difference(
    model: bytes, batch: NDArray[np.float32], expected: Sequence[NDArray[np.float32]]
) -> float:
    """How far ONNX Runtime's outputs are from the expected ones, at most.

    Args:
        model: ONNX bytes.
        batch: ``(N, C, H, W) float32``.
        expected: ``(N, D) float32`` for each output, in the graph's order.

    Returns:
        The largest absolute difference, in rows brought to unit length where they are longer.

    Raises:
        ModelInvalid: there are other outputs, of another shape, or not finite.
    """
    outputs = load_network(model, Plan(threads=1)).run(np.ascontiguousarray(batch))
    if [one.shape for one in outputs.values()] != [one.shape for one in expected]:
        got = ", ".join(f"{name} {one.shape}" for name, one in outputs.items())
        wanted = ", ".join(str(one.shape) for one in expected)
        raise ModelInvalid(f"expected outputs of shape {wanted}, got {got}")
    largest = 0.0
    for wanted_rows, rows in zip(expected, outputs.values(), strict=True):
        lengths = np.maximum(np.linalg.norm(wanted_rows, axis=1, keepdims=True), 1.0)
        difference = float((np.abs(rows - wanted_rows) / lengths).max(initial=0.0))
        if not np.isfinite(difference):
            raise ModelInvalid("expected finite outputs, got NaN or infinity")
        largest = max(largest, difference)
    return largest
