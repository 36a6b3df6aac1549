"""Rates over all pairs with their intervals: each draw of people counted at each threshold."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mien.evaluation.all_pairs_charts import band_thresholds
from mien.evaluation.all_pairs_photos import PhotosOfPeople
from mien.evaluation.all_pairs_tally import tally
from mien.evaluation.intervals import SUPPORTING_ERRORS, Rate
from mien.evaluation.person_bootstrap import drawn_people, effective_people, interval
from mien.evaluation.rates import OperatingPoint, Roc

WORST_PAIRS = 20
PAIRS_DRAWN_ONE_BY_ONE = 200_000
"""False accepts at a threshold above which a draw takes them person by person (the first-order
term): with so many, what two drawn people share hardly matters."""

Shares = NDArray[np.float64]


class AllPairsIntervals:
    """Counts at all thresholds of interest, and the same in each draw of people."""

    def __init__(
        self,
        given: PhotosOfPeople,
        curve: Roc,
        points: dict[float, OperatingPoint],
        replicates: int,
        seed: int,
    ) -> None:
        """Count, then draw."""
        self._given, self._curve = given, curve
        self._equal = _equal_error_point(curve)
        wanted = {point.threshold for point in points.values()} | {self._equal.threshold}
        self._strict = np.array(sorted(wanted))
        self._band = band_thresholds(curve)
        self._all = np.unique(np.concatenate([self._strict, self._band]))
        many = [curve.at_threshold(t).false_accepts > PAIRS_DRAWN_ONE_BY_ONE for t in self._strict]
        self._linear = sum(many)
        self.counted = tally(given.data, self._all, self._strict, self._linear, WORST_PAIRS)
        self._draw(replicates, seed)

    def column(self, threshold: float) -> tuple[int, int]:
        """Columns of a strict threshold in ``counted``: of ``accepted``, of ``false_matches``."""
        return int(np.searchsorted(self._all, threshold)), int(
            np.searchsorted(self._strict, threshold)
        )

    def tar(self, threshold: float, acquired: bool = False) -> Shares:
        """Low and high of the share of genuine pairs accepted."""
        given = self._given
        hits = self.counted.accepted[:, self.column(threshold)[0]]
        weights, totals = (
            (given.acquired, self._acquired) if acquired else (given.possible, self._possible)
        )
        draws = self._accepted[:, self.column(threshold)[0]]
        behind = effective_people(weights)
        return interval(int(hits.sum()), int(weights.sum()), draws, totals, behind)

    def far(self, threshold: float) -> Shares:
        """Low and high of the share of impostor pairs accepted."""
        column = self.column(threshold)[1]
        hits = int(self.counted.false_matches[:, column].sum()) // 2
        totals = self._linear_impostor if column < self._linear else self._impostor
        behind = effective_people(self._given.sizes)
        return interval(hits, self._given.impostor, self._matched[:, column], totals, behind)

    def eer(self) -> Rate:
        """The wider of the two rates' intervals at the equal error point."""
        value, point = self._curve.eer, self._equal
        rejects, accepts = 1.0 - self.tar(point.threshold)[::-1], self.far(point.threshold)
        wide = max(rejects, accepts, key=lambda pair: float(pair[1] - pair[0]))
        errors = min(point.false_accepts, self._given.genuine - point.true_accepts)
        low, high = min(float(wide[0]), value), max(float(wide[1]), value)
        return Rate(value, low, high, errors >= SUPPORTING_ERRORS)

    def band(self) -> list[tuple[OperatingPoint, Shares]]:
        """Some points of the ROC, with the interval of their true accept rate."""
        return [(self._curve.at_threshold(t), self.tar(t)) for t in self._band[::-1]]

    def _draw(self, replicates: int, seed: int) -> None:
        given, counted = self._given, self.counted
        accepted, possible, acquired, matched, impostor, linear = [], [], [], [], [], []
        # First order: what changes if one person is drawn once more or less.
        meeting = given.sizes * (given.sizes.sum() - given.sizes)
        # Floats once: a product of floats and integers would convert them for every chunk.
        hits = counted.accepted.astype(np.float64)
        for times in drawn_people(len(given.sizes), replicates, seed):
            accepted.append(times @ hits)
            possible.append(times @ given.possible)
            acquired.append(times @ given.acquired)
            photos = times * given.sizes
            impostor.append((photos.sum(axis=1) ** 2 - (photos**2).sum(axis=1)) / 2)
            linear.append(given.impostor + (times - 1) @ meeting)
            matched.append(self._matched_in(times))
        self._accepted, self._possible = np.concatenate(accepted), np.concatenate(possible)
        self._acquired, self._matched = np.concatenate(acquired), np.concatenate(matched)
        self._impostor, self._linear_impostor = np.concatenate(impostor), np.concatenate(linear)

    def _matched_in(self, times: Shares) -> Shares:
        """False accepts at each strict threshold in each draw."""
        counted, width = self.counted, len(self._strict)
        first_order = counted.false_matches.sum(axis=0) / 2 + (times - 1) @ counted.false_matches
        matched: Shares = np.maximum(first_order, 0.0)
        for row, drawn in enumerate(times):
            weights = drawn[counted.first] * drawn[counted.second]
            levels = np.bincount(counted.level, weights, minlength=width + 1)
            reached = np.cumsum(levels[::-1])[::-1][1:]
            matched[row, self._linear :] = reached[self._linear :]
        return matched


def _equal_error_point(curve: Roc) -> OperatingPoint:
    """The first point with as many false accepts as false rejects, in shares."""
    misses = 1.0 - curve.true_accepts / curve.genuine
    index = int(np.argmax(curve.false_accepts / curve.impostor >= misses))
    if np.isneginf(curve.thresholds[index]):
        index -= 1
    return curve.at_threshold(float(curve.thresholds[index]))
