"""The three distances of the field, and how they follow from the cosine.

* ``cosine``: 1 - cosine similarity, in [0, 2].
* ``euclidean``: on the vectors as they are, so a vector's length counts.
* ``euclidean_l2``: on the vectors scaled to unit length, in [0, 2].

On unit vectors ``|a - b|^2 = 2 - 2 cos(a, b)``, so ``cosine`` and
``euclidean_l2`` order all pairs alike and one threshold serves both.
``euclidean`` is another measure: no function of the cosine gives it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.checks import check_vectors
from mien.errors import InvalidEmbedding, InvalidOption

# Above this a square leaves float64; no network gives such a number.
LARGEST_COMPONENT = 1e100


class Metric(StrEnum):
    """How far apart two embeddings are; smaller is more alike."""

    COSINE = "cosine"
    EUCLIDEAN = "euclidean"
    EUCLIDEAN_L2 = "euclidean_l2"


def cosine_similarities(first: Any, second: Any) -> NDArray[np.float64]:
    """Cosine of each pair of rows: two ``(N, D)`` arrays, or two vectors, give ``(N,) float64``.

    Raises:
        InvalidEmbedding: for a NaN, an infinity, a vector without direction, or unequal shapes.
    """
    a, b = _same_rows(_unit(first), _unit(second))
    return np.asarray(np.clip((a * b).sum(axis=1), -1.0, 1.0), dtype=np.float64)


def cosine_similarity_matrix(first: Any, second: Any) -> NDArray[np.float64]:
    """Cosine of every row of ``(N, D)`` with every row of ``(M, D)``: ``(N, M) float64``.

    Raises:
        InvalidEmbedding: as :func:`cosine_similarities`.
    """
    a, b = _same_length(_unit(first), _unit(second))
    return np.clip(a @ b.T, -1.0, 1.0)


def distances(first: Any, second: Any, metric: Metric | str = Metric.COSINE) -> NDArray[np.float64]:
    """Distance of each pair of rows: two ``(N, D)`` arrays, or two vectors, give ``(N,) float64``.

    Raises:
        InvalidEmbedding: for a NaN, an infinity, unequal shapes, or (except ``euclidean``) a
            vector without direction.
        InvalidOption: for an unknown metric.
    """
    kind = parse_metric(metric)
    if kind is Metric.COSINE:
        return 1.0 - cosine_similarities(first, second)
    scale = _raw if kind is Metric.EUCLIDEAN else _unit
    a, b = _same_rows(scale(first), scale(second))
    return np.asarray(np.linalg.norm(a - b, axis=1), dtype=np.float64)


def distance_matrix(
    first: Any, second: Any, metric: Metric | str = Metric.COSINE
) -> NDArray[np.float64]:
    """Distance of every row of ``(N, D)`` to every row of ``(M, D)``: ``(N, M) float64``.

    The euclidean forms come from one matrix product, which costs digits where two vectors are
    all but equal: their absolute error is up to about 1e-7 of the vectors' length.

    Raises:
        InvalidEmbedding, InvalidOption: as :func:`distances`.
    """
    kind = parse_metric(metric)
    if kind is Metric.COSINE:
        return 1.0 - cosine_similarity_matrix(first, second)
    scale = _raw if kind is Metric.EUCLIDEAN else _unit
    a, b = _same_length(scale(first), scale(second))
    squared = (a * a).sum(axis=1)[:, None] + (b * b).sum(axis=1)[None] - 2.0 * (a @ b.T)
    return np.asarray(np.sqrt(np.maximum(squared, 0.0)), dtype=np.float64)


def distance_from_similarity(similarity: Any, metric: Metric | str) -> Any:
    """The distance of unit vectors whose cosine is ``similarity`` (a number or an array).

    Raises:
        InvalidOption: for ``euclidean``, which no cosine determines, for an unknown metric,
            or a similarity outside [-1, 1].
    """
    kind = _metric_of_angle(metric)
    cosine = _in_range(similarity, -1.0, 1.0, "similarity")
    result = 1.0 - cosine if kind is Metric.COSINE else np.sqrt(2.0 - 2.0 * cosine)
    return float(result) if np.ndim(result) == 0 else result


def similarity_from_distance(distance: Any, metric: Metric | str) -> Any:
    """The cosine of unit vectors that lie ``distance`` apart: inverts the conversion above.

    Raises:
        InvalidOption: for ``euclidean``, an unknown metric, or a distance outside [0, 2].
    """
    kind = _metric_of_angle(metric)
    apart = _in_range(distance, 0.0, 2.0, "distance")
    result = 1.0 - apart if kind is Metric.COSINE else 1.0 - 0.5 * apart * apart
    return float(result) if np.ndim(result) == 0 else result


def parse_metric(metric: Metric | str) -> Metric:
    """The metric of that name.

    Raises:
        InvalidOption: if there is none.
    """
    try:
        return Metric(metric)
    except ValueError as error:
        names = ", ".join(Metric)
        raise InvalidOption(f"metric: expected one of {names}, got {metric!r}") from error


def _metric_of_angle(metric: Metric | str) -> Metric:
    kind = parse_metric(metric)
    if kind is Metric.EUCLIDEAN:
        raise InvalidOption(
            "metric: expected one that follows from the cosine, got euclidean on raw vectors; "
            "use euclidean_l2, or pass max_distance, measured on your own pairs"
        )
    return kind


def _in_range(value: Any, low: float, high: float, name: str) -> NDArray[np.float64]:
    try:
        numbers = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidOption(f"{name}: expected numbers, got {value!r}") from error
    if not ((numbers >= low) & (numbers <= high)).all():
        raise InvalidOption(f"{name}: expected {low:g} to {high:g}, got {value!r}")
    return numbers


def _raw(array: Any) -> NDArray[np.float64]:
    try:
        vectors = np.asarray(array, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidEmbedding(
            f"embedding: expected numbers, got {type(array).__name__}"
        ) from error
    if vectors.ndim == 1:
        vectors = vectors[None]
    if vectors.ndim != 2 or vectors.shape[1] == 0:
        raise InvalidEmbedding(f"embedding: expected shape (N, D), got {np.shape(array)}")
    if not (np.abs(vectors) <= LARGEST_COMPONENT).all():  # False for NaN too
        raise InvalidEmbedding("embedding: expected finite numbers, got NaN, infinity or overflow")
    return vectors


def _unit(array: Any) -> NDArray[np.float64]:
    raw = _raw(array)
    # float64 from here on: the record of a unit vector is float32, a distance need not be.
    return np.asarray(check_vectors(raw, raw.shape[1]), dtype=np.float64)


def _same_length(
    a: NDArray[np.float64], b: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if a.shape[1] != b.shape[1]:
        raise InvalidEmbedding(
            f"embedding: expected vectors of one length, got {a.shape[1]} and {b.shape[1]}"
        )
    return a, b


def _same_rows(
    a: NDArray[np.float64], b: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if len(a) != len(b):
        raise InvalidEmbedding(f"embedding: expected as many rows, got {len(a)} and {len(b)}")
    return _same_length(a, b)
