"""Photos with the names of their people, some without a vector: what a search is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.checks import check_vectors
from mien.errors import InvalidArray, InvalidEmbedding
from mien.records import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class PeoplePhotos:
    """N photos of named people.

    Attributes:
        people: N names, whose photo each is.
        sources: N names of photos.
        vectors: ``(A, D) float32``, unit length, of the photos that gave a face.
        rows: ``(N,) int64``, the row of each photo in ``vectors``; -1 for a failure to acquire.
    """

    people: tuple[str, ...]
    sources: tuple[str, ...]
    vectors: FloatArray
    rows: NDArray[np.int64]

    @staticmethod
    def of(
        vectors: Sequence[Any], people: Sequence[str], sources: Sequence[str] | None = None
    ) -> PeoplePhotos:
        """Check and stack.

        Args:
            vectors: N vectors of any length but zero, None for a failure to acquire; or an
                ``(N, D)`` array.
            people: N names.
            sources: N names of photos; by default their numbers.

        Raises:
            InvalidArray: names that do not fit the vectors.
            InvalidEmbedding: a NaN, an infinity, a vector without direction, or vectors of
                several lengths.
        """
        names = tuple(str(index) for index in range(len(people))) if sources is None else sources
        if not len(vectors) == len(people) == len(names):
            raise InvalidArray(
                f"photos: expected a vector or None, a person and a source for each, got "
                f"{len(vectors)}, {len(people)} and {len(names)}"
            )
        acquired = [index for index, vector in enumerate(vectors) if vector is not None]
        lengths = sorted({np.size(vectors[index]) for index in acquired})
        if len(lengths) > 1:
            raise InvalidEmbedding(f"photos: expected vectors of one length, got {lengths}")
        rows = np.full(len(people), -1, dtype=np.int64)
        rows[acquired] = np.arange(len(acquired))
        if not acquired:
            return PeoplePhotos(tuple(people), tuple(names), np.zeros((0, 1), np.float32), rows)
        stacked = np.stack([np.ravel(vectors[index]) for index in acquired])
        return PeoplePhotos(tuple(people), tuple(names), check_vectors(stacked, lengths[0]), rows)

    def __len__(self) -> int:
        return len(self.people)

    @property
    def acquired(self) -> NDArray[np.bool_]:
        """``(N,)``: which photos gave a face."""
        return self.rows >= 0

    def take(self, indices: Any) -> PeoplePhotos:
        """These photos, in this order; the vectors are shared."""
        chosen = np.asarray(indices, dtype=np.int64)
        return PeoplePhotos(
            tuple(self.people[index] for index in chosen),
            tuple(self.sources[index] for index in chosen),
            self.vectors,
            self.rows[chosen],
        )

    def by_person(self) -> dict[str, list[int]]:
        """The places of each person's photos, people in the order in which they first come."""
        places: dict[str, list[int]] = {}
        for index, name in enumerate(self.people):
            places.setdefault(name, []).append(index)
        return places
