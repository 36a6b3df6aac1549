"""A small embedder as an ONNX file with its card, and the same in plain numpy."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

SIDE = 16
DIMENSIONS = 5
MEAN = (120.0, 110.0, 90.0)
STD = (60.0, 55.0, 50.0)
MATRIX = np.random.default_rng(5).normal(size=(3 * SIDE * SIDE, DIMENSIONS)).astype(np.float32)


def onnx_file(batch: int | str = "N", extra_output: bool = False) -> bytes:
    """One matrix product; ``extra_output`` adds the flattened input as a second output."""
    nodes = [
        helper.make_node("Flatten", ["image"], ["flat"]),
        helper.make_node("MatMul", ["flat", "matrix"], ["vector"]),
    ]
    outputs = [helper.make_tensor_value_info("vector", TensorProto.FLOAT, [batch, DIMENSIONS])]
    if extra_output:
        shape = [batch, 3 * SIDE * SIDE]
        outputs.append(helper.make_tensor_value_info("flat", TensorProto.FLOAT, shape))
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [batch, 3, SIDE, SIDE])],
        outputs,
        [numpy_helper.from_array(MATRIX, "matrix")],
    )
    opsets = [helper.make_opsetid("", 13)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString()


def card_text(sha256: str, **changes: Any) -> str:
    """The card as TOML; a change of None leaves the key out."""
    values: dict[str, Any] = {
        "name": "small",
        "file": "small.onnx",
        "sha256": sha256,
        "licence": "MIT",
        "dimensions": DIMENSIONS,
        "template": "arcface-112",
        "input": {"size": SIDE, "channels": "bgr", "mean": list(MEAN), "std": list(STD)},
    }
    for key, value in changes.items():
        place = values["input"] if key in ("size", "channels", "mean", "std", "extra") else values
        place[key] = value
    eats = values.pop("input")
    lines = [f"{key} = {_toml(value)}" for key, value in values.items() if value is not None]
    if isinstance(eats, Mapping):
        lines += ["[input]"]
        lines += [f"{key} = {_toml(value)}" for key, value in eats.items() if value is not None]
    return "\n".join(lines) + "\n"


def write_card(folder: Path, network: bytes | None = None, **changes: Any) -> Path:
    """The card and its network in ``folder``; returns the card's path."""
    network = onnx_file() if network is None else network
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "small.onnx").write_bytes(network)
    card = folder / "small.toml"
    sha256 = changes.pop("sha256", hashlib.sha256(network).hexdigest())
    card.write_text(card_text(sha256, **changes), encoding="utf-8")
    return card


def expected_vectors(crops: np.ndarray) -> np.ndarray:
    """``(N, S, S, 3) uint8`` RGB to unit vectors, from the card's definition in float64."""
    bgr = crops[..., ::-1].astype(np.float64)
    blob = ((bgr - MEAN) / STD).transpose(0, 3, 1, 2).reshape(len(crops), -1)
    raw = blob @ MATRIX.astype(np.float64)
    return raw / np.linalg.norm(raw, axis=1, keepdims=True)


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace("\n", "\\n").replace("\0", "\\u0000")
        return f'"{escaped}"'
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return str(value)
