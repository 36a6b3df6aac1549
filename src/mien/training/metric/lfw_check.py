"""What a tuned embedder lost or won on people at large: LFW's pairs, before and after.

Learning from a few people can make a network forget many. Huang, Ramesh, Berg and Learned-Miller,
"Labeled Faces in the Wild" (2007), View 2. Pairs with people who were learned from are left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.errors import InsufficientData, SourceNotFound
from mien.evaluation import (
    Comparison,
    Pair,
    Rate,
    VerificationReport,
    compare,
    evaluate_verification,
    part_of_pairs,
    read_lfw_pairs,
    score_pairs,
    subjects_of,
    verification_findings,
)
from mien.names import name_key
from mien.training.dataset import LabelledPhoto
from mien.training.metric.held_out import Change

FARS = (1e-2, 1e-3)
REPLICATES = 300


@dataclass(frozen=True, slots=True)
class LfwPairs:
    """The pairs to be asked.

    Attributes:
        images: the folder that their paths are relative to.
        pairs: without those of people who were learned from.
        left_out: how many of those there were.
    """

    images: Path
    pairs: tuple[Pair, ...]
    left_out: int

    @property
    def photos(self) -> tuple[LabelledPhoto, ...]:
        """Each photo once, in the order of their paths."""
        paths = sorted({path for pair in self.pairs for path in (pair.path1, pair.path2)})
        return tuple(LabelledPhoto(self.images / path, path, path.split("/")[0]) for path in paths)


@dataclass(frozen=True, slots=True, eq=False)
class LfwCheck:
    """Both networks' answers to the same pairs.

    Attributes:
        before, after: by the protocol.
        changes: accuracy first, then true accept rates.
        left_out: pairs of people who were learned from.
    """

    before: VerificationReport
    after: VerificationReport
    changes: tuple[Change, ...]
    left_out: int

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "pairs": self.after.pairs,
            "left_out": self.left_out,
            "failure_to_acquire": self.after.failure_to_acquire,
            "before": {
                "accuracy": self.before.accuracy,
                "standard_error": self.before.standard_error,
            },
            "after": {
                "accuracy": self.after.accuracy,
                "standard_error": self.after.standard_error,
            },
            **{one.key: one.to_json() for one in self.changes},
        }


def lfw_pairs(folder: Path, learned: Iterable[str], count: int = 0) -> LfwPairs:
    """Read the list, and leave out who was learned from.

    Args:
        folder: with ``pairs.txt`` and ``images``.
        learned: names of people whose photos were learned or chosen by; LFW writes a space as
            ``_``, and both are taken for the same.
        count: about how many pairs, as many of each fold and kind; 0 takes all.

    Raises:
        SourceNotFound: no such folder or list.
        InvalidPairs: the list is not sound, or a photo is missing.
        InsufficientData: too few pairs are left.
    """
    listing, images = folder / "pairs.txt", folder / "images"
    if not listing.is_file() or not images.is_dir():
        raise SourceNotFound(
            f"lfw: expected pairs.txt and images in {folder}, got no such file or folder; "
            "name the folder of LFW, or leave --lfw out"
        )
    known = {_key(name) for name in learned}
    every = read_lfw_pairs(listing, images)
    left = [pair for pair in every if known.isdisjoint(map(_person, (pair.path1, pair.path2)))]
    counts = Counter((pair.fold, pair.same) for pair in left)
    lists = 2 * len({pair.fold for pair in every})
    if len(counts) < lists:
        raise InsufficientData(
            "lfw: expected pairs of people who were not learned from in every fold, got none in "
            "one; leave --lfw out"
        )
    if count:
        each = max(1, min(min(counts.values()), count // lists))
        left = list(part_of_pairs(left, each * lists))
    return LfwPairs(images, tuple(left), len(every) - sum(counts.values()))


def check_lfw(
    asked: LfwPairs,
    before: dict[str, NDArray[np.float32]],
    after: dict[str, NDArray[np.float32]],
) -> LfwCheck:
    """Judge both networks by the protocol, and compare them pair by pair.

    Args:
        asked: the pairs.
        before, after: the vector of each photo with a usable face, by its path.
    """
    subjects = subjects_of(asked.pairs)
    reports, findings = [], []
    for vectors in (before, after):
        scores = score_pairs(asked.pairs, partial(_each, vectors))
        report = evaluate_verification(asked.pairs, scores, FARS, subjects)
        reports.append(report)
        findings.append(verification_findings(report, asked.pairs, scores, subjects))
    first, second = reports
    compared = compare(findings[0], findings[1], replicates=REPLICATES)
    return LfwCheck(first, second, _changes(first, second, compared), asked.left_out)


def _changes(
    first: VerificationReport, second: VerificationReport, compared: Comparison
) -> tuple[Change, ...]:
    data = f"{first.pairs:,} pairs of LFW"
    rates = {rate.key: rate for rate in compared.rates}
    found = [Change("lfw_accuracy", "LFW accuracy", data, *_accuracies(first, second, rates))]
    for one, other in zip(first.tar_at_far, second.tar_at_far, strict=True):
        rate = rates.get(f"tar_at_far_{one.far:g}")
        if rate is None:
            continue
        title = f"TAR at FAR {100 * one.far:g} %"
        key = f"lfw_tar_at_far_{one.far:g}"
        found.append(
            Change(key, title, data, one.by_people or one.tar, other.by_people or other.tar,
                   rate.difference)
        )  # fmt: skip
    return tuple(found)


def _accuracies(
    first: VerificationReport, second: VerificationReport, rates: dict[str, Any]
) -> tuple[Rate, Rate, Rate]:
    """The mean over the folds; its intervals are those of the pooled accuracy, by people."""
    shown = []
    for report in (first, second):
        interval = report.accuracy_by_people or report.pooled_accuracy
        if interval is None or report.accuracy is None:
            raise InsufficientData("lfw: expected folds, got none; give LFW's own pairs.txt")
        value = report.accuracy
        low, high = min(interval.low, value), max(interval.high, value)
        shown.append(Rate(value, low, high, interval.supported))
    drawn: Rate = rates["accuracy"].difference
    value = shown[1].value - shown[0].value
    low, high = min(drawn.low, value), max(drawn.high, value)
    return shown[0], shown[1], Rate(value, low, high, drawn.supported)


def _each(found: dict[str, NDArray[np.float32]], paths: Sequence[str]) -> list[Any]:
    return [found.get(path) for path in paths]


def _person(path: str) -> str:
    return _key(path.split("/")[0])


def _key(name: str) -> str:
    return name_key(name.replace("_", " "))
