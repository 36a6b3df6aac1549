"""Who is behind the errors: counts for each person, and the worst pairs, at given thresholds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mien.evaluation.labelled import LabelledSet
from mien.evaluation.pair_blocks import PairBlock, pair_blocks
from mien.records import FloatArray

Counts = NDArray[np.int64]


@dataclass(slots=True, eq=False)
class WorstPairs:
    """The ``size`` pairs of the lowest ``key``; of equals the first found.

    Attributes:
        size: how many are kept.
        key: ``(K,) float32``, rising once :func:`tally` is done.
        first, second: ``(K,)`` rows of the labelled set.
    """

    size: int
    key: FloatArray = field(default_factory=lambda: np.empty(0, dtype=np.float32))
    first: Counts = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    second: Counts = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    def add(self, key: FloatArray, first: Counts, second: Counts) -> None:
        """Keep what is among the lowest."""
        if len(self.key) == self.size:
            better = np.flatnonzero(key < self.key[-1])
        else:
            better = np.arange(len(key))
        if len(better) > self.size:  # shrink before sorting, the first of equals winning
            some = key[better]
            cut = np.partition(some, self.size - 1)[self.size - 1]
            below, equal = np.flatnonzero(some < cut), np.flatnonzero(some == cut)
            better = better[np.sort(np.concatenate([below, equal[: self.size - len(below)]]))]
        keys = np.concatenate([self.key, key[better]])
        order = np.argsort(keys, kind="stable")[: self.size]
        self.key = keys[order]
        self.first = np.concatenate([self.first, first[better]])[order]
        self.second = np.concatenate([self.second, second[better]])[order]

    def listed(self) -> Iterator[tuple[float, int, int]]:
        """Key, first and second, the lowest key first."""
        return zip(self.key.tolist(), self.first.tolist(), self.second.tolist(), strict=True)


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """Counts at thresholds.

    Attributes:
        accepted: ``(P, T)`` genuine pairs of each person at or above each threshold.
        false_matches: ``(P, S)`` impostor pairs with each person at or above each of the strict
            thresholds; each pair stands with both its people.
        misses: the genuine pairs of the lowest similarities; key is the similarity.
        matches: the impostor pairs of the highest similarities; key is minus the similarity.
    """

    accepted: Counts
    false_matches: Counts
    misses: WorstPairs
    matches: WorstPairs


def tally(
    data: LabelledSet,
    thresholds: NDArray[np.float64],
    strict: NDArray[np.float64],
    worst: int,
) -> Tally:
    """Count all pairs once more.

    Args:
        data: the acquired photos.
        thresholds: ``(T,)`` rising; for genuine pairs.
        strict: ``(S,)`` rising; for impostor pairs.
        worst: how many of the worst pairs.
    """
    people = len(data.sizes)
    accepted = np.zeros((people, len(thresholds) + 1), dtype=np.int64)
    matched = np.zeros((people, len(strict) + 1), dtype=np.int64)
    misses, matches = WorstPairs(worst), WorstPairs(worst)
    for block in pair_blocks(data):
        first, second, scores = _pairs(block, block.genuine)
        misses.add(scores, first, second)
        _count(accepted, data.codes[first], np.searchsorted(thresholds, scores, side="right"))
        reached = block.similarities >= np.float32(strict[0])
        first, second, scores = _pairs(block, block.impostor & reached)
        matches.add(-scores, first, second)
        levels = np.searchsorted(strict, scores, side="right")
        for side in (first, second):
            _count(matched, data.codes[side], levels)
    return Tally(
        accepted=_at_least(accepted),
        false_matches=_at_least(matched),
        misses=misses,
        matches=matches,
    )


def _pairs(block: PairBlock, which: NDArray[np.bool_]) -> tuple[Counts, Counts, FloatArray]:
    rows, columns = np.nonzero(which)
    return rows + block.start, columns + block.start, block.similarities[rows, columns]


def _count(table: Counts, people: NDArray[np.int32], levels: Counts) -> None:
    """Add one at each (person, level)."""
    width = table.shape[1]
    cells = people.astype(np.int64) * width + levels
    table += np.bincount(cells, minlength=table.size).reshape(table.shape)


def _at_least(table: Counts) -> Counts:
    """From "reaches exactly so many thresholds" to "reaches this one"."""
    counts: Counts = np.cumsum(table[:, ::-1], axis=1)[:, ::-1][:, 1:]
    return counts
