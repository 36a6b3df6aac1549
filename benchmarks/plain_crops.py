"""What five points are worth: LFW pairs with aligned crops against plain crops of the same boxes.

python benchmarks/plain_crops.py --data ../shared/data --pairs 1200
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from lfw import read_part

from mien.benching import central_vectors
from mien.detection import DETECTORS, Detector, HaarSettings, load_detector
from mien.embedding import load_embedder
from mien.evaluation import evaluate_verification, score_pairs
from mien.models import ModelStore
from mien.pipeline import Recognizer
from mien.quality import QualityLimits
from mien.records import Face, ImageArray

ANYTHING = QualityLimits.none()


class Pointless:
    """A detector whose points are thrown away."""

    def __init__(self, detector: Detector) -> None:
        self.detector = detector
        self.name = f"{detector.name}, plain crops"

    def detect(self, images: Sequence[ImageArray]) -> list[tuple[Face, ...]]:
        found = self.detector.detect(images)
        return [tuple(replace(face, landmarks=None) for face in faces) for faces in found]


def main() -> int:
    """Print one row for each way to crop."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=os.environ.get("MIEN_BENCH_DATA"))
    parser.add_argument("--pairs", type=int, default=1200)
    wanted = parser.parse_args()
    if wanted.data is None:
        print("expected --data or MIEN_BENCH_DATA", file=sys.stderr)
        return 2
    part = read_part(wanted.data, wanted.pairs)
    store = ModelStore()
    embedder = load_embedder("sface", store)
    ways: list[Detector] = [load_detector(name, store) for name in DETECTORS]
    plain_haar = load_detector("haar", store, settings=HaarSettings(points=False))
    ways += [Pointless(ways[0]), Pointless(plain_haar)]
    print("| crops | accuracy, % | without a face |\n|---|---|---|")
    for detector in ways:
        recognizer = Recognizer(detector, embedder, limits=ANYTHING)
        vectors = list(central_vectors(recognizer, part.photos))
        scores = score_pairs(part.pairs, lambda _, found=vectors: found)
        result = evaluate_verification(part.pairs, scores)
        missing = sum(vector is None for vector in vectors)
        print(f"| {detector.name} | {100 * result.accuracy:.2f} | {missing} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
