"""The same people's photos before and after: rates over all pairs, and their paired difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.evaluation import AllPairsReport, AllPairsTar, Rate, evaluate_all_pairs
from mien.evaluation.resample import drawn
from mien.records import FloatArray

FARS = (1e-2, 1e-3)
REPLICATES = 1000


@dataclass(frozen=True, slots=True)
class Change:
    """A rate before and after.

    Attributes:
        key: its name in JSON.
        title, data: what it is, and on whom, in words.
        before, after: with their own intervals.
        difference: after - before; its interval draws people, each with both answers.
    """

    key: str
    title: str
    data: str
    before: Rate
    after: Rate
    difference: Rate

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "data": self.data,
            "before": self.before.to_json(),
            "after": self.after.to_json(),
            "difference": self.difference.to_json(),
        }


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut:
    """What is known of the held-out people.

    Attributes:
        before, after: over all pairs of their photos.
        changes: of the true accept rates that their pairs support at all.
    """

    before: AllPairsReport
    after: AllPairsReport
    changes: tuple[Change, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "people": self.after.people,
            "photos": self.after.photos,
            "genuine_pairs": self.after.genuine,
            "impostor_pairs": self.after.impostor,
            "before": {"eer": self.before.eer.to_json(), "auc": self.before.auc},
            "after": {"eer": self.after.eer.to_json(), "auc": self.after.auc},
            **{one.key: one.to_json() for one in self.changes},
        }


def compare_held_out(
    before: FloatArray, after: FloatArray, names: Sequence[str], seed: int = 0
) -> HeldOut:
    """Measure both embeddings on all pairs of the same photos.

    Args:
        before, after: ``(N, D0)`` and ``(N, D)`` of unit length.
        names: N names of people.
        seed: of the drawings.

    Raises:
        InsufficientData: no pairs of a kind.
    """
    reports = [evaluate_all_pairs(vectors, names, fars=FARS) for vectors in (before, after)]
    changes = []
    data = f"{reports[0].people} held-out people, {reports[0].pairs:,} pairs"
    rows = zip(reports[0].tar_at_far, reports[1].tar_at_far, strict=True)
    for first, second in rows:
        if first.tar is None or second.tar is None:
            continue
        accepted = (_accepted(before, names, first), _accepted(after, names, second))
        low, high = _paired_interval(*accepted, _possible(names), seed)
        value = second.tar.value - first.tar.value
        supported = first.tar.supported and second.tar.supported
        changes.append(
            Change(
                f"tar_at_far_{first.far:g}",
                f"TAR at FAR {100 * first.far:g} %",
                data,
                first.tar,
                second.tar,
                Rate(value, min(low, value), max(high, value), supported),
            )
        )
    return HeldOut(reports[0], reports[1], tuple(changes))


def _accepted(vectors: FloatArray, names: Sequence[str], row: AllPairsTar) -> NDArray[np.int64]:
    """Of each person's own pairs, how many are accepted: ``(P,)``."""
    counts = []
    for rows in _rows_of_people(names):
        own = vectors[rows]
        similarities = (own @ own.T)[np.triu_indices(len(rows), 1)].astype(np.float64)
        counts.append(int((similarities >= row.threshold).sum()))
    return np.array(counts, dtype=np.int64)


def _possible(names: Sequence[str]) -> NDArray[np.int64]:
    sizes = [len(rows) for rows in _rows_of_people(names)]
    return np.array([size * (size - 1) // 2 for size in sizes], dtype=np.int64)


def _rows_of_people(names: Sequence[str]) -> list[NDArray[np.int64]]:
    people = np.array(names)
    return [np.flatnonzero(people == name) for name in dict.fromkeys(names)]


def _paired_interval(
    before: NDArray[np.int64], after: NDArray[np.int64], possible: NDArray[np.int64], seed: int
) -> tuple[float, float]:
    """The 95 % interval of the difference at fixed thresholds: percentiles over draws of people."""
    found = []
    for times in drawn(len(possible), REPLICATES, seed):
        pairs = times @ possible
        some = pairs > 0
        found.append((times @ (after - before))[some] / pairs[some])
    low, high = np.quantile(np.concatenate(found), [0.025, 0.975])
    return float(low), float(high)
