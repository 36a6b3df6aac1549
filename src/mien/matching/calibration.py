"""From a similarity to a probability: Platt scaling.

Source: J. Platt, "Probabilistic outputs for support vector machines" (1999),
with the numerically safe form of Lin, Lin and Weng, "A note on Platt's
probabilistic outputs" (2007): targets drawn in from 0 and 1, damped Newton.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.checks import check_fraction
from mien.errors import InsufficientData, InvalidArray, InvalidOption
from mien.records import EmbeddingSpace

MAXIMUM_STEPS = 100


def check_prior(value: Any) -> float:
    """A share of genuine pairs: more than 0, less than 1.

    Raises:
        InvalidOption: for anything else.
    """
    prior = check_fraction(value, "prior")
    if prior in (0.0, 1.0):
        raise InvalidOption(f"prior: expected more than 0 and less than 1, got {value!r}")
    return prior


@dataclass(frozen=True, slots=True)
class Calibration:
    """``P(same) = 1 / (1 + exp(-(slope * similarity + intercept)))``.

    Attributes:
        slope: positive; per unit of cosine similarity.
        intercept: log-odds at similarity zero.
        prior: the share of genuine pairs that the probability takes for granted.
        origin: the pairs it was fitted on, in words.
    """

    slope: float
    intercept: float
    prior: float
    origin: str

    def __post_init__(self) -> None:
        if not (math.isfinite(self.slope) and self.slope > 0 and math.isfinite(self.intercept)):
            raise InvalidOption(
                "calibration: expected a positive slope and a finite intercept, "
                f"got {self.slope!r} and {self.intercept!r}"
            )
        check_prior(self.prior)

    def probability(self, similarity: float) -> float:
        """P(same person) of a pair with this cosine similarity, in [0, 1].

        Raises:
            InvalidOption: for a similarity outside [-1, 1].
        """
        # A float32 product of unit vectors may leave [-1, 1] by its rounding.
        cosine = check_fraction(similarity, "similarity", -1.0 - 1e-6, 1.0 + 1e-6)
        return float(_logistic(self.slope * cosine + self.intercept))

    def at_prior(self, prior: float) -> Calibration:
        """The same evidence under another share of genuine pairs (Bayes' rule on the odds).

        Raises:
            InvalidOption: for a prior outside (0, 1).
        """
        shift = _logit(check_prior(prior)) - _logit(self.prior)
        return replace(self, intercept=self.intercept + shift, prior=prior)


_ORIGIN = (
    "LFW, all 8,101 genuine and 500,000 impostor pairs of the 7,701 photos of the 6,000 pairs, "
    "central face, photos to vectors by this pipeline"
)

# Printed by benchmarks/thresholds.py.
CALIBRATIONS: Mapping[tuple[str, str], Calibration] = MappingProxyType(
    {
        ("sface", "arcface-112-rgb-v1"): Calibration(46.38, -15.99, 0.5, _ORIGIN),
        ("sface", "arcface-112-rgb-v1+mirror"): Calibration(46.56, -16.25, 0.5, _ORIGIN),
        ("dlib-resnet", "dlib-150-rgb-v1"): Calibration(188.43, -170.68, 0.5, _ORIGIN),
        ("dlib-resnet", "dlib-150-rgb-v1+mirror"): Calibration(200.25, -182.34, 0.5, _ORIGIN),
        ("sface+dlib-resnet", "arcface-112-rgb-v1 dlib-150-rgb-v1 weights 1:2"): Calibration(
            102.23, -72.89, 0.5, _ORIGIN
        ),
        (
            "sface+dlib-resnet",
            "arcface-112-rgb-v1+mirror dlib-150-rgb-v1+mirror weights 1:2",
        ): Calibration(101.54, -72.80, 0.5, _ORIGIN),
    }
)
"""By (model, preprocessing): what was fitted so far."""


def calibration_for(
    space: EmbeddingSpace, table: Mapping[tuple[str, str], Calibration] = CALIBRATIONS
) -> Calibration | None:
    """The calibration of an embedding space, or None: then there is no probability to state."""
    return table.get((space.model, space.preprocessing))


def fit_calibration(
    similarities: Any, same: Any, origin: str, prior: float = 0.5, weights: Any = None
) -> Calibration:
    """Fit a calibration to labelled pairs.

    Args:
        similarities: ``(N,)`` cosine similarities, finite.
        same: ``(N,) bool``, True for genuine pairs.
        origin: the pairs in words.
        prior: share of genuine pairs to calibrate for; the share in the data does not matter.
        weights: ``(N,)`` how many pairs each entry stands for; one by default.

    Raises:
        InvalidArray: for unequal lengths or a number that is not finite.
        InsufficientData: fewer than two pairs of a class, or similarity does not rise with
            sameness.
    """
    pairs = check_labelled_pairs(similarities, same, weights)
    slope, intercept = _newton(pairs)
    if slope <= 0:
        raise InsufficientData(WRONG_WAY)
    share = pairs.genuine_count / (pairs.genuine_count + pairs.impostor_count)
    return Calibration(slope, intercept, share, origin).at_prior(prior)


WRONG_WAY = (
    "calibration: expected genuine pairs to be the more similar ones, got the opposite; "
    "check the labels"
)


@dataclass(frozen=True, slots=True, eq=False)
class LabelledPairs:
    """Pairs that a calibration can be fitted to.

    Attributes:
        scores: ``(N,) float64``, finite.
        same: ``(N,) bool``.
        weights: ``(N,) float64``, how many pairs each entry stands for.
        genuine_count, impostor_count: the sums of the weights.
    """

    scores: NDArray[np.float64]
    same: NDArray[np.bool_]
    weights: NDArray[np.float64]
    genuine_count: float
    impostor_count: float

    def targets(self) -> NDArray[np.float64]:
        """Platt's ``(N,)`` targets short of 0 and 1: no certainty from so many pairs."""
        high = (self.genuine_count + 1) / (self.genuine_count + 2)
        return np.where(self.same, high, 1 / (self.impostor_count + 2))


def check_labelled_pairs(similarities: Any, same: Any, weights: Any = None) -> LabelledPairs:
    """Check and count.

    Raises:
        InvalidArray, InsufficientData: as :func:`fit_calibration`.
    """
    scores = np.asarray(similarities, dtype=np.float64)
    genuine = np.asarray(same)
    if scores.ndim != 1 or genuine.shape != scores.shape or genuine.dtype != np.bool_:
        raise InvalidArray(
            f"calibration: expected (N,) similarities and (N,) bool, got {scores.shape} and "
            f"{genuine.shape} {genuine.dtype}"
        )
    mass = np.ones_like(scores) if weights is None else np.asarray(weights, dtype=np.float64)
    if mass.shape != scores.shape or not (np.isfinite(mass).all() and (mass >= 0).all()):
        raise InvalidArray(
            f"calibration: expected {scores.shape} weights of 0 or more, got shape {mass.shape} "
            "or a negative or infinite one"
        )
    if not np.isfinite(scores).all():
        raise InvalidArray("calibration: expected finite similarities, got NaN or infinity")
    count, other = float(mass[genuine].sum()), float(mass[~genuine].sum())
    if min(count, other) < 2:
        raise InsufficientData(
            f"calibration: expected two pairs of each class at least, got {count:g} genuine and "
            f"{other:g} impostor; add labelled pairs"
        )
    return LabelledPairs(scores, genuine, mass, count, other)


def _newton(pairs: LabelledPairs) -> tuple[float, float]:
    targets, masses = pairs.targets(), pairs.weights
    centre = float(np.average(pairs.scores, weights=masses))
    design = np.stack([pairs.scores - centre, np.ones_like(targets)], axis=1)
    weights = np.array([0.0, math.log((pairs.genuine_count + 1) / (pairs.impostor_count + 1))])
    loss = _loss(design @ weights, targets, masses)
    for _ in range(MAXIMUM_STEPS):
        predicted = _logistic(design @ weights)
        gradient = design.T @ (masses * (predicted - targets))
        curvature = (design.T * (masses * predicted * (1 - predicted))) @ design
        step = np.linalg.solve(curvature + 1e-12 * np.eye(2), gradient)
        rate = 1.0
        while rate > 1e-10 and _loss(design @ (weights - rate * step), targets, masses) > loss:
            rate /= 2
        if rate <= 1e-10:  # no descent is left: the minimum, to rounding
            break
        weights = weights - rate * step
        before, loss = loss, _loss(design @ weights, targets, masses)
        if before - loss <= 1e-13 * before:
            break
    return float(weights[0]), float(weights[1] - weights[0] * centre)


def _loss(
    logits: NDArray[np.float64], targets: NDArray[np.float64], masses: NDArray[np.float64]
) -> float:
    return float(np.sum(masses * (np.logaddexp(0.0, logits) - targets * logits)))


def _logistic(logits: Any) -> Any:
    return np.exp(-np.logaddexp(0.0, -logits))


def _logit(fraction: float) -> float:
    return math.log(fraction) - math.log1p(-fraction)
