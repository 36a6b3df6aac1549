"""Is SFace in int8 worth having? Accuracy on LFW and time beside fp32 and bf16, in one run.

ONNX Runtime's static quantisation (QDQ, weights per channel, 99.99 % percentiles of the activations
over photos of other people), run by OpenVINO on one core: once all convolutions, once without the
depthwise ones and the first, which lose the most.

    python benchmarks/int8.py --data DATA
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from accuracy import FMRS
from machine import this_machine
from onnxruntime import quantization

from mien.api import Settings, build_recognizer
from mien.evaluation import evaluate_verification, impostor_thresholds, read_pairs
from mien.images import find_photos, read_image
from mien.models import ModelStore
from mien.models.loading import CONVERSIONS
from mien.pipeline import Recognizer
from mien.quality import QualityLimits

ROUNDS, BATCH = 10, 8


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", default=os.environ.get("MIEN_BENCH_DATA"), type=Path)
    data = parser.parse_args().data
    if data is None:
        print("expected --data or MIEN_BENCH_DATA: the folder that holds lfw/", file=sys.stderr)
        return 2
    pairs = read_pairs(data / "lfw" / "pairs.txt", "lfw", data / "lfw" / "images")
    paths = sorted({path for pair in pairs for path in (pair.path1, pair.path2)})
    recognizer = build_recognizer(Settings(mirror=False, limits=QualityLimits.none()))
    others = blobs(recognizer, find_photos([data / "actors"])[::2])
    faces = blobs(recognizer, [data / "lfw" / "images" / path for path in paths])
    print(this_machine())
    print(f"{len(others)} faces to calibrate with, {len(faces)} of LFW")
    print(
        "| network | ms a face | cosine with fp32, mean, least | accuracy, % | TAR at 1e-3, % |",
        end="",
    )
    print(" TMR at FMR 1e-3 | 1e-4 | 1e-5 |\n|" + "---|" * 8)
    with tempfile.TemporaryDirectory() as folder:
        networks = dict(compiled(Path(folder), others))
        times = {name: min(seconds(run, faces)) for name, run in networks.items()}
        exact: Any = None
        for name, run in networks.items():
            vectors = embed(run, faces)
            exact = vectors if exact is None else exact
            cosines = (vectors * exact).sum(axis=1)
            rows = dict(zip(paths, vectors, strict=True))
            scores = [float(rows[pair.path1] @ rows[pair.path2]) for pair in pairs]
            report = evaluate_verification(pairs, scores)
            (tar,) = (row.tar.value for row in report.tar_at_far if row.far == 1e-3)
            people = [path.split("/")[0] for path in paths]
            measured = impostor_thresholds(vectors, people, FMRS)
            print(
                f"| {name} | {1000 * times[name]:.2f} | {cosines.mean():.4f}, {cosines.min():.3f} "
                f"| {100 * (report.accuracy or 0):.2f} | {100 * tar:.2f} | "
                + " | ".join(f"{100 * one.tmr.value:.2f}" for one in measured)
                + " |",
                flush=True,
            )
    return 0


def blobs(recognizer: Recognizer, photos: list[Path]) -> np.ndarray:
    """The central face of each photo as the network takes it, ``(N, 3, 112, 112) float32``."""
    found = []
    for photo in photos:
        image = read_image(photo)
        (faces,) = recognizer.views([image])
        if faces:
            middle = np.array([image.shape[1], image.shape[0]]) / 2
            _, _, (crop,) = min(
                faces,
                key=lambda one: np.hypot(*(np.reshape(one[0].box.xyxy, (2, 2)).mean(0) - middle)),
            )
            found.append(crop.transpose(2, 0, 1))
    return np.stack(found).astype(np.float32)


def compiled(folder: Path, others: np.ndarray) -> Iterator[tuple[str, Any]]:
    """The networks by name; fp32 is the first."""
    import openvino

    plain, merged = folder / "fp32.onnx", folder / "merged.onnx"
    plain.write_bytes(CONVERSIONS["sface"].build(ModelStore().bytes("sface")))
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(merged)  # batch normalisation goes into the weights
    onnxruntime.InferenceSession(plain, options)
    nodes = [node for node in onnx.load(merged).graph.node if node.op_type == "Conv"]
    fragile = [node.name for node in nodes if node is nodes[0] or groups(node) > 1]
    core = openvino.Core()
    for name, excluded, precision in (
        ("fp32", None, "f32"),
        ("bf16", None, "bf16"),
        ("int8, all convolutions", [], "f32"),
        ("int8, 1 x 1 convolutions", fragile, "f32"),
        ("int8, 1 x 1 convolutions, the rest bf16", fragile, "bf16"),
    ):
        path = plain
        if excluded is not None:
            path = folder / "int8.onnx"
            quantise(merged, path, others, excluded)
        hints = {"INFERENCE_PRECISION_HINT": precision, "INFERENCE_NUM_THREADS": 1}
        yield name, core.compile_model(path, "CPU", hints)


def groups(node: Any) -> int:
    """Into how many groups a convolution divides its channels."""
    return max((one.i for one in node.attribute if one.name == "group"), default=1)


def quantise(source: Path, target: Path, others: np.ndarray, excluded: list[str]) -> None:
    """Static quantisation; a convolution's output stays in float until the next one takes it."""
    name = onnx.load(source).graph.input[0].name

    class Reader(quantization.CalibrationDataReader):
        def __init__(self) -> None:
            whole = len(others) // BATCH * BATCH  # the percentiles want batches of one size
            self._batches = iter(others[:whole].reshape(-1, BATCH, *others.shape[1:]))

        def get_next(self) -> dict[str, np.ndarray] | None:
            batch = next(self._batches, None)
            return None if batch is None else {name: batch}

    quantization.quantize_static(
        source,
        target,
        Reader(),
        per_channel=True,
        calibrate_method=quantization.CalibrationMethod.Percentile,
        op_types_to_quantize=["Conv"],
        nodes_to_exclude=excluded,
        extra_options={
            "OpTypesToExcludeOutputQuantization": ["Conv"],
            "CalibPercentile": 99.99,
        },
    )


def seconds(run: Any, faces: np.ndarray) -> Iterator[float]:
    """Of a face in a batch, several times."""
    for _ in range(ROUNDS):
        start = time.perf_counter()
        run([faces[:BATCH]])
        yield (time.perf_counter() - start) / BATCH


def embed(run: Any, faces: np.ndarray) -> np.ndarray:
    """Unit vectors."""
    parts = [run([faces[start : start + 16]])[0] for start in range(0, len(faces), 16)]
    vectors = np.concatenate(parts)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


if __name__ == "__main__":
    sys.exit(main())
