"""Known or unknown: from similarities to a threshold and to P(known).

A softmax over the people of the training set must name one of them; it is sure of strangers too
(Hendrycks and Gimpel, "A baseline for detecting misclassified and out-of-distribution examples in
neural networks", 2017). So a recogniser asks a second question: is this face as similar to the
class it was given as that person's own photos are, or as strangers are? Both are measured:
``genuine`` are similarities of validation photos to their own class, ``strangers`` the best
similarities of people whom the recogniser was not trained on. ``docs/unknown-people.md`` has
the reasons for each choice below, and what they are worth.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.checks import check_count, check_fraction
from mien.errors import InsufficientData, InvalidArray
from mien.evaluation import Rate, rate_of
from mien.matching import KnownRule, fit_calibration
from mien.records import Threshold

WANTED_FMR = 0.01
FEWEST = 2
"""Photos of either kind that a fit needs; it is a poor one below 20."""

_STEP = 1e-6  # to be above a similarity, also after it was rounded to float32
_NORMAL_FIVE_PERCENT = 1.645  # standard deviations below the mean lie 5 % of a normal distribution
_MAD_TO_DEVIATION = 1.4826  # of a normal distribution
_PHOTOS_WHERE_APART = 20  # that each kind counts for at least, where a gap divides the two
_PRIOR_PHOTOS, _PRIOR_DEVIATION = 4, 0.25  # see ``_usual_low``


@dataclass(frozen=True, slots=True)
class KnownFit:
    """When a face is one of the people trained on.

    Attributes:
        rule: P(known) of a similarity, for as many known as unknown faces.
        threshold: faces below it are unknown; ``pairs`` counts the strangers behind it.
        false_accepts: the share of the strangers that reach it.
        false_rejects: the share of the validation photos that do not.
        separated: whether the two kinds lie so far apart that the threshold stands between them;
            else it stands at the strangers' edge.
    """

    rule: KnownRule
    threshold: Threshold
    false_accepts: Rate
    false_rejects: Rate
    separated: bool


def fit_known(
    genuine: Any, strangers: Any, fmr: float = WANTED_FMR, origin: str = "held-out people"
) -> KnownFit:
    """Set the threshold and fit P(known).

    Args:
        genuine: ``(N,)`` similarities of validation photos to the class of their own person.
        strangers: ``(S, C)`` similarities of strangers to every class, or ``(S,)`` their best.
        fmr: at most this share of the strangers may reach the threshold.
        origin: the strangers in words, for the threshold's record.

    Raises:
        InvalidArray: another shape, or a number that is not finite.
        InvalidOption: a share outside [0, 1].
        InsufficientData: fewer than two of a kind, or strangers are as similar as the known.
    """
    known, best = _checked(genuine, "genuine", 1), best_similarities(strangers)
    wanted = check_fraction(fmr, "fmr")
    if min(len(known), len(best)) < FEWEST:
        raise InsufficientData(
            f"known or unknown: expected {FEWEST} photos at least of known people and of "
            f"strangers, got {len(known)} and {len(best)}; add validation photos"
        )
    edge = stranger_edge(best, wanted)
    low = _usual_low(known, edge)
    separated = low > edge
    cut = (edge + low) / 2 if separated else min(edge, 1.0)
    rule = _fit_rule(known, best, cut if separated else None)
    accepted, rejected = int((best >= cut).sum()), int((known < cut).sum())
    accepts = rate_of(accepted, len(best), accepted)
    threshold = Threshold(cut, wanted, accepts.low, accepts.high, len(best), origin)
    rejects = rate_of(rejected, len(known), rejected)
    return KnownFit(rule, threshold, accepts, rejects, separated)


def best_similarities(similarities: Any) -> NDArray[np.float64]:
    """The best of each row of ``(S, C)``; ``(S,)`` stays as it is.

    Raises:
        InvalidArray: another shape, or a number that is not finite.
    """
    given = _checked(similarities, "strangers", 2)
    if given.ndim == 2 and given.shape[1] == 0:
        raise InvalidArray("strangers: expected a similarity to one class at least, got none")
    return given if given.ndim == 1 else np.asarray(given.max(axis=1))


def stranger_edge(best: NDArray[np.float64], fmr: float) -> float:
    """The smallest similarity that at most the share ``fmr`` of ``best`` reaches, ties and all."""
    allowed = math.floor(fmr * len(best) + 1e-9)
    if allowed >= len(best):
        return float(best.min())
    return float(np.partition(best, len(best) - 1 - allowed)[len(best) - 1 - allowed]) + _STEP


def without_trained(genuine: Any, strangers: Any) -> NDArray[np.bool_]:
    """Which strangers to keep: all but those who are, by every appearance, trained on.

    The shipped strangers are public figures, and so may be the people whom somebody trains on.
    Each stranger is there with one photo. So for each class the most similar stranger is left
    out if they reach what 95 % of the genuine photos do while the next one does not, and lies
    more than half the way to the usual photo (the median) behind: one face stands apart. A network
    that takes many strangers for known loses none of them.

    Args:
        genuine: ``(N,)`` similarities of validation photos to their own class.
        strangers: ``(S, C)`` similarities of strangers to every class, one photo of each.

    Returns:
        ``(S,)`` True for those to keep.
    """
    known, given = _checked(genuine, "genuine", 1), _checked(strangers, "strangers", 2)
    if given.ndim != 2:
        raise InvalidArray(f"strangers: expected (S, C) similarities, got shape {given.shape}")
    keep = np.ones(len(given), dtype=np.bool_)
    if len(known) == 0 or len(given) < 2:
        return keep
    usual, low = float(np.median(known)), float(np.quantile(known, 0.05))
    for column in given.T:
        second, first = np.argsort(column)[-2:]
        gap = float(column[first] - column[second])
        if column[first] >= low > column[second] and gap > (usual - column[second]) / 2:
            keep[first] = False
    return keep


def held_out_strangers(
    features: NDArray[np.float32],
    people: NDArray[np.int64],
    train_without: Callable[[NDArray[np.int64]], Callable[[NDArray[np.float32]], Any]],
    folds: int = 5,
) -> NDArray[np.float64]:
    """Best similarities of people to recognisers that were trained without them.

    Where no strangers ship for a network, those trained on stand in for them: they are dealt into
    folds, a head is trained on the others, and asked about them.

    Args:
        features: ``(N, D) float32`` of the photos to ask about.
        people: ``(N,)`` whose photo each is.
        train_without: trains on everybody but the people that it is given, and returns what turns
            ``(M, D)`` features into ``(M, C)`` similarities to the classes that are left.
        folds: at most so many trainings; fewer where there are fewer people.

    Returns:
        ``(N,)`` in the order of the features.

    Raises:
        InsufficientData: fewer than three people: without one there is nobody to mix up.
    """
    names = np.unique(people)
    if len(names) < 3:
        raise InsufficientData(
            f"unknown people: expected 3 people at least to hold one out, got {len(names)}; "
            "add people, or give a threshold yourself"
        )
    best = np.empty(len(features), dtype=np.float64)
    count = min(check_count(folds, "folds", low=2), len(names))
    for out in (names[start::count] for start in range(count)):
        rows = np.isin(people, out)
        best[rows] = best_similarities(train_without(out)(features[rows]))
    return best


def _usual_low(known: NDArray[np.float64], edge: float) -> float:
    """The similarity that 95 % of the known people's photos keep, were they normal.

    Median and MAD, so that a mislabelled photo moves nothing. A spread of few photos means
    little: it is mixed with what such photos have by experience, a quarter of the way from the
    strangers' edge to the median, as if four photos said so.
    """
    median = float(np.median(known))
    if median <= edge:
        return median
    deviation = _MAD_TO_DEVIATION * float(np.median(np.abs(known - median)))
    expected = _PRIOR_DEVIATION * (median - edge)
    count = len(known)
    mixed = (count * deviation**2 + _PRIOR_PHOTOS * expected**2) / (count + _PRIOR_PHOTOS)
    return median - _NORMAL_FIVE_PERCENT * math.sqrt(mixed)


def _fit_rule(
    known: NDArray[np.float64], best: NDArray[np.float64], through: float | None
) -> KnownRule:
    """Platt's logistic, either kind counting as the rarer one does.

    Between two kinds that lie apart there is nothing that says where P is one half, so it is put
    ``through`` the threshold: by reflecting all data in it. Platt's targets, short of 0 and 1,
    keep the slope finite.
    """
    rarer = min(len(known), len(best))
    if through is not None:
        rarer = max(rarer, _PHOTOS_WHERE_APART)
    scores, same = np.concatenate([known, best]), np.repeat([True, False], [len(known), len(best)])
    weights = np.repeat([rarer / len(known), rarer / len(best)], [len(known), len(best)])
    if through is not None:
        scores = np.concatenate([scores, 2 * through - scores])
        same, weights = np.concatenate([same, ~same]), np.concatenate([weights, weights]) / 2
    fitted = fit_calibration(scores, same, "known or unknown", weights=weights)
    return KnownRule(fitted.slope, fitted.intercept)


def _checked(values: Any, name: str, most_axes: int) -> NDArray[np.float64]:
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidArray(f"{name}: expected similarities, got {type(values).__name__}") from error
    if not 1 <= array.ndim <= most_axes or not np.isfinite(array).all():
        raise InvalidArray(
            f"{name}: expected finite similarities on 1 to {most_axes} axes, got shape "
            f"{array.shape}, or NaN or infinity"
        )
    return array
