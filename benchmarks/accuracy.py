"""What each step of the pipeline is worth on LFW: the table of docs/accuracy.md.

Each row is a whole run over the photos of the 6,000 pairs, from the files to the decision. The
first columns are LFW's own protocol; the others count all 8,101 genuine pairs at thresholds set
on all 29.6 million impostor pairs, and tell small differences apart far better.

    python benchmarks/accuracy.py --data DATA
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from mien.benching import central_vectors
from mien.detection import YuNetSettings, load_detector
from mien.embedding import load_embedder
from mien.evaluation import evaluate_verification, impostor_thresholds, read_pairs, score_pairs
from mien.models import ModelStore
from mien.pipeline import Recognizer
from mien.quality import QualityLimits

FMRS = (1e-3, 1e-4, 1e-5)


def recognizers(store: ModelStore) -> Iterator[tuple[str, Recognizer]]:
    """The pipeline step by step, then with other detectors and another embedder."""
    everything = QualityLimits.none()
    sface = load_embedder("sface", store)
    mirrored = load_embedder("sface", store, mirror=True)
    fused = load_embedder("sface+dlib-resnet", store, mirror=True)
    dlib = load_embedder("dlib-resnet", store)
    own_points = YuNetSettings(vote=1.0, any_roll=False)
    steps = [
        ("yunet, points of the best cell", "yunet", own_points, sface),
        ("yunet, points by vote", "yunet", YuNetSettings(any_roll=False), sface),
        ("yunet, points seen again (--no-mirror)", "yunet", None, sface),
        ("the same, mirror images averaged (default)", "yunet", None, mirrored),
        ("the same, fused with dlib-resnet", "yunet", None, fused),
        ("dlib-resnet alone, no mirror", "yunet", None, dlib),
        ("retinaface, no mirror", "retinaface", None, sface),
        ("mtcnn, no mirror", "mtcnn", None, sface),
    ]
    for name, detector, settings, embedder in steps:
        found = load_detector(detector, store, settings=settings)
        yield name, Recognizer(found, embedder, limits=everything)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", default=os.environ.get("MIEN_BENCH_DATA"), type=Path)
    options = parser.parse_args()
    if options.data is None:
        print("expected --data or MIEN_BENCH_DATA: the folder that holds lfw/", file=sys.stderr)
        return 2
    folder = Path(options.data) / "lfw"
    pairs = read_pairs(folder / "pairs.txt", "lfw", folder / "images")
    paths = sorted({path for pair in pairs for path in (pair.path1, pair.path2)})
    print("| step | accuracy, % | TAR at FAR 1e-3, % | TMR at FMR 1e-3 | 1e-4 | 1e-5 | no face |")
    print("|---|---|---|---|---|---|---|")
    for name, recognizer in recognizers(ModelStore()):
        start = time.perf_counter()
        found = central_vectors(recognizer, [folder / "images" / path for path in paths])
        vectors = {
            path: vector for path, vector in zip(paths, found, strict=True) if vector is not None
        }
        seconds = time.perf_counter() - start
        scores = score_pairs(pairs, lambda asked, known=vectors: map(known.get, asked))
        report = evaluate_verification(pairs, scores)
        (tar,) = (row.tar.value for row in report.tar_at_far if row.far == 1e-3)
        known = sorted(vectors)
        measured = impostor_thresholds(
            np.stack([vectors[path] for path in known]),
            [path.split("/")[0] for path in known],
            FMRS,
        )
        rates = " | ".join(f"{100 * one.tmr.value:.2f}" for one in measured)
        accuracy, error = 100 * (report.accuracy or 0), 100 * (report.standard_error or 0)
        print(
            f"| {name} | {accuracy:.2f} ± {error:.2f} | {100 * tar:.2f} | {rates} "
            f"| {len(paths) - len(vectors)} |",
            flush=True,
        )
        print(f"{name}: {len(paths) / seconds:.0f} photos a second", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
