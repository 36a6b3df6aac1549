"""A trained model's folder as training writes it, made from the real SFace network.

The mirror image, its average, the unit length and the head are nodes around SFace's own graph. What
training would learn, the people's centres, comes from a few photos.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from mien.models import ModelStore
from mien.models.loading import graph
from mien.models.trained_folder import ModelKind, write_manifest

SIDE, DIMENSIONS, SCALE = 112, 128, 20.0
THRESHOLD = {"similarity": 0.4, "fmr": 0.01, "fmr_low": 0.0, "fmr_high": 0.02, "pairs": 200}


def network(
    store: ModelStore, weights: np.ndarray | None = None, bias: np.ndarray | None = None
) -> bytes:
    """SFace with mirror averaging; with ``(C, 128)`` weights, and perhaps a bias, logits too."""
    body = onnx.load_from_string(graph(store, store.card("sface"))).graph
    numbers = {
        "begin": np.array([-1]),
        "end": np.array([-(1 << 31)]),
        "axis": np.array([3]),
        "step": np.array([-1]),
        "pairs": np.array([2, -1, DIMENSIONS]),
    }
    nodes = [
        helper.make_node("Slice", ["pixels", "begin", "end", "axis", "step"], ["mirrored"]),
        helper.make_node("Concat", ["pixels", "mirrored"], [body.input[0].name], axis=0),
        *body.node,
        helper.make_node("Reshape", [body.output[0].name, "pairs"], ["both"]),
        helper.make_node("ReduceMean", ["both"], ["mean"], axes=[0], keepdims=0),
        helper.make_node("ReduceL2", ["mean"], ["length"], axes=[1], keepdims=1),
        helper.make_node("Div", ["mean", "length"], ["embedding"]),
    ]
    constants = [numpy_helper.from_array(array, name) for name, array in numbers.items()]
    outputs = [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["N", DIMENSIONS])]
    if weights is not None:
        offsets = np.zeros(len(weights)) if bias is None else bias
        constants += [
            numpy_helper.from_array(weights.T.astype(np.float32), "weights"),
            numpy_helper.from_array(offsets.astype(np.float32), "bias"),
        ]
        nodes.append(helper.make_node("Gemm", ["embedding", "weights", "bias"], ["logits"]))
        shape = ["N", len(weights)]
        outputs.append(helper.make_tensor_value_info("logits", TensorProto.FLOAT, shape))
    eats = helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["N", 3, SIDE, SIDE])
    whole = helper.make_graph(nodes, "trained", [eats], outputs, [*body.initializer, *constants])
    opsets = [helper.make_opsetid("", 13)]
    return helper.make_model(whole, opset_imports=opsets, ir_version=8).SerializeToString()


def settings(kind: ModelKind, **changes: Any) -> dict[str, Any]:
    """``model.json`` of an embedder; a classifier's keys come with ``changes``."""
    return {
        "format": 1,
        "kind": kind.value,
        "name": "statesmen",
        "backbone": "sface",
        "head": "cosine" if kind is ModelKind.CLASSIFIER else None,
        "input": {"side": SIDE, "template": "arcface-112"},
        "dimensions": DIMENSIONS,
        "verification": None,
        **changes,
    }


def classes(centres: Mapping[str, np.ndarray], **changes: Any) -> dict[str, Any]:
    """A classifier's part of ``model.json``."""
    return {
        "labels": list(centres),
        "similarity": "cosine",
        "centres": [row.tolist() for row in centres.values()],
        "known": {"slope": 20.0, "offset": -8.0},
        "temperature": 1.0,
        "threshold": {**THRESHOLD, "origin": "six strangers of a group photo"},
        **changes,
    }


def write(
    folder: Path, onnx_bytes: bytes, table: Mapping[str, Any], extra: Sequence[str] = ()
) -> Path:
    """The folder with its manifest, last."""
    (folder / "pictures").mkdir(parents=True)
    (folder / "model.onnx").write_bytes(onnx_bytes)
    (folder / "model.json").write_text(json.dumps(table), "utf-8")
    for name in ("config.json", "metrics.json", "history.csv", "README.md", *extra):
        (folder / name).write_text("{}\n", "utf-8")
    write_manifest(folder, ModelKind(table["kind"]), "0.1.0")
    return folder


def unit(vectors: Sequence[np.ndarray]) -> np.ndarray:
    """The direction of the vectors' mean, ``(128,) float64``."""
    mean = np.mean(vectors, axis=0, dtype=np.float64)
    return mean / np.linalg.norm(mean)


def copy(source: Path, target: Path) -> Path:
    """The folder once more, to be damaged."""
    return Path(shutil.copytree(source, target))
