"""Whether an ONNX file holds all of its weights: one may point to other files by their paths."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mien.errors import ModelInvalid


def refuse_other_files(model: bytes) -> None:
    """Refuse a network whose tensors lie in other files, wherever in the graph they stand.

    A runtime would open whatever path is written there.

    Args:
        model: ONNX bytes whose hash has been checked.

    Raises:
        ModelInvalid: it refers to another file, or is no ONNX file at all.
    """
    if b"location" not in model:  # the key of every such reference; parsing takes far longer
        return
    import onnx
    from google.protobuf.message import DecodeError

    proto = onnx.ModelProto()
    try:
        proto.ParseFromString(model)
    except DecodeError as error:
        raise ModelInvalid(f"expected an ONNX file, got: {error}") from error
    if any(tensor.external_data or tensor.data_location for tensor in _tensors(proto)):
        raise ModelInvalid("expected weights inside the file, got references to other files")


def _tensors(message: Any) -> Iterator[Any]:
    """Every tensor in a message, also in the graphs inside its nodes."""
    waiting = [message]
    while waiting:
        one = waiting.pop()
        if one.DESCRIPTOR.name == "TensorProto":
            yield one
            continue
        for field, value in one.ListFields():
            if field.message_type is not None:
                waiting += [value] if hasattr(value, "DESCRIPTOR") else list(value)
