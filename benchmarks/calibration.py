"""Whether a calibration made of half of LFW's people holds for the other half.

All photos of ``lfw/images`` go through the pipeline as a user's would. The people are dealt into
two halves; each is calibrated and tested on the other, by both methods. Nothing of the tested half
is seen before.

    python benchmarks/calibration.py --data DATA [--embedder NAME] [--no-mirror] [--seed N]
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

import numpy as np

from mien.api import Settings, build_recognizer
from mien.cli.measuring import central_face
from mien.evaluation import CalibrationOptions, Method, calibrate, rate_of, reliability
from mien.evaluation.halves import halves
from mien.evaluation.labelled import LabelledSet
from mien.evaluation.pair_counts import count_pairs
from mien.images import find_people
from mien.pipeline import PhotoFailure

MOST_IMPOSTORS = 2_000_000


def main() -> int:
    """Encode, calibrate twice, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", default=os.environ.get("MIEN_BENCH_DATA"), type=Path)
    parser.add_argument("--embedder", default=Settings().embedder)
    parser.add_argument("--no-mirror", action="store_true")
    parser.add_argument("--fmr", default=1e-3, type=float)
    parser.add_argument("--seed", default=0, type=int, help="of the halves")
    options = parser.parse_args()
    if options.data is None:
        print("expected --data or MIEN_BENCH_DATA: the folder that holds lfw/", file=sys.stderr)
        return 2
    settings = Settings(embedder=options.embedder, mirror=not options.no_mirror)
    vectors, names = encode(options.data / "lfw" / "images", settings)
    both = halves(vectors, names, options.seed)
    for known, other in (both, both[::-1]):
        for method in Method:
            test(known, other, CalibrationOptions(options.fmr, method))
    return 0


def encode(images: Path, settings: Settings) -> tuple[np.ndarray, list[str]]:
    """The central face of each photo, usable or not, and whose it is."""
    recognizer = build_recognizer(settings)
    people = find_people([images])
    start = time.perf_counter()
    vectors, names = [], []
    encoded = recognizer.encode_photos([path for _, path in people])
    for (name, _), photo in zip(people, encoded, strict=True):
        face = None if isinstance(photo, PhotoFailure) else central_face(photo)
        if face is not None:
            vectors.append(face.vector)
            names.append(name)
    seconds = time.perf_counter() - start
    print(f"{recognizer.embedder.space}: {len(names):,} of {len(people):,} photos, {seconds:.0f} s")
    return np.stack(vectors), names


def test(known: LabelledSet, other: LabelledSet, options: CalibrationOptions) -> None:
    """Calibrate on one half, count on the other."""
    start = time.perf_counter()
    report = calibrate(known.vectors, [str(code) for code in known.codes], options)
    seconds = time.perf_counter() - start
    found = report.measured
    print(
        f"{options.method}: {found.photos:,} photos of {found.people:,} people, "
        f"{found.impostor_pairs:,} impostor pairs, {seconds:.1f} s; threshold "
        f"{found.similarity:.4f} ({report.similarity_low:.4f} to {report.similarity_high:.4f})"
    )
    counts = count_pairs(other)
    cut = int(np.searchsorted(counts.edges, found.similarity))
    passed = int(counts.impostor[cut:].sum())
    false = rate_of(passed, other.impostor_pairs, passed)
    true = rate_of(int(counts.genuine[cut:].sum()), other.genuine_pairs, passed)
    print(f"  on the other half: false match rate {false}, true match rate {true}")
    generator = np.random.default_rng(0)
    said, same = [], []
    for kind, of_kind in ((True, counts.genuine), (False, counts.impostor)):
        drawn = generator.multivariate_hypergeometric(
            of_kind, min(MOST_IMPOSTORS, int(of_kind.sum())), method="marginals"
        )
        places = counts.middles[drawn > 0]
        said.append(
            np.repeat([report.probability.probability(p) for p in places], drawn[drawn > 0])
        )
        same.append(np.full(int(drawn.sum()), kind))
    worth = reliability(np.concatenate(said), np.concatenate(same), prior=options.prior)
    print(
        f"  ECE {worth.ece:.5f} ({worth.ece_equal_width:.5f} in bins of equal width), "
        f"Brier {worth.brier:.5f}, log loss {worth.log_loss:.5f}"
    )


if __name__ == "__main__":
    sys.exit(main())
