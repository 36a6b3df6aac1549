"""Accuracy over the ten folds of LFW, and TAR at a FAR, from one score a pair.

Scores are similarities: higher means more alike, on whatever scale the library
has. NaN is a failure to acquire (no face found in one of the two photos): it is
an error whatever the pair, and it never counts as an acceptance.

Source: Huang and Learned-Miller, "Labeled Faces in the Wild: Updates and New
Reporting Procedures", UM-CS-2014-003, section 3 (View 2).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]
Labels = NDArray[np.bool_]


@dataclass(frozen=True)
class FoldAccuracy:
    """Mean over the folds, and ``std(folds, ddof=1) / sqrt(folds)``; both in [0, 1]."""

    mean: float
    standard_error: float


def fold_accuracy(scores: Scores, same: Labels, folds: NDArray[np.int64]) -> FoldAccuracy:
    """Accuracy of each fold at the threshold that is best on all the other folds.

    Args:
        scores: ``(N,) float64`` similarities, NaN for a failure to acquire.
        same: ``(N,) bool``, True for a genuine pair.
        folds: ``(N,) int64``, the fold of each pair.
    """
    accuracies = []
    for fold in np.unique(folds):
        held_out = folds == fold
        threshold = best_threshold(scores[~held_out], same[~held_out])
        accuracies.append(_correct(scores[held_out], same[held_out], threshold).mean())
    spread = np.std(accuracies, ddof=1) / np.sqrt(len(accuracies))
    return FoldAccuracy(float(np.mean(accuracies)), float(spread))


def best_threshold(scores: Scores, same: Labels) -> float:
    """The threshold with the most correct pairs; the middle one where several are equal.

    Thresholds lie halfway between neighbouring scores, so that none depends on
    how a score equal to it is decided.
    """
    measured = np.isfinite(scores)
    order = np.argsort(scores[measured], kind="stable")
    ranked, genuine = scores[measured][order], same[measured][order]
    edges = np.concatenate(([-np.inf], ranked, [np.inf]))
    cuts = np.flatnonzero(edges[1:] > edges[:-1])
    impostors_below = np.concatenate(([0], np.cumsum(~genuine)))
    genuine_above = genuine.sum() - np.concatenate(([0], np.cumsum(genuine)))
    correct = (impostors_below + genuine_above)[cuts]
    best = cuts[correct == correct.max()]
    cut = int(best[len(best) // 2])
    if cut in (0, len(ranked)):
        return float(edges[cut] if cut == 0 else edges[-1])
    return float((ranked[cut - 1] + ranked[cut]) / 2)


def tar_at_far(scores: Scores, same: Labels, far: float) -> float:
    """The part of genuine pairs accepted while at most ``far`` of the impostor pairs are.

    Failures to acquire stay in both denominators, as pairs that were not accepted.
    """
    impostors = scores[~same]
    allowed = int(far * len(impostors) + 1e-9)
    ranked = np.sort(impostors[np.isfinite(impostors)])[::-1]
    threshold = ranked[allowed] if allowed < len(ranked) else -np.inf
    return float(np.mean(scores[same] > threshold))


def _correct(scores: Scores, same: Labels, threshold: float) -> Labels:
    correct: Labels = np.isfinite(scores) & ((scores >= threshold) == same)
    return correct
