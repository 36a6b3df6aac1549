"""What a verifier of pairs is worth on LFW, by its folds: the tables of docs/verifier.md.

Each fold is answered by what was fitted to the other nine. The photos are encoded once, by both
embedders of the fusion; with --cache the next run takes seconds.

    python benchmarks/verifier.py --data DATA --cache kept.cache
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mien.api import Settings, build_recognizer
from mien.cli.measuring import central_encodings
from mien.cli.output import Output
from mien.evaluation import Comparison, Pair, read_pairs
from mien.evaluation.cross_validation import best_threshold
from mien.records import EmbeddingSpace, FloatArray
from mien.verifiers import PairData, encode_pairs, fit_verifier, pairs_of_list
from mien.verifiers.fitting import fit_line
from mien.verifiers.selection import FREEDOMS, fit_table

FUSED = "sface+dlib-resnet"
RATES = ("accuracy", "tar_at_far_0.01", "tar_at_far_0.001")
Known = dict[str, FloatArray]


def encoded(
    images: Path, pairs: Sequence[Pair], cache: Path | None
) -> list[tuple[EmbeddingSpace, Known]]:
    """The vectors of every photo, by its path: of each embedder, and of the fusion."""
    recognizer = build_recognizer(Settings(embedder=FUSED))
    paths = list(dict.fromkeys(path for pair in pairs for path in (pair.path1, pair.path2)))
    files = [images / path for path in paths]
    found = list(central_encodings(recognizer, files, Output(json=False, quiet=False), cache))
    seen = [(path, one) for path, one in zip(paths, found, strict=True) if one is not None]
    fused = np.stack([one.vector for _, one in seen])
    embedder = recognizer.embedder
    parts = zip(embedder.spaces, embedder.split(fused), strict=True)
    return [
        (space, dict(zip([path for path, _ in seen], vectors, strict=True)))
        for space, vectors in [*parts, (embedder.space, fused)]
    ]


def data_of(pairs: Sequence[Pair], chosen: Sequence[tuple[EmbeddingSpace, Known]]) -> PairData:
    """The pairs with vectors of the chosen spaces."""
    encoders = [
        (space, lambda paths, known=known: map(known.get, paths)) for space, known in chosen
    ]
    return encode_pairs(pairs_of_list(pairs), encoders)


def print_verifiers(pairs: Sequence[Pair], spaces: list[tuple[EmbeddingSpace, Known]]) -> None:
    """A line for each verifier and each cosine that it is held against."""
    print(
        "| vectors | against the cosine of | accuracy, cosine | verifier | difference, points "
        "| TAR at FAR 1e-2, difference | 1e-3 | ECE | freedom |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for chosen in ([spaces[0]], [spaces[1]], [spaces[2]], spaces[:2]):
        start = time.perf_counter()
        report = fit_verifier(data_of(pairs, chosen), "yunet")
        seconds = time.perf_counter() - start
        name = " and ".join(space.model for space, _ in chosen)
        fitted = report.fitted.report
        for plain, difference, (space, _) in zip(
            report.plain, report.differences, chosen, strict=True
        ):
            rates = " | ".join(interval(difference, key) for key in RATES)
            print(
                f"| {name} | {space.model} "
                f"| {percent(plain.report.accuracy)} ± {percent(plain.report.standard_error)} "
                f"| {percent(fitted.accuracy)} ± {percent(fitted.standard_error)} | {rates} "
                f"| {report.reliability.ece:.4f} | {report.freedom:g} |",
                flush=True,
            )
        print(f"{name}: fitted and tested in {seconds:.0f} s", file=sys.stderr)


def print_features(pairs: Sequence[Pair], chosen: tuple[EmbeddingSpace, Known]) -> None:
    """What weights of single dimensions are worth at a freedom that is not chosen but set."""
    data = data_of(pairs, [chosen])
    table = fit_table(data, 0)
    size = chosen[0].dimensions
    every = np.arange(data.width)
    kinds = {
        "absolute difference": (every < size) | data.is_cosine,
        "chi-squared": every >= size,
        "both": every >= 0,
    }
    print(f"\n| {chosen[0].model}: beside the cosine | freedom | accuracy | log loss |")
    print("|---|---|---|---|")
    rows = [("nothing", 0.0), *((kind, freedom) for kind in kinds for freedom in FREEDOMS[:3])]
    for kind, freedom in rows:
        used = kinds.get(kind, data.is_cosine)
        scores = np.zeros(len(table.same))
        for fold in np.unique(table.fold):
            train = table.fold != fold
            features = table.features[:, used]
            line = fit_line(features[train], table.same[train], data.is_cosine[used], freedom)
            scores[~train] = line.log_odds(features[~train])
        losses = np.logaddexp(0.0, np.where(table.same, -scores, scores))
        print(
            f"| {kind} | {freedom:g} | {percent(accuracy(scores, table.same, table.fold))} "
            f"| {losses.mean():.4f} |",
            flush=True,
        )


def accuracy(scores: np.ndarray, same: np.ndarray, folds: np.ndarray) -> float:
    """Mean over the folds, each at the best threshold of the others."""
    found = []
    for fold in np.unique(folds):
        tested = folds == fold
        threshold = best_threshold(scores[~tested], same[~tested])
        found.append(((scores[tested] >= threshold) == same[tested]).mean())
    return float(np.mean(found))


def interval(comparison: Comparison, key: str) -> str:
    """A difference with its 95 % interval, in points."""
    (one,) = (rate.difference for rate in comparison.rates if rate.key == key)
    return f"{100 * one.value:+.2f} ({100 * one.low:+.2f} to {100 * one.high:+.2f})"


def percent(share: float | None) -> str:
    """Times 100."""
    return f"{100 * (share or 0.0):.2f}"


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", default=os.environ.get("MIEN_BENCH_DATA"), type=Path)
    parser.add_argument("--cache", type=Path, help="keep the vectors in this file")
    options = parser.parse_args()
    if options.data is None:
        print("expected --data or MIEN_BENCH_DATA: the folder that holds lfw/", file=sys.stderr)
        return 2
    folder = Path(options.data) / "lfw"
    pairs = read_pairs(folder / "pairs.txt", "lfw", folder / "images")
    spaces = encoded(folder / "images", pairs, options.cache)
    print_verifiers(pairs, spaces)
    print_features(pairs, spaces[0])
    return 0


if __name__ == "__main__":
    sys.exit(main())
