"""Verification on a list of pairs: is this the same person or not.

Source of the protocol: Huang, Ramesh, Berg and Learned-Miller, "Labeled Faces in the Wild"
(2007), section IV: the mean accuracy over the folds is reported with its standard error.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.errors import InvalidArray
from mien.evaluation.cohorts import CohortReport
from mien.evaluation.cross_validation import FoldResult, best_threshold, cross_validate, verdicts
from mien.evaluation.intervals import SUPPORTING_ERRORS, Rate, rate_of
from mien.evaluation.pairs import Pair
from mien.evaluation.rates import Roc, roc
from mien.evaluation.subject_bootstrap import SubjectIntervals, subject_intervals
from mien.renamed import limit_json

FARS = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6)


@dataclass(frozen=True, slots=True)
class TarAtFar:
    """True accept rate where at most a share ``far`` of the impostor pairs is accepted.

    ``tar.supported`` is False where fewer than 30 impostor pairs pass at ``threshold``: then
    the false accept rate, and so the threshold, is a guess. ``by_people`` is the same rate with
    the subject bootstrap's interval; None where people are not known.
    """

    far: float
    tar: Rate
    threshold: float
    false_accepts: int
    by_people: Rate | None = None

    def to_json(self, limit: str = "min_similarity") -> dict[str, Any]:
        """The rate as plain values, the threshold under the name ``limit``."""
        return {
            "tar": self.tar.value,
            "low": self.tar.low,
            "high": self.tar.high,
            "supported": self.tar.supported,
            **limit_json(self.threshold, limit),
            "false_accepts": self.false_accepts,
            "by_people": _json(self.by_people),
        }


@dataclass(frozen=True, slots=True)
class AcquiredOnly:
    """The same numbers with every pair left out of which a photo has no usable face.

    Beside the numbers of all pairs it tells whether the network errs or the search for a face.
    It is no number to quote alone: whoever declines every hard photo does well in it.
    """

    pairs: int
    genuine: int
    impostor: int
    accuracy: Rate | None
    eer: Rate
    tar_at_far: tuple[TarAtFar, ...]
    auc: float

    def to_json(self, limit: str = "min_similarity") -> dict[str, Any]:
        """Plain values, thresholds under the name ``limit``."""
        return {
            "pairs": self.pairs,
            "genuine": self.genuine,
            "impostor": self.impostor,
            "accuracy": _json(self.accuracy),
            "eer": self.eer.to_json(),
            "tar_at_far": {f"{row.far:.10g}": row.to_json(limit) for row in self.tar_at_far},
            "auc": self.auc,
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
        acquired_only: the same without those pairs.
        people: how many different people; None where they are not known.
        accuracy_by_people, eer_by_people: ``pooled_accuracy`` and ``eer`` with the subject
            bootstrap's interval; None where people are not known.
        cohorts: rates of groups of people or photos, where labels were given.
        notes: what the reader must know of these numbers.
        seconds, embedder, detector, verifier: of the run, where the caller states them; with a
            verifier the scores are its log-odds.
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
    acquired_only: AcquiredOnly
    people: int | None = None
    accuracy_by_people: Rate | None = None
    eer_by_people: Rate | None = None
    cohorts: CohortReport | None = None
    notes: tuple[str, ...] = ()
    seconds: float | None = None
    embedder: str | None = None
    detector: str | None = None
    verifier: str | None = None

    @property
    def score(self) -> str:
        """What the pairs' scores are, in words."""
        return "cosine similarity" if self.verifier is None else "log-odds"

    def to_json(self) -> dict[str, Any]:
        """The report in the shape of ``mien evaluate verification --json``."""
        limit = "min_similarity" if self.verifier is None else "min_log_odds"
        return {
            "pairs": self.pairs,
            "genuine": self.genuine,
            "impostor": self.impostor,
            "accuracy": self.accuracy,
            "standard_error": self.standard_error,
            "pooled_accuracy": _json(self.pooled_accuracy),
            **limit_json(self.threshold, limit),
            "folds": [fold.to_json(limit) for fold in self.folds],
            "eer": self.eer.to_json(),
            "tar_at_far": {f"{row.far:.10g}": row.to_json(limit) for row in self.tar_at_far},
            "auc": self.auc,
            "failure_to_acquire": self.failure_to_acquire,
            "acquired_only": self.acquired_only.to_json(limit),
            "people": self.people,
            "accuracy_by_people": _json(self.accuracy_by_people),
            "eer_by_people": _json(self.eer_by_people),
            "cohorts": None if self.cohorts is None else self.cohorts.to_json(limit),
            "seconds": self.seconds,
            "embedder": self.embedder,
            "detector": self.detector,
            "verifier": self.verifier,
            "notes": list(self.notes),
        }


def evaluate_verification(
    pairs: Sequence[Pair],
    similarities: Any,
    fars: Sequence[float] = FARS,
    subjects: Sequence[tuple[str, str]] | None = None,
) -> VerificationReport:
    """Judge the similarities of a list of pairs.

    Args:
        pairs: what is true.
        similarities: ``(N,)`` cosine similarities in the order of the pairs; NaN where a photo
            has no usable face.
        fars: false accept rates to report.
        subjects: the two people of each pair, if known
            (:func:`mien.evaluation.subjects.subjects_of`): then there are intervals by people.

    Raises:
        InvalidArray: similarities or subjects that do not fit the pairs, or infinite ones.
        InsufficientData: no pair of a class at all, or none that was acquired in the folds that
            a threshold is chosen on.
    """
    scores, same = paired(pairs, similarities)
    fold_of = np.array([pair.fold for pair in pairs])
    acquired = ~np.isnan(scores)
    never = np.where(acquired, scores, -np.inf)
    curve = roc(never, same)
    threshold = best_threshold(scores[acquired], same[acquired])
    folds = cross_validate(fold_of, scores, same)
    right = verdicts(folds, fold_of, scores, same) if folds else None
    rates = sorted(fars, reverse=True)
    people = None
    if subjects is not None:
        people = subject_intervals(never, same, subjects, rates, right)
    accuracies = [fold.accuracy for fold in folds]
    return VerificationReport(
        pairs=len(pairs),
        genuine=curve.genuine,
        impostor=curve.impostor,
        accuracy=float(np.mean(accuracies)) if folds else None,
        standard_error=float(np.std(accuracies, ddof=1)) / math.sqrt(len(folds)) if folds else None,
        pooled_accuracy=_share(right),
        threshold=threshold,
        folds=folds,
        eer=_equal_error_rate(curve),
        tar_at_far=_tar_at_far(curve, rates, people),
        auc=curve.auc,
        failure_to_acquire=int((~acquired).sum()),
        acquired_only=_acquired_only(scores, same, right, rates),
        people=None if subjects is None else len({name for pair in subjects for name in pair}),
        accuracy_by_people=None if people is None else people.accuracy,
        eer_by_people=None if people is None else people.eer,
        notes=_notes(folds, int((~acquired).sum()), subjects is not None),
    )


def paired(
    pairs: Sequence[Pair], similarities: Any
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Scores ``(N,) float64``, NaN for a failure to acquire, and labels ``(N,) bool``.

    Raises:
        InvalidArray: scores that do not fit the pairs, or are infinite.
    """
    scores = np.asarray(similarities, dtype=np.float64)
    if scores.shape != (len(pairs),):
        raise InvalidArray(f"similarities: expected ({len(pairs)},), got shape {scores.shape}")
    if np.isinf(scores).any():
        raise InvalidArray("similarities: expected finite numbers or NaN, got infinity")
    return scores, np.array([pair.same for pair in pairs], dtype=np.bool_)


def _acquired_only(
    scores: NDArray[np.float64],
    same: NDArray[np.bool_],
    right: NDArray[np.bool_] | None,
    fars: Sequence[float],
) -> AcquiredOnly:
    acquired = ~np.isnan(scores)
    curve = roc(scores[acquired], same[acquired])
    return AcquiredOnly(
        pairs=int(acquired.sum()),
        genuine=curve.genuine,
        impostor=curve.impostor,
        accuracy=_share(None if right is None else right[acquired]),
        eer=_equal_error_rate(curve),
        tar_at_far=_tar_at_far(curve, fars, None),
        auc=curve.auc,
    )


def _share(right: NDArray[np.bool_] | None) -> Rate | None:
    if right is None:
        return None
    hits = int(right.sum())
    return rate_of(hits, len(right), len(right) - hits)


def _equal_error_rate(curve: Roc) -> Rate:
    value = curve.eer
    trials = curve.genuine + curve.impostor
    interval = rate_of(round(value * trials), trials, round(value * trials))
    return Rate(value, min(interval.low, value), max(interval.high, value), interval.supported)


def _tar_at_far(
    curve: Roc, fars: Sequence[float], people: SubjectIntervals | None
) -> tuple[TarAtFar, ...]:
    rows = []
    for index, far in enumerate(fars):
        point = curve.at_far(far)
        tar = rate_of(point.true_accepts, curve.genuine, point.false_accepts)
        by_people = None if people is None else people.tar[index]
        rows.append(TarAtFar(far, tar, point.threshold, point.false_accepts, by_people))
    return tuple(rows)


def _notes(folds: tuple[FoldResult, ...], failures: int, people: bool) -> tuple[str, ...]:
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
    if people:
        notes.append("intervals by people (subject bootstrap) allow for people who recur")
    return tuple(notes)


def _json(rate: Rate | None) -> dict[str, Any] | None:
    return None if rate is None else rate.to_json()
