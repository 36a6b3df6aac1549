"""Measure the decision thresholds and the calibration that mien ships.

All photos of LFW's 6,000 pairs (7,701) go through the pipeline as a user's photos would; every
pair of photos of different people (29.6 million) is an impostor pair. Prints what stands in
``mien.matching.thresholds`` and ``mien.matching.calibration``, and how the false positive rate
of a search grows with the gallery.

    python benchmarks/thresholds.py --data DATA [--embedder NAME] [--no-mirror]
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from mien.api import Settings, build_recognizer
from mien.evaluation import (
    evaluate_verification,
    impostor_thresholds,
    read_pairs,
    search_false_positives,
)
from mien.matching import fit_calibration
from mien.pipeline import FaceChoice, PhotoFailure
from mien.quality import QualityLimits

FMRS = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6)
IMPOSTORS_FOR_CALIBRATION = 500_000


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", default=os.environ.get("MIEN_BENCH_DATA"), type=Path)
    parser.add_argument("--embedder", default=Settings().embedder)
    parser.add_argument(
        "--mirror", action=argparse.BooleanOptionalAction, default=Settings().mirror
    )
    parser.add_argument("--save", type=Path, help="keep the vectors here, as .npz")
    options = parser.parse_args()
    if options.data is None:
        print("expected --data or MIEN_BENCH_DATA: the folder that holds lfw/", file=sys.stderr)
        return 2
    folder = options.data / "lfw"
    pairs = read_pairs(folder / "pairs.txt", "lfw", folder / "images")
    paths = sorted({path for pair in pairs for path in (pair.path1, pair.path2)})
    vectors, norms, seconds = encode(
        folder / "images",
        paths,
        replace(Settings(), embedder=options.embedder, mirror=options.mirror),
    )
    known = [path for path in paths if path in vectors]
    print(f"{len(paths)} photos, {len(paths) - len(known)} without a face, {seconds:.1f} s")
    matrix = np.stack([vectors[path] for path in known])
    names = [path.split("/")[0] for path in known]
    if options.save:
        np.savez(options.save, vectors=matrix, norms=[norms[p] for p in known], paths=known)

    scores = [
        float(vectors[p.path1] @ vectors[p.path2])
        if p.path1 in vectors and p.path2 in vectors
        else np.nan
        for p in pairs
    ]
    report = evaluate_verification(pairs, scores)
    print(f"accuracy {report.accuracy:.4%} ± {report.standard_error:.4%}, EER {report.eer}")
    for row in report.tar_at_far:
        print(f"  TAR at FAR {row.far:g}: {row.tar}")

    start = time.perf_counter()
    for fmr, distance in euclidean_thresholds(matrix, np.array([norms[p] for p in known]), names):
        print(f"raw vectors, euclidean distance at FMR {fmr:g}: {distance:.5f}")
    for measured in impostor_thresholds(matrix, names, FMRS):
        print(measured)
        print("   ", measured.as_threshold("LFW"))
        if measured.fmr in (1e-3, 1e-4):
            for search in search_false_positives(matrix, names, measured.similarity, measured.fmr):
                print("   ", search)
    print(f"all impostor pairs: {time.perf_counter() - start:.1f} s")
    similarities, same = calibration_pairs(matrix, names)
    print(fit_calibration(similarities, same, origin="LFW"))
    return 0


def encode(
    images: Path, paths: list[str], settings: Settings
) -> tuple[dict[str, np.ndarray], dict[str, float], float]:
    """The central face of each photo, whatever its quality; photos without a face are left out."""
    everything = QualityLimits.none()
    recognizer = build_recognizer(replace(settings, limits=everything))
    vectors: dict[str, np.ndarray] = {}
    norms: dict[str, float] = {}
    start = time.perf_counter()
    encoded = recognizer.encode_photos([images / path for path in paths])
    for path, photo in zip(paths, encoded, strict=True):
        if isinstance(photo, PhotoFailure):
            raise photo.error
        if photo.faces:
            face = recognizer.choose(photo, FaceChoice.CENTRAL)
            vectors[path], norms[path] = face.vector, face.norm
    return vectors, norms, time.perf_counter() - start


def euclidean_thresholds(
    matrix: np.ndarray, norms: np.ndarray, names: list[str]
) -> Iterator[tuple[float, float]]:
    """For each false match rate the distance of raw vectors that so many impostor pairs keep."""
    labels = np.unique(names, return_inverse=True)[1]
    rows = []
    for index in range(len(labels) - 1):
        others = slice(index + 1, None)
        products = norms[index] * norms[others] * (matrix[others] @ matrix[index])
        squares = norms[index] ** 2 + norms[others] ** 2 - 2 * products
        rows.append(squares[labels[others] != labels[index]].astype(np.float32))
    squares = np.concatenate(rows)
    for fmr in FMRS:
        allowed = int(fmr * len(squares))
        yield fmr, float(np.sqrt(np.partition(squares, allowed)[allowed]))


def calibration_pairs(matrix: np.ndarray, names: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """All genuine pairs and a fixed random sample of the impostor pairs."""
    labels = np.unique(names, return_inverse=True)[1]
    first, second = np.triu_indices(len(labels), 1)
    same = labels[first] == labels[second]
    impostors = np.random.default_rng(0).choice(
        np.flatnonzero(~same), IMPOSTORS_FOR_CALIBRATION, replace=False
    )
    chosen = np.concatenate([np.flatnonzero(same), impostors])
    products = np.einsum("nd,nd->n", matrix[first[chosen]], matrix[second[chosen]])
    return products, same[chosen]


if __name__ == "__main__":
    sys.exit(main())
