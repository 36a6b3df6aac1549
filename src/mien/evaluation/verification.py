"""Verification by cross-validation, as LFW's View 2 asks for it.

Source: Huang, Ramesh, Berg and Learned-Miller, "Labeled Faces in the Wild" (2007),
section IV: the threshold of each fold is chosen on the other folds, the mean
accuracy over the folds is reported with its standard error.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.errors import InsufficientData, InvalidArray
from mien.evaluation.findings import Chart, Findings, Line, Number, Trials, thinned
from mien.evaluation.intervals import SUPPORTING_ERRORS, Rate, rate_of
from mien.evaluation.pairs import Pair
from mien.evaluation.rates import Roc, roc

FARS = (1e-1, 1e-2, 1e-3, 1e-4)


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

    def to_json(self) -> dict[str, Any]:
        """The fold as plain values."""
        return {
            "fold": self.fold,
            "accuracy": self.accuracy,
            "threshold": self.threshold,
            "pairs": self.pairs,
            "errors": self.errors,
        }


@dataclass(frozen=True, slots=True)
class TarAtFar:
    """True accept rate where at most a share ``far`` of the impostor pairs is accepted.

    ``tar.supported`` is False where fewer than 30 impostor pairs pass at ``threshold``: then
    the false accept rate, and so the threshold, is a guess.
    """

    far: float
    tar: Rate
    threshold: float
    false_accepts: int

    def to_json(self) -> dict[str, Any]:
        """The rate as plain values, with what stands behind it."""
        return {
            "tar": self.tar.value,
            "low": self.tar.low,
            "high": self.tar.high,
            "supported": self.tar.supported,
            # JSON has no infinity: null is "above every score", nothing accepted.
            "threshold": self.threshold if math.isfinite(self.threshold) else None,
            "false_accepts": self.false_accepts,
        }


@dataclass(frozen=True, slots=True)
class VerificationReport:
    """What a list of pairs says of a network and all that stands before it.

    Attributes:
        pairs, genuine, impostor: how many.
        accuracy: mean over the folds, each judged by the others' threshold; None without folds.
        standard_error: std(folds, ddof=1) / sqrt(folds); None without folds.
        pooled_accuracy: right answers over all pairs of all folds, with Wilson's interval; None
            without folds.
        threshold: of the greatest accuracy on all pairs at once. It has seen every pair: it is
            what one would ship, not what ``accuracy`` was measured with.
        folds: each fold by itself; empty without folds.
        eer: where false accepts and false rejects are equally frequent; its interval treats all
            pairs as independent trials.
        tar_at_far: one entry per false accept rate, falling.
        auc: P(a genuine pair scores above an impostor pair).
        failure_to_acquire: pairs of which a photo has no usable face. They are errors in
            ``accuracy``, and never accepted in ``eer``, ``tar_at_far`` and ``auc``.
        notes: what the reader must know of these numbers.
        seconds, embedder, detector: of the run, where the caller states them.
    """

    pairs: int
    genuine: int
    impostor: int
    accuracy: float | None
    standard_error: float | None
    pooled_accuracy: Rate | None
    threshold: float
    folds: tuple[FoldResult, ...]
    eer: Rate
    tar_at_far: tuple[TarAtFar, ...]
    auc: float
    failure_to_acquire: int
    notes: tuple[str, ...] = ()
    seconds: float | None = None
    embedder: str | None = None
    detector: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The report in the shape of ``mien evaluate verification --json``."""
        pooled = self.pooled_accuracy
        return {
            "pairs": self.pairs,
            "genuine": self.genuine,
            "impostor": self.impostor,
            "accuracy": self.accuracy,
            "standard_error": self.standard_error,
            "pooled_accuracy": None if pooled is None else pooled.to_json(),
            "threshold": self.threshold,
            "folds": [fold.to_json() for fold in self.folds],
            "eer": self.eer.to_json(),
            "tar_at_far": {f"{row.far:.10g}": row.to_json() for row in self.tar_at_far},
            "auc": self.auc,
            "failure_to_acquire": self.failure_to_acquire,
            "seconds": self.seconds,
            "embedder": self.embedder,
            "detector": self.detector,
            "notes": list(self.notes),
        }

    def findings(self, pairs: Sequence[Pair], similarities: Any) -> Findings:
        """The report as numbers, curves and single answers."""
        scores = np.asarray(similarities, dtype=np.float64)
        curve = roc(np.where(np.isnan(scores), -np.inf, scores), [pair.same for pair in pairs])
        far = curve.false_accepts / curve.impostor
        tar = curve.true_accepts / curve.genuine
        x, y = thinned(far.tolist(), tar.tolist())
        return Findings(
            kind="verification",
            title="Verification: the same person or not",
            numbers=(
                Number("accuracy", "accuracy", self.pooled_accuracy),
                Number("eer", "equal error rate", self.eer),
            ),
            charts=(
                Chart(
                    "roc",
                    "ROC",
                    "false accept rate",
                    "true accept rate",
                    (Line("all pairs", tuple(x), tuple(y)),),
                ),
            ),
            notes=self.notes,
            trials=Trials(
                kind="pair",
                names=tuple(f"{pair.path1}|{pair.path2}" for pair in pairs),
                same=tuple(pair.same for pair in pairs),
                scores=tuple(None if np.isnan(one) else float(one) for one in scores),
            ),
            result=self.to_json(),
        )


def evaluate_verification(
    pairs: Sequence[Pair], similarities: Any, fars: Sequence[float] = FARS
) -> VerificationReport:
    """Judge the similarities of a list of pairs.

    Args:
        pairs: what is true.
        similarities: ``(N,)`` cosine similarities in the order of the pairs; NaN where a photo
            has no usable face.
        fars: false accept rates to report.

    Raises:
        InvalidArray: similarities that do not fit the pairs, or are infinite.
        InsufficientData: no pair of a class at all, or none that was acquired in the folds that
            a threshold is chosen on.
    """
    scores = np.asarray(similarities, dtype=np.float64)
    if scores.shape != (len(pairs),):
        raise InvalidArray(f"similarities: expected ({len(pairs)},), got shape {scores.shape}")
    if np.isinf(scores).any():
        raise InvalidArray("similarities: expected finite numbers or NaN, got infinity")
    same = np.array([pair.same for pair in pairs], dtype=np.bool_)
    acquired = ~np.isnan(scores)
    failures = int((~acquired).sum())
    curve = roc(np.where(acquired, scores, -np.inf), same)
    folds = _folds(np.array([pair.fold for pair in pairs]), scores, same)
    accuracies = [fold.accuracy for fold in folds]
    mean = float(np.mean(accuracies)) if folds else None
    deviation = float(np.std(accuracies, ddof=1)) / math.sqrt(len(folds)) if folds else None
    errors = sum(fold.errors for fold in folds)
    return VerificationReport(
        pairs=len(pairs),
        genuine=curve.genuine,
        impostor=curve.impostor,
        accuracy=mean,
        standard_error=deviation,
        pooled_accuracy=rate_of(len(pairs) - errors, len(pairs), errors) if folds else None,
        threshold=best_threshold(scores[acquired], same[acquired]),
        folds=folds,
        eer=_equal_error_rate(curve),
        tar_at_far=tuple(_tar_at_far(curve, far) for far in sorted(fars, reverse=True)),
        auc=curve.auc,
        failure_to_acquire=failures,
        notes=_notes(folds, failures),
    )


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


def _folds(
    fold_of: NDArray[np.int64], scores: NDArray[np.float64], same: NDArray[np.bool_]
) -> tuple[FoldResult, ...]:
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
        # NaN >= threshold is False, but a failure is an error for impostor pairs too.
        right = ((scores >= threshold) == same) & acquired
        errors = int((~right[held_out]).sum())
        results.append(FoldResult(int(label), threshold, int(held_out.sum()), errors))
    return tuple(results)


def _equal_error_rate(curve: Roc) -> Rate:
    value = curve.eer
    trials = curve.genuine + curve.impostor
    interval = rate_of(round(value * trials), trials, round(value * trials))
    return Rate(value, min(interval.low, value), max(interval.high, value), interval.supported)


def _tar_at_far(curve: Roc, far: float) -> TarAtFar:
    point = curve.at_far(far)
    tar = rate_of(point.true_accepts, curve.genuine, point.false_accepts)
    return TarAtFar(far, tar, point.threshold, point.false_accepts)


def _notes(folds: tuple[FoldResult, ...], failures: int) -> tuple[str, ...]:
    notes = []
    if not folds:
        notes.append(
            "one fold only: no cross-validated accuracy; threshold was chosen on the same pairs"
        )
    if failures:
        notes.append(f"{failures} pairs have a photo without a usable face: counted as errors")
    notes.append(
        "intervals take pairs for independent and the threshold for given; supported means at "
        f"least {SUPPORTING_ERRORS} errors"
    )
    return tuple(notes)
