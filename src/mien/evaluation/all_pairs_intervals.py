"""Rates over all pairs with their intervals over people."""

from __future__ import annotations

import numpy as np

from mien.evaluation.all_pairs_charts import band_thresholds
from mien.evaluation.all_pairs_photos import PhotosOfPeople
from mien.evaluation.all_pairs_tally import tally
from mien.evaluation.intervals import SUPPORTING_ERRORS, Rate
from mien.evaluation.people_rates import rate_over_pairs, rate_over_people
from mien.evaluation.rates import OperatingPoint, Roc

WORST_PAIRS = 20


class AllPairsIntervals:
    """Counts of each person at all thresholds of interest, and the rates that they give."""

    def __init__(
        self, given: PhotosOfPeople, curve: Roc, points: dict[float, OperatingPoint]
    ) -> None:
        """Count."""
        self._given, self._curve = given, curve
        self._equal = _equal_error_point(curve)
        wanted = {point.threshold for point in points.values()} | {self._equal.threshold}
        self._strict = np.array(sorted(wanted))
        self._band = band_thresholds(curve)
        self._all = np.unique(np.concatenate([self._strict, self._band]))
        self.counted = tally(given.data, self._all, self._strict, WORST_PAIRS)

    def column(self, threshold: float) -> tuple[int, int]:
        """Columns of a strict threshold in ``counted``: of ``accepted``, of ``false_matches``."""
        return int(np.searchsorted(self._all, threshold)), int(
            np.searchsorted(self._strict, threshold)
        )

    def tar(self, point: OperatingPoint, acquired: bool = False) -> Rate:
        """The share of genuine pairs accepted."""
        pairs = self._given.acquired if acquired else self._given.possible
        hits = self.counted.accepted[:, self.column(point.threshold)[0]]
        return rate_over_people(hits, pairs, point.false_accepts)

    def far(self, point: OperatingPoint) -> Rate:
        """The share of impostor pairs accepted."""
        hits = self.counted.false_matches[:, self.column(point.threshold)[1]]
        sizes = self._given.sizes
        return rate_over_pairs(hits, sizes * (sizes.sum() - sizes), point.false_accepts)

    def eer(self) -> Rate:
        """The wider of the two rates' intervals at the equal error point."""
        value, point = self._curve.eer, self._equal
        accepted, matched = self.tar(point), self.far(point)
        ends = (1.0 - accepted.high, 1.0 - accepted.low), (matched.low, matched.high)
        low, high = max(ends, key=lambda pair: pair[1] - pair[0])
        errors = min(point.false_accepts, self._given.genuine - point.true_accepts)
        return Rate(value, min(low, value), max(high, value), errors >= SUPPORTING_ERRORS)

    def band(self) -> list[tuple[OperatingPoint, Rate]]:
        """Some points of the ROC, with their true accept rate."""
        points = [self._curve.at_threshold(threshold) for threshold in self._band[::-1]]
        return [(point, self.tar(point)) for point in points]


def _equal_error_point(curve: Roc) -> OperatingPoint:
    """The first point with as many false accepts as false rejects, in shares."""
    misses = 1.0 - curve.true_accepts / curve.genuine
    index = int(np.argmax(curve.false_accepts / curve.impostor >= misses))
    if np.isneginf(curve.thresholds[index]):
        index -= 1
    return curve.at_threshold(float(curve.thresholds[index]))
