"""How often a classifier is right, about whom it errs, and whether its probabilities mean it.

Sources: Brodersen et al., "The balanced accuracy and its posterior distribution" (2010), for the
mean of the recalls; Guo, Pleiss, Sun and Weinberger, "On calibration of modern neural networks"
(2017), for the calibration error of the named class's probability and for the temperature.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.errors import InsufficientData, InvalidArray
from mien.evaluation import Rate, rate_of, reliability
from mien.matching import class_probabilities

_SMALLEST = 1e-12  # a probability of the truth below it counts as this much
_TEMPERATURES = (0.05, 20.0)
_GOLDEN = (math.sqrt(5) - 1) / 2


@dataclass(frozen=True, slots=True)
class PersonRecall:
    """How many of a person's photos got that person's name; ``rate`` is None without photos."""

    name: str
    correct: int
    count: int
    rate: Rate | None

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        rate = None if self.rate is None else self.rate.to_json()
        return {"name": self.name, "correct": self.correct, "count": self.count, "rate": rate}


@dataclass(frozen=True, slots=True)
class ConfusedPair:
    """Two people who are taken for each other.

    Attributes:
        first, second: their classes; ``first`` is the one that is mistaken more often.
        first_as_second, second_as_first: photos of the one that got the other's name.
    """

    first: int
    second: int
    first_as_second: int
    second_as_first: int

    @property
    def count(self) -> int:
        """Mistakes in both directions."""
        return self.first_as_second + self.second_as_first


@dataclass(frozen=True, slots=True, eq=False)
class ClassificationReport:
    """What a classifier's answers to labelled photos of its people were worth.

    Attributes:
        names: of the classes, class 0 first.
        confusion: ``(C, C) int64``, read-only: row of the true, column of the named person.
        accuracy: share of the photos that got the right name.
        balanced_accuracy: mean of the recalls of the people who have photos.
        people: recall of each.
        cross_entropy: mean of -ln(probability of the true class), in nats.
        calibration_error: ECE of the probability of the named class, in bins of equal mass.
    """

    names: tuple[str, ...]
    confusion: NDArray[np.int64]
    accuracy: Rate
    balanced_accuracy: float
    people: tuple[PersonRecall, ...]
    cross_entropy: float
    calibration_error: float

    @property
    def count(self) -> int:
        """Photos."""
        return int(self.confusion.sum())

    def confused(self, most: int = 5) -> tuple[ConfusedPair, ...]:
        """The pairs of people with the most mistakes between them, the worst first."""
        return most_confused(self.confusion)[:most]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "count": self.count,
            "accuracy": self.accuracy.to_json(),
            "balanced_accuracy": self.balanced_accuracy,
            "cross_entropy": self.cross_entropy,
            "calibration_error": self.calibration_error,
            "people": [person.to_json() for person in self.people],
            "confusion": self.confusion.tolist(),
        }


def classification_report(
    logits: Any, labels: Any, names: Sequence[str], temperature: float = 1.0
) -> ClassificationReport:
    """Compare a classifier's answers with the truth.

    Args:
        logits: ``(N, C)``, finite.
        labels: ``(N,)`` whole numbers below C: the true classes.
        names: C of them.
        temperature: divides the logits before the softmax; it changes no answer.

    Raises:
        InvalidArray: arrays that do not fit each other, or not finite.
        InvalidOption: the temperature is not positive.
        InsufficientData: no photo.
    """
    scores, true = _checked(logits, labels, len(names))
    probabilities = class_probabilities(scores, temperature)
    named = scores.argmax(axis=1)
    confusion = count_confusions(true, named, len(names))
    right = named == true
    people = tuple(
        PersonRecall(name, correct, count, _rate(correct, count))
        for name, correct, count in zip(
            names, confusion.diagonal().tolist(), confusion.sum(axis=1).tolist(), strict=True
        )
    )
    return ClassificationReport(
        names=tuple(names),
        confusion=confusion,
        accuracy=rate_of(int(right.sum()), len(true), int((~right).sum())),
        balanced_accuracy=float(np.mean([one.rate.value for one in people if one.rate])),
        people=people,
        cross_entropy=cross_entropy(probabilities, true),
        calibration_error=_calibration_error(probabilities.max(axis=1), right),
    )


def count_confusions(
    true: NDArray[np.int64], named: NDArray[np.int64], classes: int
) -> NDArray[np.int64]:
    """``(C, C)``, read-only: how many photos of the row's person got the column's name."""
    counts = np.bincount(true * classes + named, minlength=classes * classes)
    table = counts.reshape(classes, classes).astype(np.int64)
    table.setflags(write=False)
    return table


def most_confused(confusion: NDArray[np.int64]) -> tuple[ConfusedPair, ...]:
    """Every pair with a mistake between them, the most mistakes first."""
    pairs = []
    for a, b in np.argwhere(np.triu(confusion + confusion.T, 1)).tolist():
        first, second = (a, b) if confusion[a, b] >= confusion[b, a] else (b, a)
        one, other = int(confusion[first, second]), int(confusion[second, first])
        pairs.append(ConfusedPair(first, second, one, other))
    return tuple(sorted(pairs, key=lambda pair: (-pair.count, pair.first, pair.second)))


def cross_entropy(probabilities: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    """Mean of -ln(probability of the true class), in nats, of ``(N, C)`` and ``(N,)``."""
    of_truth = probabilities[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(of_truth, _SMALLEST)).mean())


def fit_temperature(logits: Any, labels: Any) -> float:
    """The temperature at which a softmax is as sure as it is right, in 0.05 to 20.

    The cross entropy on validation photos has one minimum over its logarithm's range (it is
    convex in 1/T); a golden-section search finds it. Where all answers are right nothing says
    how sure to be, and 1 is returned.

    Args:
        logits: ``(N, C)`` of validation photos, finite.
        labels: ``(N,)`` their true classes.

    Raises:
        InvalidArray, InsufficientData: as ``classification_report``.
    """
    width = np.shape(logits)[1] if np.ndim(logits) == 2 else 0
    scores, true = _checked(logits, labels, width)
    if (scores.argmax(axis=1) == true).all():
        return 1.0

    def loss(log_temperature: float) -> float:
        return cross_entropy(class_probabilities(scores, math.exp(log_temperature)), true)

    low, high = (math.log(end) for end in _TEMPERATURES)
    while high - low > 1e-4:
        left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        low, high = (low, right) if loss(left) < loss(right) else (left, high)
    return math.exp((low + high) / 2)


def _rate(correct: int, count: int) -> Rate | None:
    return rate_of(correct, count, count - correct) if count else None


def _calibration_error(said: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """ECE; where all answers are right, or all wrong, every bin errs to the same side."""
    if right.all() or not right.any():
        return float(abs(said.mean() - right.mean()))
    return reliability(np.clip(said, 0.0, 1.0), right).ece


def _checked(
    logits: Any, labels: Any, classes: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    try:
        scores = np.asarray(logits, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidArray(f"logits: expected numbers, got {type(logits).__name__}") from error
    if scores.ndim != 2 or scores.shape[1] != classes or not classes:
        raise InvalidArray(f"logits: expected (photos, {classes} classes), got {scores.shape}")
    if not len(scores):
        raise InsufficientData("logits: expected at least one photo, got none; add photos")
    if not np.isfinite(scores).all():
        raise InvalidArray("logits: expected finite numbers, got NaN or infinity")
    true = np.asarray(labels)
    if true.shape != (len(scores),) or not np.issubdtype(true.dtype, np.integer):
        raise InvalidArray(
            f"labels: expected ({len(scores)},) whole numbers, got {true.shape} {true.dtype}"
        )
    if true.min() < 0 or true.max() >= classes:
        raise InvalidArray(f"labels: expected 0 to {classes - 1}, got {true.min()}-{true.max()}")
    return scores, true.astype(np.int64)
