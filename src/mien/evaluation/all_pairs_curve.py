"""The ROC of all pairs of a labelled set: a fine histogram, exact where numbers are read off.

A first pass counts similarities in 2^16 bins over [-1, 1]: the counts at a bin's edge are
exact, so every point of the curve lies on the exact one; what is left out are the points inside
a bin. A second pass takes apart the bins in which a rate that was asked for, or the equal error
rate, falls: there each score that occurs is a point. Memory grows with the bins, not the pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mien.evaluation.labelled import LabelledSet
from mien.evaluation.pair_blocks import pair_blocks
from mien.evaluation.rates import Roc, allowed_errors
from mien.records import FloatArray

HALF_BINS = 1 << 15
BINS = 2 * HALF_BINS
"""Bins over [-1, 1]; their edges are multiples of 2^-15, exact in float32."""

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class AllPairsCurve:
    """What the scores of all pairs look like.

    Attributes:
        roc: its points; ``at_far`` of the rates asked for and ``eer`` are exact.
        auc_error: ``roc.auc`` differs from the exact area by at most this: half the share of
            (genuine, impostor) couples that lie in one bin.
        genuine, impostor: ``(BINS,)`` acquired pairs in each bin, from -1 to 1.
    """

    roc: Roc
    auc_error: float
    genuine: Counts
    impostor: Counts


@dataclass(frozen=True, slots=True, eq=False)
class _Steps:
    """Scores that occur, in any order, each once, with the pairs that have them."""

    scores: NDArray[np.float64]
    genuine: Counts
    impostor: Counts


def bin_of(similarities: FloatArray) -> NDArray[np.int32]:
    """The bin of each similarity. Scaling by a power of two is exact: no score changes sides."""
    bins: NDArray[np.int32] = np.floor(similarities * np.float32(HALF_BINS)).astype(np.int32)
    bins += HALF_BINS
    return np.clip(bins, 0, BINS - 1, out=bins)


def all_pairs_curve(
    data: LabelledSet, fars: Sequence[float], lost_genuine: int = 0, lost_impostor: int = 0
) -> AllPairsCurve:
    """Count all pairs.

    Args:
        data: the acquired photos; at least one genuine and one impostor pair.
        fars: false accept rates whose operating points must be exact.
        lost_genuine, lost_impostor: pairs with a failure to acquire: never accepted.
    """
    genuine, impostor = np.zeros(BINS, dtype=np.int64), np.zeros(BINS, dtype=np.int64)
    for block in pair_blocks(data):
        genuine += np.bincount(bin_of(block.similarities[block.genuine]), minlength=BINS)
        impostor += np.bincount(bin_of(block.similarities[block.impostor]), minlength=BINS)
    edges = np.arange(-HALF_BINS, HALF_BINS) / HALF_BINS
    coarse = _Steps(edges, genuine, impostor)
    taken_apart = _bins_of_interest(_roc([coarse], lost_genuine, lost_impostor), fars)
    inside = _scores_in(data, taken_apart)
    rest = _Steps(edges[~taken_apart], genuine[~taken_apart], impostor[~taken_apart])
    curve = _roc([rest, inside], lost_genuine, lost_impostor)
    together = float(np.dot(rest.genuine.astype(np.float64), rest.impostor))
    return AllPairsCurve(
        curve, together / (2.0 * curve.genuine * curve.impostor), genuine, impostor
    )


def _roc(parts: Sequence[_Steps], lost_genuine: int, lost_impostor: int) -> Roc:
    scores = np.concatenate([part.scores for part in parts])
    genuine = np.concatenate([part.genuine for part in parts])
    impostor = np.concatenate([part.impostor for part in parts])
    order = np.argsort(-scores, kind="stable")
    order = order[(genuine + impostor)[order] > 0]
    lost = [-np.inf] if lost_genuine + lost_impostor else []
    thresholds = np.concatenate([[np.inf], scores[order], lost])
    steps = len(thresholds)
    false = np.cumsum(np.concatenate([[0], impostor[order], [lost_impostor]]))[:steps]
    true = np.cumsum(np.concatenate([[0], genuine[order], [lost_genuine]]))[:steps]
    return Roc(thresholds, false, true, int(true[-1]), int(false[-1]))


def _bins_of_interest(coarse: Roc, fars: Sequence[float]) -> NDArray[np.bool_]:
    """The bins in which the exact operating points and the equal error rate lie."""
    points: list[int] = []
    for far in fars:
        # The first step that accepts too many, and the last one before it.
        allowed = allowed_errors(far, coarse.impostor)
        over = int(np.searchsorted(coarse.false_accepts, allowed, side="right"))
        points += [over - 1, over, over - 2]  # -2: where the step before is of the lost pairs
    misses = 1.0 - coarse.true_accepts / coarse.genuine
    points.append(int(np.argmax(coarse.false_accepts / coarse.impostor >= misses)))
    bins = np.zeros(BINS, dtype=np.bool_)
    for point in points:
        threshold = coarse.thresholds[min(max(point, 0), len(coarse.thresholds) - 1)]
        if np.isfinite(threshold):
            bins[int(threshold * HALF_BINS) + HALF_BINS] = True
    # Rounding may lead below -1; the edge of the last bin would not be reached from there.
    bins[0] = True
    return bins


def _scores_in(data: LabelledSet, bins: NDArray[np.bool_]) -> _Steps:
    """Every score that occurs in these bins."""
    found = _Steps(np.empty(0), np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))
    for block in pair_blocks(data):
        inside = bins[bin_of(block.similarities)]
        genuine = block.similarities[block.genuine & inside].astype(np.float64)
        impostor = block.similarities[block.impostor & inside].astype(np.float64)
        scores, where = np.unique(
            np.concatenate([found.scores, genuine, impostor]), return_inverse=True
        )
        known = len(found.scores)
        split = known + len(genuine)
        totals = [
            np.bincount(where[slice_], minlength=len(scores))
            for slice_ in (slice(known, split), slice(split, None))
        ]
        totals[0][where[:known]] += found.genuine
        totals[1][where[:known]] += found.impostor
        found = _Steps(scores, totals[0].astype(np.int64), totals[1].astype(np.int64))
    return found
