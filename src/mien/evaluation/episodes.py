"""Episodes of N people and K + 1 photos of each, and who is taken for whom in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from mien.errors import InvalidArray
from mien.evaluation.people_photos import PeoplePhotos
from mien.records import FloatArray

MOST_QUERIES = 20_000
"""Queries of one N and K: of large N fewer episodes are drawn than asked."""
_DECIMALS = 6  # as similarities are rounded in searches

Places = NDArray[np.int64]
Answer = Callable[[Places, Places], NDArray[np.bool_]]
"""Which queries of an episode are given to their own person, from rows of support and queries."""


def usual_ways(people: int) -> tuple[int, ...]:
    """2, 5, 10, 20, 50 ... below ``people``, and ``people``; empty for fewer than two."""
    if people < 2:
        return ()
    steps = (step * 10**power for power in range(7) for step in (1, 2, 5))
    return (*(size for size in steps if 2 <= size < people), people)


class Draw:
    """Episodes of some people.

    Args:
        places: of each person the places of their photos.
    """

    def __init__(self, places: Sequence[Sequence[int]]) -> None:
        self._sizes = np.array([len(own) for own in places])
        self._padded = np.zeros((len(places), int(self._sizes.max())), dtype=np.int64)
        for person, own in enumerate(places):
            self._padded[person, : len(own)] = own

    @property
    def people(self) -> int:
        """How many there are to draw from."""
        return len(self._sizes)

    def episode(
        self, way: int, photos: int, generator: np.random.Generator
    ) -> tuple[NDArray[np.intp], Places]:
        """``way`` people ``(N,)``, and ``(N, photos)`` different places of each one's photos."""
        people = generator.choice(len(self._sizes), size=way, replace=False)
        # The photos of the smallest keys are a draw without replacement; what is not there
        # has an infinite key.
        keys = generator.random((way, self._padded.shape[1]))
        keys[np.arange(self._padded.shape[1]) >= self._sizes[people, None]] = np.inf
        drawn = np.argsort(keys, axis=1)[:, :photos]
        return people, np.take_along_axis(self._padded[people], drawn, axis=1)


def answer_for(photos: PeoplePhotos, scores: NDArray[np.float32] | None = None) -> Answer:
    """How queries are answered.

    Args:
        photos: with their vectors.
        scores: ``(A, A)``, of any two of their vectors; then a query is given to the person whose
            support photos have the greatest mean score with it. None: the nearest mean vector.

    Raises:
        InvalidArray: scores that do not fit the vectors, or are not finite.
    """
    if scores is None:
        return lambda support, queries: right_answers(photos.vectors, support, queries)
    acquired = len(photos.vectors)
    if scores.shape != (acquired, acquired) or not np.isfinite(scores).all():
        raise InvalidArray(
            f"scores: expected finite ones ({acquired}, {acquired}), got shape {scores.shape}"
        )
    return lambda support, queries: right_by_scores(scores, support, queries)


def right_by_scores(
    scores: NDArray[np.float32], support: Places, queries: Places
) -> NDArray[np.bool_]:
    """Which queries are given to their own person, by the mean score with their support.

    Args:
        scores: ``(A, A)``.
        support: ``(N, K)`` rows, -1 for a photo without a face.
        queries: ``(N,)`` rows, one of each person, -1 for one without a face.
    """
    if not len(scores):
        return np.zeros(len(queries), dtype=np.bool_)
    there = support >= 0
    known = np.asarray(there.any(axis=1))
    sums = np.where(there, scores[queries[:, None, None], support[None]], 0.0).sum(axis=2)
    return _strictly_best(sums / np.maximum(there.sum(axis=1), 1), known, queries)


def right_answers(vectors: FloatArray, support: Places, queries: Places) -> NDArray[np.bool_]:
    """Which queries of an episode are given to their own person.

    Args:
        vectors: ``(A, D)``, unit length.
        support: ``(N, K)`` rows in ``vectors``, -1 for a photo without a face.
        queries: ``(N,)`` rows, one of each person, -1 for one without a face.
    """
    if not len(vectors):
        return np.zeros(len(queries), dtype=np.bool_)
    means = np.where((support >= 0)[..., None], vectors[support], 0.0).sum(axis=1)
    lengths = np.linalg.norm(means, axis=1)
    known = lengths > 1e-9
    units = means / np.where(known, lengths, 1.0)[:, None]
    scores = (vectors[queries] @ units.T.astype(np.float32)).astype(np.float64).round(_DECIMALS)
    return _strictly_best(scores, known, queries)


def _strictly_best(
    scores: NDArray[np.float64], known: NDArray[np.bool_], queries: Places
) -> NDArray[np.bool_]:
    """Of ``(N, N)`` scores of queries and people: whose own person has the greatest alone."""
    scores[:, ~known] = -np.inf
    own = scores.diagonal().copy()
    np.fill_diagonal(scores, -np.inf)
    right: NDArray[np.bool_] = (own > scores.max(axis=1)) & known & (queries >= 0)
    return right
