"""The exact ROC of a set of scores, ties and all, in memory linear in their number.

A pair is accepted where ``similarity >= threshold``. Equal scores are one point of
the curve: no threshold separates them. ``-inf`` stands for a pair that can never
be accepted (a failure to acquire); NaN is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.checks import check_fraction
from mien.errors import InsufficientData, InvalidArray


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """One threshold and what it does.

    Attributes:
        threshold: pairs at or above it are accepted; ``inf`` accepts none.
        false_accepts: impostor pairs accepted.
        true_accepts: genuine pairs accepted.
        far: false_accepts as a share of the impostor pairs.
        tar: true_accepts as a share of the genuine pairs.
    """

    threshold: float
    false_accepts: int
    true_accepts: int
    far: float
    tar: float


@dataclass(frozen=True, slots=True, eq=False)
class Roc:
    """All operating points, from "accept none" to "accept all".

    Attributes:
        thresholds: ``(K,) float64``, falling; ``inf``, then every score that occurs.
        false_accepts: ``(K,) int64``, impostor pairs at or above each threshold.
        true_accepts: ``(K,) int64``, genuine pairs at or above each threshold.
        genuine: number of genuine pairs.
        impostor: number of impostor pairs.
    """

    thresholds: NDArray[np.float64]
    false_accepts: NDArray[np.int64]
    true_accepts: NDArray[np.int64]
    genuine: int
    impostor: int

    @property
    def auc(self) -> float:
        """P(a genuine pair scores above an impostor pair), a tie counting half."""
        wins = np.diff(self.false_accepts) * (self.true_accepts[1:] + self.true_accepts[:-1])
        return float(wins.sum(dtype=np.float64)) / (2.0 * self.genuine * self.impostor)

    @property
    def eer(self) -> float:
        """Where false accept rate = false reject rate, on the straight line between points."""
        far = self.false_accepts / self.impostor
        frr = 1.0 - self.true_accepts / self.genuine
        after = int(np.argmax(far >= frr))  # the last point always qualifies: 1 >= 0
        if after == 0 or far[after] == frr[after]:
            return float(far[after])
        before = after - 1
        gap_before = frr[before] - far[before]
        gap_after = far[after] - frr[after]
        share = gap_before / (gap_before + gap_after)
        return float(far[before] + share * (far[after] - far[before]))

    def at_far(self, far: float) -> OperatingPoint:
        """The lowest threshold whose false accept rate does not exceed ``far``.

        No interpolation: the rate that is reached may lie below what was asked.

        Raises:
            InvalidOption: for a rate outside [0, 1].
        """
        # A count, not a quotient: 0.01 * 300 must allow 3 whatever its last binary digit.
        allowed = allowed_errors(check_fraction(far, "far"), self.impostor)
        index = int(np.searchsorted(self.false_accepts, allowed, side="right")) - 1
        if np.isneginf(self.thresholds[index]):  # what can never be accepted is not accepted here
            index -= 1
        return self._point(index)

    def at_threshold(self, threshold: float) -> OperatingPoint:
        """What a threshold from elsewhere does on these scores.

        Raises:
            InvalidArray: for NaN or ``-inf``.
        """
        if np.isnan(threshold) or np.isneginf(threshold):
            raise InvalidArray(f"threshold: expected a number, got {threshold!r}")
        index = int(np.searchsorted(-self.thresholds, -threshold, side="right")) - 1
        point = self._point(max(index, 0))
        return OperatingPoint(
            float(threshold), point.false_accepts, point.true_accepts, point.far, point.tar
        )

    def _point(self, index: int) -> OperatingPoint:
        false, true = int(self.false_accepts[index]), int(self.true_accepts[index])
        threshold = float(self.thresholds[index])
        return OperatingPoint(threshold, false, true, false / self.impostor, true / self.genuine)


def roc(similarities: Any, same: Any) -> Roc:
    """The exact ROC.

    Args:
        similarities: ``(N,)`` scores, larger is more alike; ``-inf`` is never accepted.
        same: ``(N,) bool``, True for genuine pairs.

    Raises:
        InvalidArray: for unequal lengths, labels that are not bool, NaN or ``+inf``.
        InsufficientData: no pairs, or only one class.
    """
    scores, genuine = check_scores(similarities, same)
    order = np.argsort(-scores, kind="stable")
    scores, genuine = scores[order], genuine[order]
    # The last of each run of equal scores: only there may a threshold lie.
    ends = np.flatnonzero(np.append(scores[1:] != scores[:-1], True))
    true = np.cumsum(genuine, dtype=np.int64)[ends]
    false = ends.astype(np.int64) + 1 - true
    return Roc(
        thresholds=np.concatenate([[np.inf], scores[ends]]),
        false_accepts=np.concatenate([[0], false]),
        true_accepts=np.concatenate([[0], true]),
        genuine=int(true[-1]),
        impostor=int(false[-1]),
    )


def allowed_errors(rate: float, trials: int) -> int:
    """The largest number of errors that is at most ``rate`` of ``trials``."""
    return int(np.floor(rate * trials * (1.0 + 1e-12)))


def check_scores(similarities: Any, same: Any) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Scores and labels that a ROC can be made of.

    Raises:
        InvalidArray, InsufficientData: as :func:`roc`.
    """
    try:
        scores = np.asarray(similarities, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidArray(
            f"similarities: expected numbers, got {type(similarities).__name__}"
        ) from error
    genuine = np.asarray(same)
    if scores.size == 0:
        raise InsufficientData("similarities: expected genuine and impostor pairs, got none")
    if scores.ndim != 1 or genuine.shape != scores.shape or genuine.dtype != np.bool_:
        raise InvalidArray(
            f"similarities: expected (N,) numbers and (N,) bool, got {scores.shape} and "
            f"{genuine.shape} {genuine.dtype}"
        )
    if np.isnan(scores).any() or np.isposinf(scores).any():
        raise InvalidArray("similarities: expected numbers or -inf, got NaN or +inf")
    if genuine.all() or not genuine.any():
        kind = "genuine" if genuine[0] else "impostor"
        raise InsufficientData(
            f"similarities: expected genuine and impostor pairs, got {kind} pairs only"
        )
    return scores, genuine
