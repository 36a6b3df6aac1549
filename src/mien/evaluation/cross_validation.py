"""Accuracy by cross-validation, as LFW's View 2 asks for it.

Source: Huang, Ramesh, Berg and Learned-Miller, "Labeled Faces in the Wild" (2007),
section IV: the threshold of each fold is chosen on the other folds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.errors import InsufficientData
from mien.evaluation.rates import roc
from mien.renamed import limit_json


@dataclass(frozen=True, slots=True)
class FoldResult:
    """One fold, judged with a threshold that it had no part in."""

    fold: int
    threshold: float
    pairs: int
    errors: int

    @property
    def accuracy(self) -> float:
        """Share of right answers."""
        return 1.0 - self.errors / self.pairs

    def to_json(self, limit: str = "min_similarity") -> dict[str, Any]:
        """The fold as plain values, the threshold under the name ``limit``."""
        return {
            "fold": self.fold,
            "accuracy": self.accuracy,
            **limit_json(self.threshold, limit),
            "pairs": self.pairs,
            "errors": self.errors,
        }


def cross_validate(
    fold_of: NDArray[np.int64], scores: NDArray[np.float64], same: NDArray[np.bool_]
) -> tuple[FoldResult, ...]:
    """Each fold judged at the best threshold of all the others; empty where there is one only.

    Args:
        fold_of: ``(N,)``, the fold of each pair.
        scores: ``(N,)``; NaN is a failure to acquire: an error, and no part of any threshold.
        same: ``(N,) bool``.

    Raises:
        InsufficientData: pairs of one kind only where a threshold is to be chosen.
    """
    labels = np.unique(fold_of)
    if len(labels) < 2:
        return ()
    acquired = ~np.isnan(scores)
    results = []
    for label in labels:
        held_out = fold_of == label
        others = acquired & ~held_out
        if len(np.unique(same[others])) < 2:
            raise InsufficientData(
                f"fold {label}: expected genuine and impostor pairs with a face in the other "
                "folds, got one kind only; spread both kinds over the folds"
            )
        threshold = best_threshold(scores[others], same[others])
        right = answers(scores[held_out], same[held_out], threshold)
        results.append(FoldResult(int(label), threshold, len(right), int((~right).sum())))
    return tuple(results)


def verdicts(
    folds: tuple[FoldResult, ...],
    fold_of: NDArray[np.int64],
    scores: NDArray[np.float64],
    same: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Whether each pair was answered rightly at the threshold of its fold, ``(N,) bool``."""
    threshold = {fold.fold: fold.threshold for fold in folds}
    return answers(scores, same, np.array([threshold[int(fold)] for fold in fold_of]))


def answers(
    scores: NDArray[np.float64], same: NDArray[np.bool_], threshold: float | NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Whether each pair is answered rightly; a failure to acquire (NaN) never is."""
    # NaN >= threshold is False, but a failure is an error for impostor pairs too.
    right: NDArray[np.bool_] = ((scores >= threshold) == same) & ~np.isnan(scores)
    return right


def best_threshold(scores: Any, same: Any) -> float:
    """The threshold of the greatest accuracy on these pairs.

    Every threshold between two neighbouring scores answers alike; the middle is taken. Of
    several gaps with the same accuracy, the highest is taken: it has the fewest false accepts.

    Raises:
        InvalidArray, InsufficientData: as :func:`mien.evaluation.rates.roc`.
    """
    curve = roc(scores, same)
    right = curve.true_accepts + curve.impostor - curve.false_accepts
    index = int(np.argmax(right))  # the first of equals: thresholds fall
    steps = curve.thresholds
    if index == 0:  # accepting none is best
        return float(np.nextafter(steps[1], np.inf))
    if index == len(steps) - 1:  # accepting all is best
        return float(steps[index])
    middle = float(steps[index] + steps[index + 1]) / 2.0
    # Neighbours in floating point have no middle: it must not fall on the rejected score.
    return middle if middle > steps[index + 1] else float(steps[index])
