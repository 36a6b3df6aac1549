"""Decision thresholds with their origin, and what they mean for a search of many people.

A threshold belongs to one network and one preprocessing: it was measured, not
chosen. Where none was measured the caller has to bring one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from mien.checks import check_count, check_fraction
from mien.errors import InvalidOption, UnknownModel
from mien.matching.distances import (
    Metric,
    distance_from_similarity,
    parse_metric,
    similarity_from_distance,
)
from mien.records import EmbeddingSpace, Threshold

DEFAULT_FMR = 1e-4

_Measured = TypeVar("_Measured", Threshold, float)

_ORIGIN = (
    "LFW, all impostor pairs of the 7,701 photos of the 6,000 pairs, central face, photos to "
    "vectors by this pipeline; mislabelled photos left in; interval: over people"
)
_PAIRS = 29_640_749
_FUSED = "sface+dlib-resnet"


def _measured(fmr: float, similarity: float, low: float, high: float) -> tuple[float, Threshold]:
    return fmr, Threshold(similarity, fmr, low, high, _PAIRS, _ORIGIN)


# Printed by benchmarks/thresholds.py, to four or five digits.
THRESHOLDS: Mapping[tuple[str, str], Mapping[float, Threshold]] = MappingProxyType(
    {
        ("sface", "arcface-112-rgb-v1"): dict(
            [
                _measured(1e-2, 0.3068, 0.00965, 0.0104),
                _measured(1e-3, 0.3729, 0.000948, 0.00106),
                _measured(1e-4, 0.4282, 9.01e-5, 0.000112),
                _measured(1e-5, 0.4818, 7.54e-6, 1.3e-5),
                _measured(1e-6, 0.5658, 2.76e-7, 2.11e-6),
            ]
        ),
        ("sface", "arcface-112-rgb-v1+mirror"): dict(
            [
                _measured(1e-2, 0.3078, 0.00966, 0.0104),
                _measured(1e-3, 0.3741, 0.000952, 0.00105),
                _measured(1e-4, 0.4298, 9.16e-5, 0.000109),
                _measured(1e-5, 0.4825, 8.27e-6, 1.21e-5),
                _measured(1e-6, 0.5728, 4.52e-7, 2.12e-6),
            ]
        ),
        # dlib's vectors all point one way: a decade of false matches is 0.011 to 0.018 here.
        ("dlib-resnet", "dlib-150-rgb-v1"): dict(
            [
                _measured(1e-2, 0.90764, 0.0095, 0.0106),
                _measured(1e-3, 0.92639, 0.000884, 0.00114),
                _measured(1e-4, 0.94126, 7.35e-5, 0.000137),
                _measured(1e-5, 0.95291, 5.41e-6, 1.77e-5),
            ]
        ),
        ("dlib-resnet", "dlib-150-rgb-v1+mirror"): dict(
            [
                _measured(1e-2, 0.91077, 0.0095, 0.0106),
                _measured(1e-3, 0.92912, 0.00088, 0.00115),
                _measured(1e-4, 0.94351, 7.42e-5, 0.000138),
                _measured(1e-5, 0.95448, 5.89e-6, 1.67e-5),
            ]
        ),
        (_FUSED, "arcface-112-rgb-v1 dlib-150-rgb-v1 weights 1:2"): dict(
            [
                _measured(1e-2, 0.6914, 0.00965, 0.0104),
                _measured(1e-3, 0.7243, 0.000946, 0.00106),
                _measured(1e-4, 0.7510, 8.95e-5, 0.000111),
                _measured(1e-5, 0.7746, 7.5e-6, 1.27e-5),
                _measured(1e-6, 0.8138, 2.71e-7, 2.07e-6),
            ]
        ),
        (_FUSED, "arcface-112-rgb-v1+mirror dlib-150-rgb-v1+mirror weights 1:2"): dict(
            [
                _measured(1e-2, 0.6945, 0.00965, 0.0104),
                _measured(1e-3, 0.7276, 0.000948, 0.00106),
                _measured(1e-4, 0.7542, 8.9e-5, 0.000111),
                _measured(1e-5, 0.7784, 7.4e-6, 1.27e-5),
                _measured(1e-6, 0.8185, 2.92e-7, 2.02e-6),
            ]
        ),
    }
)
"""By (model, preprocessing), then by false match rate: thresholds on cosine similarity."""

EUCLIDEAN_THRESHOLDS: Mapping[tuple[str, str], Mapping[float, float]] = MappingProxyType(
    {
        ("sface", "arcface-112-rgb-v1"): {
            1e-2: 13.950,
            1e-3: 12.884,
            1e-4: 11.891,
            1e-5: 10.933,
            1e-6: 9.835,
        },
        ("sface", "arcface-112-rgb-v1+mirror"): {
            1e-2: 13.838,
            1e-3: 12.819,
            1e-4: 11.944,
            1e-5: 11.117,
            1e-6: 9.984,
        },
        ("dlib-resnet", "dlib-150-rgb-v1"): {
            1e-2: 0.6171,
            1e-3: 0.5428,
            1e-4: 0.4735,
            1e-5: 0.4187,
        },
        ("dlib-resnet", "dlib-150-rgb-v1+mirror"): {
            1e-2: 0.6047,
            1e-3: 0.5312,
            1e-4: 0.4640,
            1e-5: 0.4116,
        },
    }
)
"""The same measurement for euclidean distances of raw vectors: no function of the cosine."""


def threshold_for(
    space: EmbeddingSpace,
    fmr: float = DEFAULT_FMR,
    table: Mapping[tuple[str, str], Mapping[float, Threshold]] = THRESHOLDS,
) -> Threshold:
    """The measured threshold of an embedding space at a false match rate.

    Args:
        space: what the vectors mean.
        fmr: the share of impostor pairs that may pass, one of those measured.
        table: the measurements.

    Raises:
        UnknownModel: nothing was measured for this model and preprocessing.
        InvalidOption: nothing was measured at this rate.
    """
    rate = check_fraction(fmr, "fmr")
    rows = table.get((space.model, space.preprocessing))
    if rows is None:
        known = ", ".join(sorted(f"{model} with {steps}" for model, steps in table))
        raise UnknownModel(
            f"expected a model with a measured threshold ({known}), got {space.model} with "
            f"{space.preprocessing}; pass min_similarity, measured on your own photos"
        )
    return threshold_at(rows, rate)


def euclidean_threshold_for(space: EmbeddingSpace, fmr: float = DEFAULT_FMR) -> float | None:
    """The measured threshold on the euclidean distance of raw vectors; None if there is none.

    Raises:
        InvalidOption: nothing was measured at this rate.
    """
    rows = EUCLIDEAN_THRESHOLDS.get((space.model, space.preprocessing))
    return None if rows is None else threshold_at(rows, check_fraction(fmr, "fmr"))


def threshold_at(rows: Mapping[float, _Measured], rate: float) -> _Measured:
    """The one that was measured at a false match rate.

    Raises:
        InvalidOption: none was; says at which rates there are some.
    """
    for measured, threshold in rows.items():
        if math.isclose(measured, rate, rel_tol=1e-9):
            return threshold
    rates = ", ".join(f"{measured:g}" for measured in sorted(rows, reverse=True))
    raise InvalidOption(
        f"fmr: expected a measured rate ({rates}), got {rate:g}; pass one of them, or "
        "min_similarity"
    )


def threshold_as_distance(threshold: Threshold, metric: Metric | str) -> float:
    """The same threshold as a distance: pairs at or below it are called the same person.

    Raises:
        InvalidOption: for ``euclidean``: raw vectors have no fixed relation to the cosine.
    """
    return float(distance_from_similarity(threshold.similarity, metric))


def threshold_from_distance(distance: float, metric: Metric | str) -> Threshold:
    """A user's threshold, given as a distance, as one on cosine similarity.

    Raises:
        InvalidOption: for ``euclidean``, or a distance outside [0, 2].
    """
    return Threshold(similarity=float(similarity_from_distance(distance, metric)))


def own_threshold(
    min_similarity: float | None = None,
    max_distance: float | None = None,
    metric: Metric | str = Metric.COSINE,
) -> Threshold | None:
    """What the user asked for, as a threshold on cosine similarity; None if for neither.

    The one place where the two ways to say it meet.

    Args:
        min_similarity: faces of at least this cosine similarity are one person; -1 to 1.
        max_distance: or faces at most this far apart in ``metric``. On raw vectors
            (``euclidean``) no cosine gives it: the threshold then names nobody in a search.
        metric: of the distance.

    Raises:
        InvalidOption: both are given, one is out of its range, or a similarity with
            ``euclidean``.
    """
    raw = parse_metric(metric) is Metric.EUCLIDEAN
    if min_similarity is not None:
        if max_distance is not None:
            raise InvalidOption("expected min_similarity or max_distance, got both; leave one out")
        if raw:
            raise InvalidOption(
                "min_similarity: expected the metric cosine or euclidean_l2, got euclidean, which "
                "no cosine gives; pass max_distance"
            )
        return Threshold(check_fraction(min_similarity, "min_similarity", -1.0, 1.0))
    if max_distance is None:
        return None
    checked = check_fraction(max_distance, "max_distance", high=math.inf if raw else 2.0)
    return Threshold(1.0) if raw else threshold_from_distance(checked, metric)


def false_positive_rate_of_search(fmr: float, people: Any) -> float:
    """The chance that a stranger's face matches somebody among ``people``: ``1 - (1 - fmr)^N``.

    The binomial model: every comparison an independent draw at the same false match rate. Real
    people are not: some strangers resemble many (the measured growth stands in the docs).

    Raises:
        InvalidOption: for a rate outside [0, 1], or people not a count.
    """
    rate = check_fraction(fmr, "fmr")
    count = check_count(people, "people", low=0, high=1_000_000_000)
    if count == 0:
        return 0.0
    return 1.0 if rate == 1.0 else -math.expm1(count * math.log1p(-rate))


def fmr_for_search(fpir: float, people: Any) -> float:
    """The false match rate that keeps a search of ``people`` at the false positive rate ``fpir``.

    The inverse of :func:`false_positive_rate_of_search`, under the same model.

    Raises:
        InvalidOption: for a rate outside [0, 1], or people not a count of at least 1.
    """
    rate = check_fraction(fpir, "fpir")
    count = check_count(people, "people", high=1_000_000_000)
    return 1.0 if rate == 1.0 else -math.expm1(math.log1p(-rate) / count)
